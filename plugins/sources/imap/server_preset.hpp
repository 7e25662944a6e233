#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "account_limits.hpp"
#include "haulier/json.hpp"
#include "sync/quirks.hpp"

namespace haulier::imap {

/// The server half of a provider preset (framework/credentials/providers.json).
struct ServerPreset {
  std::string host;
  std::uint16_t port = 993;
  bool starttls = false;
  bool compatible_tls = false;     ///< the server refuses modern suites
  unsigned max_connections = 0;    ///< of one account at once; 0: nothing is known
  bool only_app_password = false;  ///< web passwords are refused
  Quirks quirks;
  LimitSettings limits;
};

/// `presets` is the providers' file. By the provider's name, else by the domain of the address (a domain stands for its
/// sub-domains). nullopt: none.
[[nodiscard]] std::optional<ServerPreset> find_server_preset(const Json& presets, std::string_view provider,
                                                             std::string_view address);
/// The preset of a server by its host name, for its quirks and TLS profile.
[[nodiscard]] std::optional<ServerPreset> find_preset_of_host(const Json& presets, std::string_view host);

}  // namespace haulier::imap
