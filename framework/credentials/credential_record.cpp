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
      .add("client_auth", record.client_auth == ClientAuth::post ? "post" : "basic")
      .add_if_set("client_secret", record.client_secret.reveal())
      .add_if_set("ca_file", record.ca_file)
      .add_if_set("access_token", record.access_token.reveal())
      .add("expires_at", record.expires_at)
      .add("lifetime", record.lifetime)
      .add_if_set("refresh_token", record.refresh_token.reveal())
      .add("refresh_expires_at", record.refresh_expires_at)
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
  record.client_auth = object.text("client_auth") == "post" ? ClientAuth::post : ClientAuth::basic;
  record.client_secret = secret_or_empty(object, "client_secret");
  record.ca_file = object.text("ca_file");
  record.access_token = secret_or_empty(object, "access_token");
  record.expires_at = object.integer("expires_at").value_or(0);
  record.lifetime = object.integer("lifetime").value_or(0);
  record.refresh_token = secret_or_empty(object, "refresh_token");
  record.refresh_expires_at = object.integer("refresh_expires_at").value_or(0);
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
