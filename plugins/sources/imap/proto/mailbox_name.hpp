#pragma once
#include <string>
#include <string_view>

namespace haulier::imap {

/// How names are written on a connection: RFC 3501 section 5.1.3, or RFC 6855 section 3 once UTF8=ACCEPT is enabled.
enum class NameForm { kModifiedUtf7, kUtf8 };

/// A mailbox name as LIST gave it, byte for byte (the only form ever sent back), and its UTF-8 form for people and
/// tables. Validated once: CR, LF and NUL make no name. INBOX is case-insensitive (RFC 9051 section 5.1).
class MailboxName {
 public:
  /// `raw` in modified UTF-7, or in 8-bit bytes from servers that do not know it. Throws std::invalid_argument when
  /// the bytes cannot be sent in a command or are longer than 1000 octets. utf8() is the same in both forms.
  explicit MailboxName(std::string raw, NameForm form = NameForm::kModifiedUtf7);

  [[nodiscard]] const std::string& raw() const { return raw_; }
  [[nodiscard]] const std::string& utf8() const { return utf8_; }
  [[nodiscard]] NameForm form() const { return form_; }
  [[nodiscard]] bool is_inbox() const { return utf8_ == "INBOX"; }
  friend bool operator==(const MailboxName& a, const MailboxName& b) { return a.raw_ == b.raw_; }

 private:
  std::string raw_;
  std::string utf8_;
  NameForm form_;
};

/// Modified UTF-7 (RFC 3501 section 5.1.3) to UTF-8. Text that is not modified UTF-7 is kept as it is; the 8-bit
/// bytes of a name that is no UTF-8 become `\xHH`, so the result is always valid UTF-8 and different names stay
/// different.
[[nodiscard]] std::string decode_mailbox_name(std::string_view raw, NameForm form = NameForm::kModifiedUtf7);

/// UTF-8 to modified UTF-7; bytes that are no UTF-8 are passed through.
[[nodiscard]] std::string encode_mailbox_name(std::string_view utf8);

}  // namespace haulier::imap
