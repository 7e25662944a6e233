#include "conversation.hpp"

#include "plain_text.hpp"

namespace haulier::imap {
namespace {
constexpr unsigned kMaxWarnings = 20;  // per connection; a server that never stops must not fill the log
}

Answer Conversation::to_answer(const Completed& completed) {
  return {completed.condition, completed.code.code, plain_text(completed.text),
          react(completed.verb, completed.condition, completed.code.code, completed.text)};
}

bool Conversation::handled(const Event& event) {
  if (const auto* alert = std::get_if<Alerted>(&event)) {
    if (++alerts_ <= kMaxWarnings) host_.warning("the server says: " + plain_text(alert->text));
    return true;
  }
  if (const auto* warned = std::get_if<Warned>(&event)) {
    host_.count("haulier_imap_odd_responses_total", 1);
    if (++warnings_ <= kMaxWarnings) {
      host_.debug("odd response: " + std::string(warned->reason) + ": " + plain_text(warned->text));
    }
    return true;
  }
  if (const auto* bye = std::get_if<ByeSeen>(&event)) {
    if (bye->expected) return true;
    const auto reaction = react(Verb::kNoop, Condition::kBye, bye->code.code, bye->text);
    throw ConnectionLost("the server ended the connection: " + plain_text(bye->text), reaction);
  }
  if (const auto* failed = std::get_if<Failed>(&event)) {
    const std::string reason(failed->reason);
    if (failed->unsafe)
      throw Error(HAULIER_PROTOCOL, "the connection is given up: " + reason, "check host, port and tls.mode");
    throw RuleBroken(reason);
  }
  return false;
}

Event Conversation::next() {
  for (;;) {
    auto event = connection_->next();
    if (!handled(event)) return event;
  }
}

std::optional<Event> Conversation::next_within(std::chrono::milliseconds& left) {
  for (;;) {
    auto event = connection_->next_within(left);
    if (!event || !handled(*event)) return event;
  }
}

Answer Conversation::until(CommandId command, const std::function<void(const Event&)>& other) {
  for (;;) {
    const auto event = next();
    const auto* completed = std::get_if<Completed>(&event);
    if (completed && completed->id == command) return to_answer(*completed);
    if (other) other(event);
  }
}

}  // namespace haulier::imap
