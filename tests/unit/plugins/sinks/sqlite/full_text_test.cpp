#include <fstream>
#include <iterator>

#include "logical_model.hpp"
#include "other_program.hpp"
#include "sink_contract_erase.hpp"

using namespace haulier;
using namespace haulier::contract;

BOOST_AUTO_TEST_SUITE(sinks_sqlite_full_text)

namespace {

SinkUnderTest sink_with(const std::string& more_config) {
  SinkUnderTest out;
  out.plugin = "sqlite";
  out.transactional = true;
  out.config = [more_config](const std::string& folder) {
    return "{\"path\":\"" + folder + "/mail.db\"" + more_config + "}";
  };
  return out;
}

const SinkUnderTest kSearched = sink_with(",\"full_text\":true");

// `emails` as normalize_mime declares it, as far as erasing asks.
void declare_emails(Schema& schema) {
  testing::LogicalModel().declare(schema);
  for (std::uint32_t i = 0; i < schema.size(); ++i) {
    if (view(schema.c_schema()->streams[i]->name) == "emails") schema.relate(i, {HAULIER_RELATION_IDENTITY, {"id"}});
  }
}

void store(Run& run, std::string_view id, std::string_view subject, std::string_view text, std::size_t raw_size = 0) {
  Schema schema;
  declare_emails(schema);
  std::uint32_t stream = 0;
  while (view(schema.c_schema()->streams[stream]->name) != "emails") ++stream;
  const haulier_stream& emails = *schema.c_schema()->streams[stream];
  BatchBuilder builder;
  RecordBuilder record = builder.record(stream, emails.n_fields, HAULIER_UPSERT, 0);
  for (std::uint32_t i = 0; i < emails.n_fields; ++i) {
    const std::string_view name = view(emails.fields[i].name);
    if (name == "id") {
      record.text(i, id);
    } else if (name == "subject") {
      record.text(i, subject);
    } else if (name == "text") {
      record.text(i, text);
    } else if (name == "raw" && raw_size > 0) {
      record.blob(i, make_blob(run.host, pattern(raw_size, 1)));
    } else if (emails.fields[i].flags & HAULIER_FIELD_NOT_NULL) {
      if (emails.fields[i].type == HAULIER_STRING) record.text(i, "x");
      if (emails.fields[i].type == HAULIER_JSON) record.json(i, "[]");
      if (emails.fields[i].type == HAULIER_INT64) record.integer(i, 1);
      if (emails.fields[i].type == HAULIER_BOOL) record.boolean(i, false);
    }
  }
  run.store(builder.finish());
}

struct Search : testing::OtherProgram {
  explicit Search(const std::string& folder) : OtherProgram(folder + "/mail.db") {}
  // Ids of the messages with these words, as the README has it.
  std::string find(const std::string& words) {
    return ask("SELECT m.email_id FROM email_texts('" + words +
               "') AS t JOIN v_email_texts AS m ON m.docid = t.rowid ORDER BY 1");
  }
};

}  // namespace

BOOST_AUTO_TEST_CASE(words_are_found_in_subject_and_text_in_any_script) {
  const TempFolder folder;
  Run run(kSearched, folder.path(), "contract", declare_emails);
  store(run, "a", "\xE5\x90\x88\xE5\x90\x8C\xE5\xAE\xA1\xE6\x89\xB9", "Please confirm the quarterly numbers");
  store(run, "b", "Invoice", "\xE8\xAF\xB7\xE5\xB0\xBD\xE5\xBF\xAB\xE7\xA1\xAE\xE8\xAE\xA4\xE5\x90\x88\xE5\x90\x8C",
        2 << 20);
  Search search(folder.path());
  BOOST_TEST(search.find("\xE5\x90\x88\xE5\x90\x8C\xE5\xAE\xA1") == "a");
  BOOST_TEST(search.find("\xE5\xB0\xBD\xE5\xBF\xAB\xE7\xA1\xAE\xE8\xAE\xA4") == "b");
  BOOST_TEST(search.find("QUARTER") == "a");
  BOOST_TEST(search.find("subject : invoice") == "b");
  // Two characters are less than a trigram: LIKE looks through the texts.
  BOOST_TEST(search.ask("SELECT id FROM emails WHERE subject LIKE '%\xE5\x90\x88\xE5\x90\x8C%' OR text LIKE "
                        "'%\xE5\x90\x88\xE5\x90\x8C%' ORDER BY id") == "a b");
  BOOST_TEST(search.ask("SELECT length(raw) FROM emails WHERE id = 'b'") == std::to_string(2 << 20));
}

BOOST_AUTO_TEST_CASE(the_index_follows_changes_deletions_and_a_vacuum) {
  const TempFolder folder;
  Run run(kSearched, folder.path(), "contract", declare_emails);
  store(run, "a", "first", "walrus");
  store(run, "b", "second", "narwhal");
  store(run, "a", "first", "octopus");
  Search search(folder.path());
  BOOST_TEST(search.find("walrus") == "");
  BOOST_TEST(search.find("octopus") == "a");
  erase_and_commit(run, "emails", "id", {"a"});
  BOOST_TEST(search.find("octopus") == "");
  run.close();
  search.ask("VACUUM");
  BOOST_TEST(search.find("narwhal") == "b");
  search.ask("INSERT INTO email_texts (email_texts) VALUES ('integrity-check')");
}

BOOST_AUTO_TEST_CASE(a_database_that_is_there_is_indexed_and_then_kept_so) {
  const TempFolder folder;
  const SinkUnderTest plain = sink_with("");
  {
    Run run(plain, folder.path(), "contract", declare_emails);
    store(run, "a", "first", "walrus");
    BOOST_TEST(Search(folder.path()).ask("SELECT count(*) FROM sqlite_master WHERE name LIKE 'email_text%'") == "0");
  }
  { Run run(kSearched, folder.path(), "contract", declare_emails); }
  Run run(plain, folder.path(), "contract", declare_emails);
  store(run, "b", "second", "narwhal");
  Search search(folder.path());
  BOOST_TEST(search.find("walrus") == "a");
  BOOST_TEST(search.find("narwhal") == "b");
}

BOOST_AUTO_TEST_CASE(erased_words_do_not_stay_in_the_file_in_any_journal_mode) {
  for (const char* journal : {"truncate", "delete", "persist", "wal"}) {
    const TempFolder folder;
    Run run(sink_with(std::string(",\"full_text\":true,\"journal\":\"") + journal + "\""), folder.path(), "contract",
            declare_emails);
    store(run, "a", "zanzibarquokka", "zanzibarquokka");
    const auto count = [&] {
      int found = 0;
      for (const auto& file : std::filesystem::directory_iterator(folder.path())) {
        std::ifstream in(file.path(), std::ios::binary);
        const std::string bytes((std::istreambuf_iterator<char>(in)), {});
        if (bytes.find("zanzibarquokka") != std::string::npos) ++found;
      }
      return found;
    };
    BOOST_TEST(count() > 0, journal);
    erase_and_commit(run, "emails", "id", {"a"});
    BOOST_TEST(count() == 0, journal);
    BOOST_TEST(
        Search(folder.path()).ask("SELECT count(*) FROM email_texts_data WHERE instr(block, CAST('zib' AS BLOB))") ==
        "0");
  }
}

BOOST_AUTO_TEST_SUITE_END()
