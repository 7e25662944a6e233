#include "server_preset.hpp"

#include <algorithm>

namespace haulier::imap {
namespace {

std::string domain_of(std::string_view address) {
  std::string domain(address.substr(address.rfind('@') + 1));
  for (char& c : domain) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return domain;
}

// Octets of the longest domain of the server that holds `domain`; 0: none does.
std::size_t match_length(const Json& server, std::string_view domain) {
  std::size_t best = 0;
  for (const auto& item : server["domains"].items()) {
    const auto& candidate = item.text();
    const bool same = domain == candidate;
    const bool below = domain.size() > candidate.size() && domain.ends_with(candidate) &&
                       domain[domain.size() - candidate.size() - 1] == '.';
    if ((same || below) && candidate.size() > best) best = candidate.size();
  }
  return best;
}

ServerPreset to_preset(const Json& provider, const Json& server) {
  ServerPreset preset;
  preset.only_app_password = provider["credential"]["method"].text() == "app_password";
  preset.host = server["host"].text();
  preset.port = static_cast<std::uint16_t>(server["port"].integer(993));
  preset.starttls = server["security"].text() == "starttls";
  preset.compatible_tls = server["tls_profile"].text() == "compatible";
  preset.max_connections = static_cast<unsigned>(server["max_connections"].integer(0));
  const auto limit = [&server](std::string_view name) {
    return static_cast<std::uint64_t>(std::max<std::int64_t>(0, server["limits"][name].integer(0)));
  };
  preset.limits = {limit("commands_per_second"), limit("bytes_per_second"), limit("bytes_per_day")};
  for (const auto& quirk : server["quirks"].items()) preset.quirks.add(quirk_by_name(quirk.text()));
  return preset;
}

}  // namespace

std::optional<ServerPreset> find_server_preset(const Json& presets, std::string_view provider,
                                               std::string_view address) {
  const auto domain = domain_of(address);
  const Json* best = nullptr;
  const Json* best_provider = nullptr;
  std::size_t best_length = 0;
  for (const auto& entry : presets["providers"].items()) {
    const bool named = !provider.empty() && entry["name"].text() == provider;
    if (!provider.empty() && !named) continue;
    for (const auto& server : entry["servers"].items()) {
      const auto length = match_length(server, domain);
      if (length > best_length || (named && !best)) {
        best = &server;
        best_provider = &entry;
        best_length = length;
      }
    }
  }
  return best ? std::optional(to_preset(*best_provider, *best)) : std::nullopt;
}

std::optional<ServerPreset> find_preset_of_host(const Json& presets, std::string_view host) {
  for (const auto& entry : presets["providers"].items()) {
    for (const auto& server : entry["servers"].items()) {
      if (server["host"].text() == host) return to_preset(entry, server);
    }
  }
  return std::nullopt;
}

}  // namespace haulier::imap
