#include "discovery.hpp"

#include <Poco/Exception.h>
#include <Poco/JSON/Array.h>
#include <Poco/JSON/Object.h>
#include <Poco/JSON/Parser.h>

#include "credential_error.hpp"
#include "safe_url.hpp"
#include "token_refusal.hpp"

namespace haulier::credentials {
namespace {

using Poco::JSON::Object;

std::string without_slash(std::string url) {
  while (url.ends_with('/')) url.pop_back();
  return url;
}

// RFC 8414 section 3.1 puts the well-known part between host and path, OpenID Connect after the path.
std::string rfc8414_url(const std::string& issuer) {
  const std::size_t authority = issuer.find("://") + 3;
  const std::size_t path = issuer.find('/', authority);
  const std::string host = issuer.substr(0, path);
  const std::string rest = path == std::string::npos ? "" : without_slash(issuer.substr(path));
  return host + "/.well-known/oauth-authorization-server" + rest;
}

std::string text_of(const Object& object, const std::string& name) {
  return object.has(name) && object.get(name).isString() ? object.getValue<std::string>(name) : std::string();
}

bool lists(const Object& object, const std::string& name, const std::string& value) {
  const Poco::JSON::Array::Ptr array = object.getArray(name);
  for (unsigned i = 0; array && i < array->size(); ++i) {
    if (array->get(i).isString() && array->get(i).convert<std::string>() == value) return true;
  }
  return false;
}

std::optional<HttpResponse> get(const HttpExchange& http, const std::string& url,
                                const std::filesystem::path& ca_file) {
  HttpRequest request;
  request.url = url;
  request.ca_file = ca_file;
  try {
    HttpResponse response = http(request);
    if (response.status >= 500 || response.status == 429) {
      throw TryAgainLater("the metadata at " + url + " answered HTTP " + std::to_string(response.status));
    }
    if (response.status != 200) return std::nullopt;
    return response;
  } catch (const HttpFailure& failure) {
    if (failure.tls) throw ProtocolFailure(failure.what());
    throw TryAgainLater(failure.what());
  }
}

ServerMetadata read_metadata(const Object& object, const std::string& issuer) {
  ServerMetadata metadata;
  metadata.issuer = text_of(object, "issuer");
  if (metadata.issuer != issuer) {
    throw Misconfigured("the metadata of issuer " + issuer + " names another issuer (" + metadata.issuer +
                        "); give the issuer exactly as the provider writes it");
  }
  metadata.authorize_url = text_of(object, "authorization_endpoint");
  metadata.token_url = text_of(object, "token_endpoint");
  metadata.revocation_url = text_of(object, "revocation_endpoint");
  metadata.device_url = text_of(object, "device_authorization_endpoint");
  metadata.sends_issuer = object.optValue<bool>("authorization_response_iss_parameter_supported", false);
  const std::string methods = "token_endpoint_auth_methods_supported";
  if (object.has(methods) && !lists(object, methods, "client_secret_basic") &&
      lists(object, methods, "client_secret_post")) {
    metadata.client_auth = ClientAuth::post;
  }
  return metadata;
}

}  // namespace

ServerMetadata discover(const HttpExchange& http, const std::string& issuer, const std::filesystem::path& ca_file) {
  require_safe_url(issuer, "issuer");
  std::optional<HttpResponse> response = get(http, rfc8414_url(issuer), ca_file);
  if (!response) response = get(http, without_slash(issuer) + "/.well-known/openid-configuration", ca_file);
  if (!response) {
    throw Misconfigured("issuer " + issuer + " offers no metadata; give --authorize-url and --token-url by hand");
  }
  try {
    Poco::JSON::Parser parser;
    const auto object = parser.parse(std::string(response->body.reveal())).extract<Object::Ptr>();
    return read_metadata(*object, issuer);
  } catch (const Poco::Exception& error) {
    throw ProtocolFailure("the metadata of issuer " + issuer + " is not valid: " + error.displayText());
  }
}

}  // namespace haulier::credentials
