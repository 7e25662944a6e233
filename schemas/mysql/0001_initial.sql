-- The first schema. The same tables and columns as in the other dialects (schemas/README.md). MariaDB ends a transaction at
-- every CREATE: each statement can run again, so that an interrupted migration is taken up where it ended.
-- The text of keys is compared byte by byte, blanks at its end too (nopad). An index row has 3,072 bytes, of up to 4 per
-- character: 768 characters for all columns of a key. Where that is too short for what a key may hold (quarantine), the
-- index is over a hash. `state` is text: the source gets back what it gave; so is `structure`: JSON columns refuse more
-- than 32 levels, which a mail can have.

CREATE TABLE IF NOT EXISTS haulier_pipelines (
  pipeline varchar(64) NOT NULL PRIMARY KEY,
  epoch bigint NOT NULL,
  owner longtext NOT NULL,
  taken_at datetime(6) NOT NULL
) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin ENGINE InnoDB;

CREATE TABLE IF NOT EXISTS emails (
  id varchar(64) NOT NULL PRIMARY KEY,
  account varchar(254) NOT NULL,
  server_id longtext,
  thread_server_id longtext,
  raw_sha256 varchar(64) NOT NULL,
  raw_size bigint NOT NULL,
  message_id longtext,
  message_id_generated boolean NOT NULL,
  thread_key longtext NOT NULL,
  sent_at datetime(6),
  sent_offset_min bigint,
  sent_source longtext NOT NULL,
  date_raw longtext,
  from_address longtext,
  from_name longtext,
  subject longtext,
  subject_base longtext,
  preview longtext,
  has_attachments boolean NOT NULL,
  attachment_count bigint NOT NULL,
  inline_count bigint NOT NULL,
  part_count bigint NOT NULL,
  is_signed boolean NOT NULL,
  is_encrypted boolean NOT NULL,
  list_id longtext,
  auto_submitted longtext,
  importance longtext NOT NULL,
  text_source longtext NOT NULL,
  text_truncated boolean NOT NULL,
  charset_declared longtext,
  charset_used longtext,
  parser_version bigint NOT NULL,
  from_addresses json NOT NULL,
  sender_addresses json NOT NULL,
  reply_to_addresses json NOT NULL,
  to_addresses json NOT NULL,
  cc_addresses json NOT NULL,
  bcc_addresses json NOT NULL,
  from_raw longtext,
  in_reply_to json NOT NULL,
  reference_ids json NOT NULL,
  defects json NOT NULL,
  structure longtext NOT NULL,
  headers json NOT NULL,
  text longtext,
  html longtext,
  raw longblob,
  INDEX emails_by_date (account, sent_at)
) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin ENGINE InnoDB;

CREATE TABLE IF NOT EXISTS email_locations (
  account varchar(254) NOT NULL,
  mailbox varchar(450) NOT NULL,
  uidvalidity bigint NOT NULL,
  uid bigint NOT NULL,
  email_id varchar(64) NOT NULL,
  flags json NOT NULL,
  modseq bigint,
  internal_date datetime(6),
  first_seen datetime(6) NOT NULL,
  vanished_at datetime(6),
  PRIMARY KEY (account, mailbox, uidvalidity, uid),
  INDEX email_locations_by_email (email_id)
) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin ENGINE InnoDB;

CREATE TABLE IF NOT EXISTS attachments (
  email_id varchar(64) NOT NULL,
  part_path varchar(255) NOT NULL,
  ordinal bigint NOT NULL,
  role longtext NOT NULL,
  filename longtext,
  filename_raw longtext,
  filename_safe longtext NOT NULL,
  filename_source longtext NOT NULL,
  media_type longtext NOT NULL,
  charset longtext,
  disposition longtext,
  content_id longtext,
  cid_referenced boolean NOT NULL,
  encoding longtext NOT NULL,
  size_encoded bigint NOT NULL,
  size bigint NOT NULL,
  sha256 varchar(64),
  media_type_sniffed longtext,
  type_mismatch boolean NOT NULL,
  dangers json NOT NULL,
  truncated boolean NOT NULL,
  defects json NOT NULL,
  PRIMARY KEY (email_id, part_path),
  INDEX attachments_by_content (sha256)
) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin ENGINE InnoDB;

