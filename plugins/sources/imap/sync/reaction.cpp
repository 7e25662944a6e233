#include "sync/reaction.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <string>

namespace haulier::imap {
namespace {

using Kind = Reaction::Kind;

constexpr std::uint64_t kMinute = 60'000;
constexpr std::uint64_t kHour = 60 * kMinute;
constexpr std::uint64_t kLeastUnavailable = 5000;

std::string lower(std::string_view text) {
  std::string out(text.substr(0, 1000));
  for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return out;
}

bool is_login(Verb verb) { return verb == Verb::kLogin || verb == Verb::kAuthenticate; }

// Gmail, Outlook, Dovecot, Courier and Cyrus, in this order.
bool too_many_connections(std::string_view words) {
  for (const std::string_view phrase :
       {"too many simultaneous", "too many concurrent", "maximum number of connections", "mail_max_userip_connections",
        "maximum connection limit", "too many connections", "too many open connections"}) {
    if (words.find(phrase) != std::string_view::npos) return true;
  }
  return false;
}

// Words that servers use instead of response codes.
Reaction by_text(Verb verb, std::string_view text) {
  const std::string words = lower(text);
  const auto says = [&](std::string_view what) { return words.find(what) != std::string::npos; };
  if (const auto wait = suggested_backoff_ms(text)) return {Kind::kPause, wait};
  if (says("throttled")) return {Kind::kPause, 5 * kMinute};
  if (says("unsafe login")) return {Kind::kSendId};
  if (too_many_connections(words)) return {Kind::kReconnect, kMinute, true};
  if (says("bandwidth limit") || says("command or bandwidth") || says("session expired, please login again"))
    return {Kind::kPause, kHour};
  if (says("authenticated but not connected")) return {Kind::kReconnect};
  if (says("server unavailable") || says("try again later") || says("temporar")) return {Kind::kReconnect, kMinute};
  if (says("no longer exist")) return {Kind::kHoles};
  if (is_login(verb)) return {Kind::kCredential};
  return {verb == Verb::kExamine ? Kind::kSkipMailbox : Kind::kRefused};
}

}  // namespace

std::uint64_t suggested_backoff_ms(std::string_view text) {
  const std::string words = lower(text);
  constexpr std::string_view kPhrase = "suggested backoff time:";
  const auto at = words.find(kPhrase);
  if (at == std::string::npos) return 0;
  std::size_t from = at + kPhrase.size();
  while (from < words.size() && words[from] == ' ') ++from;
  std::uint64_t wait = 0;
  std::from_chars(words.data() + from, words.data() + words.size(), wait);
  return std::min(wait, kHour);
}

Reaction react(Verb verb, Condition condition, Code code, std::string_view text) {
  switch (code) {
    case Code::kAuthenticationFailed:
    case Code::kExpired:
      return {Kind::kCredential};
    case Code::kAuthorizationFailed:
    case Code::kPrivacyRequired:
    case Code::kContactAdmin:
    case Code::kReferral:
      return {Kind::kPerson};
    case Code::kUnavailable:
      // On a message it concerns that message (Yahoo, AOL); anywhere else the server.
      if (verb == Verb::kUidFetch) return {Kind::kRefused};
      if (too_many_connections(lower(text))) return {Kind::kReconnect, kMinute, true};
      return {Kind::kReconnect, std::max(suggested_backoff_ms(text), kLeastUnavailable)};
    case Code::kInUse:
    case Code::kServerBug:
      return {Kind::kReconnect};
    case Code::kLimit:
      if (too_many_connections(lower(text))) return {Kind::kReconnect, kMinute, true};
      return {Kind::kPause, std::max(suggested_backoff_ms(text), 10 * kMinute), true};
    case Code::kOverQuota:
      return {Kind::kPause, kHour};
    case Code::kExpungeIssued:
      return {Kind::kHoles};
    case Code::kMessageLimit:
      // RFC 9738: the set is too big; halved, it is not.
      return {Kind::kRefused};
    case Code::kCorruption:
      // One damaged message is found by halving, one damaged mailbox is left out.
      if (verb == Verb::kUidFetch) return {Kind::kRefused};
      return {verb == Verb::kExamine ? Kind::kSkipMailbox : Kind::kReconnect};
    case Code::kNonExistent:
    case Code::kNoPerm:
    case Code::kCannot:
      return {verb == Verb::kExamine ? Kind::kSkipMailbox : Kind::kRefused};
    default:
      break;
  }
  if (condition == Condition::kBye) {
    const auto reaction = by_text(Verb::kNoop, text);
    return reaction.kind == Kind::kRefused ? Reaction{Kind::kReconnect} : reaction;
  }
  return by_text(verb, text);
}

}  // namespace haulier::imap
