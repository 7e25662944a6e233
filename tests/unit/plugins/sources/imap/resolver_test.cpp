#include "io/resolver.hpp"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <chrono>
#include <cstring>
#include <future>
#include <memory>
#include <thread>

#include "io/socket.hpp"

namespace resolver_test {
using namespace haulier::imap;
using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

constexpr milliseconds kLong{20'000};

IoError::Kind failure(const std::function<void()>& action) {
  try {
    action();
  } catch (const IoError& error) {
    BOOST_TEST_MESSAGE(error.what());
    return error.kind();
  }
  throw std::runtime_error("nothing failed");
}

// A name server that never answers, until the test is over; then the thread that was left behind ends, too.
class DeadNameServer {
 public:
  ~DeadNameServer() {
    gate_.set_value();
    ended_.get_future().wait();
  }
  LookUpName look_up() {
    return [opened = gate_.get_future().share(), this](const char*, const char*, const addrinfo*, addrinfo**) {
      opened.wait();
      ended_.set_value();
      return EAI_AGAIN;
    };
  }

 private:
  std::promise<void> gate_, ended_;
};

Address address_of(const char* text, std::uint16_t port = 0) {
  Address out;
  if (std::strchr(text, ':') != nullptr) {
    auto& v6 = reinterpret_cast<sockaddr_in6&>(out.storage);
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(port);
    inet_pton(AF_INET6, text, &v6.sin6_addr);
    out.size = sizeof v6;
  } else {
    auto& v4 = reinterpret_cast<sockaddr_in&>(out.storage);
    v4.sin_family = AF_INET;
    v4.sin_port = htons(port);
    inet_pton(AF_INET, text, &v4.sin_addr);
    out.size = sizeof v4;
  }
  return out;
}

// Listens at an address; `full`: its queue is used up, so that connecting there hangs as on a route that is dead.
class Listener {
 public:
  Listener(const char* text, bool full) : fd_(::socket(address_of(text).storage.ss_family, SOCK_STREAM, 0)) {
    const auto address = address_of(text);
    socklen_t size = address.size;
    sockaddr_storage bound{};
    usable_ = ::bind(fd_, address.get(), size) == 0 && ::listen(fd_, full ? 0 : 8) == 0;
    size = sizeof bound;
    ::getsockname(fd_, reinterpret_cast<sockaddr*>(&bound), &size);
    port_ = ntohs(bound.ss_family == AF_INET6 ? reinterpret_cast<sockaddr_in6&>(bound).sin6_port
                                              : reinterpret_cast<sockaddr_in&>(bound).sin_port);
    at_ = address_of(text, port_);
    for (int i = 0; full && usable_ && i < 8; ++i) {
      fillers_.push_back(::socket(at_.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK, 0));
      (void)::connect(fillers_.back(), at_.get(), at_.size);
    }
  }
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;
  ~Listener() {
    for (const int fd : fillers_) ::close(fd);
    ::close(fd_);
  }
  [[nodiscard]] bool usable() const { return usable_; }
  [[nodiscard]] const Address& at() const { return at_; }

 private:
  int fd_;
  bool usable_ = false;
  std::uint16_t port_ = 0;
  Address at_;
  std::vector<int> fillers_;
};

std::string words(const std::vector<Address>& addresses) {
  std::string out;
  for (const auto& address : addresses) out += address.text() + " ";
  return out;
}

BOOST_AUTO_TEST_SUITE(resolver)

BOOST_AUTO_TEST_CASE(look_up_that_hangs_ends_at_its_deadline) {
  DeadNameServer server;
  BOOST_TEST((failure([&] { (void)resolve("imap.example.org", 993, -1, milliseconds(50), server.look_up()); }) ==
              IoError::Kind::kTimeout));
}

BOOST_AUTO_TEST_CASE(look_up_that_hangs_is_woken_by_the_cancel_descriptor) {
  DeadNameServer server;
  const int cancel = eventfd(1, EFD_CLOEXEC);
  BOOST_TEST((failure([&] { (void)resolve("imap.example.org", 993, cancel, kLong, server.look_up()); }) ==
              IoError::Kind::kCancelled));
  ::close(cancel);
}

BOOST_AUTO_TEST_CASE(failed_look_up_is_a_resolve_error) {
  const auto look_up = [](const char*, const char*, const addrinfo*, addrinfo**) { return EAI_NONAME; };
  BOOST_TEST((failure([&] { (void)resolve("imap.example.org", 993, -1, kLong, look_up); }) == IoError::Kind::kResolve));
}

BOOST_AUTO_TEST_CASE(numeric_addresses_ask_nobody) {
  DeadNameServer unused;
  const auto look_up = [](const char*, const char*, const addrinfo*, addrinfo**) -> int { std::abort(); };
  BOOST_TEST(words(resolve("127.0.0.1", 993, -1, kLong, look_up)) == "127.0.0.1 ");
  BOOST_TEST(words(resolve("::1", 993, -1, kLong, look_up)) == "::1 ");
  (void)failure([&] { (void)resolve("x", 1, -1, milliseconds(1), unused.look_up()); });
}

BOOST_AUTO_TEST_CASE(the_two_families_take_turns) {
  std::vector<Address> given;
  for (const char* text : {"2001:db8::1", "2001:db8::2", "2001:db8::3", "192.0.2.1"}) given.push_back(address_of(text));
  BOOST_TEST(words(families_in_turn(given)) == "2001:db8::1 192.0.2.1 2001:db8::2 2001:db8::3 ");
  BOOST_TEST(families_in_turn({}).empty());
}

// RFC 8305: the dead address may cost its head start, not its time-out.
BOOST_AUTO_TEST_CASE(dead_address_costs_a_head_start_only) {
  for (const char* dead_host : {"127.0.0.2", "::1"}) {
    const Listener dead(dead_host, true);
    const Listener alive("127.0.0.1", false);
    if (!dead.usable()) continue;  // a machine without IPv6
    const auto start = Clock::now();
    const std::vector<Address> both = {dead.at(), alive.at()};
    const auto socket = connect_to_any(both, "both", -1, kLong);
    BOOST_TEST((Clock::now() - start < milliseconds(5'000)));
    Address peer;
    peer.size = sizeof peer.storage;
    ::getpeername(socket.fd(), reinterpret_cast<sockaddr*>(&peer.storage), &peer.size);
    BOOST_TEST(peer.text() == "127.0.0.1");
  }
}

BOOST_AUTO_TEST_CASE(dead_addresses_alone_end_at_the_deadline) {
  const Listener dead("127.0.0.2", true);
  const std::vector<Address> only = {dead.at()};
  BOOST_TEST((failure([&] { (void)connect_to_any(only, "dead", -1, milliseconds(50)); }) == IoError::Kind::kTimeout));
}

BOOST_AUTO_TEST_SUITE_END()
}  // namespace resolver_test