CREATE TABLE IF NOT EXISTS attachment_contents (
  sha256 varchar(64) NOT NULL PRIMARY KEY,
  size bigint NOT NULL,
  content longblob NOT NULL
) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin ENGINE InnoDB;

CREATE TABLE IF NOT EXISTS email_sync_status (
  pipeline varchar(64) NOT NULL,
  account varchar(254) NOT NULL,
  mailbox varchar(450) NOT NULL,
  uidvalidity bigint,
  messages_total bigint,
  messages_done bigint,
  last_uid bigint,
  last_success_at datetime(6),
  last_error longtext,
  updated_at datetime(6) NOT NULL,
  state longtext NOT NULL,
  PRIMARY KEY (pipeline, account, mailbox)
) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin ENGINE InnoDB;

CREATE TABLE IF NOT EXISTS quarantine (
  pipeline varchar(64) NOT NULL,
  "partition" longtext NOT NULL,
  origin longtext NOT NULL,
  stage longtext NOT NULL,
  reason longtext NOT NULL,
  quarantined_at datetime(6) NOT NULL,
  raw longblob,
  UNIQUE INDEX quarantine_key (pipeline, "partition", origin) USING HASH
) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin ENGINE InnoDB;

-- One row per place where a message is now; a message that lies in two mailboxes is two rows.
CREATE OR REPLACE SQL SECURITY INVOKER VIEW v_messages AS
SELECT l.account, l.mailbox, l.uid, e.sent_at, e.from_name, e.from_address, e.to_addresses, e.subject, e.preview,
       e.has_attachments, l.flags, json_contains(l.flags, json_quote(concat(char(92 USING utf8mb4), 'Seen'))) AS is_seen,
       e.raw_size, e.message_id, e.thread_key, l.first_seen, l.uidvalidity, e.id AS email_id
FROM email_locations AS l JOIN emails AS e ON e.id = l.email_id
WHERE l.vanished_at IS NULL;

-- Newest first in each account, one row per message: SELECT * FROM v_newest_mail WHERE account = '...' LIMIT 20.
CREATE OR REPLACE SQL SECURITY INVOKER VIEW v_newest_mail AS
SELECT e.account, e.sent_at, e.from_name, e.from_address, e.subject, e.preview, e.has_attachments,
       (SELECT json_arrayagg(l.mailbox ORDER BY l.mailbox) FROM email_locations AS l
        WHERE l.email_id = e.id AND l.vanished_at IS NULL) AS mailboxes,
       e.id AS email_id
FROM emails AS e
ORDER BY e.account DESC, e.sent_at DESC;

-- Attachments with the message they came in. The bytes: JOIN attachment_contents USING (sha256).
CREATE OR REPLACE SQL SECURITY INVOKER VIEW v_attachments AS
SELECT e.account, e.sent_at, e.from_address, e.subject, a.filename_safe AS filename, a.media_type, a.size, a.role,
       a.dangers, a.truncated, a.sha256, a.part_path, a.email_id
FROM attachments AS a JOIN emails AS e ON e.id = a.email_id;

CREATE OR REPLACE SQL SECURITY INVOKER VIEW v_sync_status AS
SELECT s.pipeline, s.account, s.mailbox, s.messages_done, s.messages_total,
       CASE WHEN s.messages_total > 0 THEN round(100.0 * s.messages_done / s.messages_total, 1) END AS percent,
       s.last_success_at, s.last_error, s.updated_at, s.last_uid, p.epoch AS runs, p.owner
FROM email_sync_status AS s LEFT JOIN haulier_pipelines AS p ON p.pipeline = s.pipeline;
