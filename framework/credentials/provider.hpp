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

// How the client proves itself at the token endpoint: by its secret (RFC 6749 section 2.3.1) or by a signed statement
// (RFC 7523 section 2.2). Public clients, who have neither, send only their id.
enum class ClientAuth { basic, post, private_key_jwt };
[[nodiscard]] std::string_view client_auth_name(ClientAuth how) noexcept;
[[nodiscard]] std::optional<ClientAuth> client_auth_from(std::string_view name) noexcept;

// The half of a preset that the IMAP source acts on; here the host binds a credential, the rest is told to the person.
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
  std::string application_scope;  // for sign-in without a person; empty: the same
  std::string redirect_host = "127.0.0.1";
  std::string redirect_path = "/callback";
  std::string redirect_uri;  // where the provider takes no address of this machine; the answer is then pasted
  ClientAuth client_auth = ClientAuth::basic;
  std::string assertion_algorithm;  // what the provider wants a client to sign with; empty: the key's usual one
  bool scope_in_assertion = false;
  std::map<std::string, std::string> authorize_params;
  // What a person has to do at the provider first, for each way to sign in that the provider has.
  std::string note;
  std::string application_note;
  std::string app_password_note;
  // How the provider's app passwords look, as a regular expression and in words; empty: not known.
  std::string app_password_pattern;
  std::string app_password_form;
  std::vector<ServerPreset> servers;

  // The server for this address: the longest matching domain, else the first one.
  [[nodiscard]] const ServerPreset& server_for(std::string_view address) const;
  // "{tenant}" in the URLs replaced; an empty tenant means the preset's own.
  [[nodiscard]] Provider with_tenant(const std::string& tenant) const;
  // Whether the endpoints stand for many organisations, so that no application can sign in there by itself.
  [[nodiscard]] static bool is_shared_tenant(std::string_view tenant) noexcept;
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
