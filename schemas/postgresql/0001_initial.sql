-- The first schema. The same tables and columns as in the other dialects (schemas/README.md). Long texts are compressed
-- with lz4: 2.5 times less of the server's CPU than the default. Attachment bytes are stored as they are, out of the row:
-- most of them are compressed already.

CREATE TABLE haulier_pipelines (
  pipeline text NOT NULL PRIMARY KEY,
  epoch bigint NOT NULL,
  owner text NOT NULL,
  taken_at timestamptz NOT NULL
);

CREATE TABLE emails (
  id text NOT NULL PRIMARY KEY,
  account text NOT NULL,
  server_id text,
  thread_server_id text,
  raw_sha256 text NOT NULL,
  raw_size bigint NOT NULL,
  message_id text,
  message_id_generated boolean NOT NULL,
  thread_key text NOT NULL,
  sent_at timestamptz,
  sent_offset_min bigint,
  sent_source text NOT NULL,
  date_raw text,
  from_address text,
  from_name text,
  subject text,
  subject_base text,
  preview text,
  has_attachments boolean NOT NULL,
  attachment_count bigint NOT NULL,
  inline_count bigint NOT NULL,
  part_count bigint NOT NULL,
  is_signed boolean NOT NULL,
  is_encrypted boolean NOT NULL,
  list_id text,
  auto_submitted text,
  importance text NOT NULL,
  text_source text NOT NULL,
  text_truncated boolean NOT NULL,
  charset_declared text,
  charset_used text,
  parser_version bigint NOT NULL,
  from_addresses jsonb COMPRESSION lz4 NOT NULL,
  sender_addresses jsonb COMPRESSION lz4 NOT NULL,
  reply_to_addresses jsonb COMPRESSION lz4 NOT NULL,
  to_addresses jsonb COMPRESSION lz4 NOT NULL,
  cc_addresses jsonb COMPRESSION lz4 NOT NULL,
  bcc_addresses jsonb COMPRESSION lz4 NOT NULL,
  from_raw text COMPRESSION lz4,
  in_reply_to jsonb COMPRESSION lz4 NOT NULL,
  reference_ids jsonb COMPRESSION lz4 NOT NULL,
  defects jsonb COMPRESSION lz4 NOT NULL,
  structure jsonb COMPRESSION lz4 NOT NULL,
  headers jsonb COMPRESSION lz4 NOT NULL,
  text text COMPRESSION lz4,
  html text COMPRESSION lz4,
  raw bytea COMPRESSION lz4
);
CREATE INDEX emails_by_date ON emails (account, sent_at DESC NULLS LAST);

CREATE TABLE email_locations (
  account text NOT NULL,
  mailbox text NOT NULL,
  uidvalidity bigint NOT NULL,
  uid bigint NOT NULL,
  email_id text NOT NULL,
  flags jsonb COMPRESSION lz4 NOT NULL,
  modseq bigint,
  internal_date timestamptz,
  first_seen timestamptz NOT NULL,
  vanished_at timestamptz,
  PRIMARY KEY (account, mailbox, uidvalidity, uid)
);
CREATE INDEX email_locations_by_email ON email_locations (email_id);

CREATE TABLE attachments (
  email_id text NOT NULL,
  part_path text NOT NULL,
  ordinal bigint NOT NULL,
  role text NOT NULL,
  filename text,
  filename_raw text,
  filename_safe text NOT NULL,
  filename_source text NOT NULL,
  media_type text NOT NULL,
  charset text,
  disposition text,
  content_id text,
  cid_referenced boolean NOT NULL,
  encoding text NOT NULL,
  size_encoded bigint NOT NULL,
  size bigint NOT NULL,
  sha256 text,
  media_type_sniffed text,
  type_mismatch boolean NOT NULL,
  dangers jsonb COMPRESSION lz4 NOT NULL,
  truncated boolean NOT NULL,
  defects jsonb COMPRESSION lz4 NOT NULL,
  PRIMARY KEY (email_id, part_path)
);
CREATE INDEX attachments_by_content ON attachments (sha256);

CREATE TABLE attachment_contents (
  sha256 text NOT NULL PRIMARY KEY,
  size bigint NOT NULL,
  content bytea NOT NULL
);
ALTER TABLE attachment_contents ALTER COLUMN content SET STORAGE EXTERNAL;

-- `state` is json and not jsonb: the source gets back exactly the text it gave.
CREATE TABLE email_sync_status (
  pipeline text NOT NULL,
  account text NOT NULL,
  mailbox text NOT NULL,
  uidvalidity bigint,
  messages_total bigint,
  messages_done bigint,
  last_uid bigint,
  last_success_at timestamptz,
  last_error text,
  updated_at timestamptz NOT NULL,
  state json COMPRESSION lz4 NOT NULL,
  PRIMARY KEY (pipeline, account, mailbox)
);

CREATE TABLE quarantine (
  pipeline text NOT NULL,
  partition text NOT NULL,
  origin text NOT NULL,
  stage text NOT NULL,
  reason text NOT NULL,
  quarantined_at timestamptz NOT NULL,
  raw bytea COMPRESSION lz4,
  PRIMARY KEY (pipeline, partition, origin)
);

-- One row per place where a message is now; a message that lies in two mailboxes is two rows.
CREATE VIEW v_messages AS
SELECT l.account, l.mailbox, l.uid, e.sent_at, e.from_name, e.from_address, e.to_addresses, e.subject, e.preview,
       e.has_attachments, l.flags, l.flags ? '\Seen' AS is_seen,
       e.raw_size, e.message_id, e.thread_key, l.first_seen, l.uidvalidity, e.id AS email_id
FROM email_locations AS l JOIN emails AS e ON e.id = l.email_id
WHERE l.vanished_at IS NULL;

-- Newest first in each account, one row per message: SELECT * FROM v_newest_mail WHERE account = '...' LIMIT 20.
CREATE VIEW v_newest_mail AS
SELECT e.account, e.sent_at, e.from_name, e.from_address, e.subject, e.preview, e.has_attachments,
       (SELECT jsonb_agg(l.mailbox ORDER BY l.mailbox) FROM email_locations AS l
        WHERE l.email_id = e.id AND l.vanished_at IS NULL) AS mailboxes,
       e.id AS email_id
FROM emails AS e
ORDER BY e.account, e.sent_at DESC NULLS LAST;

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
