#include "token_refusal.hpp"

#include <Poco/DateTime.h>
#include <Poco/DateTimeFormat.h>
#include <Poco/DateTimeParser.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>

#include "credential_error.hpp"
#include "flat_json.hpp"

namespace haulier::credentials {
namespace {

struct KnownError {
  std::string_view code;
  RefusalKind kind;
  std::string_view words;
};

// Microsoft's numbers come first: they say more than the OAuth2 code beside them, and sometimes something else.
constexpr KnownError kMicrosoft[] = {
    {"AADSTS90033", RefusalKind::transient, "Microsoft's sign-in service has a passing fault"},
    {"AADSTS50196", RefusalKind::transient, "Microsoft throttles this client because it asked too often"},
    {"AADSTS700082", RefusalKind::person, "the sign-in was not used for too long and has expired"},
    {"AADSTS70008", RefusalKind::person, "the sign-in has expired"},
    {"AADSTS50173", RefusalKind::person, "the password was changed or the sessions were ended"},
    {"AADSTS65001", RefusalKind::person, "consent for this application is missing"},
    {"AADSTS50076", RefusalKind::person, "a second factor is demanded"},
    {"AADSTS50079", RefusalKind::person, "a second factor has to be set up"},
    {"AADSTS53003", RefusalKind::person, "a conditional access policy of the organisation blocks it"},
    {"AADSTS7000215", RefusalKind::configuration, "the client secret is wrong (use its value, not its id)"},
    {"AADSTS7000222", RefusalKind::configuration, "the client secret has expired; make a new one"},
    {"AADSTS700016", RefusalKind::configuration, "the client id is unknown in this tenant"},
    {"AADSTS90002", RefusalKind::configuration, "the tenant does not exist"},
};

constexpr KnownError kOAuth2[] = {
    {"temporarily_unavailable", RefusalKind::transient, "the provider is overloaded"},
    {"server_error", RefusalKind::transient, "the provider has a fault"},
    {"slow_down", RefusalKind::transient, "the provider asks to slow down"},
    {"invalid_grant", RefusalKind::person, "the provider no longer accepts the stored sign-in"},
    {"interaction_required", RefusalKind::person, "the provider wants to ask something"},
    {"login_required", RefusalKind::person, "the provider wants a new sign-in"},
    {"consent_required", RefusalKind::person, "the provider wants consent"},
    {"access_denied", RefusalKind::person, "access was denied"},
    {"invalid_client", RefusalKind::configuration, "the provider does not accept client id or client secret"},
    {"unauthorized_client", RefusalKind::configuration, "this client may not use this kind of sign-in"},
    {"unsupported_grant_type", RefusalKind::configuration, "the provider does not offer this kind of sign-in"},
    {"invalid_scope", RefusalKind::configuration, "the provider does not know the scope"},
    {"invalid_request", RefusalKind::configuration, "the provider does not understand the request"},
};

// The whole code, so that AADSTS70008 is not found in AADSTS700082.
bool mentions(std::string_view text, std::string_view code) {
  for (std::size_t at = text.find(code); at != std::string_view::npos; at = text.find(code, at + 1)) {
    const std::size_t end = at + code.size();
    if (end == text.size() || text[end] < '0' || text[end] > '9') return true;
  }
  return false;
}

// The server's own words: one line, cut short.
std::string printable(std::string_view text) {
  constexpr std::size_t kMaxBytes = 300;
  std::string clean(text.substr(0, kMaxBytes));
  std::replace_if(
      clean.begin(), clean.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }, ' ');
  return clean;
}

TokenRefusal without_oauth2_error(const HttpResponse& response, TokenRefusal refusal) {
  const std::string type = response.content_type.empty() ? "no content type" : printable(response.content_type);
  const std::string said = "the token endpoint answered " + refusal.error + " with " + type + " instead of a token";
  if (response.status == 401 || response.status == 403) {
    refusal.kind = RefusalKind::configuration;
    refusal.words = said + "; check client id and client secret";
  } else if (response.status >= 300 && response.status < 500) {
    refusal.kind = RefusalKind::configuration;
    refusal.words = said + "; check the token URL";
  } else {
    refusal.kind = RefusalKind::protocol;
    refusal.words = said;
  }
  return refusal;
}

TokenRefusal classify(const HttpResponse& response, std::int64_t now) {
  TokenRefusal refusal;
  refusal.error = "http " + std::to_string(response.status);
  refusal.retry_after = parse_retry_after(response.retry_after, now);
  std::string description;
  try {
    const FlatJson object = FlatJson::parse(response.body.reveal());
    if (const std::string error = object.text("error"); !error.empty()) refusal.error = printable(error);
    description = printable(object.text("error_description"));
  } catch (const FlatJsonError&) {
    description.clear();  // HTML or nothing: the status alone decides
  }
  // An overloaded server's words are not to be believed, whatever they are.
  if (response.status >= 500 || response.status == 429 || response.status == 408) {
    refusal.kind = RefusalKind::transient;
    refusal.words = "the token endpoint answered HTTP " + std::to_string(response.status);
    // It, or a gateway before it, failed in the middle: nobody knows how far it came. 503 is said before the work.
    refusal.outcome_unknown = response.status >= 500 && response.status != 503;
    return refusal;
  }
  const std::string rest = description.empty() ? "" : ": " + description;
  for (const KnownError& known : kMicrosoft) {
    if (!mentions(description, known.code)) continue;
    refusal.kind = known.kind;
    refusal.words = std::string(known.words) + " (" + refusal.error + rest + ")";
    return refusal;
  }
  for (const KnownError& known : kOAuth2) {
    if (refusal.error != known.code) continue;
    refusal.kind = known.kind;
    refusal.words = std::string(known.words) + " (" + refusal.error + rest + ")";
    return refusal;
  }
  return without_oauth2_error(response, std::move(refusal));
}

}  // namespace

