#include "sync/resync.hpp"

#include <algorithm>
#include <utility>

namespace haulier::imap {

void Resync::asked(std::uint64_t uidnext) {
  drop();
  active_ = true;
  first_new_ = std::max<std::uint64_t>(uidnext, 1);
}

void Resync::changed(std::uint32_t uid) {
  silent_ = false;
  if (uid >= first_new_) changed_.insert(uid);
}

// It may name UIDs that never were here, up to the whole range: an interval costs eight bytes.
void Resync::vanished(const IntervalSet& uids) {
  silent_ = false;
  gone_.insert(uids);
}

IntervalSet Resync::arrivals() const { return changed_.minus(gone_); }

std::optional<IntervalSet> Resync::unexplained(std::uint64_t uidnext, const IntervalSet& live) {
  if (!active_ || std::exchange(coverage_checked_, true)) return std::nullopt;
  if (uidnext <= first_new_ || uidnext > std::uint64_t{Uid::kMax} + 1) return std::nullopt;
  IntervalSet range(static_cast<std::uint32_t>(first_new_), static_cast<std::uint32_t>(uidnext - 1));
  const auto rest = range.minus(changed_).minus(gone_).minus(live);
  return rest.empty() ? rest : IntervalSet(rest.first(), rest.last());
}

}  // namespace haulier::imap
