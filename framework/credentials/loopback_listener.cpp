#include "loopback_listener.hpp"

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "credential_error.hpp"

namespace haulier::credentials {
namespace {

constexpr std::size_t kMaxConnections = 16;
constexpr std::size_t kMaxRequestBytes = 16U << 10U;
// How long a wait may overlook a cancellation.
constexpr std::chrono::milliseconds kCancelStep{200};

constexpr std::string_view kPage =
    "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Haulier</title>"
    "<p>Haulier has received the provider's answer. You can close this window and go back to the "
    "terminal.</p></html>\n";

std::string response(std::string_view status, std::string_view body) {
  std::string text = "HTTP/1.1 ";
  text.append(status).append("\r\nContent-Type: text/html; charset=utf-8\r\nCache-Control: no-store\r\n");
  text.append("Referrer-Policy: no-referrer\r\nContent-Security-Policy: default-src 'none'\r\n");
  text.append("X-Content-Type-Options: nosniff\r\nConnection: close\r\n");
  text.append("Content-Length: ").append(std::to_string(body.size())).append("\r\n\r\n").append(body);
  return text;
}

// A page of a few hundred bytes always fits into the socket's buffer; if the browser is gone, nobody misses it.
void send_page(int socket, const std::string& text) {
  static_cast<void>(::send(socket, text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT));
  ::shutdown(socket, SHUT_WR);
}

}  // namespace

LoopbackListener::LoopbackListener(std::string path) : path_(std::move(path)) {
  listener_ = FileDescriptor(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (!listener_.valid() || ::bind(listener_.get(), generic, size) != 0 || ::listen(listener_.get(), 8) != 0 ||
      ::getsockname(listener_.get(), generic, &size) != 0) {
    throw CredentialError(ExitCode::local_io,
                          "cannot listen on 127.0.0.1 for the sign-in: " + std::system_category().message(errno));
  }
  port_ = ntohs(address.sin_port);
}

std::string LoopbackListener::wait(std::chrono::milliseconds limit, const Environment& environment) {
  const std::chrono::milliseconds deadline = environment.monotonic() + limit;
  std::string query;
  for (;;) {
    if (environment.cancelled()) throw TryAgainLater("the sign-in was cancelled; nothing was stored");
    const std::chrono::milliseconds left = deadline - environment.monotonic();
    if (left.count() <= 0) throw TryAgainLater("nobody finished the sign-in in time; nothing was stored");
    std::vector<pollfd> waiting{{listener_.get(), POLLIN, 0}};
    for (const Connection& connection : connections_) waiting.push_back({connection.socket.get(), POLLIN, 0});
    if (::poll(waiting.data(), waiting.size(), static_cast<int>(std::min(left, kCancelStep).count())) <= 0) continue;
    for (std::size_t i = waiting.size(); i-- > 1;) {
      if (waiting[i].revents == 0) continue;
      if (serve(connections_[i - 1], query)) return query;
    }
    std::erase_if(connections_, [](const Connection& connection) { return !connection.socket.valid(); });
    if (waiting[0].revents != 0) accept_one();
  }
}

void LoopbackListener::accept_one() {
  FileDescriptor socket(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
  if (!socket.valid()) return;
  if (connections_.size() == kMaxConnections) connections_.erase(connections_.begin());
  connections_.push_back({std::move(socket), {}});
}

bool LoopbackListener::serve(Connection& connection, std::string& query) {
  char piece[2048];
  const ssize_t count = ::recv(connection.socket.get(), piece, sizeof piece, 0);
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) return false;
  if (count > 0) connection.received.append(piece, static_cast<std::size_t>(count));
  const bool complete = connection.received.find("\r\n\r\n") != std::string::npos;
  if (count > 0 && !complete && connection.received.size() <= kMaxRequestBytes) return false;
  const bool mine = complete && answer(connection, query);
  connection.socket.reset();
  return mine;
}

// request-line = method SP request-target SP HTTP-version (RFC 9112 section 3)
bool LoopbackListener::answer(const Connection& connection, std::string& query) const {
  const std::string_view line = std::string_view(connection.received).substr(0, connection.received.find("\r\n"));
  const std::size_t first = line.find(' ');
  const std::size_t last = line.rfind(' ');
  if (first == std::string_view::npos || first == last) {
    send_page(connection.socket.get(), response("400 Bad Request", ""));
    return false;
  }
  const std::string_view target = line.substr(first + 1, last - first - 1);
  const std::size_t mark = target.find('?');
  // A browser also asks for the icon; a bare path without a query is a curious person.
  if (line.substr(0, first) != "GET" || target.substr(0, mark) != path_ || mark == std::string_view::npos) {
    send_page(connection.socket.get(), response("404 Not Found", ""));
    return false;
  }
  query = std::string(target.substr(mark + 1));
  send_page(connection.socket.get(), response("200 OK", kPage));
  return true;
}

}  // namespace haulier::credentials
