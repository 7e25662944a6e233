#pragma once
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "proto/capabilities.hpp"
#include "proto/command.hpp"
#include "proto/event.hpp"
#include "proto/framer.hpp"
#include "proto/sasl.hpp"

namespace haulier::imap {

/// One IMAP connection without a socket: bytes in, events and bytes out (RFC 9051 section 3). Any number of commands
/// may be in flight; untagged data belongs to the oldest of them that asks for such data. A command that the server
/// lost stays in flight and has no data: what only an EXAMINE is answered with shows that those before it are over. No
/// clock, no thread, no log. Owned and used by one connection.
class Session {
 public:
  struct Options {
    std::string tag_prefix = "h";  ///< unpredictable, letters only: an attacker must not know tags beforehand
    bool secure = false;           ///< the socket is inside TLS; decided by who owns it, never by the dialogue
    Framer::Limits limits;
    /// All that may come before the next tagged answer: who sends without end answers nothing.
    std::uint64_t answer_bytes = std::uint64_t{2} << 30;
  };
  explicit Session(Options options);

  /// Borrows `input` until next() returned NeedInput; only then may it be called again.
  void feed(std::string_view input);
  /// Views in an event live until the next call.
  [[nodiscard]] Event next();

  /// Queues a command. Throws std::logic_error for a secret on an insecure connection.
  CommandId submit(Command command);
  CommandId submit_authenticate(SaslExchange exchange, bool initial_response);
  /// Ends an IDLE that the server has taken; its answer comes as usual.
  void end_idle();
  /// What is to be written now; empty when nothing is.
  [[nodiscard]] std::string take_output();

  /// At most this many commands are in flight; for servers that cannot be pipelined.
  void limit_in_flight(std::size_t commands) { max_in_flight_ = commands; }
  /// From now on only as many commands are sent as allow() says.
  void hold_back() { allowance_ = 0; }
  void allow(std::size_t commands);
  /// A command whose answer will not come any more. False: it has come, or there was no such command.
  bool forget(CommandId command);
  /// The same for all that were sent before `command`.
  void forget_before(CommandId command);
  /// True when a command would be sent if it were allowed.
  [[nodiscard]] bool held_back() const { return allowance_ == 0 && may_send(); }
  [[nodiscard]] bool idle() const { return in_flight_.empty(); }

  /// Right after COMPRESS was answered with OK: from now on no secret is sent, and what was fed behind the answer is
  /// given back.
  [[nodiscard]] std::string compression_begins();

  /// After the TLS handshake that followed STARTTLS: what was heard before it is forgotten.
  void tls_established();

  [[nodiscard]] const Capabilities& capabilities() const { return capabilities_; }
  /// What the server says it has switched on (RFC 5161): QRESYNC may be used only after that.
  [[nodiscard]] const Capabilities& enabled() const { return enabled_; }
  /// How the server writes names now.
  [[nodiscard]] NameForm name_form() const {
    return enabled_.has("UTF8=ACCEPT") ? NameForm::kUtf8 : NameForm::kModifiedUtf7;
  }
  [[nodiscard]] const SaslExchange* exchange() const { return exchange_.get(); }
  [[nodiscard]] bool secure() const { return options_.secure; }
  [[nodiscard]] bool greeted() const { return greeted_; }
  /// Commands that were submitted and not answered yet.
  [[nodiscard]] std::size_t outstanding() const { return queue_.size() + in_flight_.size(); }
  /// How often the client spoke after the server had: the round trips of the dialogue.
  [[nodiscard]] std::uint64_t flights() const { return flights_; }

 private:
  struct Pending {
    CommandId id;
    Command command;
    std::string tag;
    std::vector<std::string> parts;  ///< still to be sent, each after a "+"
    bool overtaken = false;  ///< a later EXAMINE was or is being answered: no data of this one can come any more
  };

  [[nodiscard]] std::optional<Event> on_item(const Framer::Item& item);
  [[nodiscard]] std::optional<Event> on_literal(const Framer::Item& item);
  [[nodiscard]] std::optional<Event> on_response(std::string_view text);
  [[nodiscard]] std::optional<Event> on_status(const StatusLine& line);
  [[nodiscard]] std::optional<Event> on_untagged_status(const StatusLine& line);
  [[nodiscard]] Event on_completed(const StatusLine& line, Pending done);
  [[nodiscard]] std::optional<Event> on_continuation(const Continuation& continuation);
  [[nodiscard]] std::optional<Event> on_fetch(const FetchData& fetch);
  [[nodiscard]] std::optional<Event> next_of_held();
  [[nodiscard]] Event greet(const StatusLine& line);
  void note_code(const ResponseCode& code);
  void note_code_of_examine(const ResponseCode& code);
  void note_order(const Pending& done);
  void overtake_before(CommandId command);
  [[nodiscard]] Event fail(std::string_view reason, bool unsafe);
  void send_queued();
  [[nodiscard]] bool may_send() const;
  [[nodiscard]] const Pending* front(Verb verb) const;
  [[nodiscard]] const Pending* oldest_examine() const;
  template <class Accept>
  [[nodiscard]] const Pending* oldest(Verb verb, Accept&& accept) const;
  [[nodiscard]] const Pending* fetching_body() const;
  [[nodiscard]] CommandId fetching(const FetchData& fetch) const;
  [[nodiscard]] const Pending* searched(std::string_view tag) const;
  [[nodiscard]] CommandId resyncing() const;
  [[nodiscard]] bool body_expected() const;
  [[nodiscard]] LiteralMode literal_mode() const;

  Options options_;
  Framer framer_;
  Capabilities capabilities_;
  Capabilities enabled_;
  std::deque<Pending> queue_;
  std::deque<Pending> in_flight_;
  std::unique_ptr<SaslExchange> exchange_;
  Examination examination_;
  std::string output_;
  std::optional<FetchData> held_;  ///< a FETCH with an inline body, on its way out as four events
  std::string held_body_;
  int held_step_ = 0;
  std::string failure_;
  std::size_t max_in_flight_ = SIZE_MAX;
  std::size_t allowance_ = SIZE_MAX;
  CommandId last_id_ = 0;
  std::uint64_t flights_ = 0;
  std::uint64_t unanswered_bytes_ = 0;
  bool greeted_ = false;
  bool heard_ = false;
  bool announced_at_sign_in_ = false;  ///< capabilities came by themselves before the answer to the sign-in
  bool idling_ = false;
  bool discarding_ = false;
  bool compressed_ = false;
  bool failed_ = false;
  bool unsafe_ = false;
};

}  // namespace haulier::imap
