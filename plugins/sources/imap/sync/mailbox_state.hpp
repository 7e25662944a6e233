#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "proto/interval_set.hpp"
#include "proto/types.hpp"
#include "sync/flag_ledger.hpp"
#include "sync/server_ids.hpp"

namespace haulier::imap {

/// A message the server lists but did not give: tried again in later runs.
struct Attempt {
  std::uint32_t attempts = 0;
  std::string error;
  friend bool operator==(const Attempt&, const Attempt&) = default;
};

/// Places of an earlier UIDVALIDITY, to be marked vanished when the new epoch is complete.
struct OldEpoch {
  UidValidity uidvalidity;
  IntervalSet live;
  friend bool operator==(const OldEpoch&, const OldEpoch&) = default;
};

/// What is remembered of one mailbox between runs; committed with the data it covers. A value.
struct MailboxState {
  bool known = false;  ///< it was examined once; the fields below mean something
  UidValidity uidvalidity;
  IntervalSet live;         ///< settled and, as far as is known, on the server: stored or quarantined
  IntervalSet quarantined;  ///< those of `live` that could not be read
  std::map<std::uint32_t, Attempt> pending;
  std::uint64_t uidnext = 0;  ///< every UID below it was settled or pending when `complete` was set; 0: unknown
  ModSeq modseq;              ///< every flag change up to here is applied to `live`
  bool complete = false;      ///< the last pass reached the end
  std::vector<OldEpoch> old_epochs;
  FlagLedger flags;                   ///< only without CONDSTORE
  IdLedger ids;                       ///< of messages stored from here, whatever became of their places
  std::int64_t flags_checked_us = 0;  ///< last refresh of all flags without CONDSTORE
  std::int64_t reconciled_us = 0;     ///< last comparison with everything the server lists
  std::int64_t oldest_us = 0;         ///< oldest INTERNALDATE, until the first pass of this epoch reached the end
  std::int64_t shown_from_us = 0;     ///< the server seems to hide what is older; 0: it does not

  friend bool operator==(const MailboxState&, const MailboxState&) = default;
};

}  // namespace haulier::imap
