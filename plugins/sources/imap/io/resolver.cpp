#include "io/resolver.hpp"

#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <memory>
#include <system_error>
#include <thread>
#include <utility>

#include "io/socket.hpp"

namespace haulier::imap {
namespace {

using std::chrono::milliseconds;
using Kind = IoError::Kind;

constexpr std::size_t kMaxAddresses = 16;

struct AddressListDeleter {
  void operator()(addrinfo* list) const { freeaddrinfo(list); }
};
using AddressList = std::unique_ptr<addrinfo, AddressListDeleter>;

std::vector<Address> copied(const addrinfo* list) {
  std::vector<Address> out;
  for (; list && out.size() < kMaxAddresses; list = list->ai_next) {
    Address address;
    if (list->ai_addrlen > sizeof address.storage) continue;
    std::memcpy(&address.storage, list->ai_addr, list->ai_addrlen);
    address.size = list->ai_addrlen;
    out.push_back(address);
  }
  return out;
}

// What the thread and the one who waits for it share; the last of them frees it, hence the shared_ptr.
struct LookUp {
  LookUp(std::string name, std::uint16_t port_number, LookUpName function)
      : host(std::move(name)),
        port(std::to_string(port_number)),
        look_up(std::move(function)),
        done_fd(eventfd(0, EFD_CLOEXEC)) {
    if (done_fd < 0) throw IoError(Kind::kLocal, std::string("eventfd: ") + std::strerror(errno));
  }
  LookUp(const LookUp&) = delete;
  LookUp& operator=(const LookUp&) = delete;
  ~LookUp() { ::close(done_fd); }

  void run() {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_ADDRCONFIG | AI_NUMERICSERV;
    addrinfo* list = nullptr;
    error = look_up(host.c_str(), port.c_str(), &hints, &list);
    const AddressList owned(error == 0 ? list : nullptr);
    addresses = copied(owned.get());
    done.store(true, std::memory_order_release);
    const std::uint64_t one = 1;
    while (::write(done_fd, &one, sizeof one) < 0 && errno == EINTR) {
    }
  }

  const std::string host, port;
  const LookUpName look_up;
  const int done_fd;
  std::atomic<bool> done{false};
  int error = 0;
  std::vector<Address> addresses;
};

// Not a socket, but what is waited for is the same: readable, cancelled or late.
void wait_for(const LookUp& look_up, int cancel_fd, milliseconds timeout) {
  const int fd = ::dup(look_up.done_fd);
  if (fd < 0) throw IoError(Kind::kLocal, std::string("dup: ") + std::strerror(errno));
  const Socket waited(fd, cancel_fd);
  try {
    (void)waited.wait(POLLIN, timeout);
  } catch (const IoError& error) {
    if (error.kind() != Kind::kTimeout) throw;
    throw IoError(Kind::kTimeout, "the name server does not tell the address of " + look_up.host + " in time");
  }
}

// Needs no name server, so no thread either.
std::vector<Address> numeric(const std::string& host, std::uint16_t port) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
  addrinfo* list = nullptr;
  if (getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &list) != 0) return {};
  const AddressList owned(list);
  return copied(owned.get());
}

}  // namespace

std::string Address::text() const {
  char host[NI_MAXHOST];
  const int error = getnameinfo(get(), size, host, sizeof host, nullptr, 0, NI_NUMERICHOST);
  return error == 0 ? host : "an unknown address";
}

std::vector<Address> families_in_turn(std::vector<Address> addresses) {
  if (addresses.empty()) return addresses;
  const bool first = addresses.front().is_ipv6();
  const auto middle = std::stable_partition(addresses.begin(), addresses.end(),
                                            [first](const Address& address) { return address.is_ipv6() == first; });
  std::vector<Address> out;
  auto a = addresses.begin();
  for (auto b = middle; a != middle || b != addresses.end();) {
    if (a != middle) out.push_back(*a++);
    if (b != addresses.end()) out.push_back(*b++);
  }
  return out;
}

std::vector<Address> resolve(const std::string& host, std::uint16_t port, int cancel_fd, milliseconds timeout) {
  return resolve(host, port, cancel_fd, timeout, ::getaddrinfo);
}

std::vector<Address> resolve(const std::string& host, std::uint16_t port, int cancel_fd, milliseconds timeout,
                             LookUpName look_up) {
  if (auto known = numeric(host, port); !known.empty()) return known;
  const auto shared = std::make_shared<LookUp>(host, port, std::move(look_up));
  try {
    std::thread([shared] { shared->run(); }).detach();
  } catch (const std::system_error& error) {
    throw IoError(Kind::kLocal, std::string("no thread to look up a name: ") + error.what());
  }
  wait_for(*shared, cancel_fd, timeout);
  if (!shared->done.load(std::memory_order_acquire)) throw IoError(Kind::kLocal, "the name look-up broke off");
  if (shared->error != 0 || shared->addresses.empty()) {
    const std::string why = shared->error != 0 ? gai_strerror(shared->error) : "it has none";
    throw IoError(Kind::kResolve, "cannot find the address of " + host + ": " + why);
  }
  return families_in_turn(std::move(shared->addresses));
}

}  // namespace haulier::imap
