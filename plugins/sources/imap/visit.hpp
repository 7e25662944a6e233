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
  bool unlisted = false;  ///< known from earlier passes, and LIST does not name it any more: EXAMINE decides
  bool alone = false;     ///< nothing may be opened behind it before it is through
  std::string problem;
  std::uint64_t messages = 0;  ///< new ones in this pass
  bool partly_shown = false;   ///< the server seems to show a part of it only
  std::uint64_t bytes = 0;     ///< of their bodies
  EarlyAttributes early;
  /// Beginnings of messages, by UID: they outlive answers and connections.
  std::map<std::uint32_t, BlobWriter> parts;
  void drop_stale_parts() {
    std::erase_if(parts, [this](const auto& part) { return !sync.has_part(part.first); });
  }
  std::uint64_t expected = 0;  ///< how many there seemed to be when it was listed
  std::optional<std::int64_t> last_success_us;
};

/// What the state row of a mailbox said.
struct Remembered {
  MailboxState state;
  std::optional<std::int64_t> last_success_us;
};

/// How many messages of a mailbox seem to be new, by its STATUS numbers; 0 without them.
[[nodiscard]] std::uint64_t to_read(const Remembered& remembered, const std::optional<StatusNumbers>& status);

}  // namespace haulier::imap
