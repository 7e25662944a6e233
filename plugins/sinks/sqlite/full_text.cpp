#include "full_text.hpp"

#include <sqlite3.h>

namespace haulier::sqlite {

namespace {

// The rowids of `emails` may change in a VACUUM, for want of an INTEGER PRIMARY KEY; those of email_text_ids stay.
constexpr std::string_view kScript = R"sql(
CREATE TABLE email_text_ids (
  docid INTEGER NOT NULL PRIMARY KEY,
  email_id TEXT NOT NULL UNIQUE
) STRICT;
CREATE VIEW v_email_texts AS
SELECT i.docid, e.subject, e.text, e.id AS email_id FROM email_text_ids AS i JOIN emails AS e ON e.id = i.email_id;
CREATE VIRTUAL TABLE email_texts USING fts5 (subject, text, content = 'v_email_texts', content_rowid = 'docid',
  tokenize = 'trigram');
INSERT INTO email_text_ids (email_id) SELECT id FROM emails;
INSERT INTO email_texts (rowid, subject, text) SELECT docid, subject, text FROM v_email_texts;
CREATE TRIGGER email_texts_insert AFTER INSERT ON emails BEGIN
  INSERT INTO email_text_ids (email_id) VALUES (new.id);
  INSERT INTO email_texts (rowid, subject, text)
  SELECT docid, new.subject, new.text FROM email_text_ids WHERE email_id = new.id;
END;
CREATE TRIGGER email_texts_delete AFTER DELETE ON emails BEGIN
  INSERT INTO email_texts (email_texts, rowid, subject, text)
  SELECT 'delete', docid, old.subject, old.text FROM email_text_ids WHERE email_id = old.id;
  DELETE FROM email_text_ids WHERE email_id = old.id;
END;
CREATE TRIGGER email_texts_update AFTER UPDATE OF subject, text ON emails
WHEN old.subject IS NOT new.subject OR old.text IS NOT new.text BEGIN
  INSERT INTO email_texts (email_texts, rowid, subject, text)
  SELECT 'delete', docid, old.subject, old.text FROM email_text_ids WHERE email_id = old.id;
  INSERT INTO email_texts (rowid, subject, text)
  SELECT docid, new.subject, new.text FROM email_text_ids WHERE email_id = new.id;
END;
)sql";

}  // namespace

bool has_full_text(const Connection& connection) {
  return connection.integer("SELECT count(*) FROM sqlite_master WHERE name = 'email_texts'") != 0;
}

void add_full_text(const Connection& connection, const OnStatement& on_statement) {
  if (has_full_text(connection)) return;
  // A pipeline of other records has nothing to be searched.
  if (connection.integer("SELECT count(*) FROM pragma_table_info('emails') WHERE name IN ('subject', 'text')") != 2)
    return;
  if (sqlite3_compileoption_used("ENABLE_FTS5") == 0) {
    throw Error::bad_config("/full_text", "this SQLite was built without FTS5");
  }
  connection.run_script(kScript, on_statement);
}

void drop_deleted_words(const Connection& connection) {
  if (has_full_text(connection)) connection.run("INSERT INTO email_texts (email_texts) VALUES ('optimize')", "erasing");
}

}  // namespace haulier::sqlite
