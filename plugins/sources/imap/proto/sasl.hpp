#pragma once
#include <string>
#include <string_view>

namespace haulier::imap {

enum class Mechanism { kPlain, kLogin, kXOAuth2, kOAuthBearer };

[[nodiscard]] std::string_view mechanism_name(Mechanism mechanism);

/// What a SASL exchange is made of. Its owner wipes it.
struct SaslIdentity {
  std::string user;
  std::string secret;  ///< password or access token
  std::string host;    ///< OAUTHBEARER only: the server's name and port as the client knows them
  unsigned port = 0;
};

/// The client's side of one AUTHENTICATE (RFC 9051 section 6.2.2). A value with a secret: wiped when destroyed.
class SaslExchange {
 public:
  /// Throws std::invalid_argument when a value holds a character that its message cannot carry.
  SaslExchange(Mechanism mechanism, SaslIdentity identity);
  SaslExchange(SaslExchange&&) noexcept = default;
  SaslExchange& operator=(SaslExchange&&) noexcept = default;
  ~SaslExchange();

  [[nodiscard]] Mechanism mechanism() const { return mechanism_; }
  [[nodiscard]] bool has_initial_response() const { return mechanism_ != Mechanism::kLogin; }
  /// True when a refusal arrives as a continuation that waits for one more line: nothing may be pipelined behind it.
  [[nodiscard]] bool refuses_by_challenge() const {
    return mechanism_ == Mechanism::kXOAuth2 || mechanism_ == Mechanism::kOAuthBearer;
  }
  /// Base64, for SASL-IR (RFC 4959).
  [[nodiscard]] std::string initial_response();
  /// The line to send for one "+ challenge", without CRLF: base64, empty, or "*" to give up.
  [[nodiscard]] std::string answer(std::string_view challenge);
  /// JSON with which the server explained the refusal of a token; empty when there was none.
  [[nodiscard]] const std::string& refusal() const { return refusal_; }

 private:
  Mechanism mechanism_;
  SaslIdentity identity_;
  std::string refusal_;
  unsigned sent_ = 0;
};

/// PLAIN, RFC 4616: [authzid] NUL authcid NUL passwd.
[[nodiscard]] std::string plain_message(const SaslIdentity& identity);
/// XOAUTH2: "user=" user ^A "auth=Bearer " token ^A ^A.
[[nodiscard]] std::string xoauth2_message(const SaslIdentity& identity);
/// OAUTHBEARER, RFC 7628 section 3.1: gs2-header kvsep "host=" ... kvsep "port=" ... kvsep "auth=Bearer " ... kvsep
/// kvsep.
[[nodiscard]] std::string oauthbearer_message(const SaslIdentity& identity);

}  // namespace haulier::imap
