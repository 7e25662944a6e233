#pragma once
#include <set>
#include <string>
#include <vector>

#include "config.hpp"
#include "conversation.hpp"
#include "watch.hpp"

namespace haulier::imap {

/// The mailboxes that are remembered with messages, wanted by the config, and neither listed nor to be opened any more:
/// two commands have to agree before their places are marked vanished. Only with nothing in flight; no mailbox is
/// selected afterwards. Throws ConnectionLost, IoError.
[[nodiscard]] std::vector<std::string> gone_mailboxes(Conversation& conversation, const MailboxChoice& wanted,
                                                      const Memory& memory, const std::set<std::string>& listed);

}  // namespace haulier::imap
