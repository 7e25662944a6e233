#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "haulier/blob.hpp"
#include "mailbox_catalogue.hpp"
#include "sync/early_attributes.hpp"
#include "sync/mailbox_sync.hpp"

namespace haulier::imap {

/// One mailbox in one pass over an account.
struct Visit {
  Visit(Place place_in, MailboxSync sync_in) : place(std::move(place_in)), sync(std::move(sync_in)) {}

  Place place;
  MailboxSync sync;
  bool opened = false;    ///< EXAMINE was sent on this connection
  bool examined = false;  ///< and answered well
  bool closed = false;    ///< its last batch was made
  bool alone = false;     ///< nothing may be opened behind it before it is through
  std::string problem;
  std::uint64_t messages = 0;  ///< new ones in this pass
  std::uint64_t bytes = 0;     ///< of their bodies
  EarlyAttributes early;
  /// Beginnings of messages, by UID: they outlive answers and connections.
  std::map<std::uint32_t, BlobWriter> parts;
  void drop_stale_parts() {
    std::erase_if(parts, [this](const auto& part) { return !sync.has_part(part.first); });
  }
  std::optional<std::int64_t> last_success_us;
};

/// What the state row of a mailbox said.
struct Remembered {
  MailboxState state;
  std::optional<std::int64_t> last_success_us;
};

}  // namespace haulier::imap
