#include "sql_text.hpp"

#include <boost/test/unit_test.hpp>

#include "binary_values.hpp"
#include "haulier/error.hpp"
#include "migrations.hpp"
#include "postgresql_error.hpp"

using namespace haulier;
using namespace haulier::postgresql;

BOOST_AUTO_TEST_SUITE(sinks_postgresql_sql_text)

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
             "CREATE TABLE \"notes\" (\n  \"id\" text NOT NULL,\n  \"doc\" jsonb,\n"
             "  \"first_seen\" timestamp with time zone,\n  \"bytes\" bytea,\n  PRIMARY KEY (\"id\")\n)");
}

BOOST_AUTO_TEST_CASE(an_upsert_writes_only_rows_that_differ_and_keeps_insert_only_columns) {
  BOOST_TEST(upsert_sql(notes()) ==
             "INSERT INTO \"notes\" (\"id\", \"doc\", \"first_seen\", \"bytes\") VALUES ($1::text, $2::text::jsonb, "
             "$3::timestamp with time zone, $4::bytea) ON CONFLICT (\"id\") DO UPDATE SET \"doc\" = excluded.\"doc\", "
             "\"bytes\" = excluded.\"bytes\" WHERE (\"notes\".\"doc\", \"notes\".\"bytes\") IS DISTINCT FROM "
             "(excluded.\"doc\", excluded.\"bytes\")");
  BOOST_TEST(upsert_sql(notes(HAULIER_STREAM_IMMUTABLE)).find("DO NOTHING") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(an_update_numbers_only_the_parameters_it_uses) {
  BOOST_TEST(update_sql(notes(), {true, false, true, true}) ==
             "UPDATE \"notes\" SET \"bytes\" = $2::bytea WHERE \"id\" = $1::text AND "
             "(\"bytes\" IS DISTINCT FROM $2::bytea)");
  BOOST_TEST(update_sql(notes(), {true, false, true, false}).empty());
}

BOOST_AUTO_TEST_CASE(state_is_json_and_compared_as_text) {
  const TableLayout state = notes(HAULIER_STREAM_STATE);
  BOOST_TEST(upsert_sql(state).find("excluded.\"doc\"::text") != std::string::npos);
  BOOST_TEST(create_table_sql(state).find("\"doc\" json,") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(statements_end_at_semicolons_outside_quotes_and_comments) {
  const std::vector<std::string_view> found =
      sql::statements_of("-- a; b\nCREATE x;\n\n-- c\nSELECT ';', \"a;b\" -- d; e\n FROM y ;\n-- the end\n");
  BOOST_REQUIRE(found.size() == 2u);
  BOOST_TEST(found[0] == "CREATE x");
  BOOST_TEST(found[1] == "SELECT ';', \"a;b\" -- d; e\n FROM y");
}

BOOST_AUTO_TEST_CASE(newer_and_foreign_databases_are_refused) {
  const std::vector<sql::Migration> known = {{1, "one", "aa", ""}, {2, "two", "bb", ""}};
  BOOST_TEST(sql::checked_version({}, known) == 0);
  BOOST_TEST(sql::checked_version({{1, "aa"}}, known) == 1);
  for (const std::vector<sql::AppliedMigration>& applied :
       std::vector<std::vector<sql::AppliedMigration>>{{{1, "aa"}, {2, "bb"}, {3, "cc"}}, {{1, "zz"}}, {{2, "bb"}}}) {
    BOOST_CHECK_THROW(static_cast<void>(sql::checked_version(applied, known)), Error);
  }
}

BOOST_AUTO_TEST_CASE(an_escaped_nul_is_told_from_an_escaped_backslash) {
  std::string scratch;
  BOOST_TEST(binary::without_escaped_nul(R"("a")", scratch) == R"("a")");
  BOOST_TEST(binary::without_escaped_nul(R"("\u0000\\u0000\\\u0000")", scratch) == R"("\ufffd\\u0000\\\ufffd")");
}

BOOST_AUTO_TEST_CASE(states_say_what_to_do_next) {
  const Options options;
  const auto status = [&](std::string_view state) { return error_of(state, "words", "testing", options).status(); };
  for (const char* passing : {"40001", "40P01", "55P03", "08006", "57P01", "57P03", "53300", "57014", "25P03"}) {
    BOOST_TEST(status(passing) == HAULIER_RETRY, passing);
  }
  BOOST_TEST(status("53100") == HAULIER_LOCAL_IO);
  BOOST_TEST(status("58030") == HAULIER_LOCAL_IO);
  BOOST_TEST(status("25006") == HAULIER_LOCAL_IO);
  BOOST_TEST(status("28P01") == HAULIER_NEEDS_AUTH);
  BOOST_TEST(status("42501") == HAULIER_NEEDS_AUTH);
  BOOST_TEST(status("42P01") == HAULIER_BAD_STATE);
  BOOST_TEST(status("XX001") == HAULIER_BAD_STATE);
  BOOST_TEST(status("3D000") == HAULIER_BAD_CONFIG);
  for (const char* of_row : {"22P02", "23514", "54000"}) BOOST_TEST(blames_the_row(of_row), of_row);
  BOOST_TEST(!blames_the_row("53100"));
}

BOOST_AUTO_TEST_CASE(a_refused_connection_is_told_by_its_state) {
  const Options options;
  const auto status = [&](std::string_view message) { return connect_error(message, false, options).status(); };
  BOOST_TEST(status("connection failed: FATAL:  28P01: password authentication failed\nLOCATION:  auth.c") ==
             HAULIER_NEEDS_AUTH);
  BOOST_TEST(status("connection failed: FATAL:  57P03: the database system is starting up") == HAULIER_RETRY);
  BOOST_TEST(status("could not connect: Connection refused") == HAULIER_RETRY);
  BOOST_TEST(status("SSL error: certificate verify failed") == HAULIER_PROTOCOL);
}

BOOST_AUTO_TEST_SUITE_END()
