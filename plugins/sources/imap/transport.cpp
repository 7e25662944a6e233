#include "transport.hpp"

#include <chrono>
#include <future>
#include <mutex>
#include <utility>

#include "io/proxy.hpp"
#include "io/socket.hpp"
#include "io/tls_stream.hpp"

namespace haulier::imap {

Transport make_transport(const ServerConfig& server, const Timeouts& timeouts, int cancel_fd) {
  // Shared by the two functions, and by the connections of an account on their threads; made at the first connection:
  // creating a source must not touch files.
  struct Shared {
    std::mutex mutex;
    std::unique_ptr<TlsContext> context;
  };
  auto shared = std::make_shared<Shared>();
  const auto wrap = [shared, server, timeouts](Socket socket) {
    {
      const std::lock_guard lock(shared->mutex);
      if (!shared->context) shared->context = std::make_unique<TlsContext>(server.tls);
    }
    return std::make_unique<TlsStream>(std::move(socket), *shared->context, server.host, timeouts.tls);
  };
  Transport transport;
  transport.connect = [wrap, server, timeouts, cancel_fd]() -> std::unique_ptr<ByteStream> {
    auto socket = dial_through(server.proxy, server.host, server.port, cancel_fd, timeouts.connect);
    if (server.mode == TlsMode::kStartTls) return std::make_unique<PlainStream>(std::move(socket));
    return wrap(std::move(socket));
  };
  transport.encrypt = [wrap](std::unique_ptr<ByteStream> plain) -> std::unique_ptr<ByteStream> {
    return wrap(dynamic_cast<PlainStream&>(*plain).release());
  };
  return transport;
}

namespace {

// Servers wait a minute or more for the sign-in.
constexpr std::chrono::seconds kGoodFor{15};

struct FirstConnection {
  std::mutex mutex;
  std::future<std::unique_ptr<ByteStream>> stream;  // until somebody took it
  std::chrono::steady_clock::time_point begun;
};

}  // namespace

Transport connecting(Transport transport) {
  auto first = std::make_shared<FirstConnection>();
  first->begun = std::chrono::steady_clock::now();
  first->stream = std::async(std::launch::async, transport.connect);
  const auto connect = transport.connect;
  transport.connect = [first, connect] {
    std::future<std::unique_ptr<ByteStream>> stream;
    {
      const std::lock_guard lock(first->mutex);
      stream = std::move(first->stream);
    }
    if (stream.valid()) {
      auto ready = stream.get();
      if (std::chrono::steady_clock::now() - first->begun < kGoodFor) return ready;
    }
    return connect();
  };
  return transport;
}

}  // namespace haulier::imap
