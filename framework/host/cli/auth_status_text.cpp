#include "cli/auth_status_text.hpp"

#include <algorithm>

#include "cli/text_table.hpp"
#include "json_writer.hpp"
#include "report/escape.hpp"

namespace haulier::host {

namespace {

using credentials::AccountStatus;
using credentials::Method;
using credentials::RecordState;

std::string utc(std::int64_t unix_seconds) { return format_utc(unix_seconds * 1'000'000).substr(0, 19) + "Z"; }

std::string joined(const std::vector<std::string>& all) {
  std::string text;
  for (const std::string& word : all) text += (text.empty() ? "" : " ") + word;
  return text;
}

std::string access_words(const AccountStatus& account, std::int64_t now) {
  if (account.method == Method::app_password) return "-";
  if (account.expires_at == 0) return "not known";
  return account.expires_at > now ? "until " + utc(account.expires_at) : "renewed at the next use";
}

std::string what_words(credentials::Perishable what) {
  switch (what) {
    case credentials::Perishable::access_token:
      return "access token";
    case credentials::Perishable::refresh_token:
      return "refresh token";
    case credentials::Perishable::client_secret:
      return "client secret";
    case credentials::Perishable::certificate:
      break;
  }
  return "certificate";
}

// One line per expected end: what, when, and how that is known.
std::string ends_text(const std::vector<AccountStatus>& accounts) {
  std::string text;
  for (const AccountStatus& account : accounts) {
    if (account.method == Method::app_password) continue;
    for (const credentials::ExpectedEnd& end : account.ends) {
      text += escape_for_terminal(account.account) + ": " + what_words(end.what) + " until " + utc(end.at) + " (" +
              end.known_from + ")\n";
    }
    const bool told = std::any_of(account.ends.begin(), account.ends.end(), [](const credentials::ExpectedEnd& end) {
      return end.what == credentials::Perishable::refresh_token;
    });
    if (!told && account.can_refresh) {
      text += escape_for_terminal(account.account) + ": when the provider will want a new sign-in is not known\n";
    }
  }
  return text.empty() ? text : "\n" + text;
}

std::string state_words(const AccountStatus& account) {
  switch (account.state) {
    case RecordState::sign_in_needed:
      return "sign in again: " + account.state_reason;
    case RecordState::refreshing:
      return "a refresh begun at " + utc(account.state_since) + " was cut off or is running";
    case RecordState::ok:
      break;
  }
  if (account.method == Method::oauth2 && !account.can_refresh) return "ok until the access token ends";
  return "ok";
}

void member_unless_zero(JsonWriter& json, std::string_view name, std::int64_t unix_seconds) {
  json.key(name);
  if (unix_seconds == 0) {
    json.null();
  } else {
    json.value(utc(unix_seconds));
  }
}

}  // namespace

std::string auth_status_text(const AuthStatus& status, std::int64_t now) {
  std::vector<std::vector<std::string>> rows{
      {"ACCOUNT", "METHOD", "PROVIDER", "SERVER", "SCOPE", "ACCESS TOKEN", "STATE"}};
  for (const AccountStatus& account : status.accounts) {
    const bool password = account.method == Method::app_password;
    rows.push_back({account.account, password ? "app password" : "oauth2", account.provider, joined(account.imap_hosts),
                    password ? "-" : account.scope, access_words(account, now), state_words(account)});
  }
  std::string text = status.accounts.empty() ? "no account is signed in\n" : text_table(rows);
  text += ends_text(status.accounts);
  text += "\nvault: " + escape_for_terminal(status.vault_file) + ", opened by " +
          escape_for_terminal(status.key_source) + "\nWho has the vault and its key can read the sign-ins.\n";
  return text;
}

std::string auth_status_json(const AuthStatus& status) {
  JsonWriter json;
  json.begin_object().member("vault", status.vault_file).member("key", status.key_source);
  json.key("accounts").begin_list();
  for (const AccountStatus& account : status.accounts) {
    json.begin_object().member("account", account.account).member("method", credentials::method_name(account.method));
    json.member("provider", account.provider).member("user", account.user).member("scope", account.scope);
    json.key("hosts").begin_list();
    for (const std::string& host : account.imap_hosts) json.value(host);
    json.end_list();
    member_unless_zero(json, "obtained_at", account.obtained_at);
    member_unless_zero(json, "access_expires_at", account.expires_at);
    member_unless_zero(json, "refresh_expires_at", account.refresh_expires_at);
    json.member("can_refresh", account.can_refresh).member("state", credentials::state_name(account.state));
    member_unless_zero(json, "state_since", account.state_since);
    json.member("reason", account.state_reason);
    json.key("expected_ends").begin_list();
    for (const credentials::ExpectedEnd& end : account.ends) {
      json.begin_object().member("what", credentials::perishable_name(end.what)).member("at", utc(end.at));
      json.member("known_from", end.known_from).end_object();
    }
    json.end_list();
    json.key("warnings").begin_list();
    for (const std::string& words : account.warnings) json.value(words);
    json.end_list().end_object();
  }
  json.end_list().end_object();
  return json.take() + "\n";
}

bool needs_sign_in(const AuthStatus& status) {
  return std::any_of(status.accounts.begin(), status.accounts.end(),
                     [](const AccountStatus& account) { return account.state == RecordState::sign_in_needed; });
}

}  // namespace haulier::host
