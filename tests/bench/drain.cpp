// The raw drain: what the wire and the server cost without any work on the mail. Logs in over TLS, opens the mailbox
// with EXAMINE, asks for everything with one UID FETCH and throws it away.
//
// Usage: bench_drain HOST PORT CA_FILE USER PASSWORD MAILBOX. Prints messages and bytes of message text.
#include <netdb.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace {

constexpr std::size_t kBufferBytes = 64 * 1024;

[[noreturn]] void stop(const std::string& why) {
  std::fprintf(stderr, "bench_drain: %s\n", why.c_str());
  std::exit(1);
}

int connect_to(const char* host, const char* port) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (getaddrinfo(host, port, &hints, &found) != 0) stop("cannot resolve the host");
  const int socket_fd = socket(found->ai_family, found->ai_socktype, 0);
  if (connect(socket_fd, found->ai_addr, found->ai_addrlen) != 0) stop("cannot connect");
  freeaddrinfo(found);
  return socket_fd;
}

class Connection {
 public:
  Connection(const char* host, const char* port, const char* ca_file) : buffer_(kBufferBytes) {
    context_ = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_verify(context_, SSL_VERIFY_PEER, nullptr);
    if (SSL_CTX_load_verify_locations(context_, ca_file, nullptr) != 1) stop("cannot read the CA file");
    SSL_CTX_set_read_ahead(context_, 1);
    tls_ = SSL_new(context_);
    X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(tls_), host);
    socket_ = connect_to(host, port);
    SSL_set_fd(tls_, socket_);
    if (SSL_connect(tls_) != 1) stop("the TLS handshake failed");
  }
  ~Connection() {
    SSL_free(tls_);
    SSL_CTX_free(context_);
    close(socket_);
  }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  void send(const std::string& line) {
    if (SSL_write(tls_, line.data(), static_cast<int>(line.size())) <= 0) stop("cannot send");
  }

  // The next line without CRLF, valid until the next call; the bytes of a literal at its end are skipped by skip().
  std::string_view line() {
    line_.clear();
    for (;;) {
      const void* found = std::memchr(buffer_.data() + begin_, '\n', end_ - begin_);
      const std::size_t stop_at =
          found == nullptr ? end_ : static_cast<std::size_t>(static_cast<const char*>(found) - buffer_.data()) + 1;
      line_.append(buffer_.data() + begin_, stop_at - begin_);
      begin_ = stop_at;
      if (found != nullptr) break;
      fill();
    }
    while (!line_.empty() && (line_.back() == '\n' || line_.back() == '\r')) line_.pop_back();
    return line_;
  }

  void skip(std::size_t count) {
    while (count > 0) {
      if (begin_ == end_) fill();
      const std::size_t now = std::min(count, end_ - begin_);
      begin_ += now;
      count -= now;
    }
  }

 private:
  void fill() {
    const int got = SSL_read(tls_, buffer_.data(), static_cast<int>(buffer_.size()));
    if (got <= 0) stop("the server closed the connection");
    begin_ = 0;
    end_ = static_cast<std::size_t>(got);
  }

  SSL_CTX* context_ = nullptr;
  SSL* tls_ = nullptr;
  int socket_ = -1;
  std::vector<char> buffer_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::string line_;
};

// RFC 9051 section 4.3: a line that ends in {N} is followed by N bytes and goes on after them.
std::size_t literal_at_end(std::string_view line) {
  if (line.empty() || line.back() != '}') return 0;
  const std::size_t open = line.rfind('{');
  if (open == std::string_view::npos) return 0;
  std::size_t size = 0;
  std::from_chars(line.data() + open + 1, line.data() + line.size() - 1, size);
  return size;
}

struct Totals {
  std::size_t literals = 0;
  std::size_t bytes = 0;
};

Totals command(Connection& connection, const std::string& tag, const std::string& text) {
  connection.send(tag + " " + text + "\r\n");
  Totals totals;
  for (;;) {
    const std::string_view line = connection.line();
    if (line.starts_with(tag + " ")) {
      if (!line.starts_with(tag + " OK")) stop(std::string(line));
      return totals;
    }
    const std::size_t size = literal_at_end(line);
    if (size == 0) continue;
    totals.literals += 1;
    totals.bytes += size;
    connection.skip(size);
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 7) stop("usage: bench_drain HOST PORT CA_FILE USER PASSWORD MAILBOX");
  Connection connection(argv[1], argv[2], argv[3]);
  connection.line();
  command(connection, "a1", std::string("LOGIN ") + argv[4] + " " + argv[5]);
  command(connection, "a2", std::string("EXAMINE ") + argv[6]);
  const Totals totals = command(connection, "a3", "UID FETCH 1:* (UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[])");
  command(connection, "a4", "LOGOUT");
  std::printf("{\"messages\":%zu,\"bytes\":%zu}\n", totals.literals, totals.bytes);
  return 0;
}
