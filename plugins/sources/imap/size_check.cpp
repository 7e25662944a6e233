#include "size_check.hpp"

#include <map>

namespace haulier::imap {
namespace {

constexpr std::uint64_t kFew = 100;  // messages; fewer than that are no archive that a limit would cut
constexpr std::uint64_t kSpareBytes = std::uint64_t{1} << 20;

bool was_read_whole(const Visit& visit) {
  const auto& state = visit.sync.state();
  return visit.closed && visit.problem.empty() && state.complete && visit.messages >= kFew &&
         visit.messages == state.live.count();
}

// Sizes are wrong by some per cent on many servers; half as much again is another matter.
bool is_far_more(std::uint64_t told, std::uint64_t came) { return told > came + came / 2 + kSpareBytes; }

}  // namespace

unsigned count_unbalanced_sizes(Host host, SignedIn& server, const std::string& account,
                                const std::deque<Visit>& visits) {
  if (!server.profile.status_size) return 0;
  auto& session = server.conversation->session();
  std::map<std::string, const Visit*> asked;
  CommandId last = 0;
  for (const auto& visit : visits) {
    if (!was_read_whole(visit)) continue;
    asked[visit.place.name.utf8()] = &visit;
    last = session.submit(Command::status(visit.place.name, {.size = true}));
  }
  if (last == 0) return 0;
  unsigned unbalanced = 0;
  (void)server.conversation->until(last, [&](const Event& event) {
    const auto* given = std::get_if<StatusGiven>(&event);
    if (!given || !given->status.size) return;
    const auto visit = asked.find(decode_mailbox_name(given->status.name.text(), session.name_form()));
    if (visit == asked.end() || !is_far_more(*given->status.size, visit->second->bytes)) return;
    ++unbalanced;
    host.warning(account + " / " + visit->first + ": perhaps the server shows only a part of this mailbox: it says " +
                 std::to_string(*given->status.size) + " bytes, and the messages it shows have " +
                 std::to_string(visit->second->bytes));
  });
  return unbalanced;
}

}  // namespace haulier::imap
