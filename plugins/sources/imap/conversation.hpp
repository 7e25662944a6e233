#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "faults.hpp"
#include "haulier/host.hpp"
#include "io/connection.hpp"

namespace haulier::imap {

/// A command's answer, kept beyond the event.
struct Answer {
  Condition condition = Condition::kBad;
  Code code = Code::kNone;
  std::string text;  ///< safe for logs and tables
  Reaction reaction;
  [[nodiscard]] bool ok() const { return condition == Condition::kOk; }
};

/// A connection with what every stage does with the same events: alerts are shown, oddities are counted, a BYE or a
/// broken rule ends it as ConnectionLost. One thread; owned by the reader of an account.
class Conversation {
 public:
  Conversation(Host host, std::unique_ptr<Connection> connection) : host_(host), connection_(std::move(connection)) {}

  /// The next event that is somebody's business.
  [[nodiscard]] Event next();
  /// While nothing is due; see Connection.
  [[nodiscard]] std::optional<Event> next_within(std::chrono::milliseconds& left);
  /// Runs until the command is answered; `other` gets every other event, completions of other commands included.
  Answer until(CommandId command, const std::function<void(const Event&)>& other = nullptr);
  [[nodiscard]] static Answer to_answer(const Completed& completed);

  [[nodiscard]] Connection& connection() { return *connection_; }
  [[nodiscard]] Session& session() { return connection_->session(); }

 private:
  bool handled(const Event& event);

  Host host_;
  std::unique_ptr<Connection> connection_;
  unsigned warnings_ = 0;
  unsigned alerts_ = 0;
};

}  // namespace haulier::imap
