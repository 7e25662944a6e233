-- The first schema. Timestamps: TEXT, UTC, 2026-11-22T10:00:00.123456Z (they sort as text). Booleans: 0 or 1.
-- JSON: TEXT. In each table the long columns come last, so that reading the short ones does not walk overflow pages; a
-- blob is the very last one, so that a big one can be written in windows.

CREATE TABLE haulier_pipelines (
  pipeline TEXT NOT NULL PRIMARY KEY,
  epoch INTEGER NOT NULL,
  owner TEXT NOT NULL,
  taken_at TEXT NOT NULL
) STRICT;

CREATE TABLE emails (
  id TEXT NOT NULL PRIMARY KEY,
  account TEXT NOT NULL,
  server_id TEXT,
  thread_server_id TEXT,
  raw_sha256 TEXT NOT NULL,
  raw_size INTEGER NOT NULL,
  message_id TEXT,
  message_id_generated INTEGER NOT NULL,
  thread_key TEXT NOT NULL,
  sent_at TEXT,
  sent_offset_min INTEGER,
  sent_source TEXT NOT NULL,
  date_raw TEXT,
  from_address TEXT,
  from_name TEXT,
  subject TEXT,
  subject_base TEXT,
  preview TEXT,
  has_attachments INTEGER NOT NULL,
  attachment_count INTEGER NOT NULL,
  inline_count INTEGER NOT NULL,
  part_count INTEGER NOT NULL,
  is_signed INTEGER NOT NULL,
  is_encrypted INTEGER NOT NULL,
  list_id TEXT,
  auto_submitted TEXT,
  importance TEXT NOT NULL,
  text_source TEXT NOT NULL,
  text_truncated INTEGER NOT NULL,
  charset_declared TEXT,
  charset_used TEXT,
  parser_version INTEGER NOT NULL,
  from_addresses TEXT NOT NULL,
  sender_addresses TEXT NOT NULL,
  reply_to_addresses TEXT NOT NULL,
  to_addresses TEXT NOT NULL,
  cc_addresses TEXT NOT NULL,
  bcc_addresses TEXT NOT NULL,
  from_raw TEXT,
  in_reply_to TEXT NOT NULL,
  reference_ids TEXT NOT NULL,
  defects TEXT NOT NULL,
  structure TEXT NOT NULL,
  headers TEXT NOT NULL,
  text TEXT,
  html TEXT,
  raw BLOB
) STRICT;
CREATE INDEX emails_by_date ON emails (account, sent_at DESC);

-- Short rows that arrive in key order: the key is the table.
CREATE TABLE email_locations (
  account TEXT NOT NULL,
  mailbox TEXT NOT NULL,
  uidvalidity INTEGER NOT NULL,
  uid INTEGER NOT NULL,
  email_id TEXT NOT NULL,
  flags TEXT NOT NULL,
  modseq INTEGER,
  internal_date TEXT,
  first_seen TEXT NOT NULL,
  vanished_at TEXT,
  PRIMARY KEY (account, mailbox, uidvalidity, uid)
) STRICT, WITHOUT ROWID;
CREATE INDEX email_locations_by_email ON email_locations (email_id);

CREATE TABLE attachments (
  email_id TEXT NOT NULL,
  part_path TEXT NOT NULL,
  ordinal INTEGER NOT NULL,
  role TEXT NOT NULL,
  filename TEXT,
  filename_raw TEXT,
  filename_safe TEXT NOT NULL,
  filename_source TEXT NOT NULL,
  media_type TEXT NOT NULL,
  charset TEXT,
  disposition TEXT,
  content_id TEXT,
  cid_referenced INTEGER NOT NULL,
  encoding TEXT NOT NULL,
  size_encoded INTEGER NOT NULL,
  size INTEGER NOT NULL,
  sha256 TEXT,
  media_type_sniffed TEXT,
  type_mismatch INTEGER NOT NULL,
  dangers TEXT NOT NULL,
  truncated INTEGER NOT NULL,
  defects TEXT NOT NULL,
  PRIMARY KEY (email_id, part_path)
) STRICT;
CREATE INDEX attachments_by_content ON attachments (sha256);

CREATE TABLE attachment_contents (
  sha256 TEXT NOT NULL PRIMARY KEY,
  size INTEGER NOT NULL,
  content BLOB NOT NULL
) STRICT;

CREATE TABLE email_sync_status (
  pipeline TEXT NOT NULL,
  account TEXT NOT NULL,
  mailbox TEXT NOT NULL,
  uidvalidity INTEGER,
  messages_total INTEGER,
  messages_done INTEGER,
  last_uid INTEGER,
  last_success_at TEXT,
  last_error TEXT,
  updated_at TEXT NOT NULL,
  state TEXT NOT NULL,
  PRIMARY KEY (pipeline, account, mailbox)
) STRICT;

CREATE TABLE quarantine (
  pipeline TEXT NOT NULL,
  partition TEXT NOT NULL,
  origin TEXT NOT NULL,
  stage TEXT NOT NULL,
  reason TEXT NOT NULL,
  quarantined_at TEXT NOT NULL,
  raw BLOB,
  PRIMARY KEY (pipeline, partition, origin)
) STRICT;

-- One row per place where a message is now; a message that lies in two mailboxes is two rows.
CREATE VIEW v_messages AS
SELECT l.account, l.mailbox, l.uid, e.sent_at, e.from_name, e.from_address, e.to_addresses, e.subject, e.preview,
       e.has_attachments, l.flags, EXISTS (SELECT 1 FROM json_each(l.flags) WHERE value = '\Seen') AS is_seen,
       e.raw_size, e.message_id, e.thread_key, l.first_seen, l.uidvalidity, e.id AS email_id
FROM email_locations AS l JOIN emails AS e ON e.id = l.email_id
WHERE l.vanished_at IS NULL;

-- Newest first in each account, one row per message: SELECT * FROM v_newest_mail WHERE account = '...' LIMIT 20.
CREATE VIEW v_newest_mail AS
SELECT e.account, e.sent_at, e.from_name, e.from_address, e.subject, e.preview, e.has_attachments,
       (SELECT json_group_array(l.mailbox) FROM email_locations AS l
        WHERE l.email_id = e.id AND l.vanished_at IS NULL) AS mailboxes,
       e.id AS email_id
FROM emails AS e
ORDER BY e.account, e.sent_at DESC;

-- Attachments with the message they came in. The bytes: JOIN attachment_contents USING (sha256).
CREATE VIEW v_attachments AS
SELECT e.account, e.sent_at, e.from_address, e.subject, a.filename_safe AS filename, a.media_type, a.size, a.role,
       a.dangers, a.truncated, a.sha256, a.part_path, a.email_id
FROM attachments AS a JOIN emails AS e ON e.id = a.email_id;

CREATE VIEW v_sync_status AS
SELECT s.pipeline, s.account, s.mailbox, s.messages_done, s.messages_total,
       CASE WHEN s.messages_total > 0 THEN round(100.0 * s.messages_done / s.messages_total, 1) END AS percent,
       s.last_success_at, s.last_error, s.updated_at, s.last_uid, p.epoch AS runs, p.owner
FROM email_sync_status AS s LEFT JOIN haulier_pipelines AS p ON p.pipeline = s.pipeline;
