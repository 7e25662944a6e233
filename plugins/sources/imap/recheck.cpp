#include "recheck.hpp"

#include "haulier/erase.hpp"
#include "places/stored_places.hpp"

namespace haulier::imap {

namespace {

// The UIDs of messages that a person had erased: they are dealt with for good.
IntervalSet erased_among(const ErasedRows& rows, const std::string& account, const std::string& mailbox,
                         const MailboxState& state, const IntervalSet& uids) {
  std::vector<haulier_value> keys;
  std::vector<std::uint32_t> numbers;
  for (const auto& interval : uids.intervals()) {
    for (std::uint64_t uid = interval.lo; uid <= interval.hi; ++uid) {
      numbers.push_back(static_cast<std::uint32_t>(uid));
      for (const haulier_value& value : {text_value(account), text_value(mailbox),
                                         number_value(static_cast<std::int64_t>(state.uidvalidity.value())),
                                         number_value(static_cast<std::int64_t>(uid))}) {
        keys.push_back(value);
      }
    }
  }
  const auto erased = rows.among("email_locations", {"account", "mailbox", "uidvalidity", "uid"}, keys);
  std::vector<IntervalSet::Interval> out;
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    if (erased[i] != 0) out.push_back({numbers[i], numbers[i]});
  }
  return IntervalSet::from_unsorted(std::move(out));
}

}  // namespace

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
    auto missing = state.live.minus(IntervalSet::from_unsorted(std::move(uids))).minus(state.quarantined);
    if (const auto erased = ErasedRows::of(host))
      missing.erase(erased_among(*erased, account, mailbox, state, missing));
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
