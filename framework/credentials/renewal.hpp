// How a stored sign-in gets its next access token: with its refresh token, with the application's own right, or with
// the signed statement of a service account. Also used once at sign-in, where there is no refresh token yet.
#pragma once

#include "credential_record.hpp"
#include "environment.hpp"
#include "http_exchange.hpp"
#include "token_endpoint.hpp"

namespace haulier::credentials {

// Views into the record, which must outlive them.
[[nodiscard]] TokenEndpoint token_endpoint_of(const CredentialRecord& record);
[[nodiscard]] TokenEndpoint revocation_endpoint_of(const CredentialRecord& record);

// One request (two when only the clocks stood in the way). For an application or a service account a refusal is never
// "sign in again": what is wrong sits in the settings here or at the provider, so it is a configuration fault.
[[nodiscard]] TokenAnswer ask_for_access(const CredentialRecord& record, const HttpExchange& http,
                                         const Environment& environment);

}  // namespace haulier::credentials
