#pragma once
#include <string>
#include <deque>

#include "haulier/host.hpp"
#include "sign_in.hpp"
#include "visit.hpp"

namespace haulier::imap {

/// Behind a pass: what the server says each mailbox weighs (STATUS=SIZE, RFC 8438), for those of which every message
/// was fetched in this pass. Far more than what came means that not all of it is shown; that is told. Returns how many
/// mailboxes. Costs one round trip when there is one to ask about. Throws as Conversation does.
[[nodiscard]] unsigned count_unbalanced_sizes(Host host, SignedIn& server, const std::string& account,
                                              const std::deque<Visit>& visits);

}  // namespace haulier::imap
