#include "mailbox_catalogue.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "plain_text.hpp"
#include "sync/login_refusal.hpp"

namespace haulier::imap {
namespace {

constexpr std::size_t kMaxMailboxes = 100'000;
constexpr std::size_t kMaxNameBytes = std::size_t{16} << 20;  // of all names together

// Gathers what LIST, NAMESPACE and STATUS say; keyed by the decoded name, which is the mailbox's name in the tables.
class Catalogue {
 public:
  Catalogue(Host host, const Session& session, const MailboxChoice& wanted)
      : host_(host), session_(session), wanted_(wanted) {}

  void note(const Event& event) {
    if (const auto* listed = std::get_if<Listed>(&event)) add(listed->entry);
    if (const auto* given = std::get_if<StatusGiven>(&event)) add(given->status);
    if (const auto* spaces = std::get_if<NamespacesGiven>(&event)) spaces_ = spaces->spaces;
  }

  // Once everything is listed: a usual name counts only when no mailbox was given that role by the server.
  void choose() {
    Roles told;
    for (const auto& entry : listed_) told.add(entry.roles);
    for (auto& entry : listed_) {
      const auto& utf8 = entry.name.utf8();
      const auto usual = role_of_usual_name(last_part(utf8, entry.delimiter));
      if (!told.meets(usual)) entry.roles.add(usual);
      if (is_foreign(entry.name.raw()) || !wanted_.globs.wants(utf8, entry.roles)) continue;
      chosen_.push_back({std::move(entry.name), std::nullopt, entry.roles});
    }
    listed_.clear();
  }
  [[nodiscard]] std::vector<Place>& chosen() { return chosen_; }
  [[nodiscard]] std::set<std::string> take_names() { return std::move(seen_); }
  [[nodiscard]] std::vector<Place> take() {
    for (auto& place : chosen_) {
      const auto numbers = numbers_.find(place.name.utf8());
      if (numbers != numbers_.end()) place.status = numbers->second;
    }
    return std::move(chosen_);
  }

 private:
  struct Entry {
    MailboxName name;
    char delimiter;
    Roles roles;
  };

  static std::string_view last_part(std::string_view name, char delimiter) {
    const auto at = delimiter == 0 ? std::string_view::npos : name.rfind(delimiter);
    return at == std::string_view::npos ? name : name.substr(at + 1);
  }

  // A prefix ends in the delimiter; the mailbox of that name without it belongs to the namespace, too.
  static std::size_t covered(const std::vector<std::string>& prefixes, std::string_view raw) {
    std::size_t longest = 0;
    for (const auto& prefix : prefixes) {
      const bool root = raw.size() + 1 == prefix.size() && prefix.starts_with(raw);
      if (root || raw.starts_with(prefix)) longest = std::max(longest, prefix.size());
    }
    return longest;
  }
  [[nodiscard]] bool is_foreign(std::string_view raw) const {
    const auto own = covered(spaces_.personal, raw);
    return (!wanted_.other_users && covered(spaces_.other_users, raw) > own) ||
           (!wanted_.shared && covered(spaces_.shared, raw) > own);
  }

  void add(const ListEntry& entry) {
    if (entry.has("\\NOSELECT") || entry.has("\\NONEXISTENT")) return;
    try {
      MailboxName name(entry.name.text(), session_.name_form());
      if (listed_.size() >= kMaxMailboxes || name_bytes_ + name.utf8().size() > kMaxNameBytes) {
        if (!std::exchange(too_many_, true)) host_.warning("too many mailboxes to keep: the rest is left out");
        return;
      }
      if (!seen_.insert(name.utf8()).second) {
        host_.debug("listed twice: " + plain_text(name.utf8()));
        return;
      }
      name_bytes_ += name.utf8().size();
      listed_.push_back({std::move(name), entry.delimiter, roles_of_attributes(entry.attributes)});
    } catch (const std::invalid_argument&) {
      host_.warning("a mailbox is left out, its name cannot be sent back: " + plain_text(entry.name.text()));
    }
  }
  void add(const MailboxStatus& status) {
    try {
      const MailboxName name(status.name.text(), session_.name_form());
      if (numbers_.size() >= kMaxMailboxes) return;
      numbers_[name.utf8()] = {status.messages, status.uidnext, status.uidvalidity, status.highestmodseq};
    } catch (const std::invalid_argument&) {
      // Not a name that LIST could have given either.
      host_.debug("STATUS of an impossible name");
    }
  }

  Host host_;
  const Session& session_;
  const MailboxChoice& wanted_;
  Namespaces spaces_;
  std::vector<Entry> listed_;
  std::vector<Place> chosen_;
  std::set<std::string> seen_;
  std::map<std::string, StatusNumbers> numbers_;
  std::size_t name_bytes_ = 0;
  bool too_many_ = false;
};

// What "*" leaves out on servers that hide such namespaces (Cyrus, UW): asked for by their prefix, all in one flight.
CommandId list_foreign(Session& session, const MailboxChoice& wanted, const Namespaces& spaces) {
  std::vector<std::string> prefixes;
  if (wanted.other_users) prefixes = spaces.other_users;
  if (wanted.shared) prefixes.insert(prefixes.end(), spaces.shared.begin(), spaces.shared.end());
  CommandId last = 0;
  for (const auto& prefix : prefixes) {
    if (prefix.find_first_of(std::string_view("\r\n\0", 3)) != std::string::npos) continue;
    last = session.submit(Command::list("", prefix + "*", std::nullopt));
  }
  return last;
}

StatusItems status_items(const ServerProfile& profile) { return {false, profile.condstore}; }

// Hears the answers to a listing, in whatever order they come.
class Hearing {
 public:
  Hearing(SignedIn& server, Catalogue& catalogue) : server_(server), catalogue_(catalogue) {}

