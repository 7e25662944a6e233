// A MariaDB server of the tests' own: a temporary folder, a free loopback port, no durability beyond a process kill.
// Started once per test program; its empty database files are made once and copied for the servers that a case needs
// for itself.
#pragma once

#include <mysql.h>

#include <memory>
#include <string_view>

#include "server_process.hpp"

namespace haulier::testing {

// A connection of any other program.
class OtherMysqlClient {
 public:
  explicit OtherMysqlClient(const std::string& socket, const std::string& database = {})
      : handle_(mysql_init(nullptr), mysql_close) {
    const unsigned protocol = MYSQL_PROTOCOL_SOCKET;
    mysql_optionsv(get(), MYSQL_OPT_PROTOCOL, &protocol);
    mysql_optionsv(get(), MYSQL_SET_CHARSET_NAME, "utf8mb4");
    const char* name = database.empty() ? nullptr : database.c_str();
    BOOST_REQUIRE_MESSAGE(mysql_real_connect(get(), nullptr, "root", nullptr, name, 0, socket.c_str(), 0) != nullptr,
                          mysql_error(get()));
    ask("SET SESSION sql_mode = 'STRICT_ALL_TABLES,ANSI_QUOTES', time_zone = '+00:00'");
  }
  [[nodiscard]] MYSQL* get() const noexcept { return handle_.get(); }

  // All values of the statement's rows, joined with ' '.
  std::string ask(const std::string& sql) {
    BOOST_REQUIRE_MESSAGE(mysql_real_query(get(), sql.data(), sql.size()) == 0, sql << ": " << mysql_error(get()));
    const std::unique_ptr<MYSQL_RES, decltype(&mysql_free_result)> rows(mysql_store_result(get()), mysql_free_result);
    std::string out;
    if (!rows) return out;
    while (const MYSQL_ROW row = mysql_fetch_row(rows.get())) {
      const unsigned long* lengths = mysql_fetch_lengths(rows.get());
      for (unsigned i = 0; i < mysql_num_fields(rows.get()); ++i) {
        out += (out.empty() ? "" : " ") + (row[i] ? std::string(row[i], lengths[i]) : "null");
      }
    }
    return out;
  }

 private:
  std::unique_ptr<MYSQL, decltype(&mysql_close)> handle_;
};

class MysqlServer : public ServerProcess {
 public:
  explicit MysqlServer(std::vector<std::string> more = {}) : ServerProcess("mysql", SIGKILL), more_(std::move(more)) {
    std::filesystem::copy(empty_data(), data(), std::filesystem::copy_options::recursive);
    start();
  }

  // The one that most cases share.
  static MysqlServer& shared() {
    static MysqlServer server;
    return server;
  }

  void start() {
    std::filesystem::remove(socket());
    // One file for all tables: thousands of small ones are made and dropped.
    std::vector<std::string> words = {
        "mariadbd", "--no-defaults", "--datadir=" + data(), "--socket=" + socket(), "--port=" + std::to_string(port()),
        // A server that starts clears away what others have in a shared one.
        "--tmpdir=" + folder(), "--bind-address=127.0.0.1", "--skip-name-resolve", "--innodb-flush-log-at-trx-commit=2",
        "--innodb-flush-method=nosync", "--innodb-doublewrite=0", "--innodb-file-per-table=0",
        "--max-allowed-packet=64M", "--max-connections=60", "--pid-file=" + folder() + "/pid"};
    if (geteuid() == 0) words.push_back("--user=root");
    words.insert(words.end(), more_.begin(), more_.end());
    // Its log, in the same folder, says when it is ready.
    ServerProcess::start(words, folder(), [&] { return answers(); });
  }
  [[nodiscard]] std::string socket() const { return folder() + "/socket"; }

 private:
  [[nodiscard]] bool answers() const {
    const std::unique_ptr<MYSQL, decltype(&mysql_close)> handle(mysql_init(nullptr), mysql_close);
    return mysql_real_connect(handle.get(), nullptr, "root", nullptr, nullptr, 0, socket().c_str(), 0) != nullptr;
  }

  // Made on first use, removed with the program.
  static std::string empty_data() {
    static const ServerFolder kFolder("mysql");
    const std::string data = kFolder.path() + "/data", log = kFolder.path() + "/log";
    if (std::filesystem::exists(data)) return data;
    std::vector<std::string> words = {"mariadb-install-db",
                                      "--no-defaults",
                                      "--datadir=" + data,
                                      "--tmpdir=" + kFolder.path(),
                                      "--auth-root-authentication-method=normal",
                                      "--skip-test-db",
                                      "--innodb-flush-method=nosync"};
    if (geteuid() == 0) words.push_back("--user=root");
    BOOST_REQUIRE_MESSAGE(end_of(start_program(words, log, SIGKILL)) == 0, text_of_file(log));
    return data;
  }

  std::vector<std::string> more_;  // options
};

}  // namespace haulier::testing
