#include "sync/login_choice.hpp"

namespace haulier::imap {

std::optional<LoginChoice> choose_login(const Capabilities& capabilities, Quirks quirks, Secret secret,
                                        std::string& why) {
  const bool ir = capabilities.has("SASL-IR");
  if (secret == Secret::kToken) {
    const bool bearer = capabilities.has("AUTH=OAUTHBEARER") && !quirks.has(Quirk::kNoOAuthBearer);
    if (bearer) return LoginChoice{Mechanism::kOAuthBearer, ir};
    if (capabilities.has("AUTH=XOAUTH2")) return LoginChoice{Mechanism::kXOAuth2, ir};
    why = "the server offers neither OAUTHBEARER nor XOAUTH2: it takes no OAuth2 tokens";
    return std::nullopt;
  }
  if (quirks.has(Quirk::kWrongSaslList)) return LoginChoice{std::nullopt, false};
  // Without SASL-IR, PLAIN takes a round trip more than LOGIN and nothing can be sent right behind it.
  const bool login = !capabilities.has("LOGINDISABLED");
  if (capabilities.has("AUTH=PLAIN") && (ir || !login)) return LoginChoice{Mechanism::kPlain, ir};
  if (login) return LoginChoice{std::nullopt, false};
  if (capabilities.has("AUTH=LOGIN")) return LoginChoice{Mechanism::kLogin, false};
  why = "the server takes no passwords (LOGINDISABLED): sign in with OAuth2";
  return std::nullopt;
}

}  // namespace haulier::imap
