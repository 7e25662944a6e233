#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace haulier::imap {

/// `*` any characters, `?` one character (not byte) of UTF-8; everything else is itself.
[[nodiscard]] bool glob_matches(std::string_view pattern, std::string_view name);

/// Which mailboxes are read: at least one include pattern matches and no exclude pattern does. INBOX and the part
/// `INBOX` of a pattern are compared without case.
class MailboxGlobs {
 public:
  MailboxGlobs(std::vector<std::string> include, std::vector<std::string> exclude);
  [[nodiscard]] bool wants(std::string_view utf8_name) const;

 private:
  std::vector<std::string> include_;
  std::vector<std::string> exclude_;
};

}  // namespace haulier::imap
