#include <algorithm>
#include <array>

#include "diagnose.hpp"
#include "faults.hpp"
#include "io/connection.hpp"
#include "io/proxy.hpp"
#include "io/tls_probe.hpp"

namespace haulier::imap {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kPerAddress{5'000};
constexpr std::int64_t kSecondsPerDay = 86'400;
constexpr std::int64_t kSoonDays = 14;

std::string_view profile_word(TlsProfile profile) {
  switch (profile) {
    case TlsProfile::kModern:
      return "modern";
    case TlsProfile::kDefault:
      return "default";
    case TlsProfile::kLegacy:
      break;
  }
  return "legacy";
}

class Network {
 public:
  explicit Network(Examiner& examiner)
      : examiner_(examiner),
        server_(examiner.account.server),
        proxied_(server_.proxy.kind != ProxyKind::kNone),
        first_host_(proxied_ ? server_.proxy.host : server_.host),
        first_port_(proxied_ ? server_.proxy.port : server_.port) {}

  bool run(std::string& why) {
    auto& diagnosis = examiner_.diagnosis;
    if (!try_step(examiner_, "dns", [this] { look_up(); })) {
      why = first_host_ + " has no address";
    } else if (!try_step(examiner_, "tcp", [this] { reach(); }) || !reached_) {
      why = first_host_ + " cannot be reached";
    } else if (proxied_ && !try_step(examiner_, "proxy", [this] { tunnel(); })) {
      why = "the proxy gives no way to " + server_.host;
    } else {
      const bool tried = try_step(examiner_, "tls", [this] { tls(); });
      if (!tried || !trusted_) why = "nothing is said to a server that TLS does not vouch for";
      return tried && trusted_;
    }
    if (!looked_up_) diagnosis.skip("tcp", why);
    diagnosis.skip("tls", why);
    return false;
  }

 private:
  [[nodiscard]] std::int64_t now_ms() const { return examiner_.host.monotonic_us() / 1000; }
  [[nodiscard]] const Timeouts& timeouts() const { return examiner_.config.timeouts; }

  void look_up() {
    const auto start = now_ms();
    addresses_ = resolve(first_host_, first_port_, examiner_.host.cancel_fd(), timeouts().connect);
    looked_up_ = true;
    std::string words = (proxied_ ? "the proxy " : "") + first_host_ + " is ";
    for (const auto& address : addresses_) words += (&address == &addresses_.front() ? "" : ", ") + address.text();
    const auto v6 = std::count_if(addresses_.begin(), addresses_.end(), [](const auto& a) { return a.is_ipv6(); });
    words += " (" + std::to_string(static_cast<std::ptrdiff_t>(addresses_.size()) - v6) + " IPv4, " +
             std::to_string(v6) + " IPv6, " + std::to_string(now_ms() - start) + " ms)";
    examiner_.diagnosis.pass("dns", words);
  }

  void reach() {
    std::string good, bad;
    for (const auto& address : addresses_) {
      const auto start = now_ms();
      try {
        const auto socket = connect_to_any({&address, 1}, address.text(), examiner_.host.cancel_fd(),
                                           std::min(timeouts().connect, kPerAddress));
        good += (good.empty() ? "" : ", ") + address.text() + " in " + std::to_string(now_ms() - start) + " ms";
        reached_ = true;
      } catch (const IoError& error) {
        if (error.kind() == IoError::Kind::kCancelled) throw;
        bad += (bad.empty() ? "" : "; ") + std::string(error.what());
      }
    }
    const auto port = "port " + std::to_string(first_port_);
    if (!reached_) {
      examiner_.diagnosis.fail("tcp", HAULIER_RETRY, port + ": " + bad,
                               "check host and port, and whether a firewall lets this machine out");
    } else if (!bad.empty()) {
      examiner_.diagnosis.warn("tcp", port + ": " + good + "; but " + bad,
                               "nothing, a run goes on with the others after a quarter of a second; or have that "
                               "route or DNS entry repaired");
    } else {
      examiner_.diagnosis.pass("tcp", port + ": " + good);
    }
  }

  [[nodiscard]] Socket dial_server() const {
    return dial_through(server_.proxy, server_.host, server_.port, examiner_.host.cancel_fd(), timeouts().connect);
  }

  void tunnel() {
    const auto start = now_ms();
    (void)dial_server();
    examiner_.diagnosis.pass("proxy", "gives a way to " + server_.host + " in " + std::to_string(now_ms() - start) +
                                          " ms; it sees TLS only");
  }

