-- What was erased must not come back: fingerprints of it, 32 hex digits of a SHA-256, and nothing else
-- (schemas/README.md).
CREATE TABLE IF NOT EXISTS haulier_erased (
  fingerprint varchar(64) NOT NULL PRIMARY KEY,
  erased_at datetime(6) NOT NULL
) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin ENGINE InnoDB;

-- Rows that are erased while their bytes, in a file outside the database, are not yet.
CREATE TABLE IF NOT EXISTS haulier_outside (
  pipeline varchar(64) NOT NULL,
  stream varchar(64) NOT NULL,
  row_key varchar(255) NOT NULL,
  PRIMARY KEY (pipeline, stream, row_key)
) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin ENGINE InnoDB;
