-- What was erased must not come back: fingerprints of it, 32 hex digits of a SHA-256, and nothing else
-- (schemas/README.md).
CREATE TABLE haulier_erased (
  fingerprint TEXT NOT NULL PRIMARY KEY,
  erased_at TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Rows that are erased while their bytes, in a file outside the database, are not yet.
CREATE TABLE haulier_outside (
  pipeline TEXT NOT NULL,
  stream TEXT NOT NULL,
  row_key TEXT NOT NULL,
  PRIMARY KEY (pipeline, stream, row_key)
) STRICT, WITHOUT ROWID;
