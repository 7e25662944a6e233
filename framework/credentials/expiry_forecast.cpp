#include "expiry_forecast.hpp"

#include <algorithm>
#include <ctime>

namespace haulier::credentials {
namespace {

constexpr std::int64_t kDaySeconds = 86'400;

// What the providers publish about refresh tokens that nobody uses; every refresh starts the time anew.
struct IdleRule {
  std::string_view provider;
  std::int64_t days;
  std::string_view words;
};
constexpr IdleRule kIdleRules[] = {
    {"google", 180, "Google ends refresh tokens that are not used for 6 months"},
    {"microsoft", 90, "Microsoft ends refresh tokens that are not used for 90 days"},
};

void add_refresh_token(const CredentialRecord& record, std::vector<ExpectedEnd>& ends) {
  if (record.refresh_token.empty()) return;
  if (record.refresh_expires_at != 0) {
    ends.push_back({Perishable::refresh_token, record.refresh_expires_at, "the provider said so when it issued it"});
    return;
  }
  for (const IdleRule& rule : kIdleRules) {
    if (record.provider != rule.provider || record.obtained_at == 0) continue;
    ends.push_back({Perishable::refresh_token, record.obtained_at + rule.days * kDaySeconds,
                    std::string(rule.words) + "; each use starts the time anew"});
  }
}

std::string thing(Perishable what) {
  switch (what) {
    case Perishable::access_token:
      return "the access token, which cannot be renewed,";
    case Perishable::refresh_token:
      return "the refresh token";
    case Perishable::client_secret:
      return "the client secret";
    case Perishable::certificate:
      break;
  }
  return "the certificate";
}

std::string cure(Perishable what, const std::string& account) {
  const std::string again = "haulier auth login " + account;
  if (what == Perishable::client_secret) return "Make a new one at the provider and sign in with it: " + again;
  if (what == Perishable::certificate) return "Register a new one at the provider and sign in with it: " + again;
  return "Sign in again: " + again;
}

std::string distance(std::int64_t seconds) {
  if (seconds >= 2 * kDaySeconds) return "in " + std::to_string(seconds / kDaySeconds) + " days";
  if (seconds >= 7200) return "in " + std::to_string(seconds / 3600) + " hours";
  return "in " + std::to_string(seconds / 60) + " minutes";
}

}  // namespace

std::string_view perishable_name(Perishable what) noexcept {
  switch (what) {
    case Perishable::access_token:
      return "access_token";
    case Perishable::refresh_token:
      return "refresh_token";
    case Perishable::client_secret:
      return "client_secret";
    case Perishable::certificate:
      break;
  }
  return "certificate";
}

std::vector<ExpectedEnd> expected_ends(const CredentialRecord& record) {
  std::vector<ExpectedEnd> ends;
  if (record.method == Method::app_password) return ends;
  if (!record.can_renew() && record.expires_at != 0) {
    ends.push_back({Perishable::access_token, record.expires_at, "the provider said so; there is no refresh token"});
  }
  add_refresh_token(record, ends);
  if (record.client_secret_expires_at != 0) {
    ends.push_back({Perishable::client_secret, record.client_secret_expires_at, "it was told at the sign-in"});
  }
  if (record.certificate_expires_at != 0) {
    ends.push_back({Perishable::certificate, record.certificate_expires_at, "it stands in the certificate"});
  }
  std::sort(ends.begin(), ends.end(), [](const ExpectedEnd& a, const ExpectedEnd& b) { return a.at < b.at; });
  return ends;
}

std::vector<std::string> expiry_warnings(const std::string& account, const CredentialRecord& record, std::int64_t now,
                                         std::chrono::seconds within) {
  std::vector<std::string> warnings;
  if (record.method == Method::oauth2 && !record.can_renew() && record.expires_at == 0) {
    warnings.push_back(account + ": the access token cannot be renewed and its end is not known. " +
                       cure(Perishable::access_token, account));
  }
  for (const ExpectedEnd& end : expected_ends(record)) {
    // An access token without renewal is always worth a word: it usually lives an hour.
    if (end.what != Perishable::access_token && end.at - now > within.count()) continue;
    const std::string when = end.at <= now ? " should have ended at " + utc_time(end.at)
                                           : " ends at " + utc_time(end.at) + ", " + distance(end.at - now);
    warnings.push_back(account + ": " + thing(end.what) + when + " (" + end.known_from + "). " +
                       cure(end.what, account));
  }
  return warnings;
}

std::string utc_time(std::int64_t unix_seconds) {
  const std::time_t time = static_cast<std::time_t>(unix_seconds);
  std::tm parts{};
  ::gmtime_r(&time, &parts);
  char text[32];
  const std::size_t length = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
  return {text, length};
}

}  // namespace haulier::credentials
