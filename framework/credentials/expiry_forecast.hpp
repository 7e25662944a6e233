// When the parts of a sign-in that only a person can renew are expected to end, and how that is known.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "credential_record.hpp"

namespace haulier::credentials {

enum class Perishable { access_token, refresh_token, client_secret, certificate };
[[nodiscard]] std::string_view perishable_name(Perishable what) noexcept;  // "refresh_token", for scripts

struct ExpectedEnd {
  Perishable what = Perishable::refresh_token;
  std::int64_t at = 0;     // Unix seconds
  std::string known_from;  // for a person: "the provider said so"
};

inline constexpr std::chrono::seconds kDefaultExpiryWarning = std::chrono::hours{24 * 7};

// Soonest first; empty when nothing is known. An access token that renews itself is not in it.
[[nodiscard]] std::vector<ExpectedEnd> expected_ends(const CredentialRecord& record);

// What a person has to know now: what ends within `within` of `now` (Unix s) or has ended, and an access token that
// cannot be renewed. Holds no secret.
[[nodiscard]] std::vector<std::string> expiry_warnings(const std::string& account, const CredentialRecord& record,
                                                       std::int64_t now, std::chrono::seconds within);

// "2026-11-22T19:41:31Z"
[[nodiscard]] std::string utc_time(std::int64_t unix_seconds);

}  // namespace haulier::credentials
