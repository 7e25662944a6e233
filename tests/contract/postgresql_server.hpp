// A PostgreSQL server of the tests' own: a temporary folder, a free loopback port, no durability beyond a process kill
// unless asked for. Started once per test program; PostgreSQL refuses to run as root, so root gives the folder away.
#pragma once

#include <libpq-fe.h>
#include <pwd.h>

#include <memory>
#include <string_view>

#include "server_process.hpp"

namespace haulier::testing {

// A connection of any other program.
class OtherPostgresqlClient {
 public:
  explicit OtherPostgresqlClient(const std::string& conninfo) : connection_(PQconnectdb(conninfo.c_str()), PQfinish) {
    BOOST_REQUIRE_MESSAGE(PQstatus(connection_.get()) == CONNECTION_OK, PQerrorMessage(connection_.get()));
  }
  [[nodiscard]] PGconn* get() const noexcept { return connection_.get(); }

  // All values of the last statement's rows, joined with ' '.
  std::string ask(const std::string& sql) {
    const std::unique_ptr<PGresult, decltype(&PQclear)> result(PQexec(get(), sql.c_str()), PQclear);
    const ExecStatusType status = PQresultStatus(result.get());
    BOOST_REQUIRE_MESSAGE((status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK),
                          sql << ": " << PQerrorMessage(get()));
    std::string out;
    for (int row = 0; row < PQntuples(result.get()); ++row) {
      for (int column = 0; column < PQnfields(result.get()); ++column) {
        const bool null = PQgetisnull(result.get(), row, column) != 0;
        out += (out.empty() ? "" : " ") + std::string(null ? "null" : PQgetvalue(result.get(), row, column));
      }
    }
    return out;
  }

 private:
  std::unique_ptr<PGconn, decltype(&PQfinish)> connection_;
};

class PostgresqlServer : public ServerProcess {
 public:
  PostgresqlServer() : ServerProcess("postgresql", SIGQUIT) {
    if (geteuid() == 0) {
      const passwd* user = getpwnam("postgres");
      BOOST_REQUIRE_MESSAGE(user != nullptr, "there is no user postgres; scripts/setup installs the server");
      user_ = {user->pw_uid, user->pw_gid};
      give_away(folder());
    }
    BOOST_REQUIRE(end_of(start_program({program("initdb"), "-D", data(), "-U", "postgres", "-A", "trust", "-E", "UTF8",
                                        "--locale=C", "--no-sync", "--no-instructions"},
                                       log(), SIGKILL, user_)) == 0);
    std::ofstream(data() + "/pg_hba.conf") << "local all all trust\nhost all locked_out 127.0.0.1/32 scram-sha-256\n"
                                              "host all all 127.0.0.1/32 trust\n";
    start();
  }

  // Speaks TLS from the next start on, with a certificate for `name` that signs itself; returns its file.
  std::string make_certificate(const std::string& name) {
    const std::string cert = data() + "/server.crt", key = data() + "/server.key";
    make_certificate_files(name, cert, key);
    give_away(key);
    std::ofstream(data() + "/postgresql.auto.conf") << "ssl = on\n";
    return cert;
  }

  // The one that most cases share.
  static PostgresqlServer& shared() {
    static PostgresqlServer server;
    return server;
  }

  void start() {
    // It writes into postmaster.pid when it is ready.
    ServerProcess::start(
        {program("postgres"), "-D", data(), "-k", folder(), "-p", std::to_string(port()), "-c",
         "listen_addresses=127.0.0.1", "-c", "fsync=off", "-c", "max_connections=40", "-c", "deadlock_timeout=100ms",
         "-c", "max_prepared_transactions=0"},
        data(), [&] { return PQping(conninfo().c_str()) == PQPING_OK; }, user_);
  }

  // To the user that the server runs as.
  void give_away(const std::string& path) const {
    if (user_.uid != 0) BOOST_REQUIRE(chown(path.c_str(), user_.uid, user_.gid) == 0);
  }

  [[nodiscard]] std::string conninfo() const {
    return "host=127.0.0.1 port=" + std::to_string(port()) + " user=postgres dbname=postgres connect_timeout=10";
  }

 private:
  static std::string program(const std::string& name) {
    for (int version = 18; version >= 14; --version) {
      std::string path = "/usr/lib/postgresql/" + std::to_string(version) + "/bin/" + name;
      if (std::filesystem::exists(path)) return path;
    }
    return name;
  }

  RunAs user_;
};

}  // namespace haulier::testing
