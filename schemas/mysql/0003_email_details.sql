-- What a mail says beyond its row in emails, and which rows of emails are messages attached to messages.

CREATE TABLE IF NOT EXISTS email_details (
  email_id varchar(64) NOT NULL PRIMARY KEY,
  word_count bigint NOT NULL,
  resent_message_id longtext,
  return_path longtext,
  received_first_at datetime(6),
  date_skew_s bigint,
  spf longtext,
  dkim longtext,
  dmarc longtext,
  arc longtext,
  list_post longtext,
  list_one_click boolean NOT NULL,
  precedence longtext,
  feedback_id longtext,
  mailer longtext,
  is_bounce boolean NOT NULL,
  is_dsn boolean NOT NULL,
  is_mdn boolean NOT NULL,
  is_autoreply boolean NOT NULL,
  is_calendar boolean NOT NULL,
  attachment_bytes bigint NOT NULL,
  max_depth bigint NOT NULL,
  delivered_to json NOT NULL,
  dkim_domains json NOT NULL,
  list_unsubscribe json NOT NULL,
  spam_fields json NOT NULL,
  calendar json,
  report json,
  auth_results json NOT NULL,
  received json NOT NULL,
  text_signature longtext,
  text_reply longtext
) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin ENGINE InnoDB;

CREATE TABLE IF NOT EXISTS nested_emails (
  email_id varchar(64) NOT NULL PRIMARY KEY,
  parent_email_id varchar(64) NOT NULL,
  part_path varchar(255) NOT NULL,
  depth bigint NOT NULL,
  INDEX nested_emails_by_parent (parent_email_id, part_path)
) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin ENGINE InnoDB;

-- Contents kept in a folder instead of attachment_contents; path is below it.
CREATE TABLE IF NOT EXISTS attachment_files (
  sha256 varchar(64) NOT NULL PRIMARY KEY,
  size bigint NOT NULL,
  path longtext NOT NULL
) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin ENGINE InnoDB;

-- As before, but without the messages that only lie inside another one.
CREATE OR REPLACE SQL SECURITY INVOKER VIEW v_newest_mail AS
SELECT e.account, e.sent_at, e.from_name, e.from_address, e.subject, e.preview, e.has_attachments,
       (SELECT json_arrayagg(l.mailbox ORDER BY l.mailbox) FROM email_locations AS l
        WHERE l.email_id = e.id AND l.vanished_at IS NULL) AS mailboxes,
       e.id AS email_id
FROM emails AS e
WHERE NOT EXISTS (SELECT 1 FROM nested_emails AS n WHERE n.email_id = e.id)
ORDER BY e.account DESC, e.sent_at DESC;
