#include "mailbox_catalogue.hpp"

#include <algorithm>
#include <functional>
#include <map>
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

// What "*" leaves out on servers that hide such namespaces (Cyrus, UW): asked for by their prefix.
void list_foreign(SignedIn& server, const MailboxChoice& wanted, const Namespaces& spaces,
                  const std::function<void(const Event&)>& note) {
  std::vector<std::string> prefixes;
  if (wanted.other_users) prefixes = spaces.other_users;
  if (wanted.shared) prefixes.insert(prefixes.end(), spaces.shared.begin(), spaces.shared.end());
  for (const auto& prefix : prefixes) {
    if (prefix.find_first_of(std::string_view("\r\n\0", 3)) != std::string::npos) continue;
    (void)server.conversation->until(
        server.conversation->session().submit(Command::list("", prefix + "*", std::nullopt)), note);
  }
}

}  // namespace

Listing list_mailboxes(Host host, SignedIn& server, const MailboxChoice& wanted) {
  auto& session = server.conversation->session();
  const auto& profile = server.profile;
  const StatusItems items{false, profile.condstore};
  const bool special_use = profile.list_special_use && wanted.globs.uses_roles();
  Catalogue catalogue(host, session, wanted);
  Namespaces spaces;
  const std::function<void(const Event&)> note = [&](const Event& event) {
    catalogue.note(event);
    if (const auto* given = std::get_if<NamespacesGiven>(&event)) spaces = given->spaces;
  };
  (void)introduce(server);
  // Not waited for; servers that advertise it and answer BAD (189.cn) are taken as having one namespace.
  if (profile.name_space) (void)session.submit(Command::name_space());
  auto answer = server.conversation->until(
      session.submit(Command::list("", "*", profile.list_status ? std::optional(items) : std::nullopt, special_use)),
      note);
  if (!answer.ok() && (profile.list_status || special_use)) {
    // Advertised but not understood: the plain form.
    answer = server.conversation->until(session.submit(Command::list("", "*", std::nullopt)), note);
  }
  if (!answer.ok())
    throw ConnectionLost(
        "the server does not list its mailboxes: " + answer.text + std::string(not_connected_words(answer.text)),
        answer.reaction);
  list_foreign(server, wanted, spaces, note);
  catalogue.choose();
  CommandId last = 0;
  if (!profile.list_status) {
    for (const auto& place : catalogue.chosen()) last = session.submit(Command::status(place.name, items));
  }
  if (last != 0) (void)server.conversation->until(last, note);
  auto places = catalogue.take();
  if (profile.gmail) {
    std::stable_partition(places.begin(), places.end(), [](const Place& place) { return place.roles.has(Role::kAll); });
  }
  return {std::move(places), catalogue.take_names()};
}

}  // namespace haulier::imap
