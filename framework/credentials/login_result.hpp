// The last steps that every OAuth2 sign-in shares.
#pragma once

#include "login.hpp"
#include "token_endpoint.hpp"

namespace haulier::credentials {

// What the plan binds, without tokens.
[[nodiscard]] CredentialRecord bound_record(const LoginPlan& plan);

// Stores what the person's sign-in brought. Throws Misconfigured, and stores nothing, without a refresh token.
LoginResult keep_grant(CredentialStore& store, const LoginPlan& plan, const TokenGrant& grant);

// A warning for each scope that was asked for and not granted.
[[nodiscard]] std::vector<std::string> scope_warnings(const std::string& asked, const std::string& granted);

}  // namespace haulier::credentials
