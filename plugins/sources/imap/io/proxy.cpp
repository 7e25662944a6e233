#include "io/proxy.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string_view>

#include "proto/base64.hpp"

namespace haulier::imap {
namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;
using Kind = IoError::Kind;
using namespace std::string_view_literals;

constexpr std::size_t kMaxReplyBytes = 8192;
constexpr std::size_t kMaxNameBytes = 255;

[[noreturn]] void refused(const std::string& why) { throw IoError(Kind::kConnect, "the proxy " + why); }
[[noreturn]] void wants_other_sign_in(const std::string& why) { throw IoError(Kind::kProxySignIn, "the proxy " + why); }

// Blocking reads and writes of exactly so many bytes, under one deadline.
class Dialogue {
 public:
  Dialogue(const Socket& socket, milliseconds timeout) : socket_(socket), end_(Clock::now() + timeout) {}

  void send(std::string_view bytes) {
    while (!bytes.empty()) {
      const auto size = ::send(socket_.fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (size >= 0)
        bytes.remove_prefix(static_cast<std::size_t>(size));
      else
        wait_or_fail(POLLOUT);
    }
  }
  std::string receive(std::size_t count) {
    std::string bytes(count, '\0');
    for (std::size_t done = 0; done < count;) {
      const auto size = ::recv(socket_.fd(), bytes.data() + done, count - done, 0);
      if (size == 0) throw IoError(Kind::kClosed, "the proxy closed the connection");
      if (size > 0)
        done += static_cast<std::size_t>(size);
      else
        wait_or_fail(POLLIN);
    }
    return bytes;
  }

 private:
  void wait_or_fail(short events) {
    if (errno == EINTR) return;
    if (errno != EAGAIN) throw IoError(Kind::kClosed, std::string("the proxy: ") + std::strerror(errno));
    const auto left = std::chrono::duration_cast<milliseconds>(end_ - Clock::now());
    if (left.count() <= 0) throw IoError(Kind::kTimeout, "the proxy does not answer in time");
    (void)socket_.wait(events, left);
  }

  const Socket& socket_;
  Clock::time_point end_;
};

std::string printable(std::string_view line) {
  std::string out(line.substr(0, 100));
  for (char& c : out) c = c >= 0x20 && c < 0x7F ? c : '?';
  return out;
}

// status-line = HTTP-version SP status-code SP [reason-phrase], RFC 9112 section 4. One byte at a time, because the
// server's greeting may follow at once.
void http_tunnel(Dialogue& dialogue, const ProxySettings& proxy, const std::string& host, std::uint16_t port) {
  const bool address = host.find(':') != std::string::npos;
  const auto target = (address ? "[" + host + "]" : host) + ":" + std::to_string(port);
  auto request = "CONNECT " + target + " HTTP/1.1\r\nHost: " + target + "\r\n";
  // RFC 7617 section 2
  if (!proxy.user.empty())
    request += "Proxy-Authorization: Basic " + encode_base64(proxy.user + ":" + proxy.password) + "\r\n";
  dialogue.send(request + "\r\n");
  std::string reply;
  while (!reply.ends_with("\r\n\r\n")) {
    if (reply.size() == kMaxReplyBytes) refused("answers without end");
    reply += dialogue.receive(1);
  }
  const auto line = std::string_view(reply).substr(0, reply.find("\r\n"));
  const bool http = line.starts_with("HTTP/1.") && line.size() >= 12 && line[8] == ' ';
  if (!http) refused("does not speak HTTP: " + printable(line));
  // RFC 9110 section 15.5.8 wants 407; tinyproxy refuses a wrong password with 401.
  if (line.substr(9, 3) == "407" || line.substr(9, 3) == "401") {
    wants_other_sign_in(
        (proxy.user.empty() ? "wants a sign-in (proxy.user, proxy.password): " : "refuses its user or password: ") +
        printable(line));
  }
  if (line[9] != '2') refused("refuses: " + printable(line));
}

std::string socks_reason(unsigned char code) {
  constexpr const char* kReasons[] = {"",
                                      "general failure",
                                      "not allowed by its rules",
                                      "network unreachable",
                                      "host unreachable",
                                      "connection refused",
                                      "time to live expired",
                                      "command not supported",
                                      "address type not supported"};
  return code < std::size(kReasons) ? kReasons[code] : "code " + std::to_string(code);
}

// RFC 1929 section 2
void socks_sign_in(Dialogue& dialogue, const ProxySettings& proxy) {
  std::string request("\x01");
  for (const auto* word : {&proxy.user, &proxy.password}) {
    request += static_cast<char>(word->size());
    request += *word;
  }
  dialogue.send(request);
  if (dialogue.receive(2)[1] != 0) wants_other_sign_in("refuses its user or password");
}

// RFC 1928 sections 3 to 6
void socks_tunnel(Dialogue& dialogue, const ProxySettings& proxy, const std::string& host, std::uint16_t port) {
  const bool signs_in = !proxy.user.empty();
  dialogue.send(signs_in ? "\x05\x02\x00\x02"sv : "\x05\x01\x00"sv);
  const auto method = dialogue.receive(2);
  if (method[0] != 5) refused("does not speak SOCKS5");
  if (signs_in && method[1] == 2)
    socks_sign_in(dialogue, proxy);
  else if (method[1] != 0)
    wants_other_sign_in(signs_in ? "takes no user and password" : "wants a sign-in (proxy.user, proxy.password)");
  std::string request("\x05\x01\x00\x03"sv);
  request += static_cast<char>(host.size());
  request += host;
  request += static_cast<char>(port >> 8);
  request += static_cast<char>(port & 0xFF);
  dialogue.send(request);
  const auto head = dialogue.receive(4);
  if (head[0] != 5) refused("does not speak SOCKS5");
  if (head[1] != 0) refused("refuses: " + socks_reason(static_cast<unsigned char>(head[1])));
  std::size_t address = 0;
  if (head[3] == 1) address = 4;
  if (head[3] == 4) address = 16;
  if (head[3] == 3) address = static_cast<unsigned char>(dialogue.receive(1)[0]);
  if (address == 0 && head[3] != 3) refused("answers with an address of an unknown kind");
  (void)dialogue.receive(address + 2);
}

}  // namespace

void open_tunnel(const Socket& socket, const ProxySettings& proxy, const std::string& host, std::uint16_t port,
                 milliseconds timeout) {
  // Names come from the config; a line end in one would be a second HTTP field.
  const bool plain = std::all_of(host.begin(), host.end(), [](char c) { return c > 0x20 && c < 0x7F; });
  if (!plain || host.empty() || host.size() > kMaxNameBytes) refused("cannot be asked for this host name");
  // RFC 1929: a length is one octet. A password may have come from the vault.
  if (proxy.user.size() > kMaxNameBytes || proxy.password.size() > kMaxNameBytes)
    wants_other_sign_in("cannot be told so long a user or password");
  Dialogue dialogue(socket, timeout);
  if (proxy.kind == ProxyKind::kHttp) http_tunnel(dialogue, proxy, host, port);
  if (proxy.kind == ProxyKind::kSocks5) socks_tunnel(dialogue, proxy, host, port);
}

Socket dial_through(const ProxySettings& proxy, const std::string& host, std::uint16_t port, int cancel_fd,
                    milliseconds timeout) {
  if (proxy.kind == ProxyKind::kNone) return dial(host, port, cancel_fd, timeout);
  auto socket = dial(proxy.host, proxy.port, cancel_fd, timeout);
  open_tunnel(socket, proxy, host, port, timeout);
  return socket;
}

}  // namespace haulier::imap
