// The PostgreSQL sink under test: each folder of the contract stands for a schema of its own on the tests' server.
#pragma once

#include <bit>

#include "postgresql_server.hpp"
#include "sink_contract_crash.hpp"

namespace haulier::testing {

inline std::string schema_of(const std::string& folder) {
  return "s" + std::to_string(std::hash<std::string>()(folder));
}

inline std::string postgresql_config(const PostgresqlServer& server, const std::string& folder,
                                     const Settings& more = {}) {
  return json_of({{"host", "\"127.0.0.1\""},
                  {"port", std::to_string(server.port())},
                  {"database", "\"postgres\""},
                  {"user", "\"postgres\""},
                  {"tls", "\"disable\""},
                  {"schema", "\"" + schema_of(folder) + "\""}},
                 more);
}

// A reader of its own, in a folder's schema.
class PostgresqlReader : public OtherPostgresqlClient {
 public:
  PostgresqlReader(const PostgresqlServer& server, const std::string& folder)
      : OtherPostgresqlClient(server.conninfo()) {
    ask("SET search_path = \"" + schema_of(folder) + "\"");
  }

  contract::Rows rows(const haulier_stream& stream) {
    std::string fields;
    for (std::uint32_t i = 0; i < stream.n_fields; ++i) {
      fields += (i ? ", \"" : "\"") + std::string(view(stream.fields[i].name)) + "\"";
    }
    const std::string sql = "SELECT " + fields + " FROM \"" + std::string(view(stream.name)) + "\"";
    const std::unique_ptr<PGresult, decltype(&PQclear)> result(
        PQexecParams(get(), sql.c_str(), 0, nullptr, nullptr, nullptr, nullptr, 1), PQclear);
    BOOST_REQUIRE_MESSAGE(PQresultStatus(result.get()) == PGRES_TUPLES_OK, PQerrorMessage(get()));
    contract::Rows out;
    for (int row = 0; row < PQntuples(result.get()); ++row) {
      contract::Row values;
      for (std::uint32_t i = 0; i < stream.n_fields; ++i) {
        const haulier_field& field = stream.fields[i];
        values[std::string(view(field.name))] = text(result.get(), row, static_cast<int>(i), field.type);
      }
      out[contract::key_of(stream, values)] = values;
    }
    return out;
  }

 private:
  static std::string text(const PGresult* result, int row, int column, std::uint32_t type) {
    if (PQgetisnull(result, row, column)) return "null";
    const std::string_view bytes(PQgetvalue(result, row, column),
                                 static_cast<std::size_t>(PQgetlength(result, row, column)));
    std::uint64_t number = 0;
    for (std::size_t i = 0; i < bytes.size() && i < 8; ++i) number = number << 8 | static_cast<unsigned char>(bytes[i]);
    switch (type) {
      case HAULIER_BOOL:
        return number ? "true" : "false";
      case HAULIER_INT64:
        return std::to_string(static_cast<std::int64_t>(number));
      case HAULIER_DOUBLE:
        return contract::number_text(std::bit_cast<double>(number));
      case HAULIER_TIMESTAMP:
        return std::to_string(static_cast<std::int64_t>(number) + 946'684'800'000'000);
      case HAULIER_BLOB:
        return contract::hash_text(bytes);
      case HAULIER_JSON:
        // jsonb has a byte for its version in front, json has not.
        return "'" + std::string(bytes.substr(!bytes.empty() && bytes[0] == 1 ? 1 : 0)) + "'";
      default:
        return "'" + std::string(bytes) + "'";
    }
  }
};

inline contract::SinkUnderTest postgresql_sink(PostgresqlServer& server = PostgresqlServer::shared(),
                                               const Settings& more = {}) {
  contract::SinkUnderTest out;
  out.plugin = "postgresql";
  out.transactional = true;
  out.big_bytes = 1024 * 1024;
  out.config = [&server, more](const std::string& folder) { return postgresql_config(server, folder, more); };
  out.rows = [&server](const std::string& folder, const haulier_stream& stream) {
    return PostgresqlReader(server, folder).rows(stream);
  };
  out.make_newer = [&server](const std::string& folder) {
    PostgresqlReader(server, folder)
        .ask("INSERT INTO schema_migrations SELECT max(version) + 1, 'later', now(), '' FROM schema_migrations");
  };
  out.drop_unique_index = [&server](const std::string& folder, const std::string& table) {
    PostgresqlReader(server, folder).ask("ALTER TABLE " + table + " DROP CONSTRAINT " + table + "_pkey");
  };
  return out;
}

}  // namespace haulier::testing
