#pragma once
#include <string_view>

namespace haulier::imap {

/// Why a password was refused, as far as the server's words tell.
enum class PasswordRefusal {
  kUnknown,            ///< wrong, or the web password, or IMAP is off: most servers say the same for all three
  kAppPasswordWanted,  ///< it was the web password
  kImapOff,            ///< IMAP is switched off for this mailbox
  kTooOften,           ///< too many attempts; trying again makes it longer
  kBlocked,            ///< the account, or this program, is locked out until a person acts at the provider
};

/// By what servers say in the field; there is no standard for it (RFC 5530 ends at AUTHENTICATIONFAILED).
[[nodiscard]] PasswordRefusal why_refused(std::string_view text);

/// What a person should know and do, one sentence. `only_app_password`: the provider is known to refuse web passwords.
[[nodiscard]] std::string_view refusal_words(PasswordRefusal why, bool only_app_password);

/// For a server that lets somebody in and then does not serve the mailbox (Microsoft 365): the usual causes, else
/// empty.
[[nodiscard]] std::string_view not_connected_words(std::string_view text);

}  // namespace haulier::imap
