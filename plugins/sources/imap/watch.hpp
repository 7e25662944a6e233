#pragma once
#include <chrono>
#include <map>
#include <string>

#include "haulier/host.hpp"
#include "sign_in.hpp"
#include "visit.hpp"

namespace haulier::imap {

/// Mailbox name (UTF-8) -> what was committed for it, and what this run found since.
using Memory = std::map<std::string, Remembered>;

/// True when the server can tell by itself that something happened.
[[nodiscard]] bool can_watch(const ServerProfile& profile);

/// Waits on a connection that nothing else uses until the server tells of a change, at most `left`. NOTIFY (RFC 5465)
/// covers every mailbox of the account; IDLE (RFC 2177) only `mailbox`, the others wait for the next poll. What
/// happened between the last pass and this call is noticed, too. Returns true for a change. Throws IoError and
/// ConnectionLost: the connection is of no use any more.
[[nodiscard]] bool wait_for_change(SignedIn& server, const Memory& memory, const MailboxName& mailbox,
                                   std::chrono::milliseconds left);

}  // namespace haulier::imap
