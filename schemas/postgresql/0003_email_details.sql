-- What a mail says beyond its row in emails, and which rows of emails are messages attached to messages.

CREATE TABLE email_details (
  email_id text NOT NULL PRIMARY KEY,
  word_count bigint NOT NULL,
  resent_message_id text,
  return_path text,
  received_first_at timestamptz,
  date_skew_s bigint,
  spf text,
  dkim text,
  dmarc text,
  arc text,
  list_post text,
  list_one_click boolean NOT NULL,
  precedence text,
  feedback_id text,
  mailer text,
  is_bounce boolean NOT NULL,
  is_dsn boolean NOT NULL,
  is_mdn boolean NOT NULL,
  is_autoreply boolean NOT NULL,
  is_calendar boolean NOT NULL,
  attachment_bytes bigint NOT NULL,
  max_depth bigint NOT NULL,
  delivered_to jsonb COMPRESSION lz4 NOT NULL,
  dkim_domains jsonb COMPRESSION lz4 NOT NULL,
  list_unsubscribe jsonb COMPRESSION lz4 NOT NULL,
  spam_fields jsonb COMPRESSION lz4 NOT NULL,
  calendar jsonb COMPRESSION lz4,
  report jsonb COMPRESSION lz4,
  auth_results jsonb COMPRESSION lz4 NOT NULL,
  received jsonb COMPRESSION lz4 NOT NULL,
  text_signature text COMPRESSION lz4,
  text_reply text COMPRESSION lz4
);

CREATE TABLE nested_emails (
  email_id text NOT NULL PRIMARY KEY,
  parent_email_id text NOT NULL,
  part_path text NOT NULL,
  depth bigint NOT NULL
);
CREATE INDEX nested_emails_by_parent ON nested_emails (parent_email_id, part_path);

-- Contents kept in a folder instead of attachment_contents; path is below it.
CREATE TABLE attachment_files (
  sha256 text NOT NULL PRIMARY KEY,
  size bigint NOT NULL,
  path text NOT NULL
);

-- As before, but without the messages that only lie inside another one.
CREATE OR REPLACE VIEW v_newest_mail AS
SELECT e.account, e.sent_at, e.from_name, e.from_address, e.subject, e.preview, e.has_attachments,
       (SELECT jsonb_agg(l.mailbox ORDER BY l.mailbox) FROM email_locations AS l
        WHERE l.email_id = e.id AND l.vanished_at IS NULL) AS mailboxes,
       e.id AS email_id
FROM emails AS e
WHERE NOT EXISTS (SELECT 1 FROM nested_emails AS n WHERE n.email_id = e.id)
ORDER BY e.account, e.sent_at DESC NULLS LAST;
