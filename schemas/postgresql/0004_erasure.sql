-- What was erased must not come back: fingerprints of it, 32 hex digits of a SHA-256, and nothing else
-- (schemas/README.md).
CREATE TABLE haulier_erased (
  fingerprint text NOT NULL PRIMARY KEY,
  erased_at timestamptz NOT NULL
);

-- Rows that are erased while their bytes, in a file outside the database, are not yet.
CREATE TABLE haulier_outside (
  pipeline text NOT NULL,
  stream text NOT NULL,
  row_key text NOT NULL,
  PRIMARY KEY (pipeline, stream, row_key)
);
