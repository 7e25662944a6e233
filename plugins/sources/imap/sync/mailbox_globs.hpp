#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "sync/mailbox_roles.hpp"

namespace haulier::imap {

/// `*` any characters, `?` one character (not byte) of UTF-8; everything else is itself.
[[nodiscard]] bool glob_matches(std::string_view pattern, std::string_view name);

/// Which mailboxes are read: at least one include pattern matches and no exclude pattern does. INBOX and the part
/// `INBOX` of a pattern are compared without case. A pattern that begins with a backslash is a role: `\Sent`.
class MailboxGlobs {
 public:
  MailboxGlobs(std::vector<std::string> include, std::vector<std::string> exclude);
  [[nodiscard]] bool wants(std::string_view utf8_name, Roles roles = {}) const;
  /// Some pattern is a role, so the server has to be asked for them.
  [[nodiscard]] bool uses_roles() const { return !include_roles_.empty() || !exclude_roles_.empty(); }

 private:
  std::vector<std::string> include_;
  std::vector<std::string> exclude_;
  Roles include_roles_;
  Roles exclude_roles_;
};

}  // namespace haulier::imap
