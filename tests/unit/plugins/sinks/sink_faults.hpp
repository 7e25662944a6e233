// What the tests of the servers' faults share: the fault as a value, batches, a server that says nothing.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>
#include <string_view>

#include "sink_contract.hpp"

namespace haulier::testing {

// Status and words of whatever f throws.
struct Fault {
  haulier_status status = HAULIER_OK;
  std::string words;
  std::string hint;
  std::uint64_t index = 0;
};

template <class F>
Fault fault_of(F&& f) {
  try {
    f();
  } catch (const Error& error) {
    BOOST_TEST_MESSAGE(error.what() << " | " << error.hint());
    return {error.status(), error.what(), error.hint(), error.record_index()};
  }
  return {};
}

inline bool holds(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

inline Batch many_things(int n, int bad = -1) {
  using namespace contract;
  BatchBuilder builder;
  for (int i = 0; i < n; ++i) {
    RecordBuilder record = thing(builder, "thing-" + std::to_string(i), i);
    record.text(kTitle, "t").json(kDoc, i == bad ? "{\"a\":" : "{}");
  }
  return builder.finish();
}

// Takes connections and never says a word.
class SilentServer {
 public:
  SilentServer() : listener_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    BOOST_REQUIRE(::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) == 0);
    BOOST_REQUIRE(::listen(listener_, 4) == 0);
    BOOST_REQUIRE(::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) == 0);
    port_ = ntohs(address.sin_port);
  }
  SilentServer(const SilentServer&) = delete;
  SilentServer& operator=(const SilentServer&) = delete;
  ~SilentServer() { ::close(listener_); }
  [[nodiscard]] int port() const noexcept { return port_; }

 private:
  int listener_;
  int port_ = 0;
};

}  // namespace haulier::testing
