// A loopback proxy in front of a database server that can swallow a COMMIT or the answer to it.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <string>
#include <string_view>
#include <thread>

namespace haulier::testing {

enum class Cut { nothing, before_commit, after_commit };

// One connection at a time, served by a thread of its own.
class CuttingProxy {
 public:
  // `commit`: how a COMMIT looks on the wire.
  explicit CuttingProxy(int server_port, std::string_view commit = std::string_view("COMMIT\0", 7))
      : server_port_(server_port), commit_(commit), listener_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address = loopback(0);
    socklen_t size = sizeof address;
    BOOST_REQUIRE(::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) == 0);
    BOOST_REQUIRE(::listen(listener_, 8) == 0);
    BOOST_REQUIRE(::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) == 0);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { serve(); });
  }
  CuttingProxy(const CuttingProxy&) = delete;
  CuttingProxy& operator=(const CuttingProxy&) = delete;
  ~CuttingProxy() {
    ::shutdown(listener_, SHUT_RDWR);
    thread_.join();
    ::close(listener_);
  }

  [[nodiscard]] int port() const noexcept { return port_; }
  // Ends the connection that is being served, on the client's side only.
  void cut_now() {
    const int fd = client_.load();
    if (fd >= 0) ::shutdown(fd, SHUT_WR);
  }
  // What to do with the next COMMIT; once.
  std::atomic<Cut> cut{Cut::nothing};

 private:
  static sockaddr_in loopback(int port) {
    sockaddr_in out{};
    out.sin_family = AF_INET;
    out.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    out.sin_port = htons(static_cast<std::uint16_t>(port));
    return out;
  }

  void serve() {
    for (int client = ::accept(listener_, nullptr, nullptr); client >= 0;
         client = ::accept(listener_, nullptr, nullptr)) {
      const int server = ::socket(AF_INET, SOCK_STREAM, 0);
      sockaddr_in address = loopback(server_port_);
      client_ = client;
      if (::connect(server, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) relay(client, server);
      client_ = -1;
      ::close(server);
      ::close(client);
    }
  }

  void relay(int client, int server) {
    bool swallow = false;
    pollfd files[3] = {{client, POLLIN, 0}, {server, POLLIN, 0}, {listener_, POLLHUP, 0}};
    while (::poll(files, 3, -1) > 0) {
      if (files[2].revents & POLLHUP) return;  // the test is over
      if (files[0].revents != 0) {
        const std::string bytes = receive(client);
        if (bytes.empty()) return;
        const bool commits = bytes.find(commit_) != std::string::npos;
        const Cut now = commits ? cut.exchange(Cut::nothing) : Cut::nothing;
        if (now == Cut::before_commit) return;
        swallow = now == Cut::after_commit;
        send_all(server, bytes);
      }
      if (files[1].revents != 0) {
        const std::string bytes = receive(server);
        if (bytes.empty() || swallow) return;
        send_all(client, bytes);
      }
    }
  }

  static std::string receive(int fd) {
    std::string out(64 * 1024, '\0');
    const ssize_t n = ::recv(fd, out.data(), out.size(), 0);
    out.resize(n > 0 ? static_cast<std::size_t>(n) : 0);
    return out;
  }
  static void send_all(int fd, std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t n = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (n <= 0) return;
      bytes.remove_prefix(static_cast<std::size_t>(n));
    }
  }

  int server_port_;
  std::string_view commit_;
  int listener_;
  int port_ = 0;
  std::atomic<int> client_{-1};
  std::thread thread_;
};

}  // namespace haulier::testing
