// A PostgreSQL server of the tests' own: a temporary folder, a free loopback port, no durability beyond a process kill
// unless asked for. Started once per test program; PostgreSQL refuses to run as root, so root gives the folder away.
#pragma once

#include <arpa/inet.h>
#include <libpq-fe.h>
#include <netinet/in.h>
#include <poll.h>
#include <pwd.h>
#include <sys/inotify.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace haulier::testing {

// A connection of any other program.
class OtherClient {
 public:
  explicit OtherClient(const std::string& conninfo) : connection_(PQconnectdb(conninfo.c_str()), PQfinish) {
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

class PostgresqlServer {
 public:
  // `folder`: where to keep the data; empty: a new folder that is removed with the object.
  explicit PostgresqlServer(std::string folder = {}) : folder_(std::move(folder)), owns_folder_(folder_.empty()) {
    if (owns_folder_) {
      folder_ = (std::filesystem::temp_directory_path() / "haulier-postgresql-XXXXXX").string();
      BOOST_REQUIRE(mkdtemp(folder_.data()) != nullptr);
    }
    if (geteuid() == 0) {
      const passwd* user = getpwnam("postgres");
      BOOST_REQUIRE_MESSAGE(user != nullptr, "there is no user postgres; scripts/setup installs the server");
      uid_ = user->pw_uid;
      gid_ = user->pw_gid;
      BOOST_REQUIRE(chown(folder_.c_str(), uid_, gid_) == 0);
    }
    port_ = free_port();
    BOOST_REQUIRE(wait_for(spawn({"initdb", "-D", data(), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C",
                                  "--no-sync", "--no-instructions"},
                                 SIGKILL)) == 0);
    std::ofstream(data() + "/pg_hba.conf") << "local all all trust\nhost all locked_out 127.0.0.1/32 scram-sha-256\n"
                                              "host all all 127.0.0.1/32 trust\n";
    start();
  }
  PostgresqlServer(const PostgresqlServer&) = delete;
  PostgresqlServer& operator=(const PostgresqlServer&) = delete;
  ~PostgresqlServer() {
    stop();
    if (owns_folder_) std::filesystem::remove_all(folder_);
  }

  // Speaks TLS from the next start on, with a certificate for `name` that signs itself; returns its file.
  std::string make_certificate(const std::string& name) {
    const std::string cert = data() + "/server.crt", key = data() + "/server.key";
    const std::string command =
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=" + name +
        " -addext subjectAltName=DNS:" + name + " -keyout '" + key + "' -out '" + cert + "' 2> /dev/null";
    BOOST_REQUIRE(std::system(command.c_str()) == 0);
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
    const Descriptor changes(inotify_init1(IN_CLOEXEC));
    BOOST_REQUIRE(inotify_add_watch(changes.fd, data().c_str(), IN_MODIFY | IN_CREATE) >= 0);
    pid_ = spawn(
        {"postgres", "-D", data(), "-k", folder_, "-p", std::to_string(port_), "-c", "listen_addresses=127.0.0.1", "-c",
         "fsync=off", "-c", "max_connections=40", "-c", "deadlock_timeout=100ms", "-c", "max_prepared_transactions=0"},
        SIGQUIT);
    // It writes into postmaster.pid when it is ready.
    const Descriptor process(static_cast<int>(syscall(SYS_pidfd_open, pid_, 0)));
    BOOST_REQUIRE(process.fd >= 0);
    constexpr int kPatienceMs = 30'000;
    char events[4096];
    while (PQping(conninfo().c_str()) != PQPING_OK) {
      pollfd waiting[] = {{changes.fd, POLLIN, 0}, {process.fd, POLLIN, 0}};
      BOOST_REQUIRE_MESSAGE(poll(waiting, 2, kPatienceMs) > 0, "postgres does not answer: " + log());
      BOOST_REQUIRE_MESSAGE(waiting[1].revents == 0, "postgres ended: " + log());
      BOOST_REQUIRE(read(changes.fd, events, sizeof events) > 0);
    }
  }
  // SIGQUIT: as after a crash, nothing is written any more.
  void stop() {
    if (pid_ <= 0) return;
    kill(pid_, SIGQUIT);
    wait_for(pid_);
    pid_ = -1;
  }

  // To the user that the server runs as.
  void give_away(const std::string& path) const {
    if (uid_ != 0) BOOST_REQUIRE(chown(path.c_str(), uid_, gid_) == 0);
  }

  [[nodiscard]] int port() const noexcept { return port_; }
  [[nodiscard]] const std::string& folder() const noexcept { return folder_; }
  [[nodiscard]] std::string conninfo() const {
    return "host=127.0.0.1 port=" + std::to_string(port_) + " user=postgres dbname=postgres connect_timeout=10";
  }
  [[nodiscard]] std::string log() const {
    std::ifstream file(folder_ + "/log");
    return {std::istreambuf_iterator<char>(file), {}};
  }

 private:
  struct Descriptor {
    explicit Descriptor(int opened) : fd(opened) {}
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    ~Descriptor() {
      if (fd >= 0) close(fd);
    }
    const int fd;
  };

  [[nodiscard]] std::string data() const { return folder_ + "/data"; }

  static int free_port() {
    const int fd = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    BOOST_REQUIRE(bind(fd, reinterpret_cast<sockaddr*>(&address), size) == 0);
    BOOST_REQUIRE(getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) == 0);
    close(fd);
    return ntohs(address.sin_port);
  }

  static std::string program(const std::string& name) {
    for (int version = 18; version >= 14; --version) {
      std::string path = "/usr/lib/postgresql/" + std::to_string(version) + "/bin/" + name;
      if (std::filesystem::exists(path)) return path;
    }
    return name;
  }

  // Ends with `at_death` when this process ends.
  pid_t spawn(std::vector<std::string> words, int at_death) const {
    words[0] = program(words[0]);
    std::vector<char*> arguments;
    for (std::string& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    const pid_t child = fork();
    BOOST_REQUIRE(child >= 0);
    if (child > 0) return child;
    if (uid_ != 0 && (setgid(gid_) != 0 || setuid(uid_) != 0)) _exit(126);
    prctl(PR_SET_PDEATHSIG, at_death);
    const bool ready = freopen((folder_ + "/log").c_str(), "a", stdout) && dup2(1, 2) == 2 && chdir("/") == 0;
    if (ready) execvp(arguments[0], arguments.data());
    _exit(127);
  }
  static int wait_for(pid_t pid) {
    int status = 0;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    return status;
  }

  std::string folder_;
  bool owns_folder_;
  uid_t uid_ = 0;
  gid_t gid_ = 0;
  int port_ = 0;
  pid_t pid_ = -1;
};

}  // namespace haulier::testing
