#include "other_program.hpp"
#include "rfc3339.hpp"
#include "sink_contract_crash.hpp"
#include "sink_contract_erase.hpp"
#include "sink_contract_lookup.hpp"

namespace {

using namespace haulier;
using namespace haulier::contract;

std::string database_in(const std::string& folder) { return folder + "/rows.db"; }

struct Reader : testing::OtherProgram {
  using OtherProgram::OtherProgram;

  Rows rows(const haulier_stream& stream) {
    std::string fields;
    for (std::uint32_t i = 0; i < stream.n_fields; ++i) {
      fields += (i ? ", \"" : "\"") + std::string(view(stream.fields[i].name)) + "\"";
    }
    const std::string sql = "SELECT " + fields + " FROM " + std::string(view(stream.name));
    sqlite3_stmt* statement = nullptr;
    BOOST_REQUIRE_MESSAGE(sqlite3_prepare_v2(get(), sql.c_str(), -1, &statement, nullptr) == SQLITE_OK,
                          sqlite3_errmsg(get()));
    Rows out;
    while (sqlite3_step(statement) == SQLITE_ROW) {
      Row row;
      for (std::uint32_t i = 0; i < stream.n_fields; ++i) {
        row[std::string(view(stream.fields[i].name))] = text(statement, static_cast<int>(i), stream.fields[i].type);
      }
      out[key_of(stream, row)] = row;
    }
    sqlite3_finalize(statement);
    return out;
  }

 private:
  static std::string text(sqlite3_stmt* row, int column, std::uint32_t type) {
    if (sqlite3_column_type(row, column) == SQLITE_NULL) return "null";
    const auto* data = static_cast<const char*>(sqlite3_column_blob(row, column));
    const std::string_view bytes(data ? data : "", static_cast<std::size_t>(sqlite3_column_bytes(row, column)));
    switch (type) {
      case HAULIER_BOOL:
        return sqlite3_column_int64(row, column) ? "true" : "false";
      case HAULIER_INT64:
        return std::to_string(sqlite3_column_int64(row, column));
      case HAULIER_DOUBLE:
        return number_text(sqlite3_column_double(row, column));
      case HAULIER_TIMESTAMP:
        return std::to_string(rfc3339::parse(bytes).value());
      case HAULIER_BLOB:
        return hash_text(bytes);
      default:
        return "'" + std::string(bytes) + "'";
    }
  }
};

SinkUnderTest sqlite_sink(const std::string& more_config = {}) {
  SinkUnderTest out;
  out.plugin = "sqlite";
  out.transactional = true;
  out.big_bytes = 1024 * 1024;
  out.config = [more_config](const std::string& folder) {
    return "{\"path\":\"" + database_in(folder) + "\"" + more_config + "}";
  };
  out.rows = [](const std::string& folder, const haulier_stream& stream) {
    return Reader(database_in(folder)).rows(stream);
  };
  out.make_newer = [](const std::string& folder) {
    Reader(database_in(folder))
        .ask("INSERT INTO schema_migrations SELECT max(version) + 1, 'later', '', '' FROM schema_migrations");
  };
  out.drop_unique_index = [](const std::string& folder, const std::string& table) {
    Reader reader(database_in(folder));
    const std::string columns =
        reader.ask("SELECT group_concat(name || ' ' || type) FROM pragma_table_info('" + table + "')");
    reader.ask("DROP TABLE " + table + "; CREATE TABLE " + table + " (" + columns + ")");
  };
  return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(sqlite)

HAULIER_SINK_CONTRACT(sqlite_sink())
HAULIER_FILE_SINK_CONTRACT(sqlite_sink())
HAULIER_TRANSACTIONAL_SINK_CONTRACT(sqlite_sink())
HAULIER_LOOKUP_SINK_CONTRACT(sqlite_sink())
HAULIER_ERASE_SINK_CONTRACT(sqlite_sink())
HAULIER_SINK_CASE(sqlite_sink(), a_stop_at_any_step_loses_and_doubles_nothing)

BOOST_AUTO_TEST_CASE(every_journal_mode_survives_a_stop_at_any_step) {
  for (const char* journal : {"delete", "persist", "wal"}) {
    contract::a_stop_at_any_step_loses_and_doubles_nothing(
        sqlite_sink(std::string(",\"journal\":\"") + journal + "\",\"cache_size\":262144,\"page_size\":4096"));
  }
}

BOOST_AUTO_TEST_SUITE_END()
