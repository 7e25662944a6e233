#include "mailbox_catalogue.hpp"

#include <map>
#include <string>

#include "plain_text.hpp"

namespace haulier::imap {
namespace {

constexpr std::size_t kMaxMailboxes = 100'000;

// Gathers what LIST and STATUS say; keyed by the decoded name, which is the mailbox's name in the tables.
class Catalogue {
 public:
  Catalogue(Host host, const MailboxGlobs& wanted) : host_(host), wanted_(wanted) {}

  void note(const Event& event) {
    if (const auto* listed = std::get_if<Listed>(&event)) add(listed->entry);
    if (const auto* given = std::get_if<StatusGiven>(&event)) add(given->status);
  }

  [[nodiscard]] std::vector<Place> take() {
    std::vector<Place> out;
    for (auto& name : order_) {
      const auto& utf8 = name.utf8();
      const auto numbers = numbers_.find(utf8);
      out.push_back({std::move(name), numbers == numbers_.end() ? std::nullopt : std::optional(numbers->second)});
    }
    return out;
  }
  [[nodiscard]] const std::vector<MailboxName>& names() const { return order_; }

 private:
  void add(const ListEntry& entry) {
    if (entry.has("\\NOSELECT") || entry.has("\\NONEXISTENT") || order_.size() >= kMaxMailboxes) return;
    try {
      MailboxName name(entry.name.text());
      if (!wanted_.wants(name.utf8())) return;
      if (!seen_.emplace(name.utf8(), true).second) {
        host_.debug("listed twice: " + plain_text(name.utf8()));
        return;
      }
      order_.push_back(std::move(name));
    } catch (const std::invalid_argument&) {
      host_.warning("a mailbox is left out, its name cannot be sent back: " + plain_text(entry.name.text()));
    }
  }
  void add(const MailboxStatus& status) {
    try {
      const MailboxName name(status.name.text());
      numbers_[name.utf8()] = {status.messages, status.uidnext, status.uidvalidity, status.highestmodseq};
    } catch (const std::invalid_argument&) {
      // Not a name that LIST could have given either.
      host_.debug("STATUS of an impossible name");
    }
  }

  Host host_;
  const MailboxGlobs& wanted_;
  std::vector<MailboxName> order_;
  std::map<std::string, bool> seen_;
  std::map<std::string, StatusNumbers> numbers_;
};

}  // namespace

std::vector<Place> list_mailboxes(Host host, SignedIn& server, const MailboxGlobs& wanted) {
  auto& session = server.conversation->session();
  const auto& profile = server.profile;
  const StatusItems items{false, profile.condstore};
  Catalogue catalogue(host, wanted);
  const auto note = [&](const Event& event) { catalogue.note(event); };
  (void)introduce(server);
  auto answer = server.conversation->until(
      session.submit(Command::list("", "*", profile.list_status ? std::optional(items) : std::nullopt)), note);
  if (!answer.ok() && profile.list_status) {
    // Advertised but not understood: the plain form.
    answer = server.conversation->until(session.submit(Command::list("", "*", std::nullopt)), note);
  }
  if (!answer.ok())
    throw ConnectionLost("the server does not list its mailboxes: " + answer.text, answer.reaction.wait_ms);
  CommandId last = 0;
  if (!profile.list_status) {
    for (const auto& name : catalogue.names()) last = session.submit(Command::status(name, items));
  }
  if (last != 0) (void)server.conversation->until(last, note);
  return catalogue.take();
}

}  // namespace haulier::imap
