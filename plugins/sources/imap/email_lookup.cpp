#include "email_lookup.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <set>

namespace haulier::imap {
namespace {

constexpr std::size_t kValuesAtOnce = 500;
constexpr std::uint32_t kPage = 2'000;
constexpr std::size_t kMaxRows = 20'000;  // of one question: somebody may send one Message-ID a million times

// Fewer are not worth the question: the first ones are fetched as proofs anyway.
constexpr std::uint64_t kWorthAsking = 4;
// So many at once are asked about although nothing left another mailbox: a folder was copied.
constexpr std::uint64_t kManyArrivals = 50;

std::uint64_t arrivals(const MailboxState& state, const StatusNumbers& now) {
  if (now.uidnext && state.uidnext > 0) return *now.uidnext > state.uidnext ? *now.uidnext - state.uidnext : 0;
  const auto stored = state.live.count();
  return now.messages && *now.messages > stored ? *now.messages - stored : 0;
}

// Fewer messages than what was there and what arrived.
bool lost_some(const MailboxState& state, const StatusNumbers& now) {
  return now.messages && *now.messages < state.live.count() + arrivals(state, now);
}

const MailboxState* known_state(const Memory& memory, const Place& place) {
  const auto at = memory.find(place.name.utf8());
  return at == memory.end() || !at->second.state.known ? nullptr : &at->second.state;
}

}  // namespace

struct EmailLookup::Email {
  std::string id, message_id, raw_sha256;
  std::uint64_t size = 0;
  std::set<std::int64_t> dates;
};

std::vector<EmailLookup::Email> EmailLookup::by_message_id(const std::vector<std::string>& ids) const {
  std::vector<Email> out;
  for (std::size_t from = 0; from < ids.size(); from += kValuesAtOnce) {
    const auto end = std::min(from + kValuesAtOnce, ids.size());
    const std::vector<std::string> some(ids.begin() + static_cast<std::ptrdiff_t>(from),
                                        ids.begin() + static_cast<std::ptrdiff_t>(end));
    Lookup lookup("emails", kPage);
    // The order of the index.
    lookup.equals("account", account_).any_of("message_id", some).equals("message_id_generated", false);
    lookup.fields({"id", "message_id", "raw_size", "raw_sha256"});
    while (true) {
      const Batch page = rows_.find(lookup);
      for (std::uint64_t i = 0; i < page.view().size(); ++i) {
        const RecordView row = page.view()[i];
        out.push_back({std::string(row.text(0)),
                       std::string(row.text(1)),
                       std::string(row.text(3)),
                       static_cast<std::uint64_t>(row.integer(2).value_or(0)),
                       {}});
      }
      if (page.view().size() < kPage) break;
      if (out.size() > kMaxRows) return {};
      lookup.after({text_value(out.back().id)});
    }
  }
  return out;
}

void EmailLookup::add_dates(std::vector<Email>& emails) const {
  std::map<std::string, Email*, std::less<>> by_id;
  for (auto& email : emails) by_id[email.id] = &email;
  std::size_t rows = 0;
  for (auto at = by_id.begin(); at != by_id.end();) {
    std::vector<std::string> ids;
    for (; at != by_id.end() && ids.size() < kValuesAtOnce; ++at) ids.push_back(at->first);
    Lookup lookup("email_locations", kPage);
    lookup.equals("account", account_).any_of("email_id", ids);
    lookup.fields({"email_id", "internal_date", "account", "mailbox", "uidvalidity", "uid"});
    while (rows <= kMaxRows) {
      const Batch page = rows_.find(lookup);
      const auto size = page.view().size();
      rows += size;
      for (std::uint64_t i = 0; i < size; ++i) {
        const RecordView row = page.view()[i];
        const auto found = by_id.find(row.text(0));
        if (const auto date = row.integer(1); date && found != by_id.end()) found->second->dates.insert(*date);
      }
      if (size < kPage) break;
      const RecordView last = page.view()[size - 1];
      lookup.after({last[2], last[3], last[4], last[5]});
    }
  }
}

std::vector<std::optional<KnownEmail>> EmailLookup::find(const std::vector<Fingerprint>& prints) const {
  std::vector<std::optional<KnownEmail>> out(prints.size());
  try {
    std::set<std::string> ids;
    std::set<std::pair<std::string_view, std::uint64_t>> wanted;
    for (const auto& print : prints) {
      ids.insert(print.message_id);
      wanted.emplace(print.message_id, print.size);
    }
    auto emails = by_message_id({ids.begin(), ids.end()});
    std::erase_if(emails, [&](const Email& email) { return !wanted.contains({email.message_id, email.size}); });
    if (emails.empty()) return out;
    add_dates(emails);
    std::multimap<std::string_view, const Email*> by_message_id;
    for (const auto& email : emails) by_message_id.emplace(email.message_id, &email);
    for (std::size_t i = 0; i < prints.size(); ++i) {
      const auto& print = prints[i];
      std::vector<const Email*> fit;
      const auto [begin, end] = by_message_id.equal_range(print.message_id);
      for (auto at = begin; at != end; ++at) {
        if (at->second->size == print.size && at->second->dates.contains(print.internal_date_us))
          fit.push_back(at->second);
      }
      if (fit.size() == 1) out[i] = KnownEmail{fit[0]->id, fit[0]->raw_sha256};
    }
  } catch (const Error& error) {
    if (error.status() == HAULIER_CANCELLED) throw;
    host_.debug(std::string("nothing is looked up in the sink: ") + error.what());
    out.assign(prints.size(), std::nullopt);
  }
  return out;
}

void allow_rebinding(Host host, const std::string& account, const Memory& memory, SyncOptions& options) {
  const bool anything = std::any_of(memory.begin(), memory.end(),
                                    [](const auto& known) { return known.second.state.live.count() >= kWorthAsking; });
  if (!anything || options.object_id || options.gmail) return;
  const auto rows = SinkRows::of(host);
  if (!rows) return;
  const auto lookup = std::make_shared<const EmailLookup>(host, *rows, account);  // the options are copied
  options.known_emails = [lookup](const std::vector<Fingerprint>& prints) { return lookup->find(prints); };
  options.rebind_new = std::any_of(memory.begin(), memory.end(), [&](const auto& known) {
    return known.second.state.known && !known.second.state.live.empty();
  });
}

std::set<std::string> mailboxes_with_stored_arrivals(const Memory& memory, const std::vector<Place>& places) {
  std::set<std::string> out;
  std::vector<const Place*> arrived, lost;
  for (const auto& place : places) {
    const auto* state = known_state(memory, place);
    if (!state || !place.status) continue;
    const auto count = arrivals(*state, *place.status);
    if (count >= kManyArrivals) out.insert(place.name.utf8());
    if (count >= kWorthAsking) arrived.push_back(&place);
    if (lost_some(*state, *place.status)) lost.push_back(&place);
  }
  for (const auto* place : arrived) {
    if (lost.size() > 1 || (lost.size() == 1 && lost[0] != place)) out.insert(place->name.utf8());
  }
  return out;
}

}  // namespace haulier::imap
