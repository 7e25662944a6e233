#include "watch.hpp"

#include <algorithm>

namespace haulier::imap {
namespace {

using std::chrono::milliseconds;

// Routers forget a silent connection after as little as ten minutes, servers after 29 (RFC 2177 section 3).
constexpr milliseconds kAgain{510'000};

template <class Numbers>
bool differs(const Memory& memory, const std::string& name, std::optional<std::uint64_t> messages,
             const Numbers& numbers) {
  const auto at = memory.find(name);
  if (at == memory.end() || !at->second.state.known) return false;
  const auto& state = at->second.state;
  if (messages && *messages != state.live.count()) return true;
  return numbers.uidnext && *numbers.uidnext > state.uidnext;
}

bool differs(const Memory& memory, const MailboxStatus& status, NameForm form) {
  try {
    const MailboxName name(status.name.text(), form);
    const auto at = memory.find(name.utf8());
    if (at == memory.end() || !at->second.state.known) return false;
    const auto known = at->second.state.modseq;
    const bool flags = status.highestmodseq && known.known() && *status.highestmodseq > known.value();
    return flags || differs(memory, name.utf8(), status.messages, status);
  } catch (const std::invalid_argument&) {
    return false;
  }
}

// What, heard while waiting, says that something happened in the mailbox that is open.
bool is_news(const Event& event) {
  return std::holds_alternative<ExistsChanged>(event) || std::holds_alternative<ExpungeSeen>(event) ||
         std::holds_alternative<VanishedUids>(event) || std::holds_alternative<Fetched>(event);
}

class Wait {
 public:
  Wait(SignedIn& server, const Memory& memory, milliseconds left)
      : server_(server), talk_(*server.conversation), memory_(memory), left_(left) {}

  // nullopt: the server does not do what it offers.
  std::optional<bool> by_notify() {
    const auto note = [this](const Event& event) { hear(event); };
    const auto answer = talk_.until(talk_.session().submit(Command::notify(server_.profile.condstore)), note);
    if (!answer.ok()) {
      server_.profile.notify = false;
      return std::nullopt;
    }
    while (!news_ && left_.count() > 0) {
      listen(std::min(left_, kAgain));
      // Proves that the other side is there, and keeps the path to it open.
      if (!news_) (void)talk_.until(talk_.session().submit(Command::noop()), note);
    }
    (void)talk_.until(talk_.session().submit(Command::notify_none()), note);
    return news_;
  }

  bool by_idle(const MailboxName& mailbox) {
    if (examine_differs(mailbox)) return true;
    const auto note = [this](const Event& event) { hear(event); };
    while (!news_ && left_.count() > 0) {
      const auto idle = talk_.session().submit(Command::idle());
      for (bool idling = false; !idling;) {
        const auto event = talk_.next();
        idling = std::holds_alternative<Idling>(event);
        if (std::holds_alternative<Completed>(event)) throw ConnectionLost("the server does not take IDLE");
        hear(event);
      }
      listen(std::min(left_, kAgain));
      talk_.session().end_idle();
      // The answer is due within the usual time: a connection that died in silence is found here.
      if (!ended_) (void)talk_.until(idle, note);
      ended_ = false;
    }
    return news_;
  }

 private:
  void listen(milliseconds slice) {
    const auto before = slice;
    while (!news_ && !ended_) {
      const auto event = talk_.next_within(slice);
      if (!event) break;
      ended_ = std::holds_alternative<Completed>(*event);
      hear(*event);
    }
    left_ -= std::max(before - slice, milliseconds(1));
  }

  void hear(const Event& event) {
    if (const auto* given = std::get_if<StatusGiven>(&event))
      news_ = news_ || differs(memory_, given->status, talk_.session().name_form());
    if (is_news(event)) news_ = true;
  }

  bool examine_differs(const MailboxName& mailbox) {
    const auto id = talk_.session().submit(Command::examine(mailbox, false));
    for (;;) {
      const auto event = talk_.next();
      const auto* completed = std::get_if<Completed>(&event);
      if (!completed || completed->id != id) continue;
      if (!completed->ok()) throw ConnectionLost("EXAMINE: " + Conversation::to_answer(*completed).text);
      return differs(memory_, mailbox.utf8(), completed->examination.exists, completed->examination);
    }
  }

  SignedIn& server_;
  Conversation& talk_;
  const Memory& memory_;
  milliseconds left_;
  bool news_ = false;
  bool ended_ = false;
};

}  // namespace

bool can_watch(const ServerProfile& profile) { return profile.idle || profile.notify; }

bool wait_for_change(SignedIn& server, const Memory& memory, const MailboxName& mailbox, milliseconds left) {
  Wait wait(server, memory, left);
  if (server.profile.notify) {
    if (const auto news = wait.by_notify()) return *news;
    if (!server.profile.idle) throw ConnectionLost("the server does not take NOTIFY");
  }
  return wait.by_idle(mailbox);
}

}  // namespace haulier::imap
