#include "proto/sasl.hpp"

#include <stdexcept>

#include "proto/base64.hpp"

namespace haulier::imap {
namespace {

constexpr std::size_t kMaxRefusalBytes = 4096;
constexpr unsigned kMaxAnswers = 8;

void wipe(std::string& text) {
  volatile char* bytes = text.data();
  for (std::size_t i = 0; i < text.size(); ++i) bytes[i] = 0;
  text.clear();
}

// gs2 saslname: "," and "=" are written as =2C and =3D (RFC 5801 section 4)
std::string saslname(std::string_view user) {
  std::string out;
  for (const char c : user) {
    if (c == ',') {
      out += "=2C";
    } else if (c == '=') {
      out += "=3D";
    } else {
      out += c;
    }
  }
  return out;
}

void require_without(const std::string& value, std::string_view forbidden) {
  if (value.find_first_of(forbidden) != std::string::npos) {
    throw std::invalid_argument("a user name or secret holds a control character that sign-in cannot carry");
  }
}

}  // namespace

std::string_view mechanism_name(Mechanism mechanism) {
  switch (mechanism) {
    case Mechanism::kPlain:
      return "PLAIN";
    case Mechanism::kLogin:
      return "LOGIN";
    case Mechanism::kXOAuth2:
      return "XOAUTH2";
    case Mechanism::kOAuthBearer:
      return "OAUTHBEARER";
  }
  return {};
}

std::string plain_message(const SaslIdentity& identity) {
  std::string message(1, '\0');
  message += identity.user;
  message += '\0';
  return message += identity.secret;
}

std::string xoauth2_message(const SaslIdentity& identity) {
  return "user=" + identity.user +
         "\x01"
         "auth=Bearer " +
         identity.secret + "\x01\x01";
}

std::string oauthbearer_message(const SaslIdentity& identity) {
  std::string message = "n,a=" + saslname(identity.user) + ",\x01";
  if (!identity.host.empty()) message += "host=" + identity.host + "\x01";
  if (identity.port != 0) message += "port=" + std::to_string(identity.port) + "\x01";
  return message += "auth=Bearer " + identity.secret + "\x01\x01";
}

SaslExchange::SaslExchange(Mechanism mechanism, SaslIdentity identity)
    : mechanism_(mechanism), identity_(std::move(identity)) {
  const std::string_view forbidden =
      refuses_by_challenge() ? std::string_view("\0\x01\r\n", 4) : std::string_view("\0", 1);
  require_without(identity_.user, forbidden);
  require_without(identity_.secret, forbidden);
}

SaslExchange::~SaslExchange() { wipe(identity_.secret); }

std::string SaslExchange::initial_response() {
  ++sent_;
  std::string message;
  switch (mechanism_) {
    case Mechanism::kPlain:
      message = plain_message(identity_);
      break;
    case Mechanism::kXOAuth2:
      message = xoauth2_message(identity_);
      break;
    case Mechanism::kOAuthBearer:
      message = oauthbearer_message(identity_);
      break;
    case Mechanism::kLogin:
      message = identity_.user;
      break;
  }
  std::string base64 = encode_base64(message);
  wipe(message);
  return base64;
}

std::string SaslExchange::answer(std::string_view challenge) {
  if (sent_ >= kMaxAnswers) return "*";
  if (mechanism_ == Mechanism::kLogin) {
    // draft-murchison-sasl-login: the prompts' texts differ between servers, only their order counts.
    if (sent_ == 0) return initial_response();
    return sent_++ == 1 ? encode_base64(identity_.secret) : "*";
  }
  if (sent_ == 0) return initial_response();
  if (!refuses_by_challenge()) return "*";
  // The refusal. The server waits for one more line: empty for XOAUTH2, %x01 for OAUTHBEARER (RFC 7628 section 3.2.3).
  ++sent_;
  if (auto json = decode_base64(challenge)) refusal_ = json->substr(0, kMaxRefusalBytes);
  return mechanism_ == Mechanism::kXOAuth2 ? "" : "AQ==";
}

}  // namespace haulier::imap
