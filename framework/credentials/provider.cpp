#include "provider.hpp"

#include <Poco/JSON/Array.h>
#include <Poco/JSON/Object.h>
#include <Poco/JSON/Parser.h>

#include "bytes.hpp"
#include "credential_error.hpp"
#include "providers_json.hpp"

namespace haulier::credentials {
namespace {

std::string text_or(const Poco::JSON::Object& object, const std::string& name, const std::string& fallback) {
  return object.has(name) ? object.getValue<std::string>(name) : fallback;
}

std::vector<std::string> texts(const Poco::JSON::Object& object, const std::string& name) {
  std::vector<std::string> all;
  const Poco::JSON::Array::Ptr array = object.getArray(name);
  for (std::size_t i = 0; array && i < array->size(); ++i) {
    all.push_back(array->getElement<std::string>(static_cast<unsigned>(i)));
  }
  return all;
}

ServerPreset read_server(const Poco::JSON::Object& object) {
  ServerPreset server;
  server.domains = texts(object, "domains");
  server.host = object.getValue<std::string>("host");
  server.port = object.getValue<std::uint16_t>("port");
  server.security = object.getValue<std::string>("security");
  server.tls_profile = object.getValue<std::string>("tls_profile");
  server.sasl = texts(object, "sasl");
  server.quirks = texts(object, "quirks");
  return server;
}

Provider read_provider(const Poco::JSON::Object& object) {
  Provider provider;
  provider.name = object.getValue<std::string>("name");
  provider.title = object.getValue<std::string>("title");
  const Poco::JSON::Object& credential = *object.getObject("credential");
  provider.method = credential.getValue<std::string>("method") == "oauth2" ? Method::oauth2 : Method::app_password;
  provider.issuer = text_or(credential, "issuer", "");
  provider.authorize_url = text_or(credential, "authorize_url", "");
  provider.token_url = text_or(credential, "token_url", "");
  provider.revocation_url = text_or(credential, "revocation_url", "");
  provider.device_url = text_or(credential, "device_url", "");
  provider.default_tenant = text_or(credential, "tenant", "");
  provider.scope = text_or(credential, "scope", "");
  provider.redirect_host = text_or(credential, "redirect_host", provider.redirect_host);
  provider.redirect_path = text_or(credential, "redirect_path", provider.redirect_path);
  provider.application_scope = text_or(credential, "application_scope", provider.scope);
  provider.redirect_uri = text_or(credential, "redirect_uri", "");
  provider.client_auth = client_auth_from(text_or(credential, "client_auth", "basic")).value_or(ClientAuth::basic);
  provider.assertion_algorithm = text_or(credential, "assertion_algorithm", "");
  provider.scope_in_assertion = credential.optValue("scope_in_assertion", false);
  provider.note = text_or(credential, "note", "");
  provider.application_note = text_or(credential, "application_note", "");
  provider.app_password_note = text_or(credential, "app_password_note", "");
  provider.app_password_pattern = text_or(credential, "app_password_pattern", "");
  provider.app_password_form = text_or(credential, "app_password_form", "");
  if (credential.has("authorize_params")) {
    const Poco::JSON::Object& parameters = *credential.getObject("authorize_params");
    for (const auto& [name, value] : parameters) provider.authorize_params[name] = value.convert<std::string>();
  }
  const Poco::JSON::Array& servers = *object.getArray("servers");
  for (unsigned i = 0; i < servers.size(); ++i) provider.servers.push_back(read_server(*servers.getObject(i)));
  if (provider.servers.empty()) throw Misconfigured("provider " + provider.name + " names no server");
  return provider;
}

// How much of `domain` the pattern covers; 0 for no match.
std::size_t match_length(std::string_view domain, std::string_view pattern) noexcept {
  if (domain == pattern) return pattern.size();
  const bool below =
      domain.size() > pattern.size() && domain.ends_with(pattern) && domain[domain.size() - pattern.size() - 1] == '.';
  return below ? pattern.size() : 0;
}

std::size_t match_length(std::string_view domain, const ServerPreset& server) noexcept {
  std::size_t longest = 0;
  for (const std::string& pattern : server.domains) longest = std::max(longest, match_length(domain, pattern));
  return longest;
}

void replace_tenant(std::string& url, const std::string& tenant) {
  static constexpr std::string_view kPlace = "{tenant}";
  if (const std::size_t at = url.find(kPlace); at != std::string::npos) url.replace(at, kPlace.size(), tenant);
}

}  // namespace

std::string_view method_name(Method method) noexcept { return method == Method::oauth2 ? "oauth2" : "app_password"; }

std::string_view client_auth_name(ClientAuth how) noexcept {
  switch (how) {
    case ClientAuth::post:
      return "post";
    case ClientAuth::private_key_jwt:
      return "private_key_jwt";
    case ClientAuth::basic:
      break;
  }
  return "basic";
}

std::optional<ClientAuth> client_auth_from(std::string_view name) noexcept {
  for (const ClientAuth how : {ClientAuth::basic, ClientAuth::post, ClientAuth::private_key_jwt}) {
    if (name == client_auth_name(how)) return how;
  }
  return std::nullopt;
}

const ServerPreset& Provider::server_for(std::string_view address) const {
  const std::string domain = domain_of(address);
  const ServerPreset* best = &servers.front();
  std::size_t longest = 0;
  for (const ServerPreset& server : servers) {
    if (const std::size_t length = match_length(domain, server); length > longest) {
      best = &server;
      longest = length;
    }
  }
  return *best;
}

Provider Provider::with_tenant(const std::string& tenant) const {
  Provider provider = *this;
  const std::string used = percent_encoded(tenant.empty() ? default_tenant : tenant);
  for (std::string* url : {&provider.issuer, &provider.authorize_url, &provider.token_url, &provider.device_url}) {
    replace_tenant(*url, used);
  }
  // The shared endpoints of Microsoft answer with the issuer of the person's own tenant, which is not known before.
  if (is_shared_tenant(used)) provider.issuer.clear();
  return provider;
}

bool Provider::is_shared_tenant(std::string_view tenant) noexcept {
  return tenant == "common" || tenant == "organizations" || tenant == "consumers";
}

ProviderCatalogue ProviderCatalogue::built_in() { return parse(kProvidersJson); }

ProviderCatalogue ProviderCatalogue::parse(const std::string& json) {
  ProviderCatalogue catalogue;
  Poco::JSON::Parser parser;
  const auto root = parser.parse(json).extract<Poco::JSON::Object::Ptr>();
  const Poco::JSON::Array& providers = *root->getArray("providers");
  for (unsigned i = 0; i < providers.size(); ++i)
    catalogue.providers_.push_back(read_provider(*providers.getObject(i)));
  return catalogue;
}

const Provider* ProviderCatalogue::by_name(std::string_view name) const {
  for (const Provider& provider : providers_) {
    if (provider.name == name) return &provider;
  }
  return nullptr;
}

const Provider* ProviderCatalogue::by_address(std::string_view address) const {
  const std::string domain = domain_of(address);
  const Provider* best = nullptr;
  std::size_t longest = 0;
  for (const Provider& provider : providers_) {
    for (const ServerPreset& server : provider.servers) {
      if (const std::size_t length = match_length(domain, server); length > longest) {
        best = &provider;
        longest = length;
      }
    }
  }
  return best;
}

std::string domain_of(std::string_view address) {
  const std::size_t at = address.rfind('@');
  return lower_ascii(at == std::string_view::npos ? address : address.substr(at + 1));
}

}  // namespace haulier::credentials
