// What a token endpoint's "no" means, and what to do about it: the one decision table for every flow.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "http_exchange.hpp"

namespace haulier::credentials {

enum class RefusalKind {
  transient,      // passing: keep everything, try again later
  person,         // a person must sign in again (77)
  configuration,  // a setting is wrong (78)
  protocol,       // not a token endpoint, or TLS (76)
};

struct TokenRefusal {
  RefusalKind kind = RefusalKind::transient;
  std::string error;  // OAuth2 error code, "http 503", or empty
  std::string words;  // for a person; holds no secret
  std::optional<std::chrono::seconds> retry_after;
  // The request was sent and no answer came: the server may have replaced the refresh token.
  bool outcome_unknown = false;
  // The server's clock when it differs from ours by more than kToleratedSkewSeconds: a signed statement may be
  // refused for that alone.
  std::optional<std::int64_t> server_time;
};

inline constexpr std::int64_t kToleratedSkewSeconds = 60;

// `now` (Unix s) turns a Retry-After date into seconds.
[[nodiscard]] TokenRefusal classify_refusal(const HttpResponse& response, std::int64_t now);
[[nodiscard]] TokenRefusal classify_failure(const HttpFailure& failure);

// RFC 9110 section 10.2.3: seconds or an HTTP date; at most one hour is believed.
[[nodiscard]] std::optional<std::chrono::seconds> parse_retry_after(const std::string& value, std::int64_t now);

// IMF-fixdate of RFC 9110 section 5.6.7, the one form still in use, to Unix seconds.
[[nodiscard]] std::optional<std::int64_t> parse_http_date(const std::string& value);

// Throws the CredentialError that belongs to the refusal; `account` goes into the command the message names.
[[noreturn]] void throw_refusal(const TokenRefusal& refusal, const std::string& account);

}  // namespace haulier::credentials
