#include "gone_mailboxes.hpp"

#include <stdexcept>

#include "proto/mailbox_name.hpp"

namespace haulier::imap {
namespace {

// NO alone, or with the code that says it. Anything else may be the server's trouble or a lost right.
bool does_not_exist(Conversation& conversation, const std::string& name) {
  try {
    const MailboxName mailbox(encode_mailbox_name(name));
    const auto answer = conversation.until(conversation.session().submit(Command::examine(mailbox, false)));
    return answer.condition == Condition::kNo && (answer.code == Code::kNone || answer.code == Code::kNonExistent) &&
           answer.reaction.kind != Reaction::Kind::kReconnect && answer.reaction.kind != Reaction::Kind::kPause;
  } catch (const std::invalid_argument&) {
    return false;
  }
}

}  // namespace

std::vector<std::string> gone_mailboxes(Conversation& conversation, const MailboxChoice& wanted, const Memory& memory,
                                        const std::set<std::string>& listed) {
  std::vector<std::string> out;
  // A server that lists nothing at all is not believed.
  if (listed.empty()) return out;
  for (const auto& [name, remembered] : memory) {
    const bool candidate = remembered.state.known && !remembered.state.live.empty() && !listed.contains(name);
    if (candidate && wanted.globs.wants(name) && does_not_exist(conversation, name)) out.push_back(name);
  }
  return out;
}

}  // namespace haulier::imap
