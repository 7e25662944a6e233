#pragma once
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
/// Whether what arrived in a known mailbox may have been moved there from another one, or copied, by the numbers of
/// STATUS.
[[nodiscard]] bool arrivals_may_be_stored(const Memory& memory, const std::vector<Place>& places, const Place& place);

}  // namespace haulier::imap
