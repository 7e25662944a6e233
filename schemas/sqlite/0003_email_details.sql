-- What a mail says beyond its row in emails: a table of its own, because a column behind emails.raw would force a big
-- raw message into memory when it is written. Messages attached to messages become rows of emails; nested_emails says
-- which.

CREATE TABLE email_details (
  email_id TEXT NOT NULL PRIMARY KEY,
  word_count INTEGER NOT NULL,
  resent_message_id TEXT,
  return_path TEXT,
  received_first_at TEXT,
  date_skew_s INTEGER,
  spf TEXT,
  dkim TEXT,
  dmarc TEXT,
  arc TEXT,
  list_post TEXT,
  list_one_click INTEGER NOT NULL,
  precedence TEXT,
  feedback_id TEXT,
  mailer TEXT,
  is_bounce INTEGER NOT NULL,
  is_dsn INTEGER NOT NULL,
  is_mdn INTEGER NOT NULL,
  is_autoreply INTEGER NOT NULL,
  is_calendar INTEGER NOT NULL,
  attachment_bytes INTEGER NOT NULL,
  max_depth INTEGER NOT NULL,
  delivered_to TEXT NOT NULL,
  dkim_domains TEXT NOT NULL,
  list_unsubscribe TEXT NOT NULL,
  spam_fields TEXT NOT NULL,
  calendar TEXT,
  report TEXT,
  auth_results TEXT NOT NULL,
  received TEXT NOT NULL,
  text_signature TEXT,
  text_reply TEXT
) STRICT;

CREATE TABLE nested_emails (
  email_id TEXT NOT NULL PRIMARY KEY,
  parent_email_id TEXT NOT NULL,
  part_path TEXT NOT NULL,
  depth INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX nested_emails_by_parent ON nested_emails (parent_email_id, part_path);

-- Contents kept in a folder instead of attachment_contents; path is below it.
CREATE TABLE attachment_files (
  sha256 TEXT NOT NULL PRIMARY KEY,
  size INTEGER NOT NULL,
  path TEXT NOT NULL
) STRICT;

-- As before, but without the messages that only lie inside another one.
DROP VIEW v_newest_mail;
CREATE VIEW v_newest_mail AS
SELECT e.account, e.sent_at, e.from_name, e.from_address, e.subject, e.preview, e.has_attachments,
       (SELECT json_group_array(l.mailbox) FROM email_locations AS l
        WHERE l.email_id = e.id AND l.vanished_at IS NULL) AS mailboxes,
       e.id AS email_id
FROM emails AS e
WHERE NOT EXISTS (SELECT 1 FROM nested_emails AS n WHERE n.email_id = e.id)
ORDER BY e.account, e.sent_at DESC;
