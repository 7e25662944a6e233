#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "haulier/config.hpp"
#include "io/connection.hpp"
#include "io/proxy.hpp"
#include "io/tls_stream.hpp"
#include "sync/mailbox_globs.hpp"
#include "sync/quirks.hpp"

namespace haulier::imap {

enum class TlsMode { kImplicit, kStartTls };
enum class IdPolicy { kAuto, kAlways, kNever };
enum class AuthKind { kAny, kOAuth2, kAppPassword };

/// Where an account lives and how to get there.
struct ServerConfig {
  std::string host;
  std::uint16_t port = 993;
  TlsMode mode = TlsMode::kImplicit;
  TlsSettings tls;
  ProxySettings proxy;
  Quirks quirks;
  bool only_app_password = false;  ///< the provider refuses web passwords
  unsigned max_connections = 16;   ///< at once, by what is known of the provider
};

struct AccountConfig {
  std::string user;
  std::string name;
  AuthKind auth = AuthKind::kAny;
  ServerConfig server;
};

/// Which mailboxes are read.
struct MailboxChoice {
  MailboxGlobs globs{{}, {}};
  std::vector<std::string> patterns;  ///< of include as they are written, for people
  bool other_users = false;           ///< also those in the namespace of other users
  bool shared = false;                ///< also those in shared namespaces
};

/// The source's config, read once. A value.
struct ImapConfig {
  std::vector<AccountConfig> accounts;
  MailboxChoice mailboxes;
  std::uint64_t batch_messages = 200;
  std::uint64_t batch_bytes = std::uint64_t{8} << 20;
  std::uint64_t window = std::uint64_t{16} << 20;
  std::uint64_t max_message = std::uint64_t{1} << 30;
  std::uint64_t max_answer = std::uint64_t{1} << 30;
  IdPolicy id = IdPolicy::kAuto;
  Timeouts timeouts;
  unsigned reconnects = 4;
  unsigned connections = 1;        ///< of one account, at most
  unsigned parallel_accounts = 4;  ///< read at the same time
  std::uint64_t poll_interval_ms = 300'000;
};

/// Throws haulier::Error(bad_config) with the place of what is wrong. `presets_json` is the providers' file.
[[nodiscard]] ImapConfig read_config(const Config& config, std::string_view presets_json);

}  // namespace haulier::imap