  // Where TLS begins: at once, or behind STARTTLS.
  [[nodiscard]] TlsReport probe(TlsProfile profile) const {
    auto settings = server_.tls;
    settings.profile = profile;
    const auto look = [&](Socket socket) {
      return probe_tls(std::move(socket), settings, server_.host, timeouts().tls);
    };
    if (server_.mode == TlsMode::kImplicit) return look(dial_server());
    Session::Options options;
    options.tag_prefix = tag_prefix(examiner_.host);
    Conversation talk(examiner_.host,
                      std::make_unique<Connection>(std::make_unique<PlainStream>(dial_server()), options, timeouts()));
    if (!std::holds_alternative<Greeted>(talk.next())) throw ConnectionLost("the server does not greet");
    const auto answer = talk.until(talk.session().submit(Command::starttls()));
    if (!answer.ok())
      throw Error(HAULIER_PROTOCOL, "the server refuses STARTTLS: " + answer.text, "set tls.mode: implicit");
    TlsReport report;
    talk.connection().start_tls([&](std::unique_ptr<ByteStream> plain) {
      report = look(dynamic_cast<PlainStream&>(*plain).release());
      return plain;
    });
    return report;
  }

  void tls() {
    const auto report = probe(server_.tls.profile);
    if (!report.connected) return handshake_failed(report);
    std::string words = report.version + " " + report.suite + ", profile " +
                        std::string(profile_word(server_.tls.profile)) + "; certificate of " + report.subject + " by " +
                        report.issuer + " (" + std::to_string(report.chain_length) + " in the chain)";
    if (!report.distrust.empty()) {
      words += " cannot be trusted for " + server_.host + ": " + report.distrust;
      examiner_.diagnosis.fail("tls", HAULIER_PROTOCOL, words, remedy_of(report));
      return;
    }
    trusted_ = true;
    const auto days = (report.valid_until - examiner_.host.now_us() / 1'000'000) / kSecondsPerDay;
    words += ", good for " + server_.host + " and " + std::to_string(days) +
             " more days by this machine's clock, which is inside its time";
    if (days < kSoonDays) {
      examiner_.diagnosis.warn("tls", words, "have the server's certificate renewed before it ends");
    } else if (server_.tls.profile != TlsProfile::kModern && probe(TlsProfile::kModern).connected) {
      examiner_.diagnosis.warn("tls", words + "; the profile modern works, too", "leave tls.profile out");
    } else {
      examiner_.diagnosis.pass("tls", words);
    }
  }

  void handshake_failed(const TlsReport& report) {
    bool hung_up = report.hung_up;
    std::string words =
        "no handshake with the profile " + std::string(profile_word(server_.tls.profile)) + ": " + report.failure;
    for (const auto profile : {TlsProfile::kModern, TlsProfile::kDefault, TlsProfile::kLegacy}) {
      if (profile == server_.tls.profile) continue;
      const auto other = probe(profile);
      const std::string word(profile_word(profile));
      if (other.connected) {
        words += "; " + word + " works (" + other.version + " " + other.suite + ")";
        examiner_.diagnosis.fail("tls", HAULIER_PROTOCOL, words,
                                 "set tls: { profile: " + word + " }; certificate and name are checked all the same");
        return;
      }
      hung_up = hung_up && other.hung_up;
      words += "; with " + word + ": " + other.failure;
    }
    // As a run would have it: who hangs up may be overloaded, who answers with something else is no TLS server.
    examiner_.diagnosis.fail("tls", hung_up ? HAULIER_RETRY : HAULIER_PROTOCOL, words,
                             "check port and tls.mode: perhaps it is STARTTLS, or no TLS at all");
  }

  [[nodiscard]] std::string remedy_of(const TlsReport& report) const {
    if (report.not_yet_valid) return "set this machine's clock: the certificate is not valid yet by it";
    if (report.expired) return "have the server's certificate renewed (or set this machine's clock, if it is ahead)";
    if (!report.name_matches && !report.self_signed) {
      return report.names.empty() ? "set host to the name that the certificate is for"
                                  : "set host to a name that the certificate is for: " + report.names;
    }
    return "get the certificate of the authority from who runs the server, and set tls.ca_file to it";
  }

  Examiner& examiner_;
  const ServerConfig& server_;
  const bool proxied_;
  const std::string first_host_;
  const std::uint16_t first_port_;
  std::vector<Address> addresses_;
  bool looked_up_ = false;
  bool reached_ = false;
  bool trusted_ = false;
};

}  // namespace

bool diagnose_network(Examiner& examiner, std::string& why) { return Network(examiner).run(why); }

}  // namespace haulier::imap