  // nullopt: 0, or it was answered while another one was waited for.
  std::optional<Answer> wait_for(CommandId command) {
    if (command == 0 || !answered_.insert(command).second) return std::nullopt;
    return server_.conversation->until(command, [this](const Event& event) {
      if (const auto* completed = std::get_if<Completed>(&event)) answered_.insert(completed->id);
      if (const auto* given = std::get_if<NamespacesGiven>(&event)) spaces_ = given->spaces;
      catalogue_.note(event);
    });
  }
  [[nodiscard]] const Namespaces& spaces() const { return spaces_; }

 private:
  SignedIn& server_;
  Catalogue& catalogue_;
  Namespaces spaces_;
  std::set<CommandId> answered_;
};

// Until LIST is answered well, in its plain form at last. Throws ConnectionLost. False: it was asked for as the server
// was guessed to be, and the server is not like that.
[[nodiscard]] bool hear_list(SignedIn& server, AskedListing& listing, Hearing& hearing) {
  auto answer = hearing.wait_for(listing.list);
  server.conversation->connection().expect_usual_answers();
  if (!settle_profile(server)) return false;
  if (const auto probe = std::exchange(server.probe, 0); probe != 0 && server.shared) {
    const bool lost = server.conversation->session().forget(probe);
    server.shared->learn([lost](AccountFacts& facts) { facts.takes_ahead = !lost; });
  }
  // Cyrus loses the command behind a lost one as well. What was not answered by now must not hold up EXAMINE's numbers.
  server.conversation->session().forget_before(listing.list);
  if (answer && !answer->ok() && (listing.with_status || listing.special_use)) {
    // Advertised but not understood: the plain form.
    listing.with_status = false;
    answer = hearing.wait_for(server.conversation->session().submit(Command::list("", "*", std::nullopt)));
  }
  if (answer && !answer->ok())
    throw ConnectionLost(
        "the server does not list its mailboxes: " + answer->text + std::string(not_connected_words(answer->text)),
        answer->reaction);
  return true;
}

Listing hear_mailboxes(Host host, SignedIn& server, const MailboxChoice& wanted, AskedListing listing) {
  Catalogue catalogue(host, server.conversation->session(), wanted);
  Hearing hearing(server, catalogue);
  if (!hear_list(server, listing, hearing)) {
    (void)hearing.wait_for(listing.last);
    server.introduced = false;
    ask_for_mailboxes(server, wanted, {});
    return hear_mailboxes(host, server, wanted, *std::exchange(server.listing, std::nullopt));
  }
  auto& session = server.conversation->session();
  (void)hearing.wait_for(list_foreign(session, wanted, hearing.spaces()));
  catalogue.choose();
  auto last = listing.last;
  if (!listing.with_status) {
    const auto items = status_items(server.profile);
    for (const auto& place : catalogue.chosen()) {
      if (!listing.asked.contains(place.name.raw())) last = session.submit(Command::status(place.name, items));
    }
  }
  (void)hearing.wait_for(last);
  auto places = catalogue.take();
  return {std::move(places), catalogue.take_names()};
}

}  // namespace

void ask_for_mailboxes(SignedIn& server, const MailboxChoice& wanted, const std::vector<MailboxName>& known) {
  constexpr std::size_t kMaxStatus = 1000;
  auto& session = server.conversation->session();
  const auto& profile = server.profile;
  const auto items = status_items(profile);
  (void)introduce(server);
  // Not waited for; servers that advertise it and answer BAD (189.cn) are taken as having one namespace.
  if (profile.name_space) (void)session.submit(Command::name_space());
  AskedListing listing;
  listing.with_status = profile.list_status;
  listing.special_use = profile.list_special_use && wanted.globs.uses_roles();
  listing.list = session.submit(
      Command::list("", "*", listing.with_status ? std::optional(items) : std::nullopt, listing.special_use));
  listing.last = listing.list;
  for (const auto& name : known) {
    if (listing.with_status || listing.asked.size() == kMaxStatus) break;
    // What such a name is once UTF8=ACCEPT is on is not known before the answer.
    if (profile.utf8 && name.raw() != name.utf8()) continue;
    listing.last = session.submit(Command::status(name, items));
    listing.asked.insert(name.raw());
  }
  server.listing = std::move(listing);
  compress_if_wanted(server);
}

Listing list_mailboxes(Host host, SignedIn& server, const MailboxChoice& wanted) {
  if (!server.listing) ask_for_mailboxes(server, wanted, {});
  auto asked = *std::exchange(server.listing, std::nullopt);
  const auto stumbled = [&server] {
    if (server.went_ahead && server.shared) {
      server.shared->learn([](AccountFacts& facts) { facts.takes_ahead = false; });
    }
  };
  Listing listing;
  try {
    listing = hear_mailboxes(host, server, wanted, std::move(asked));
  } catch (const ConnectionLost&) {
    stumbled();
    throw;
  } catch (const IoError& error) {
    if (is_passing(error)) stumbled();
    throw;
  }
  server.went_ahead = false;  // it went well; what happens later has other causes
  if (server.profile.gmail) {
    std::stable_partition(listing.wanted.begin(), listing.wanted.end(),
                          [](const Place& place) { return place.roles.has(Role::kAll); });
  }
  return listing;
}

}  // namespace haulier::imap
