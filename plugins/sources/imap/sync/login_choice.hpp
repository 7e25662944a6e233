#pragma once
#include <optional>
#include <string>

#include "proto/capabilities.hpp"
#include "proto/sasl.hpp"
#include "sync/quirks.hpp"

namespace haulier::imap {

/// How to sign in: by SASL, or by the LOGIN command when `mechanism` is empty.
struct LoginChoice {
  std::optional<Mechanism> mechanism;
  bool initial_response = false;
};

enum class Secret { kToken, kPassword };

/// The way in for this kind of secret, from what the server offers inside TLS. nullopt: the server offers none, and
/// `why` says so in words for people. Servers that forget to advertise PLAIN are taken by LOGIN unless LOGINDISABLED.
[[nodiscard]] std::optional<LoginChoice> choose_login(const Capabilities& capabilities, Quirks quirks, Secret secret,
                                                      std::string& why);

}  // namespace haulier::imap
