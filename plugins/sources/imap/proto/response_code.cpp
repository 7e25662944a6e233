#include "proto/response_code.hpp"

#include <array>

namespace haulier::imap {
namespace {

struct CodeName {
  std::string_view name;
  Code code;
};

constexpr std::array kCodes = {
    CodeName{"ALERT", Code::kAlert},
    CodeName{"AUTHENTICATIONFAILED", Code::kAuthenticationFailed},
    CodeName{"AUTHORIZATIONFAILED", Code::kAuthorizationFailed},
    CodeName{"EXPIRED", Code::kExpired},
    CodeName{"PRIVACYREQUIRED", Code::kPrivacyRequired},
    CodeName{"UNAVAILABLE", Code::kUnavailable},
    CodeName{"INUSE", Code::kInUse},
    CodeName{"LIMIT", Code::kLimit},
    CodeName{"OVERQUOTA", Code::kOverQuota},
    CodeName{"MESSAGELIMIT", Code::kMessageLimit},
    CodeName{"EXPUNGEISSUED", Code::kExpungeIssued},
    CodeName{"NONEXISTENT", Code::kNonExistent},
    CodeName{"NOPERM", Code::kNoPerm},
    CodeName{"CANNOT", Code::kCannot},
    CodeName{"CORRUPTION", Code::kCorruption},
    CodeName{"SERVERBUG", Code::kServerBug},
    CodeName{"CLIENTBUG", Code::kClientBug},
    CodeName{"CONTACTADMIN", Code::kContactAdmin},
    CodeName{"UIDNOTSTICKY", Code::kUidNotSticky},
    CodeName{"BADCHARSET", Code::kBadCharset},
    CodeName{"PARSE", Code::kParse},
    CodeName{"COMPRESSIONACTIVE", Code::kCompressionActive},
    CodeName{"CLOSED", Code::kClosed},
    CodeName{"HIGHESTMODSEQ", Code::kHighestModSeq},
    CodeName{"NOMODSEQ", Code::kNoModSeq},
    CodeName{"REFERRAL", Code::kReferral},
    CodeName{"CAPABILITY", Code::kCapability},
    CodeName{"UIDVALIDITY", Code::kUidValidity},
    CodeName{"UIDNEXT", Code::kUidNext},
    CodeName{"READ-ONLY", Code::kReadOnly},
    CodeName{"READ-WRITE", Code::kReadWrite},
    CodeName{"PERMANENTFLAGS", Code::kPermanentFlags},
    CodeName{"UNSEEN", Code::kUnseen},
};

// resp-text-code = atom [SP 1*<any TEXT-CHAR except "]">]. A code without its "]" is free text (FastMail's
// PERMANENTFLAGS); text after the code may be missing (Gmail).
ResponseCode parse_code(std::string_view& text) {
  ResponseCode code;
  if (!text.starts_with('[')) return code;
  const auto close = text.find(']');
  if (close == std::string_view::npos) return code;
  const auto inner = text.substr(1, close - 1);
  const auto space = inner.find(' ');
  code.code = Code::kOther;
  code.name = inner.substr(0, space);
  if (space != std::string_view::npos) code.arguments = inner.substr(space + 1);
  for (const auto& entry : kCodes) {
    if (equals_word(code.name, entry.name)) code.code = entry.code;
  }
  code.number = Cursor(code.arguments).number();
  text.remove_prefix(close + 1);
  if (text.starts_with(' ')) text.remove_prefix(1);
  return code;
}

std::optional<Condition> parse_condition(std::string_view word) {
  if (equals_word(word, "OK")) return Condition::kOk;
  if (equals_word(word, "NO")) return Condition::kNo;
  if (equals_word(word, "BAD")) return Condition::kBad;
  if (equals_word(word, "BYE")) return Condition::kBye;
  if (equals_word(word, "PREAUTH")) return Condition::kPreauth;
  return std::nullopt;
}

}  // namespace

// resp-cond-state = ("OK" / "NO" / "BAD") SP resp-text; resp-text = ["[" resp-text-code "]" SP] [text]
std::optional<StatusLine> parse_status_line(std::string_view tag, Cursor cursor) {
  const auto condition = parse_condition(cursor.atom());
  if (!condition) return std::nullopt;
  cursor.take_spaces();
  StatusLine line{tag, *condition, {}, cursor.rest()};
  line.code = parse_code(line.text);
  return line;
}

}  // namespace haulier::imap
