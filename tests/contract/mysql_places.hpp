// The MySQL sink under test: each folder of the contract stands for a database of its own on the tests' server.
#pragma once

#include "mysql_server.hpp"
#include "rfc3339.hpp"
#include "sink_contract_crash.hpp"

namespace haulier::testing {

inline std::string database_of(const std::string& folder) {
  return "d" + std::to_string(std::hash<std::string>()(folder));
}

// Makes the database, which is not for the sink to make.
inline std::string mysql_config(const MysqlServer& server, const std::string& folder, const Settings& more = {}) {
  OtherMysqlClient(server.socket()).ask("CREATE DATABASE IF NOT EXISTS " + database_of(folder));
  return json_of({{"host", "\"127.0.0.1\""},
                  {"port", std::to_string(server.port())},
                  {"database", "\"" + database_of(folder) + "\""},
                  {"user", "\"root\""},
                  {"tls", "\"disable\""}},
                 more);
}

// A reader of its own, in a folder's database.
class MysqlReader : public OtherMysqlClient {
 public:
  MysqlReader(const MysqlServer& server, const std::string& folder)
      : OtherMysqlClient(server.socket(), database_of(folder)) {}

  contract::Rows rows(const haulier_stream& stream) {
    std::string fields;
    for (std::uint32_t i = 0; i < stream.n_fields; ++i) {
      fields += (i ? ", \"" : "\"") + std::string(view(stream.fields[i].name)) + "\"";
    }
    const std::string sql = "SELECT " + fields + " FROM \"" + std::string(view(stream.name)) + "\"";
    BOOST_REQUIRE_MESSAGE(mysql_real_query(get(), sql.data(), sql.size()) == 0, mysql_error(get()));
    const std::unique_ptr<MYSQL_RES, decltype(&mysql_free_result)> result(mysql_store_result(get()), mysql_free_result);
    BOOST_REQUIRE_MESSAGE(result != nullptr, mysql_error(get()));
    contract::Rows out;
    while (const MYSQL_ROW row = mysql_fetch_row(result.get())) {
      const unsigned long* lengths = mysql_fetch_lengths(result.get());
      contract::Row values;
      for (std::uint32_t i = 0; i < stream.n_fields; ++i) {
        const haulier_field& field = stream.fields[i];
        values[std::string(view(field.name))] = row[i] ? text({row[i], lengths[i]}, field.type) : "null";
      }
      out[contract::key_of(stream, values)] = values;
    }
    return out;
  }

 private:
  static std::string text(std::string_view bytes, std::uint32_t type) {
    switch (type) {
      case HAULIER_BOOL:
        return bytes != "0" ? "true" : "false";
      case HAULIER_INT64:
        return std::string(bytes);
      case HAULIER_DOUBLE:
        return contract::number_text(std::strtod(std::string(bytes).c_str(), nullptr));
      case HAULIER_TIMESTAMP: {
        std::string time = std::string(bytes) + "Z";
        time[10] = 'T';
        return std::to_string(rfc3339::parse(time).value());
      }
      case HAULIER_BLOB:
        return contract::hash_text(bytes);
      default:
        return "'" + std::string(bytes) + "'";
    }
  }
};

inline contract::SinkUnderTest mysql_sink(MysqlServer& server = MysqlServer::shared(), const Settings& more = {}) {
  contract::SinkUnderTest out;
  out.plugin = "mysql";
  out.transactional = true;
  out.big_bytes = 1024 * 1024;
  out.config = [&server, more](const std::string& folder) { return mysql_config(server, folder, more); };
  out.rows = [&server](const std::string& folder, const haulier_stream& stream) {
    return MysqlReader(server, folder).rows(stream);
  };
  out.make_newer = [&server](const std::string& folder) {
    MysqlReader(server, folder)
        .ask("INSERT INTO schema_migrations SELECT max(version) + 1, 'later', now(), '' FROM schema_migrations");
  };
  out.drop_unique_index = [&server](const std::string& folder, const std::string& table) {
    MysqlReader(server, folder).ask("ALTER TABLE " + table + " DROP PRIMARY KEY");
  };
  return out;
}

}  // namespace haulier::testing