TokenRefusal classify_refusal(const HttpResponse& response, std::int64_t now) {
  TokenRefusal refusal = classify(response, now);
  const std::optional<std::int64_t> date = parse_http_date(response.date);
  if (!date || std::abs(*date - now) <= kToleratedSkewSeconds) return refusal;
  refusal.server_time = date;
  refusal.words += "; this machine's clock differs from the provider's by " + std::to_string(now - *date) + " s";
  return refusal;
}

TokenRefusal classify_failure(const HttpFailure& failure) {
  TokenRefusal refusal;
  refusal.kind = failure.tls ? RefusalKind::protocol : RefusalKind::transient;
  refusal.words = failure.what();
  refusal.outcome_unknown = failure.request_sent;
  return refusal;
}

std::optional<std::int64_t> parse_http_date(const std::string& value) {
  Poco::DateTime date;
  int zone = 0;
  // Poco's parser takes nearly anything for a date.
  constexpr std::size_t kFixDateBytes = 29;
  if (value.size() != kFixDateBytes || !value.ends_with(" GMT")) return std::nullopt;
  if (!Poco::DateTimeParser::tryParse(Poco::DateTimeFormat::HTTP_FORMAT, value, date, zone)) return std::nullopt;
  return static_cast<std::int64_t>(date.timestamp().epochTime());
}

std::optional<std::chrono::seconds> parse_retry_after(const std::string& value, std::int64_t now) {
  constexpr std::int64_t kMaxSeconds = 3600;
  if (value.empty()) return std::nullopt;
  std::int64_t seconds = 0;
  const auto [stopped, error] = std::from_chars(value.data(), value.data() + value.size(), seconds);
  if (error != std::errc() || stopped != value.data() + value.size()) {
    const std::optional<std::int64_t> date = parse_http_date(value);
    if (!date) return std::nullopt;
    seconds = *date - now;
  }
  return std::chrono::seconds(std::clamp<std::int64_t>(seconds, 0, kMaxSeconds));
}

void throw_refusal(const TokenRefusal& refusal, const std::string& account) {
  switch (refusal.kind) {
    case RefusalKind::person:
      throw SignInNeeded(account + ": " + refusal.words + ". Nothing was deleted. Sign in again: haulier auth login " +
                         account);
    case RefusalKind::configuration:
      throw Misconfigured(account + ": " + refusal.words + ". Nothing was deleted");
    case RefusalKind::protocol:
      throw ProtocolFailure(account + ": " + refusal.words + ". Nothing was deleted");
    case RefusalKind::transient:
      break;
  }
  throw TryAgainLater(account + ": " + refusal.words + ". The sign-in is kept; try again later", refusal.retry_after);
}

}  // namespace haulier::credentials
