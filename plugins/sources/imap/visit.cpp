#include "visit.hpp"

#include <algorithm>

namespace haulier::imap {

std::uint64_t to_read(const Remembered& remembered, const std::optional<StatusNumbers>& status) {
  if (!status || !status->messages) return 0;
  const auto& state = remembered.state;
  const bool other_epoch = status->uidvalidity && UidValidity(*status->uidvalidity) != state.uidvalidity;
  if (!state.known || other_epoch) return *status->messages;
  const auto stored = state.live.count();
  if (state.complete && status->uidnext && *status->uidnext > state.uidnext) {
    return std::min(*status->uidnext - state.uidnext, *status->messages);
  }
  return *status->messages > stored ? *status->messages - stored : 0;
}

}  // namespace haulier::imap
