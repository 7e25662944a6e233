#include "sql_text.hpp"

#include <boost/test/unit_test.hpp>

#include "haulier/schema.hpp"
#include "mysql_error.hpp"

using namespace haulier;
using namespace haulier::mysql;

BOOST_AUTO_TEST_SUITE(sinks_mysql_sql_text)

namespace {

TableLayout notes(std::uint32_t flags = 0) {
  Schema schema;
  schema.add("notes", flags,
             {{"id", HAULIER_STRING, HAULIER_FIELD_KEY},
              {"bytes", HAULIER_BLOB},
              {"doc", HAULIER_JSON},
              {"first_seen", HAULIER_TIMESTAMP, HAULIER_FIELD_INSERT_ONLY}});
  return sql::layout_of(*schema.c_schema()->streams[0]);
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_new_table_has_the_types_of_its_stream) {
  BOOST_TEST(create_table_sql(notes()) ==
             "CREATE TABLE \"notes\" (\n  \"id\" varchar(512) NOT NULL,\n  \"doc\" json,\n"
             "  \"first_seen\" datetime(6),\n  \"bytes\" longblob,\n  PRIMARY KEY (\"id\")\n"
             ") CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin ENGINE InnoDB");
}

BOOST_AUTO_TEST_CASE(the_texts_of_a_key_share_the_index_row) {
  Schema schema;
  schema.add("many", 0,
             {{"a", HAULIER_STRING, HAULIER_FIELD_KEY},
              {"b", HAULIER_STRING, HAULIER_FIELD_KEY},
              {"n", HAULIER_INT64, HAULIER_FIELD_KEY}});
  const std::string sql = create_table_sql(sql::layout_of(*schema.c_schema()->streams[0]));
  BOOST_TEST(sql.find("\"a\" varchar(383)") != std::string::npos, sql);
  BOOST_TEST(sql.find("\"b\" varchar(383)") != std::string::npos, sql);
}

BOOST_AUTO_TEST_CASE(an_upsert_keeps_insert_only_columns_and_immutable_rows) {
  BOOST_TEST(upsert_sql(notes()) ==
             "INSERT INTO \"notes\" (\"id\", \"doc\", \"first_seen\", \"bytes\") VALUES (?, ?, ?, ?) ON DUPLICATE KEY "
             "UPDATE \"doc\" = VALUES(\"doc\"), \"bytes\" = VALUES(\"bytes\")");
  BOOST_TEST(upsert_sql(notes(HAULIER_STREAM_IMMUTABLE)).find("UPDATE \"id\" = \"notes\".\"id\"") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(an_update_gives_its_values_before_the_key) {
  BOOST_TEST(update_sql(notes(), {true, false, true, true}) == "UPDATE \"notes\" SET \"bytes\" = ? WHERE \"id\" = ?");
  const std::vector<std::size_t> expected = {3, 0};
  BOOST_TEST(columns_of_update(notes(), {true, false, true, true}) == expected, boost::test_tools::per_element());
  BOOST_TEST(update_sql(notes(), {true, false, true, false}).empty());
}

BOOST_AUTO_TEST_CASE(a_text_is_a_literal_whatever_it_holds) {
  BOOST_TEST(text_literal("a'\\\"") == "_utf8mb4 X'61275c22' COLLATE utf8mb4_nopad_bin");
}

BOOST_AUTO_TEST_CASE(numbers_say_what_to_do_next) {
  const Options options;
  const auto status = [&](unsigned number, const char* message = "words") {
    return error_of({number, "HY000", message}, "testing", options).status();
  };
  for (const unsigned passing : {1205u, 1213u, 1040u, 1053u, 1317u, 1927u, 2002u, 2003u, 2006u, 2013u}) {
    BOOST_TEST(status(passing) == HAULIER_RETRY, passing);
  }
  BOOST_TEST(status(1021) == HAULIER_LOCAL_IO);
  BOOST_TEST(status(1114) == HAULIER_LOCAL_IO);
  BOOST_TEST(status(1030, "Got error 28 \"No space left on device\"") == HAULIER_LOCAL_IO);
  BOOST_TEST(status(1290, "running with the --read-only option") == HAULIER_LOCAL_IO);
  BOOST_TEST(status(1045) == HAULIER_NEEDS_AUTH);
  BOOST_TEST(status(1142) == HAULIER_NEEDS_AUTH);
  BOOST_TEST(status(1049) == HAULIER_BAD_CONFIG);
  BOOST_TEST(status(2026) == HAULIER_PROTOCOL);
  BOOST_TEST(status(1146) == HAULIER_BAD_STATE);
  BOOST_TEST(blames_the_row({1406, "22001", ""}));
  BOOST_TEST(blames_the_row({4025, "23000", ""}));
  BOOST_TEST(!blames_the_row({1114, "HY000", ""}));
}

BOOST_AUTO_TEST_CASE(messages_do_not_quote_rows) {
  BOOST_TEST(words_of({1062, "23000", "Duplicate entry 'it's secret' for key 'PRIMARY'"}) ==
             "Duplicate entry for key 'PRIMARY'");
  BOOST_TEST(words_of({1366, "22007", "Incorrect string value: '\\xF0' for column `d`.`t`.`c` at row 1"}) ==
             "Incorrect string value: for column `d`.`t`.`c` at row 1");
  BOOST_TEST(words_of({1406, "22001", "Data too long for column 'id' at row 3"}) ==
             "Data too long for column 'id' at row 3");
}

BOOST_AUTO_TEST_SUITE_END()
