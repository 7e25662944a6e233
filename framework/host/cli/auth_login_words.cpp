#include "cli/auth_login_words.hpp"

#include "json_writer.hpp"

namespace haulier::host {

namespace {

using credentials::Flow;
using credentials::LoginPlan;
using credentials::Method;

std::string_view profile_word(const std::string& profile) {
  return profile == "compatible" ? "default" : std::string_view(profile);
}

std::string_view mode_word(const LoginPlan& plan) {
  return plan.server.security == "starttls" ? "starttls" : "implicit";
}

std::string quoted(const std::string& text) {
  JsonWriter json;
  json.value(text);
  return json.take();
}

}  // namespace

std::string method_words(const LoginPlan& plan) {
  if (plan.method == Method::app_password)
    return "authorization code (授权码, an app password given by the provider, not OAuth2)";
  switch (plan.flow) {
    case Flow::paste:
      return "OAuth2 sign-in in a browser elsewhere, its last address pasted here";
    case Flow::device:
      return "OAuth2 sign-in with a code on another device";
    case Flow::application:
      return "OAuth2 as the application itself, without a person";
    case Flow::service_account:
      return "OAuth2 as the service account " + plan.assertion_issuer + ", without a person";
    case Flow::browser:
      break;
  }
  return "OAuth2 sign-in in the browser";
}

std::string picked_words(const LoginPlan& plan) {
  std::string hosts;
  for (const std::string& host : plan.imap_hosts) hosts += (hosts.empty() ? "" : ", ") + host;
  std::string words = plan.account + ": provider " + plan.provider;
  if (!plan.provider_title.empty()) words += " - " + plan.provider_title;
  words += ", mail server " + hosts + " port " + std::to_string(plan.server.port) + ", TLS ";
  words.append(mode_word(plan)).append(", TLS profile ").append(profile_word(plan.server.tls_profile));
  words += ", user " + plan.user + ", " + method_words(plan);
  return words + ". Any of it can be said otherwise, see haulier auth login --help";
}

std::string pipeline_words(const LoginPlan& plan) {
  std::string line =
      "imap: { host: " + quoted(plan.server.host) + ", port: " + std::to_string(plan.server.port) + ", tls: { mode: ";
  line.append(mode_word(plan)).append(", profile: ").append(profile_word(plan.server.tls_profile));
  line += " }, accounts: [ { user: " + quoted(plan.user);
  if (plan.account != plan.user) line += ", name: " + quoted(plan.account);
  return line + ", auth: { " + (plan.method == Method::app_password ? "app_password" : "oauth2") + ": {} } } ] }";
}

}  // namespace haulier::host
