// Provider presets, read from providers.json (embedded at build time).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace haulier::credentials {

enum class Method { oauth2, app_password };
[[nodiscard]] std::string_view method_name(Method method) noexcept;

// How the client proves itself at the token endpoint (RFC 6749 section 2.3.1); public clients send only their id.
enum class ClientAuth { basic, post };

// The half of a preset that the IMAP source acts on; here only the host is used, to bind a credential to it.
struct ServerPreset {
  std::vector<std::string> domains;  // a domain stands for its sub-domains too
  std::string host;
  std::uint16_t port = 993;
  std::string security;     // "tls" or "starttls"
  std::string tls_profile;  // "modern" or "compatible" (OpenSSL's default list: RSA key exchange, CBC; still verified)
  std::vector<std::string> sasl;
  std::vector<std::string> quirks;
};

struct Provider {
  std::string name;
  std::string title;
  Method method = Method::oauth2;
  std::string issuer;
  std::string authorize_url;
  std::string token_url;
  std::string revocation_url;
  std::string device_url;
  std::string default_tenant;
  std::string scope;
  std::string redirect_host = "127.0.0.1";
  std::string redirect_path = "/callback";
  ClientAuth client_auth = ClientAuth::basic;
  std::map<std::string, std::string> authorize_params;
  std::string note;  // what a person has to do at the provider first
  std::vector<ServerPreset> servers;

  // The server for this address: the longest matching domain, else the first one.
  [[nodiscard]] const ServerPreset& server_for(std::string_view address) const;
  // "{tenant}" in the URLs replaced; an empty tenant means the preset's own.
  [[nodiscard]] Provider with_tenant(const std::string& tenant) const;
};

// All presets; read once by whoever needs them and passed on. Lookups return nullptr when there is none.
class ProviderCatalogue {
 public:
  [[nodiscard]] static ProviderCatalogue built_in();
  [[nodiscard]] static ProviderCatalogue parse(const std::string& json);

  [[nodiscard]] const Provider* by_name(std::string_view name) const;
  // By the part after the last @, or the whole text when it has none; sub-domains match, "evilgmail.com" does not.
  [[nodiscard]] const Provider* by_address(std::string_view address) const;
  [[nodiscard]] const std::vector<Provider>& all() const noexcept { return providers_; }

 private:
  std::vector<Provider> providers_;
};

// The part after the last @ in lower case, or all of it.
[[nodiscard]] std::string domain_of(std::string_view address);

}  // namespace haulier::credentials
