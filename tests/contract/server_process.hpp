// A server of the tests' own as a child process: a free loopback port, its output in a file, its end with the test's.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/inotify.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>

#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <string>
#include <vector>

namespace haulier::testing {

inline int free_port() {
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

inline std::string text_of_file(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

// Who a program runs as; 0: as the test.
struct RunAs {
  uid_t uid = 0;
  gid_t gid = 0;
};

// Its output goes to the end of `log`. It gets the signal `at_death` when this process ends.
inline pid_t start_program(std::vector<std::string> words, const std::string& log, int at_death, RunAs as = {}) {
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  std::fflush(nullptr);  // or the child would print it once more
  const pid_t child = fork();
  BOOST_REQUIRE(child >= 0);
  if (child > 0) return child;
  if (as.uid != 0 && (setgid(as.gid) != 0 || setuid(as.uid) != 0)) _exit(126);
  prctl(PR_SET_PDEATHSIG, at_death);
  const bool ready = freopen(log.c_str(), "a", stdout) && dup2(1, 2) == 2 && chdir("/") == 0;
  if (ready) execvp(arguments[0], arguments.data());
  _exit(127);
}

inline int end_of(pid_t pid) {
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return status;
}

// Lives as long as the object.
class ServerFolder {
 public:
  // `words`: in its name.
  explicit ServerFolder(const std::string& words)
      : path_((std::filesystem::temp_directory_path() / ("haulier-" + words + "-XXXXXX")).string()) {
    BOOST_REQUIRE(mkdtemp(path_.data()) != nullptr);
  }
  ServerFolder(const ServerFolder&) = delete;
  ServerFolder& operator=(const ServerFolder&) = delete;
  ~ServerFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  [[nodiscard]] const std::string& path() const noexcept { return path_; }

 private:
  std::string path_;
};

// A certificate for `name` that signs itself, and its key.
inline void make_certificate_files(const std::string& name, const std::string& certificate, const std::string& key) {
  const std::string command =
      "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=" + name +
      " -addext subjectAltName=DNS:" + name + " -keyout '" + key + "' -out '" + certificate + "' 2> /dev/null";
  BOOST_REQUIRE(std::system(command.c_str()) == 0);
}

// Wakes up at every change in a folder.
class FolderWatch {
 public:
  explicit FolderWatch(const std::string& folder) : changes_(inotify_init1(IN_CLOEXEC)) {
    BOOST_REQUIRE(inotify_add_watch(changes_, folder.c_str(), IN_MODIFY | IN_CREATE) >= 0);
  }
  FolderWatch(const FolderWatch&) = delete;
  FolderWatch& operator=(const FolderWatch&) = delete;
  ~FolderWatch() { close(changes_); }

  // Until `ready()`; fails with the text of `log` when the program ends before, or nothing happens for long.
  void wait(pid_t program, const std::function<bool()>& ready, const std::string& log) {
    constexpr int kPatienceMs = 30'000;
    const int process = static_cast<int>(syscall(SYS_pidfd_open, program, 0));
    BOOST_REQUIRE(process >= 0);
    char events[4096];
    while (!ready()) {
      pollfd waiting[] = {{changes_, POLLIN, 0}, {process, POLLIN, 0}};
      BOOST_REQUIRE_MESSAGE(poll(waiting, 2, kPatienceMs) > 0, "the server does not answer: " + text_of_file(log));
      BOOST_REQUIRE_MESSAGE(waiting[1].revents == 0, "the server ended: " + text_of_file(log));
      BOOST_REQUIRE(read(changes_, events, sizeof events) > 0);
    }
    close(process);
  }

 private:
  int changes_;
};

// A server that runs in a folder of its own, on a free port.
class ServerProcess {
 public:
  // `at_end`: the signal that ends it as a crash would, nothing is written any more.
  ServerProcess(const std::string& words, int at_end) : folder_(words), port_(free_port()), at_end_(at_end) {}
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;
  ~ServerProcess() { stop(); }

  void stop() {
    if (pid_ <= 0) return;
    kill(pid_, at_end_);
    end_of(pid_);
    pid_ = -1;
  }

  [[nodiscard]] int port() const noexcept { return port_; }
  [[nodiscard]] const std::string& folder() const noexcept { return folder_.path(); }
  [[nodiscard]] std::string data() const { return folder() + "/data"; }
  [[nodiscard]] std::string log() const { return folder() + "/log"; }

 protected:
  // Until `ready()`, which may become true when something in `watched` changes.
  void start(std::vector<std::string> words, const std::string& watched, const std::function<bool()>& ready,
             RunAs as = {}) {
    FolderWatch watch(watched);
    pid_ = start_program(std::move(words), log(), at_end_, as);
    watch.wait(pid_, ready, log());
  }

 private:
  ServerFolder folder_;
  int port_;
  int at_end_;
  pid_t pid_ = -1;
};

// The settings of a sink, as JSON texts by name.
using Settings = std::map<std::string, std::string>;

// `more` wins.
inline std::string json_of(const Settings& settings, const Settings& more) {
  Settings all = more;
  all.insert(settings.begin(), settings.end());
  std::string out;
  for (const auto& [name, text] : all) out += (out.empty() ? "{\"" : ",\"") + name + "\":" + text;
  return out + "}";
}

}  // namespace haulier::testing
