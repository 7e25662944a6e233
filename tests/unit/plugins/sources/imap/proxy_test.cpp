#include "io/proxy.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <optional>

namespace proxy_test {
using namespace haulier::imap;
using namespace std::string_view_literals;

// A proxy whose whole answer is there before it is asked.
struct Proxy {
  explicit Proxy(std::string_view answer, bool closes = false) {
    int ends[2];
    BOOST_REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
    ::fcntl(ends[0], F_SETFL, O_NONBLOCK);
    ::fcntl(ends[1], F_SETFL, O_NONBLOCK);
    ours.emplace(ends[0], -1);
    theirs = ends[1];
    BOOST_REQUIRE(::send(theirs, answer.data(), answer.size(), 0) == static_cast<ssize_t>(answer.size()));
    if (closes) ::shutdown(theirs, SHUT_WR);
  }
  ~Proxy() { ::close(theirs); }
  // "": it went well; else what the fault says.
  std::string open(ProxyKind kind, const std::string& host = "imap.example.org") {
    return open(ProxySettings{kind, "proxy.example.org", 1080, {}, {}}, host);
  }
  std::string open(const ProxySettings& settings, const std::string& host = "imap.example.org") {
    try {
      open_tunnel(*ours, settings, host, 993, std::chrono::milliseconds(30));
      return {};
    } catch (const IoError& error) {
      fault = error.kind();
      return error.what();
    }
  }
  static std::string all_of(int fd) {
    char bytes[4096];
    const auto size = ::recv(fd, bytes, sizeof bytes, 0);
    return size > 0 ? std::string(bytes, static_cast<std::size_t>(size)) : std::string();
  }
  std::optional<Socket> ours;
  int theirs = -1;
  std::optional<IoError::Kind> fault;
};

BOOST_AUTO_TEST_SUITE(proxy)

BOOST_AUTO_TEST_CASE(http_connect_leaves_the_greeting_behind_it_unread) {
  Proxy proxy("HTTP/1.1 200 Connection established\r\nVia: x\r\n\r\n* OK ready\r\n");
  BOOST_TEST(proxy.open(ProxyKind::kHttp) == "");
  BOOST_TEST(Proxy::all_of(proxy.theirs) ==
             "CONNECT imap.example.org:993 HTTP/1.1\r\nHost: imap.example.org:993\r\n\r\n");
  BOOST_TEST(Proxy::all_of(proxy.ours->fd()) == "* OK ready\r\n");
}

BOOST_AUTO_TEST_CASE(http_refusals_say_what_the_proxy_said) {
  BOOST_TEST(Proxy("HTTP/1.1 403 Forbidden\r\n\r\n").open(ProxyKind::kHttp) ==
             "the proxy refuses: HTTP/1.1 403 Forbidden");
  BOOST_TEST(Proxy("HTTP/1.1 407 Who?\r\n\r\n").open(ProxyKind::kHttp).find("sign-in") != std::string::npos);
  BOOST_TEST(Proxy("* OK IMAP\x01\r\n\r\n").open(ProxyKind::kHttp) == "the proxy does not speak HTTP: * OK IMAP?");
  BOOST_TEST(Proxy(std::string(9000, 'a')).open(ProxyKind::kHttp) == "the proxy answers without end");
}

BOOST_AUTO_TEST_CASE(socks5_sends_the_name_and_reads_no_byte_too_many) {
  for (const auto address : {"\x01\x7F\0\0\x01"sv, "\x03\x04host"sv, "\x03\0"sv, "\x04zyxwvutsrqponmlk"sv}) {
    Proxy proxy(std::string("\x05\0\x05\0\0"sv) + std::string(address) + std::string("\0\0* OK ready\r\n"sv));
    BOOST_TEST(proxy.open(ProxyKind::kSocks5) == "");
    BOOST_TEST(Proxy::all_of(proxy.theirs) == std::string("\x05\x01\0\x05\x01\0\x03\x10imap.example.org\x03\xE1"sv));
    BOOST_TEST(Proxy::all_of(proxy.ours->fd()) == "* OK ready\r\n");
  }
}

BOOST_AUTO_TEST_CASE(socks5_refusals_have_a_reason) {
  BOOST_TEST(Proxy("\x05\xFF"sv).open(ProxyKind::kSocks5).find("sign-in") != std::string::npos);
  BOOST_TEST(Proxy("\x04\x5A"sv).open(ProxyKind::kSocks5) == "the proxy does not speak SOCKS5");
  BOOST_TEST(Proxy("\x05\0\x05\x05\0\x01\0\0\0\0\0\0"sv).open(ProxyKind::kSocks5) ==
             "the proxy refuses: connection refused");
  BOOST_TEST(Proxy("\x05\0\x05\0\0\x09"sv).open(ProxyKind::kSocks5).find("unknown kind") != std::string::npos);
}

const ProxySettings kHttpSignIn{ProxyKind::kHttp, "proxy", 3128, "me", "se:cret"};
const ProxySettings kSocksSignIn{ProxyKind::kSocks5, "proxy", 1080, "me", "se:cret"};

BOOST_AUTO_TEST_CASE(http_sign_in_is_basic) {
  Proxy proxy("HTTP/1.1 200 OK\r\n\r\n");
  BOOST_TEST(proxy.open(kHttpSignIn) == "");
  BOOST_TEST(Proxy::all_of(proxy.theirs) ==
             "CONNECT imap.example.org:993 HTTP/1.1\r\nHost: imap.example.org:993\r\n"
             "Proxy-Authorization: Basic bWU6c2U6Y3JldA==\r\n\r\n");
  const auto refusal = Proxy("HTTP/1.1 407 Who?\r\n\r\n").open(kHttpSignIn);
  BOOST_TEST(refusal == "the proxy refuses its user or password: HTTP/1.1 407 Who?");
  BOOST_TEST(Proxy("HTTP/1.0 401 Unauthorized\r\n\r\n").open(kHttpSignIn).find("user or password") !=
             std::string::npos);
}

BOOST_AUTO_TEST_CASE(socks5_sign_in_is_sent_only_when_the_proxy_asks_for_it) {
  const auto granted = "\x05\0\0\x03\0\0\0"sv;
  Proxy asks(std::string("\x05\x02\x01\0"sv) + std::string(granted));
  BOOST_TEST(asks.open(kSocksSignIn) == "");
  BOOST_TEST(Proxy::all_of(asks.theirs) ==
             std::string("\x05\x02\0\x02\x01\x02me\x07se:cret\x05\x01\0\x03\x10imap.example.org\x03\xE1"sv));
  Proxy open(std::string("\x05\0"sv) + std::string(granted));
  BOOST_TEST(open.open(kSocksSignIn) == "");
  BOOST_TEST(Proxy::all_of(open.theirs).find("se:cret") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(socks5_sign_in_that_is_refused_has_a_reason_without_the_secret) {
  BOOST_TEST(Proxy("\x05\x02\x01\x01"sv).open(kSocksSignIn) == "the proxy refuses its user or password");
  BOOST_TEST(Proxy("\x05\xFF"sv).open(kSocksSignIn) == "the proxy takes no user and password");
  // A method that was not offered.
  BOOST_TEST(Proxy("\x05\x02\x01\0"sv).open(ProxyKind::kSocks5).find("wants a sign-in") != std::string::npos);
  auto long_words = kSocksSignIn;
  long_words.password.assign(256, 'x');
  BOOST_TEST(Proxy("\x05\x02\x01\0"sv).open(long_words).find("so long") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(proxy_that_stands_still_or_goes_away_ends_in_time) {
  Proxy still("HTTP/1.1 200 OK\r\n");
  BOOST_TEST(still.open(ProxyKind::kHttp) != "");
  BOOST_TEST((still.fault == IoError::Kind::kTimeout));
  Proxy gone("\x05"sv, true);
  BOOST_TEST(gone.open(ProxyKind::kSocks5) == "the proxy closed the connection");
  BOOST_TEST((gone.fault == IoError::Kind::kClosed));
}

BOOST_AUTO_TEST_CASE(host_name_cannot_carry_a_second_line) {
  Proxy proxy("HTTP/1.1 200 OK\r\n\r\n");
  BOOST_TEST(proxy.open(ProxyKind::kHttp, "a\r\nX: y") != "");
  BOOST_TEST(Proxy::all_of(proxy.theirs) == "");
}

BOOST_AUTO_TEST_SUITE_END()
}  // namespace proxy_test
