#include "io/tls_stream.hpp"

#include <sys/eventfd.h>

#include <boost/test/unit_test.hpp>
#include <cstdlib>

#include "io/tls_probe.hpp"
#include "tls_server.hpp"

namespace tls_stream_test {
using namespace haulier::imap;
using namespace tls_server;
using std::chrono::milliseconds;

constexpr milliseconds kLong{20'000};

struct Files {
  Files() {
    char name[] = "/tmp/haulier-tls-XXXXXX";
    folder = mkdtemp(name);
    localhost.write(folder + "/ca.pem");
  }
  ~Files() { std::filesystem::remove_all(folder); }
  [[nodiscard]] TlsContext context(TlsProfile profile = TlsProfile::kModern) const {
    return TlsContext({profile, folder + "/ca.pem"});
  }
  Certificate localhost{"DNS:localhost"};
  std::string folder;
};

IoError::Kind failure(const std::function<void()>& action) {
  try {
    action();
  } catch (const IoError& error) {
    BOOST_TEST_MESSAGE(error.what());
    return error.kind();
  }
  throw std::runtime_error("nothing failed");
}

struct CancelFd {
  CancelFd() : fd(eventfd(0, EFD_CLOEXEC)) {}
  ~CancelFd() { ::close(fd); }
  void cancel() const {
    const std::uint64_t one = 1;
    if (::write(fd, &one, sizeof one) != sizeof one) throw std::runtime_error("eventfd");
  }
  int fd;
};

void exchange(ByteStream& stream) {
  BOOST_TEST(stream.write("hello") == 5U);
  char buffer[16];
  ByteStream::Read read;
  while ((read = stream.read(buffer)).size == 0) stream.wait(false, kLong);
  BOOST_TEST(std::string_view(buffer, read.size) == "hello");
}

BOOST_AUTO_TEST_SUITE(tls_stream)

BOOST_FIXTURE_TEST_CASE(verified_server_is_talked_to, Files) {
  const Server server(echo(localhost));
  TlsStream stream(dial("127.0.0.1", server.port(), -1, kLong), context(), "localhost", kLong);
  exchange(stream);
  BOOST_TEST(stream.handshake_trips() == 1U);
}

BOOST_FIXTURE_TEST_CASE(certificate_for_another_name_is_refused, Files) {
  const Server server(echo(localhost));
  BOOST_TEST((failure([&] {
                TlsStream(dial("127.0.0.1", server.port(), -1, kLong), context(), "imap.example.org", kLong);
              }) == IoError::Kind::kCertificate));
}

BOOST_FIXTURE_TEST_CASE(address_is_checked_against_addresses_of_the_certificate, Files) {
  const Certificate by_address("IP:127.0.0.1");
  by_address.write(folder + "/ca.pem");
  {
    const Server server(echo(by_address));
    TlsStream stream(dial("127.0.0.1", server.port(), -1, kLong), context(), "127.0.0.1", kLong);
    exchange(stream);
  }
  const Server server(echo(by_address));
  BOOST_TEST((failure([&] { TlsStream(dial("127.0.0.1", server.port(), -1, kLong), context(), "127.0.0.2", kLong); }) ==
              IoError::Kind::kCertificate));
}

BOOST_FIXTURE_TEST_CASE(unknown_authority_is_refused, Files) {
  const Certificate other("DNS:localhost");
  const Server server(echo(other));
  BOOST_TEST((failure([&] { TlsStream(dial("127.0.0.1", server.port(), -1, kLong), context(), "localhost", kLong); }) ==
              IoError::Kind::kCertificate));
}

BOOST_FIXTURE_TEST_CASE(certificates_and_names_are_checked_in_every_profile, Files) {
  const Certificate stranger("DNS:localhost");
  for (const auto profile : {TlsProfile::kModern, TlsProfile::kDefault, TlsProfile::kLegacy}) {
    const auto refusal = [&](const Certificate& shown, const std::string& name) {
      const Server server(echo(shown));
      return failure([&] { TlsStream(dial("127.0.0.1", server.port(), -1, kLong), context(profile), name, kLong); });
    };
    BOOST_TEST((refusal(stranger, "localhost") == IoError::Kind::kCertificate));
    BOOST_TEST((refusal(localhost, "imap.example.org") == IoError::Kind::kCertificate));
  }
}

BOOST_FIXTURE_TEST_CASE(probe_reports_what_a_run_refuses, Files) {
  const TlsSettings trusting{TlsProfile::kModern, folder + "/ca.pem"};
  const auto probe = [&](const Certificate& shown, const std::string& name) {
    const Server server(echo(shown));
    return probe_tls(dial("127.0.0.1", server.port(), -1, kLong), trusting, name, kLong);
  };
  const auto good = probe(localhost, "localhost");
  BOOST_TEST(good.connected);
  BOOST_TEST(good.distrust == "");
  BOOST_TEST(good.version == "TLSv1.3");
  BOOST_TEST(good.names == "localhost");
  BOOST_TEST(good.valid_until - good.valid_from == 3660);
  const auto other_name = probe(localhost, "imap.example.org");
  BOOST_TEST(other_name.connected);
  BOOST_TEST(!other_name.name_matches);
  BOOST_TEST(other_name.distrust != "");
  const auto stranger = probe(Certificate("DNS:localhost"), "localhost");
  BOOST_TEST(stranger.connected);
  BOOST_TEST(stranger.distrust != "");
  const Server old(echo(localhost, TLS1_2_VERSION, "ECDHE-ECDSA-AES256-SHA"));
  const auto refused = probe_tls(dial("127.0.0.1", old.port(), -1, kLong), trusting, "localhost", kLong);
  BOOST_TEST(!refused.connected);
  BOOST_TEST(refused.failure != "");
}

BOOST_FIXTURE_TEST_CASE(tls_below_1_2_is_refused_in_every_profile, Files) {
  for (const auto profile : {TlsProfile::kModern, TlsProfile::kDefault, TlsProfile::kLegacy}) {
    const Server server(echo(localhost, TLS1_1_VERSION));
    BOOST_TEST((failure([&] {
                  TlsStream(dial("127.0.0.1", server.port(), -1, kLong), context(profile), "localhost", kLong);
                }) == IoError::Kind::kTls));
  }
}

BOOST_FIXTURE_TEST_CASE(old_suites_need_the_default_profile, Files) {
  const char* const cbc = "ECDHE-ECDSA-AES256-SHA";
  {
    const Server server(echo(localhost, TLS1_2_VERSION, cbc));
    BOOST_TEST((failure([&] {
                  TlsStream(dial("127.0.0.1", server.port(), -1, kLong), context(), "localhost", kLong);
                }) == IoError::Kind::kTls));
  }
  const Server server(echo(localhost, TLS1_2_VERSION, cbc));
  TlsStream stream(dial("127.0.0.1", server.port(), -1, kLong), context(TlsProfile::kDefault), "localhost", kLong);
  exchange(stream);
}

BOOST_FIXTURE_TEST_CASE(handshake_that_is_broken_off_is_a_lost_connection, Files) {
  const Server server([](int fd) {
    char hello[4096];
    (void)!::read(fd, hello, sizeof hello);
  });
  BOOST_TEST((failure([&] { TlsStream(dial("127.0.0.1", server.port(), -1, kLong), context(), "localhost", kLong); }) ==
              IoError::Kind::kClosed));
}

BOOST_FIXTURE_TEST_CASE(stalled_handshake_ends_in_time_and_gives_no_stream, Files) {
  const CancelFd hold;
  const Server server([&](int) {
    std::uint64_t value = 0;
    (void)!::read(hold.fd, &value, sizeof value);
  });
  BOOST_TEST((failure([&] {
                TlsStream(dial("127.0.0.1", server.port(), -1, kLong), context(), "localhost", milliseconds(50));
              }) == IoError::Kind::kTimeout));
  hold.cancel();
}

BOOST_FIXTURE_TEST_CASE(server_that_hangs_up_in_the_handshake_may_be_back_later, Files) {
  const Server server([](int fd) {
    char hello[1024];
    (void)!::read(fd, hello, sizeof hello);
  });
  BOOST_TEST((failure([&] { TlsStream(dial("127.0.0.1", server.port(), -1, kLong), context(), "localhost", kLong); }) ==
              IoError::Kind::kClosed));
}

BOOST_FIXTURE_TEST_CASE(waiting_is_woken_by_the_cancel_descriptor, Files) {
  const CancelFd cancel;
  const Server server(echo(localhost));
  TlsStream stream(dial("127.0.0.1", server.port(), cancel.fd, kLong), context(), "localhost", kLong);
  cancel.cancel();
  BOOST_TEST((failure([&] { stream.wait(false, kLong); }) == IoError::Kind::kCancelled));
}

BOOST_FIXTURE_TEST_CASE(server_that_goes_away_is_noticed, Files) {
  const Server server([this](int fd) {
    std::unique_ptr<SSL_CTX, Free> context(SSL_CTX_new(TLS_server_method()));
    localhost.use(context.get());
    std::unique_ptr<SSL, Free> ssl(SSL_new(context.get()));
    SSL_set_fd(ssl.get(), fd);
    SSL_accept(ssl.get());
  });
  TlsStream stream(dial("127.0.0.1", server.port(), -1, kLong), context(), "localhost", kLong);
  char buffer[16];
  BOOST_TEST((failure([&] {
                while (!stream.read(buffer).ended) stream.wait(false, kLong);
                throw IoError(IoError::Kind::kClosed, "ended in good order");
              }) == IoError::Kind::kClosed));
}

BOOST_AUTO_TEST_CASE(nobody_listening_is_a_connect_error) {
  std::uint16_t port = 0;
  {
    const Server server([](int) {});
    port = server.port();
  }
  BOOST_TEST((failure([&] { (void)dial("127.0.0.1", port, -1, kLong); }) == IoError::Kind::kConnect));
}

BOOST_AUTO_TEST_CASE(missing_ca_file_is_told) {
  BOOST_TEST((failure([] { TlsContext({TlsProfile::kModern, "/nowhere/ca.pem"}); }) == IoError::Kind::kLocal));
}

BOOST_AUTO_TEST_SUITE_END()
}  // namespace tls_stream_test
