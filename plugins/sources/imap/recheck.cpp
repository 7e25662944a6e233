#include "recheck.hpp"

#include "places/stored_places.hpp"

namespace haulier::imap {

void recheck_places(Host host, const std::string& account, Memory& memory) {
  const auto rows = SinkRows::of(host);
  if (!rows) throw Error(HAULIER_UNSUPPORTED, "checking again needs sinks that can be looked into, every one of them");
  for (auto& [mailbox, remembered] : memory) {
    auto& state = remembered.state;
    std::vector<IntervalSet::Interval> uids;
    places::for_each_stored(*rows, account, mailbox, static_cast<std::int64_t>(state.uidvalidity.value()),
                            [&](std::int64_t uid) {
                              const auto number = static_cast<std::uint32_t>(uid);
                              uids.push_back({number, number});
                            });
    const auto missing = state.live.minus(IntervalSet::from_unsorted(std::move(uids))).minus(state.quarantined);
    // A message that is stored under its own id may be one of those whose row is gone.
    state.ids = {};
    if (missing.empty()) continue;
    host.warning(account + " / " + mailbox + ": " + std::to_string(missing.count()) +
                 " messages are missing in the sink and are read again");
    state.live.erase(missing);
    state.flags.forget(missing);
    state.complete = false;
  }
}

}  // namespace haulier::imap
