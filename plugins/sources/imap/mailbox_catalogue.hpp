#pragma once
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "proto/mailbox_name.hpp"
#include "sign_in.hpp"
#include "sync/mailbox_globs.hpp"
#include "sync/step.hpp"

namespace haulier::imap {

/// A mailbox that is to be read.
struct Place {
  MailboxName name;
  std::optional<StatusNumbers> status;
  Roles roles{};
};

/// What a pass may do with: the mailboxes that are to be read, and the decoded names of all that can be opened.
struct Listing {
  std::vector<Place> wanted;
  std::set<std::string> selectable;
};

/// Right after sign-in, in one flight: ID, ENABLE, LIST with the numbers of every mailbox; in a second one the numbers
/// of each, where the server has no LIST-STATUS. Mailboxes that cannot be opened or are not wanted are left out, INBOX
/// and any other name come once, and what belongs to other users or is shared is left out unless it is asked for. At
/// Gmail \All comes first: it holds every message once, and the labels are further places of them.
[[nodiscard]] Listing list_mailboxes(Host host, SignedIn& server, const MailboxChoice& wanted);

}  // namespace haulier::imap
