#include "credential_record.hpp"

#include <algorithm>
#include <sstream>

#include "bytes.hpp"
#include "flat_json.hpp"

namespace haulier::credentials {
namespace {

constexpr std::size_t kPaddingBytes = 256;

std::string joined(const std::vector<std::string>& hosts) {
  std::string text;
  for (const std::string& host : hosts) text += (text.empty() ? "" : " ") + host;
  return text;
}

std::vector<std::string> split(const std::string& text) {
  std::istringstream words(text);
  std::vector<std::string> all;
  for (std::string word; words >> word;) all.push_back(word);
  return all;
}

Secret secret_or_empty(const FlatJson& object, std::string_view name) {
  const Secret* value = object.secret(name);
  return value == nullptr ? Secret() : value->clone();
}

Renewal renewal_from(std::string_view name) {
  if (name == "client_credentials") return Renewal::client_credentials;
  return name == "service_account" ? Renewal::service_account : Renewal::refresh_token;
}

RecordState state_from(std::string_view name) {
  if (name == "refreshing") return RecordState::refreshing;
  return name == "sign_in_needed" ? RecordState::sign_in_needed : RecordState::ok;
}

}  // namespace

std::string_view state_name(RecordState state) noexcept {
  switch (state) {
    case RecordState::refreshing:
      return "refreshing";
    case RecordState::sign_in_needed:
      return "sign_in_needed";
    case RecordState::ok:
      break;
  }
  return "ok";
}

std::string_view renewal_name(Renewal renewal) noexcept {
  switch (renewal) {
    case Renewal::client_credentials:
      return "client_credentials";
    case Renewal::service_account:
      return "service_account";
    case Renewal::refresh_token:
      break;
  }
  return "refresh_token";
}

bool CredentialRecord::can_renew() const noexcept {
  return method == Method::oauth2 && (renewal != Renewal::refresh_token || !refresh_token.empty());
}

bool CredentialRecord::allows_host(std::string_view imap_host) const {
  return std::find(imap_hosts.begin(), imap_hosts.end(), normal_host(imap_host)) != imap_hosts.end();
}

Secret encode_record(const CredentialRecord& record) {
  FlatJsonWriter writer;
  writer.add("method", method_name(record.method))
      .add("provider", record.provider)
      .add_if_set("issuer", record.issuer)
      .add_if_set("token_url", record.token_url)
      .add_if_set("revocation_url", record.revocation_url)
      .add_if_set("client_id", record.client_id)
      .add("client_auth", client_auth_name(record.client_auth))
      .add_if_set("client_secret", record.client_secret.reveal())
      .add("renewal", renewal_name(record.renewal))
      .add_if_set("private_key", record.signing_key.private_key.reveal())
      .add_if_set("algorithm", record.signing_key.algorithm)
      .add_if_set("key_id", record.signing_key.key_id)
      .add_if_set("x5t", record.signing_key.x5t)
      .add_if_set("x5t_s256", record.signing_key.x5t_s256)
      .add_if_set("assertion_issuer", record.assertion_issuer)
      .add_if_set("assertion_audience", record.assertion_audience)
      .add("scope_in_assertion", record.scope_in_assertion ? 1 : 0)
      .add_if_set("ca_file", record.ca_file)
      .add_if_set("access_token", record.access_token.reveal())
      .add("expires_at", record.expires_at)
      .add("lifetime", record.lifetime)
      .add_if_set("refresh_token", record.refresh_token.reveal())
      .add("refresh_expires_at", record.refresh_expires_at)
      .add("client_secret_expires_at", record.client_secret_expires_at)
      .add("certificate_expires_at", record.certificate_expires_at)
      .add_if_set("password", record.password.reveal())
      .add_if_set("scope", record.scope)
      .add("user", record.user)
      .add("imap_hosts", joined(record.imap_hosts))
      .add("obtained_at", record.obtained_at)
      .add("state", state_name(record.state))
      .add("since", record.state_since)
      .add_if_set("reason", record.state_reason);
  return writer.finish(kPaddingBytes);
}

CredentialRecord decode_record(const Secret& plaintext) {
  const FlatJson object = FlatJson::parse(plaintext.reveal());
  CredentialRecord record;
  record.method = object.text("method") == "app_password" ? Method::app_password : Method::oauth2;
  record.provider = object.text("provider");
  record.issuer = object.text("issuer");
  record.token_url = object.text("token_url");
  record.revocation_url = object.text("revocation_url");
  record.client_id = object.text("client_id");
  record.client_auth = client_auth_from(object.text("client_auth")).value_or(ClientAuth::basic);
  record.client_secret = secret_or_empty(object, "client_secret");
  record.renewal = renewal_from(object.text("renewal"));
  record.signing_key = {secret_or_empty(object, "private_key"), object.text("algorithm"), object.text("key_id"),
                        object.text("x5t"), object.text("x5t_s256")};
  record.assertion_issuer = object.text("assertion_issuer");
  record.assertion_audience = object.text("assertion_audience");
  record.scope_in_assertion = object.integer("scope_in_assertion").value_or(0) != 0;
  record.ca_file = object.text("ca_file");
  record.access_token = secret_or_empty(object, "access_token");
  record.expires_at = object.integer("expires_at").value_or(0);
  record.lifetime = object.integer("lifetime").value_or(0);
  record.refresh_token = secret_or_empty(object, "refresh_token");
  record.refresh_expires_at = object.integer("refresh_expires_at").value_or(0);
  record.client_secret_expires_at = object.integer("client_secret_expires_at").value_or(0);
  record.certificate_expires_at = object.integer("certificate_expires_at").value_or(0);
  record.password = secret_or_empty(object, "password");
  record.scope = object.text("scope");
  record.user = object.text("user");
  record.imap_hosts = split(object.text("imap_hosts"));
  record.obtained_at = object.integer("obtained_at").value_or(0);
  record.state = state_from(object.text("state"));
  record.state_since = object.integer("since").value_or(0);
  record.state_reason = object.text("reason");
  return record;
}

std::string normal_host(std::string_view host) {
  if (host.ends_with('.')) host.remove_suffix(1);
  return lower_ascii(host);
}

}  // namespace haulier::credentials
