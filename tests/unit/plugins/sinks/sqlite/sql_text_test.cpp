#include "sql_text.hpp"

#include <boost/test/unit_test.hpp>

#include "haulier/error.hpp"
#include "sqlite_error.hpp"

using namespace haulier;
using namespace haulier::sqlite;

BOOST_AUTO_TEST_SUITE(sinks_sqlite_sql_text)

namespace {

TableLayout notes() {
  Schema schema;
  schema.add("notes", 0,
             {{"id", HAULIER_STRING, HAULIER_FIELD_KEY},
              {"bytes", HAULIER_BLOB},
              {"at", HAULIER_TIMESTAMP, HAULIER_FIELD_NOT_NULL},
              {"first_seen", HAULIER_TIMESTAMP, HAULIER_FIELD_INSERT_ONLY}});
  return layout_of(*schema.c_schema()->streams[0]);
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_new_table_has_its_blobs_last) {
  BOOST_TEST(create_table_sql(notes()) ==
             "CREATE TABLE \"notes\" (\n  \"id\" TEXT NOT NULL,\n  \"at\" TEXT NOT NULL,\n  \"first_seen\" TEXT,\n"
             "  \"bytes\" BLOB,\n  PRIMARY KEY (\"id\")\n) STRICT");
}

BOOST_AUTO_TEST_CASE(an_upsert_writes_only_rows_that_differ_and_keeps_insert_only_columns) {
  BOOST_TEST(upsert_sql(notes()) ==
             "INSERT INTO \"notes\" (\"id\", \"at\", \"first_seen\", \"bytes\") VALUES (?1, ?2, ?3, ?4) "
             "ON CONFLICT (\"id\") DO UPDATE SET \"at\" = excluded.\"at\", \"bytes\" = excluded.\"bytes\" "
             "WHERE \"notes\".\"at\" IS NOT excluded.\"at\" OR \"notes\".\"bytes\" IS NOT excluded.\"bytes\"");
}

BOOST_AUTO_TEST_CASE(an_update_sets_the_given_columns_only) {
  BOOST_TEST(update_sql(notes(), {true, true, false, false}) ==
             "UPDATE \"notes\" SET \"at\" = ?2 WHERE \"id\" = ?1 AND (\"at\" IS NOT ?2)");
  BOOST_TEST(update_sql(notes(), {true, false, true, false}).empty());
}

BOOST_AUTO_TEST_CASE(state_tables_get_pipeline_and_time) {
  Schema schema;
  schema.add("progress", HAULIER_STREAM_STATE,
             {{"place", HAULIER_STRING, HAULIER_FIELD_KEY}, {"state", HAULIER_JSON, HAULIER_FIELD_NOT_NULL}});
  const TableLayout table = layout_of(*schema.c_schema()->streams[0]);
  BOOST_TEST(select_state_sql(table) ==
             "SELECT \"place\", \"state\" FROM \"progress\" WHERE \"pipeline\" = ?1 ORDER BY \"place\"");
  BOOST_TEST(create_unique_index_sql(table) ==
             "CREATE UNIQUE INDEX \"progress_key\" ON \"progress\" (\"pipeline\", \"place\")");
  BOOST_TEST(table.columns.back().name == "updated_at");
}

BOOST_AUTO_TEST_CASE(streams_without_a_key_are_only_added_to) {
  Schema schema;
  schema.add("log", 0, {{"line", HAULIER_STRING}});
  BOOST_TEST(upsert_sql(layout_of(*schema.c_schema()->streams[0])) == "INSERT INTO \"log\" (\"line\") VALUES (?1)");
}

BOOST_AUTO_TEST_CASE(names_that_could_break_out_are_refused) {
  for (const char* name : {"", "Emails", "a b", "a\"b", "1a", "sqlite_master", "haulier_pipelines", "schema_migrations",
                           "a234567890123456789012345678901234567890123456789012345678901234"}) {
    Schema tables, columns;
    tables.add(name, 0, {{"id", HAULIER_STRING, HAULIER_FIELD_KEY}});
    BOOST_CHECK_THROW(static_cast<void>(layout_of(*tables.c_schema()->streams[0])), Error);
  }
  Schema twice;
  twice.add("quarantine", 0, {{"pipeline", HAULIER_STRING, HAULIER_FIELD_KEY}});
  BOOST_CHECK_THROW(static_cast<void>(layout_of(*twice.c_schema()->streams[0])), Error);
}

BOOST_AUTO_TEST_CASE(versions_with_the_wal_reset_fault_are_known) {
  for (const int faulty : {3'007'000, 3'040'001, 3'044'005, 3'045'000, 3'050'006, 3'051'000, 3'051'002}) {
    BOOST_TEST(has_wal_reset_fault(faulty), faulty);
  }
  for (const int sound : {3'006'000, 3'044'006, 3'050'007, 3'051'003, 3'052'000}) {
    BOOST_TEST(!has_wal_reset_fault(sound), sound);
  }
}

BOOST_AUTO_TEST_SUITE_END()
