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

#include <cstdio>
#include <fstream>
#include <functional>
#include <iterator>
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

}  // namespace haulier::testing
