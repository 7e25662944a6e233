#include "proto/session.hpp"

#include <stdexcept>
#include <utility>

#include "proto/fetch_parser.hpp"
#include "proto/response_parser.hpp"

namespace haulier::imap {
namespace {
constexpr std::uint64_t kLongBody = std::uint64_t{64} << 10;
}

Session::Session(Options options) : options_(std::move(options)), framer_(options_.limits) {}

void Session::feed(std::string_view input) {
  if (!input.empty()) heard_ = true;
  unanswered_bytes_ += input.size();
  framer_.feed(input);
}

Event Session::fail(std::string_view reason, bool unsafe) {
  failed_ = true;
  unsafe_ = unsafe;
  failure_ = reason;
  return Failed{failure_, unsafe_};
}

Event Session::next() {
  if (failed_) return Failed{failure_, unsafe_};
  if (unanswered_bytes_ > options_.answer_bytes) return fail("the server sends without end and answers nothing", false);
  if (auto event = next_of_held()) return *std::move(event);
  for (;;) {
    const auto item = framer_.next();
    if (item.kind == Framer::Kind::kNeedInput) return NeedInput{};
    if (auto event = on_item(item)) return *std::move(event);
  }
}

std::optional<Event> Session::on_item(const Framer::Item& item) {
  switch (item.kind) {
    case Framer::Kind::kError:
      return fail(item.data, false);
    case Framer::Kind::kLiteralBegin:
      return on_literal(item);
    case Framer::Kind::kLiteralData:
      if (discarding_) return std::nullopt;
      return BodyChunk{item.data};
    case Framer::Kind::kLiteralEnd:
      if (discarding_) return std::nullopt;
      return BodyEnd{};
    default:
      return on_response(item.data);
  }
}

std::optional<Event> Session::on_literal(const Framer::Item& item) {
  // One message per FETCH; further ones would be kept, and so fall under the small limit.
  std::optional<std::uint64_t> origin;
  if (!framer_.streamed().empty() || !ends_in_message_literal(item.data, origin)) return std::nullopt;
  const bool too_long = item.size > options_.limits.streamed_literal_bytes;
  framer_.stream_literal();
  discarding_ = !body_expected();
  if (discarding_) return std::nullopt;
  // Read twice only where it matters: what is short is simply fetched again after a loss.
  if (item.size < kLongBody && origin.value_or(0) == 0) return BodyBegin{item.size, origin, {}, {}};
  const auto head = head_of_message_literal(item.data);
  if (too_long) return BodyTooLong{item.size, head.uid};
  return BodyBegin{item.size, origin, head.uid, head.size};
}

std::optional<Event> Session::on_response(std::string_view text) {
  if (text.empty()) return std::nullopt;
  auto response = parse_response(text, framer_.streamed());
  if (!greeted_) {
    const auto* line = std::get_if<StatusLine>(&response);
    if (!line || !line->tag.empty()) return fail("the first line is no IMAP greeting", true);
    return greet(*line);
  }
  if (auto* line = std::get_if<StatusLine>(&response)) return on_status(*line);
  if (auto* more = std::get_if<Continuation>(&response)) return on_continuation(*more);
  if (auto* fetch = std::get_if<FetchData>(&response)) return on_fetch(*fetch);
  if (auto* list = std::get_if<CapabilityList>(&response)) {
    capabilities_ = Capabilities(list->atoms);
    // Gmail tells them so, and not in the answer itself.
    announced_at_sign_in_ = front(Verb::kLogin) || front(Verb::kAuthenticate);
    return CapabilitiesChanged{};
  }
  if (auto* entry = std::get_if<ListEntry>(&response)) return Listed{*entry};
  if (auto* status = std::get_if<MailboxStatus>(&response)) return StatusGiven{*status};
  if (auto* exists = std::get_if<Exists>(&response)) {
    // Behind other commands it may be either mailbox's; what comes next tells.
    if (oldest_examine()) examination_.exists = exists->count;
    if (front(Verb::kExamine)) return std::nullopt;
    return ExistsChanged{exists->count};
  }
  if (std::get_if<Expunged>(&response)) return ExpungeSeen{};
  if (auto* found = std::get_if<SearchResult>(&response)) {
    const auto* command = searched(found->tag);
    return Found{command ? command->id : 0, std::move(*found)};
  }
  if (auto* vanished = std::get_if<Vanished>(&response)) {
    const CommandId command = vanished->earlier ? resyncing() : 0;
    return VanishedUids{command, std::move(*vanished)};
  }
  if (auto* enabled = std::get_if<Enabled>(&response)) {
    enabled_.add(enabled->atoms);
    return std::nullopt;
  }
  if (auto* spaces = std::get_if<Namespaces>(&response)) return NamespacesGiven{std::move(*spaces)};
  if (auto* quota = std::get_if<Quota>(&response)) return QuotaGiven{std::move(*quota)};
  if (auto* id = std::get_if<ServerId>(&response)) return Identified{std::move(*id)};
  if (auto* unknown = std::get_if<Unknown>(&response)) {
    if (!unknown->reason.empty()) return Warned{unknown->reason, unknown->text};
  }
  return std::nullopt;
}

// greeting = "*" SP (resp-cond-auth / resp-cond-bye)
Event Session::greet(const StatusLine& line) {
  if (line.condition == Condition::kBye) return ByeSeen{line.code, line.text, false};
  if (line.condition == Condition::kPreauth && !options_.secure) {
    return fail("PREAUTH without TLS: refused (RFC 9051 section 11.1, STARTTLS would be skipped)", true);
  }
  if (line.condition != Condition::kOk && line.condition != Condition::kPreauth)
    return fail("the server refuses to talk", false);
  greeted_ = true;
  note_code(line.code);
  send_queued();
  return Greeted{line.condition == Condition::kPreauth, line.text};
}

void Session::note_code(const ResponseCode& code) {
  const auto number = code.number.value_or(0);
  switch (code.code) {
    case Code::kCapability:
      capabilities_ = Capabilities(code.arguments);
      break;
    case Code::kUidValidity:
      examination_.uidvalidity = UidValidity(number);
      break;
    case Code::kUidNext:
      examination_.uidnext = code.number;
      break;
    case Code::kHighestModSeq:
      examination_.highestmodseq = ModSeq(number);
      break;
    case Code::kNoModSeq:
      examination_.highestmodseq = ModSeq();
      break;
    case Code::kUidNotSticky:
      examination_.uid_not_sticky = true;
      break;
    default:
      break;
  }
}

// Numbers of a mailbox count only while one is being opened. UIDVALIDITY is what only an EXAMINE is answered with (RFC
// 9051 section 6.3.2), and CLOSED says that what follows is the next mailbox's (RFC 7162 section 3.2.11).
void Session::note_code_of_examine(const ResponseCode& code) {
  const auto* examine = oldest_examine();
  if (!examine) return;
  if (code.code == Code::kUidValidity || code.code == Code::kClosed) overtake_before(examine->id);
  note_code(code);
}

void Session::overtake_before(CommandId command) {
  for (Pending& pending : in_flight_) pending.overtaken = pending.overtaken || pending.id < command;
}

// What was noted for the EXAMINE that comes next belonged to the mailbox before, when a command for that one is
// answered only now. And commands for a mailbox are never answered before it is opened (RFC 9051 section 5.5).
void Session::note_order(const Pending& done) {
  const auto verb = done.command.verb();
  if (verb == Verb::kExamine) {
    overtake_before(done.id);
    examination_ = {};
    return;
  }
  const auto* examine = oldest_examine();
  if (!examine || done.overtaken) return;
  if (done.id < examine->id) examination_ = {};
  if (done.id > examine->id && (verb == Verb::kUidFetch || verb == Verb::kUidSearch)) {
    overtake_before(examine->id + 1);
    examination_ = {};
  }
}

std::optional<Event> Session::on_status(const StatusLine& line) {
  if (line.tag.empty()) return on_untagged_status(line);
  for (auto it = in_flight_.begin(); it != in_flight_.end(); ++it) {
    if (it->tag != line.tag) continue;
    Pending done = std::move(*it);
    in_flight_.erase(it);
    return on_completed(line, std::move(done));
  }
  return Warned{"an answer to a command that was not sent", line.text};
}

std::optional<Event> Session::on_untagged_status(const StatusLine& line) {
  if (line.condition == Condition::kBye) return ByeSeen{line.code, line.text, front(Verb::kLogout) != nullptr};
  if (line.condition == Condition::kPreauth) return Warned{"PREAUTH after the greeting", line.text};
  const bool told = line.code.code == Code::kCapability;
  if (line.condition == Condition::kOk && told) note_code(line.code);
  if (line.condition == Condition::kOk && !told) note_code_of_examine(line.code);
  if (line.code.code == Code::kAlert) return Alerted{line.text};
  if (told) return CapabilitiesChanged{};
  if (line.condition != Condition::kOk) return Warned{"an untagged refusal", line.text};
  return std::nullopt;
}

Event Session::on_completed(const StatusLine& line, Pending done) {
  if (done.command.verb() == Verb::kIdle) idling_ = false;
  unanswered_bytes_ = 0;
  const bool announced = std::exchange(announced_at_sign_in_, false);
  Completed completed{done.id, done.command.verb(), line.condition, line.code, line.text, {}};
  if (completed.ok()) {
    switch (completed.verb) {
      case Verb::kStartTls:
        // RFC 9051 section 6.2.1: whatever follows in clear text was put there by somebody else.
        if (framer_.has_unread_input()) return fail("data behind the answer to STARTTLS: refused", true);
        break;
      case Verb::kLogin:
      case Verb::kAuthenticate:
        if (!announced) capabilities_ = {};
        break;
      default:
        break;
    }
    if (completed.verb == Verb::kExamine || line.code.code == Code::kCapability) note_code(line.code);
  }
  if (completed.verb == Verb::kExamine && completed.ok()) completed.examination = examination_;
  note_order(done);
  send_queued();
  return completed;
}

// continue-req = "+" SP (resp-text / base64) CRLF
std::optional<Event> Session::on_continuation(const Continuation& continuation) {
  if (!in_flight_.empty()) {
    auto& waiting = in_flight_.back();
    if (!waiting.parts.empty()) {
      output_ += waiting.parts.front();
      waiting.parts.erase(waiting.parts.begin());
      send_queued();
      return std::nullopt;
    }
    if (front(Verb::kIdle) && !idling_) {
      idling_ = true;
      return Idling{};
    }
    if (front(Verb::kAuthenticate) && exchange_) {
      output_ += exchange_->answer(continuation.text) + "\r\n";
      return std::nullopt;
    }
  }
  return Warned{"a continuation that nobody waits for", continuation.text};
}

std::optional<Event> Session::on_fetch(const FetchData& fetch) {
  if (fetch.body == FetchData::Body::kInline && body_expected()) {
    held_ = fetch;
    held_step_ = 0;
    return next_of_held();
  }
  return Fetched{fetching(fetch), fetch};
}

// RFC 7162 section 3.2.5: what EXAMINE (QRESYNC ...) tells comes behind the numbers of the mailbox, and only when its
// UIDVALIDITY is the one the client named. Before that line, data may still be the last mailbox's.
CommandId Session::resyncing() const {
  const auto* command = front(Verb::kExamine);
  if (!command || !command->command.resync()) return 0;
  return examination_.uidvalidity == command->command.resync()->uidvalidity ? command->id : 0;
}

std::optional<Event> Session::next_of_held() {
  if (!held_) return std::nullopt;
  switch (held_step_++) {
    case 0:
      held_body_ = held_->body_text.text();
      return BodyBegin{held_body_.size(), held_->body_origin, held_->uid, held_->size};
    case 1:
      return BodyChunk{held_body_};
    case 2:
      return BodyEnd{};
    default:
      break;
  }
  Fetched fetched{fetching(*held_), *held_};
  held_.reset();
  return fetched;
}

CommandId Session::submit(Command command) {
  const bool secret = command.verb() == Verb::kLogin || command.verb() == Verb::kAuthenticate;
  if (secret && !options_.secure) throw std::logic_error("a secret is never sent without TLS");
  if (secret && compressed_) throw std::logic_error("a secret is never compressed: its length would tell of it");
  queue_.push_back({++last_id_, std::move(command), {}, {}});
  send_queued();
  return last_id_;
}

CommandId Session::submit_authenticate(SaslExchange exchange, bool initial_response) {
  exchange_ = std::make_unique<SaslExchange>(std::move(exchange));
  const bool inline_response = initial_response && exchange_->has_initial_response();
  auto response = inline_response ? std::optional(exchange_->initial_response()) : std::nullopt;
  return submit(
      Command::authenticate(mechanism_name(exchange_->mechanism()), response, exchange_->refuses_by_challenge()));
}

// Never before the greeting; never behind a command that may ask back (RFC 9051 section 5.5).
bool Session::may_send() const {
  if (!greeted_ || queue_.empty() || in_flight_.size() >= max_in_flight_) return false;
  if (in_flight_.empty()) return true;
  const auto& last = in_flight_.back();
  return !last.command.exclusive() && last.parts.empty() && queue_.front().command.verb() != Verb::kStartTls;
}

void Session::allow(std::size_t commands) {
  allowance_ += commands;
  send_queued();
}

bool Session::forget(CommandId command) {
  const auto before = in_flight_.size();
  std::erase_if(in_flight_, [command](const Pending& pending) { return pending.id == command; });
  return in_flight_.size() != before;
}

void Session::forget_before(CommandId command) {
  std::erase_if(in_flight_, [command](const Pending& pending) { return pending.id < command; });
}

void Session::send_queued() {
  while (allowance_ > 0 && may_send()) {
    if (allowance_ != SIZE_MAX) --allowance_;
    in_flight_.push_back(std::move(queue_.front()));
    queue_.pop_front();
    auto& sent = in_flight_.back();
    sent.tag = options_.tag_prefix + std::to_string(sent.id);
    sent.parts = sent.command.encode(sent.tag, literal_mode());
    output_ += sent.parts.front();
    sent.parts.erase(sent.parts.begin());
  }
}

void Session::end_idle() {
  if (std::exchange(idling_, false)) output_ += "DONE\r\n";
}

std::string Session::take_output() {
  if (!output_.empty() && heard_) {
    heard_ = false;
    ++flights_;
  }
  return std::exchange(output_, {});
}

std::string Session::compression_begins() {
  compressed_ = true;
  return framer_.take_unread_input();
}

void Session::tls_established() {
  options_.secure = true;
  capabilities_ = {};
}

const Session::Pending* Session::front(Verb verb) const {
  for (const Pending& pending : in_flight_) {
    if (!pending.overtaken) return pending.command.verb() == verb ? &pending : nullptr;
  }
  return nullptr;
}

const Session::Pending* Session::oldest_examine() const {
  for (const Pending& pending : in_flight_) {
    if (!pending.overtaken && pending.command.verb() == Verb::kExamine) return &pending;
  }
  return nullptr;
}

// Dovecot sends the data of a command before it has answered the ones before. It never does so across an EXAMINE.
template <class Accept>
const Session::Pending* Session::oldest(Verb verb, Accept&& accept) const {
  for (const Pending& pending : in_flight_) {
    if (pending.overtaken) continue;
    if (pending.command.verb() == Verb::kExamine) break;
    if (pending.command.verb() == verb && accept(pending)) return &pending;
  }
  return nullptr;
}

const Session::Pending* Session::fetching_body() const {
  return oldest(Verb::kUidFetch, [](const Pending& pending) { return pending.command.wants_body(); });
}

bool Session::body_expected() const { return fetching_body() != nullptr; }

CommandId Session::fetching(const FetchData& fetch) const {
  const bool body = fetch.body == FetchData::Body::kInline || fetch.body == FetchData::Body::kStreamed;
  const Pending* command = body ? fetching_body() : nullptr;
  if (!command) command = oldest(Verb::kUidFetch, [](const Pending&) { return true; });
  return command ? command->id : resyncing();
}

// ESEARCH names its command; SEARCH, or an ESEARCH that names no such command, answers the oldest one.
const Session::Pending* Session::searched(std::string_view tag) const {
  const Pending* named = oldest(Verb::kUidSearch, [tag](const Pending& pending) { return pending.tag == tag; });
  return named ? named : oldest(Verb::kUidSearch, [](const Pending&) { return true; });
}

LiteralMode Session::literal_mode() const {
  if (capabilities_.has("LITERAL+")) return LiteralMode::kPlus;
  if (capabilities_.has("LITERAL-")) return LiteralMode::kMinus;
  return LiteralMode::kSynchronising;
}

}  // namespace haulier::imap
