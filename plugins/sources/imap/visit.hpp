#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "mailbox_catalogue.hpp"
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
