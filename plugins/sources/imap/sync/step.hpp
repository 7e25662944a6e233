#pragma once
#include <cstdint>
#include <functional>
#include <optional>

#include "proto/command.hpp"
#include "proto/event.hpp"
#include "sync/big_bodies.hpp"
#include "sync/quirks.hpp"
#include "sync/rebinding.hpp"

namespace haulier::imap {

/// The numbers STATUS gave. They may be older than the mailbox: good for choosing what to ask, never a baseline.
struct StatusNumbers {
  std::optional<std::uint64_t> messages, uidnext, uidvalidity, highestmodseq;
};

/// What a mailbox is synchronised with: abilities of the server, limits from the config, the time.
struct SyncOptions {
  bool condstore = false;
  bool qresync = false;  ///< offered, and not known to go wrong on this server
  bool esearch = false;
  bool object_id = false;  ///< EMAILID, THREADID
  bool gmail = false;      ///< X-GM-MSGID, X-GM-THRID
  Quirks quirks;
  /// Whether the message with this server id is in the database already; empty: nothing is known of that, and bodies
  /// are asked for at once.
  std::function<bool(std::uint64_t id_hash)> stored;
  /// Whether e-mails of a fingerprint are in the database already; empty: nobody can tell.
  KnownEmails known_emails;
  bool rebind_new = false;       ///< a mailbox that was never read to its end may hold stored mail: it was renamed
  bool rebind_arrivals = false;  ///< what arrived may be stored already: it was moved or copied
  std::uint64_t batch_messages = 200;
  std::uint64_t batch_bytes = std::uint64_t{8} << 20;
  BigBodies::Limits big_bodies;
  std::size_t set_octets = 900;           ///< of a UID set: a command line stays under 1000 octets
  std::uint64_t flags_each_pass = 500;    ///< newest messages whose flags are looked at in every pass without CONDSTORE
  std::uint64_t flags_always_all = 2000;  ///< mailboxes up to this size: all flags in every pass
  std::int64_t now_us = 0;
  std::int64_t all_flags_every_us = std::int64_t{24} * 3600 * 1'000'000;
  std::int64_t reconcile_every_us = std::int64_t{7} * 24 * 3600 * 1'000'000;
};

/// One thing to ask about the examined mailbox.
struct Step {
  enum class Kind {
    kBodies,      ///< messages of `set`
    kSearchAll,   ///< which UIDs there are
    kChanges,     ///< flags changed since `since` (CONDSTORE)
    kFlags,       ///< flags of `set`
    kList,        ///< which of `set` are there, asked with another command than SEARCH
    kProbe,       ///< which of `set` are there, asked with SEARCH: they were listed but not delivered
    kIdentify,    ///< everything about the messages of `set` but their bodies: some may be stored already
    kSearchNew,   ///< which of `set` are there, asked with SEARCH: nobody said what became of these UIDs
    kFingerprint, ///< what identifies the messages of `set` on a server without ids
    kWindow       ///< `window` of the one message of `set`; all of it without
  };
  Kind kind = Kind::kBodies;
  IntervalSet set;
  ModSeq since;
  bool open_ended = false;  ///< `set` is a range of which nobody knows what is in it
  std::optional<Window> window{};
};

[[nodiscard]] Command command_for(const Step& step, const SyncOptions& options, bool plain_items);

}  // namespace haulier::imap
