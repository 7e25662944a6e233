#include "event_text.hpp"

#include <algorithm>
#include <stdexcept>

#include "proto/cursor.hpp"
#include "proto/session.hpp"

namespace replay {
namespace {

using namespace haulier::imap;

std::string take_string(Cursor& cursor) {
  cursor.take_spaces();
  const auto value = cursor.string();
  if (!value) throw std::runtime_error("a client's line without the string it needs");
  return value->text();
}

// "BODY.PEEK[]<0.16777216>"
std::optional<Window> window_of(std::string_view list) {
  const auto at = list.find("[]<");
  if (at == std::string_view::npos) return std::nullopt;
  Cursor cursor(list.substr(at + 3));
  const auto numbers = cursor.atom();
  const auto dot = numbers.find('.');
  return Window{Cursor(numbers.substr(0, dot)).number().value(), Cursor(numbers.substr(dot + 1)).number().value()};
}

FetchItems items_of(std::string_view list) {
  constexpr std::pair<std::string_view, FetchItem> kNames[] = {
      {"FLAGS", FetchItem::kFlags},        {"INTERNALDATE", FetchItem::kInternalDate},
      {"RFC822.SIZE", FetchItem::kSize},   {"MODSEQ", FetchItem::kModSeq},
      {"EMAILID", FetchItem::kEmailId},    {"THREADID", FetchItem::kThreadId},
      {"X-GM-MSGID", FetchItem::kGmMsgId}, {"X-GM-THRID", FetchItem::kGmThrId},
      {"BODY.PEEK[]", FetchItem::kBody}};
  FetchItems items;
  Cursor cursor(list);
  for (cursor.take_spaces(); !cursor.at_end(); cursor.take_spaces()) {
    const auto name = cursor.item_name();
    for (const auto& [known, item] : kNames) {
      if (name.substr(0, name.find('<')) == known) items = items | item;
    }
  }
  return items;
}

Command uid_command(Cursor& cursor) {
  cursor.take_spaces();
  if (cursor.take_word("SEARCH")) {
    cursor.take_spaces();
    const bool extended = cursor.take_word("RETURN");
    if (extended) {
      cursor.take_spaces();
      (void)cursor.list_inside();
      cursor.take_spaces();
    }
    if (cursor.take_word("ALL")) return Command::uid_search_all(extended);
    cursor.take_word("UID");
    cursor.take_spaces();
    return Command::uid_search(IntervalSet::parse(cursor.atom()).value(), extended);
  }
  if (!cursor.take_word("FETCH")) throw std::runtime_error("an unknown UID command");
  cursor.take_spaces();
  const auto set = IntervalSet::parse(cursor.atom()).value();
  cursor.take_spaces();
  const auto list = cursor.list_inside().value();
  std::optional<ModSeq> since;
  cursor.take_spaces();
  if (cursor.take('(')) {
    cursor.take_word("CHANGEDSINCE");
    cursor.take_spaces();
    since = ModSeq(cursor.number().value());
  }
  return Command::uid_fetch(set, items_of(list), since, window_of(list));
}

// 8-bit bytes in quotes are what a client says once UTF8=ACCEPT is enabled.
MailboxName take_mailbox(Cursor& cursor) {
  cursor.take_spaces();
  const bool quoted = cursor.peek() == '"';
  auto raw = take_string(cursor);
  const bool plain = std::all_of(raw.begin(), raw.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
  return MailboxName(std::move(raw), quoted && !plain ? NameForm::kUtf8 : NameForm::kModifiedUtf7);
}

StatusItems status_items(std::string_view text) {
  return {text.find("UNSEEN") != std::string_view::npos, text.find("HIGHESTMODSEQ") != std::string_view::npos,
          text.find(" SIZE") != std::string_view::npos};
}

// A client's line as the command it came from; encoding it again must give the line.
Command command_of(std::string_view line) {
  Cursor cursor(line);
  (void)cursor.atom();
  cursor.take_spaces();
  const std::string verb(cursor.atom());
  if (verb == "CAPABILITY") return Command::capability();
  if (verb == "LOGOUT") return Command::logout();
  if (verb == "NAMESPACE") return Command::name_space();
  if (verb == "STARTTLS") return Command::starttls();
  if (verb == "UID") return uid_command(cursor);
  if (verb == "LOGIN") {
    const auto user = take_string(cursor);
    return Command::login(user, take_string(cursor));
  }
  if (verb == "AUTHENTICATE") {
    cursor.take_spaces();
    const std::string mechanism(cursor.atom());
    cursor.take_spaces();
    const std::string response(cursor.rest());
    return Command::authenticate(mechanism, response.empty() ? std::nullopt : std::optional(response), true);
  }
  if (verb == "ID") {
    cursor.take_spaces();
    Cursor inside(cursor.list_inside().value());
    std::vector<std::pair<std::string, std::string>> pairs;
    while (!inside.at_end()) {
      auto key = take_string(inside);
      pairs.emplace_back(std::move(key), take_string(inside));
    }
    return Command::id(pairs);
  }
  if (verb == "ENABLE") return Command::enable(cursor.rest().substr(1));
  if (verb == "LIST") {
    const auto reference = take_string(cursor);
    const auto pattern = take_string(cursor);
    const bool status = cursor.rest().find("STATUS (") != std::string_view::npos;
    const bool special_use = cursor.rest().find("SPECIAL-USE") != std::string_view::npos;
    return Command::list(reference, pattern, status ? std::optional(status_items(cursor.rest())) : std::nullopt,
                         special_use);
  }
  if (verb == "STATUS") {
    const auto name = take_mailbox(cursor);
    return Command::status(name, status_items(cursor.rest()));
  }
  if (verb == "EXAMINE") {
    const auto name = take_mailbox(cursor);
    cursor.take_spaces();
    if (!cursor.take('(') || !cursor.take_word("QRESYNC")) return Command::examine(name, !cursor.at_end());
    cursor.take_spaces();
    cursor.take('(');
    const UidValidity uidvalidity(cursor.number().value());
    cursor.take_spaces();
    return Command::examine(name, ResyncPoint{uidvalidity, ModSeq(cursor.number().value())});
  }
  throw std::runtime_error("a client's line this test does not know: " + std::string(line));
}

std::string text_of(std::optional<std::uint64_t> number) { return number ? std::to_string(*number) : "-"; }

struct Writer {
  std::vector<std::string>& out;
  std::string& body;

  void operator()(const NeedInput&) const {}
  void operator()(const Greeted& e) const { out.push_back("greeted " + std::string(e.text)); }
  void operator()(const CapabilitiesChanged&) const { out.emplace_back("capabilities"); }
  void operator()(const Idling&) const { out.emplace_back("idling"); }
  void operator()(const Listed& e) const {
    out.push_back("listed " + std::string(e.entry.attributes) + " " + e.entry.delimiter + " " + e.entry.name.text());
  }
  void operator()(const QuotaGiven& e) const {
    std::string line = "quota";
    for (const auto& resource : e.quota.resources)
      line += " " + resource.name + " " + std::to_string(resource.used) + "/" + std::to_string(resource.limit);
    out.push_back(line);
  }
  void operator()(const NamespacesGiven& e) const {
    out.push_back("namespaces " + std::to_string(e.spaces.personal.size()) + " " +
                  std::to_string(e.spaces.other_users.size()) + " " + std::to_string(e.spaces.shared.size()));
  }
  void operator()(const StatusGiven& e) const {
    out.push_back("status " + e.status.name.text() + " " + text_of(e.status.messages) + " " +
                  text_of(e.status.uidnext) + " " + text_of(e.status.uidvalidity) + " " +
                  text_of(e.status.highestmodseq));
  }
  void operator()(const Completed& e) const {
    out.push_back("completed " + std::to_string(e.id) + " " + std::string(verb_name(e.verb)) + " " +
                  std::to_string(static_cast<int>(e.condition)) + " " + std::string(e.code.name) + " " +
                  std::string(e.text) + " " + std::to_string(e.examination.exists) + " " +
                  std::to_string(e.examination.uidvalidity.value()) + " " + text_of(e.examination.uidnext) + " " +
                  std::to_string(e.examination.highestmodseq.value()));
  }
  void operator()(const BodyBegin& e) const {
    out.push_back("body " + std::to_string(e.size));
    body.clear();
  }
  void operator()(const BodyTooLong& e) const { out.push_back("too long " + std::to_string(e.size)); }
  void operator()(const BodyChunk& e) const { body += e.bytes; }
  void operator()(const BodyEnd&) const { out.push_back("body end <" + body + ">"); }
  void operator()(const Fetched& e) const {
    out.push_back("fetched " + std::to_string(e.command) + " " + std::to_string(e.data.sequence) + " uid " +
                  (e.data.uid ? std::to_string(e.data.uid->value()) : "-") + " flags " +
                  std::string(e.data.flags.value_or("-")) + " modseq " + std::to_string(e.data.modseq.value()) +
                  " id " + std::string(e.data.email_id) + std::string(e.data.gm_msgid) + " date " +
                  std::to_string(e.data.internal_date_us.value_or(-1)));
  }
  void operator()(const Found& e) const {
    out.push_back("found " + std::to_string(e.command) + " " + e.result.all.to_text());
  }
  void operator()(const VanishedUids& e) const { out.push_back("vanished " + e.vanished.uids.to_text()); }
  void operator()(const ExistsChanged& e) const { out.push_back("exists " + std::to_string(e.count)); }
  void operator()(const ExpungeSeen&) const { out.emplace_back("expunge"); }
  void operator()(const Identified& e) const { out.push_back("id " + std::to_string(e.id.pairs.size())); }
  void operator()(const Alerted& e) const { out.push_back("alert " + std::string(e.text)); }
  void operator()(const ByeSeen& e) const { out.push_back("bye " + std::string(e.text)); }
  void operator()(const Warned& e) const {
    out.push_back("warned " + std::string(e.reason) + ": " + std::string(e.text));
  }
  void operator()(const Failed& e) const { out.push_back("failed " + std::string(e.reason)); }
};

class Feeder {
 public:
  Feeder(std::size_t cut_at, std::size_t every) : cut_at_(cut_at), every_(every) {
    Session::Options options;
    options.secure = true;
    session_ = std::make_unique<Session>(options);
  }

  void send(const TraceItem& item) {
    const auto command = command_of(item.text);
    const auto symbol = item.text.substr(0, item.text.find(' '));
    std::string again;
    for (const auto& part : command.encode(symbol, LiteralMode::kPlus)) again += part;
    if (again != item.text + "\r\n") throw std::runtime_error("encoded differently: " + again);
    tags_[symbol] = "h" + std::to_string(session_->submit(command));
  }

  void receive(const TraceItem& item) {
    const auto octets = server_octets(item, tags_);
    for (std::size_t from = 0; from < octets.size();) {
      std::size_t size = std::min(octets.size() - from, every_);
      if (cut_at_ > seen_) size = std::min(size, cut_at_ - seen_);
      feed(std::string_view(octets).substr(from, size));
      from += size;
      seen_ += size;
    }
  }

  std::vector<std::string> take() { return std::move(out_); }

 private:
  void feed(std::string_view piece) {
    // A copy in a block of its own, so that a read behind its end is seen by the sanitizer.
    const std::vector<char> block(piece.begin(), piece.end());
    session_->feed({block.data(), block.size()});
    for (;;) {
      const auto event = session_->next();
      std::visit(Writer{out_, body_}, event);
      if (std::holds_alternative<NeedInput>(event) || std::holds_alternative<Failed>(event)) break;
    }
    (void)session_->take_output();
  }

  std::unique_ptr<Session> session_;
  std::size_t cut_at_;
  std::size_t every_;
  std::size_t seen_ = 0;
  Tags tags_;
  std::vector<std::string> out_;
  std::string body_;
};

}  // namespace

std::vector<std::string> session_events(const TraceConnection& connection, std::size_t cut_at, std::size_t every) {
  Feeder feeder(cut_at, every);
  for (std::size_t i = 0; i < connection.size(); ++i) {
    auto item = connection[i];
    // A literal of the client: the rest of the command is in the line behind it.
    if (item.kind == TraceItem::Kind::kClient && item.text.ends_with("+}")) item.text += "\r\n" + connection[++i].text;
    if (item.kind == TraceItem::Kind::kClient) feeder.send(item);
    if (item.kind == TraceItem::Kind::kServer || item.kind == TraceItem::Kind::kServerRaw) feeder.receive(item);
  }
  return feeder.take();
}

std::size_t server_size(const TraceConnection& connection) {
  std::size_t size = 0;
  for (const auto& item : connection) {
    const bool server = item.kind == TraceItem::Kind::kServer || item.kind == TraceItem::Kind::kServerRaw;
    if (server) size += server_octets(item, {}).size();
  }
  return size;
}

}  // namespace replay
