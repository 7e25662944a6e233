#pragma once
#include <set>
#include <string>
#include <vector>

#include "haulier/lookup.hpp"
#include "mailbox_catalogue.hpp"
#include "sync/rebinding.hpp"
#include "watch.hpp"

namespace haulier::imap {

/// Asks the pipeline's sink which e-mail of an account has a fingerprint: Message-ID and size from `emails`, the date
/// from a place in `email_locations`. A look-up that fails finds nothing: the messages are then fetched. Thread: the
/// reader's.
class EmailLookup {
 public:
  EmailLookup(Host host, const SinkRows& rows, std::string account)
      : host_(host), rows_(rows), account_(std::move(account)) {}

  [[nodiscard]] std::vector<std::optional<KnownEmail>> find(const std::vector<Fingerprint>& prints) const;

 private:
  struct Email;
  [[nodiscard]] std::vector<Email> by_message_id(const std::vector<std::string>& ids) const;
  void add_dates(std::vector<Email>& emails) const;

  Host host_;
  SinkRows rows_;
  std::string account_;
};

/// Lets a pass rebind by fingerprint, where the server has no ids and the sink can be looked into; nothing while
/// nothing of the account is stored.
void allow_rebinding(Host host, const std::string& account, const Memory& memory, SyncOptions& options);
/// The known mailboxes where what arrived may have been moved from another one, or copied, by the numbers of STATUS.
[[nodiscard]] std::set<std::string> mailboxes_with_stored_arrivals(const Memory& memory,
                                                                   const std::vector<Place>& places);

}  // namespace haulier::imap
