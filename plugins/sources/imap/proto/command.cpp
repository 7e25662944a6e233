#include "proto/command.hpp"

#include <stdexcept>

namespace haulier::imap {
namespace {

constexpr std::size_t kLiteralMinusOctets = 4096;

// QUOTED-CHAR holds no CR, LF, NUL and, without UTF8=ACCEPT, no 8-bit character (RFC 9051 section 9).
bool fits_quoted(std::string_view value) {
  for (const char c : value) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte == 0 || byte == '\r' || byte == '\n' || byte >= 0x80) return false;
  }
  return value.size() <= 1000;
}

std::string quoted(std::string_view value) {
  std::string out = "\"";
  for (const char c : value) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out += '"';
}

std::string status_list(StatusItems items) {
  std::string list = "(MESSAGES UIDNEXT UIDVALIDITY";
  if (items.unseen) list += " UNSEEN";
  if (items.highestmodseq) list += " HIGHESTMODSEQ";
  if (items.size) list += " SIZE";
  return list += ')';
}

void require_atoms(std::string_view value) {
  for (const char c : value) {
    const bool plain = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
                       c == '=' || c == '/' || c == '+' || c == ' ';
    if (!plain) throw std::invalid_argument("not a plain atom");
  }
}

}  // namespace

std::string_view verb_name(Verb verb) {
  switch (verb) {
    case Verb::kCapability:
      return "CAPABILITY";
    case Verb::kNoop:
      return "NOOP";
    case Verb::kLogout:
      return "LOGOUT";
    case Verb::kStartTls:
      return "STARTTLS";
    case Verb::kLogin:
      return "LOGIN";
    case Verb::kAuthenticate:
      return "AUTHENTICATE";
    case Verb::kId:
      return "ID";
    case Verb::kEnable:
      return "ENABLE";
    case Verb::kNamespace:
      return "NAMESPACE";
    case Verb::kList:
      return "LIST";
    case Verb::kStatus:
      return "STATUS";
    case Verb::kExamine:
      return "EXAMINE";
    case Verb::kUidSearch:
      return "UID SEARCH";
    case Verb::kUidFetch:
      return "UID FETCH";
    case Verb::kIdle:
      return "IDLE";
    case Verb::kNotify:
      return "NOTIFY";
    case Verb::kCompress:
      return "COMPRESS";
    case Verb::kQuotaRoot:
      return "GETQUOTAROOT";
  }
  return {};
}

Command::Command(Verb verb) : verb_(verb), exclusive_(verb == Verb::kStartTls) { add(verb_name(verb)); }

Command& Command::add(std::string_view text) {
  if (pieces_.empty() || pieces_.back().literal || pieces_.back().secret) pieces_.emplace_back();
  pieces_.back().text += text;
  return *this;
}

// astring = 1*ASTRING-CHAR / string; always sent as quoted, or as a literal when that cannot hold it
Command& Command::add_astring(std::string_view value, bool secret) {
  if (value.find_first_of(std::string_view("\r\n\0", 3)) != std::string_view::npos) {
    throw std::invalid_argument("a value of a command holds CR, LF or NUL");
  }
  add(" ");
  if (fits_quoted(value)) {
    if (secret) {
      pieces_.push_back({quoted(value), false, true});
    } else {
      add(quoted(value));
    }
  } else {
    pieces_.push_back({std::string(value), true, secret});
  }
  return *this;
}

// mailbox = "INBOX" / astring; quoted may hold UTF-8 once UTF8=ACCEPT is enabled (RFC 6855 section 3).
Command& Command::add_mailbox(const MailboxName& mailbox) {
  if (mailbox.form() == NameForm::kUtf8 && mailbox.utf8() == mailbox.raw()) return add(" ").add(quoted(mailbox.raw()));
  return add_astring(mailbox.raw());
}

// getquotaroot = "GETQUOTAROOT" SP mailbox, RFC 9208 section 4.1.2
Command Command::quota_root(const MailboxName& mailbox) { return Command(Verb::kQuotaRoot).add_mailbox(mailbox); }

// login = "LOGIN" SP userid SP password
Command Command::login(std::string_view user, std::string_view password) {
  return Command(Verb::kLogin).add_astring(user).add_astring(password, true);
}

// authenticate = "AUTHENTICATE" SP auth-type [SP initial-resp]
Command Command::authenticate(std::string_view mechanism, const std::optional<std::string>& initial_response,
                              bool exclusive) {
  require_atoms(mechanism);
  Command command(Verb::kAuthenticate);
  command.exclusive_ = exclusive || !initial_response;
  command.add(" ").add(mechanism);
  if (initial_response) {
    require_atoms(*initial_response);
    command.add(" ");
    command.pieces_.push_back({initial_response->empty() ? "=" : *initial_response, false, true});
  }
  return command;
}

// id = "ID" SP id-params-list
Command Command::id(const std::vector<std::pair<std::string, std::string>>& pairs) {
  if (pairs.empty()) throw std::invalid_argument("ID needs at least one pair");
  Command command(Verb::kId);
  std::string list = " (";
  for (const auto& [key, value] : pairs) {
    if (!fits_quoted(key) || !fits_quoted(value)) throw std::invalid_argument("an ID value must be plain text");
    if (list.size() > 2) list += ' ';
    list += quoted(key) + ' ' + quoted(value);
  }
  return command.add(list + ')');
}

// enable = "ENABLE" 1*(SP capability)
Command Command::enable(std::string_view capabilities) {
  require_atoms(capabilities);
  return Command(Verb::kEnable).add(" ").add(capabilities);
}

// list = "LIST" SP mailbox SP list-mailbox [SP "RETURN" SP "(" ["SPECIAL-USE"] ["STATUS" SP "(" ... ")"] ")"]
Command Command::list(std::string_view reference, std::string_view pattern, const std::optional<StatusItems>& status,
                      bool special_use) {
  Command command(Verb::kList);
  command.add_astring(reference).add_astring(pattern);
  if (!status && !special_use) return command;
  command.add(special_use ? " RETURN (SPECIAL-USE" : " RETURN (");
  if (status) command.add(special_use ? " STATUS " : "STATUS ").add(status_list(*status));
  command.add(")");
  return command;
}

// status = "STATUS" SP mailbox SP "(" status-att *(SP status-att) ")"
Command Command::status(const MailboxName& mailbox, StatusItems items) {
  return Command(Verb::kStatus).add_mailbox(mailbox).add(" ").add(status_list(items));
}

// examine = "EXAMINE" SP mailbox [SP "(" "CONDSTORE" ")"]
Command Command::examine(const MailboxName& mailbox, bool condstore) {
  Command command(Verb::kExamine);
  command.add_mailbox(mailbox);
  if (condstore) command.add(" (CONDSTORE)");
  return command;
}

// select-param =/ "QRESYNC" SP "(" uidvalidity SP mod-sequence-value ")", RFC 7162 section 7. Without known-uids: the
// server then also names what is new, and that is checked against what arrives.
Command Command::examine(const MailboxName& mailbox, const ResyncPoint& point) {
  if (point.uidvalidity.absent() || !point.modseq.known()) throw std::invalid_argument("QRESYNC without its numbers");
  Command command = examine(mailbox, false);
  command.resync_ = point;
  return command.add(" (QRESYNC (" + std::to_string(point.uidvalidity.value()) + " " +
                     std::to_string(point.modseq.value()) + "))");
}

// search = "UID SEARCH" [SP "RETURN" SP "(" "ALL" ")"] SP search-program
Command Command::uid_search_all(bool extended) {
  return Command(Verb::kUidSearch).add(extended ? " RETURN (ALL) ALL" : " ALL");
}

Command Command::uid_search(const IntervalSet& set, bool extended) {
  if (set.empty()) throw std::invalid_argument("UID SEARCH of nothing");
  return Command(Verb::kUidSearch).add(extended ? " RETURN (ALL) UID " : " UID ").add(set.to_text());
}

// fetch = "FETCH" SP sequence-set SP "(" fetch-att *(SP fetch-att) ")" [SP "(" "CHANGEDSINCE" SP mod-sequence ")"]
Command Command::uid_fetch(const IntervalSet& set, FetchItems items, std::optional<ModSeq> changed_since,
                           std::optional<Window> window) {
  if (set.empty()) throw std::invalid_argument("UID FETCH of nothing");
  // CHANGEDSINCE 0 is not legal (RFC 7162 section 3.1.4.1: mod-sequence-value is at least 1).
  if (changed_since && !changed_since->known()) throw std::invalid_argument("CHANGEDSINCE without a value");
  Command command(Verb::kUidFetch);
  command.wants_body_ = items.has(FetchItem::kBody);
  command.add(" ").add(set.to_text()).add(" (UID");
  if (items.has(FetchItem::kFlags)) command.add(" FLAGS");
  if (items.has(FetchItem::kInternalDate)) command.add(" INTERNALDATE");
  if (items.has(FetchItem::kSize)) command.add(" RFC822.SIZE");
  if (items.has(FetchItem::kModSeq)) command.add(" MODSEQ");
  if (items.has(FetchItem::kEmailId)) command.add(" EMAILID");
  if (items.has(FetchItem::kThreadId)) command.add(" THREADID");
  if (items.has(FetchItem::kGmMsgId)) command.add(" X-GM-MSGID");
  if (items.has(FetchItem::kGmThrId)) command.add(" X-GM-THRID");
  if (items.has(FetchItem::kGmLabels)) command.add(" X-GM-LABELS");
  if (items.has(FetchItem::kMessageId)) command.add(" BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)]<0.1000>");
  if (items.has(FetchItem::kBody)) {
    command.add(" BODY.PEEK[]");
    if (window) command.add("<" + std::to_string(window->offset) + "." + std::to_string(window->size) + ">");
  }
  command.add(")");
  if (changed_since) command.add(" (CHANGEDSINCE " + std::to_string(changed_since->value()) + ")");
  return command;
}

// compress = "COMPRESS" SP algorithm
Command Command::compress() {
  Command command(Verb::kCompress);
  command.exclusive_ = true;
  return command.add(" DEFLATE");
}

// Nothing may be sent behind it but DONE.
Command Command::idle() {
  Command command(Verb::kIdle);
  command.exclusive_ = true;
  return command;
}

// notify = "NOTIFY" SP ("SET" [SP "STATUS"] SP event-groups / "NONE"), RFC 5465 section 8
Command Command::notify(bool flags) {
  const std::string_view events = flags ? "(MessageNew MessageExpunge FlagChange)" : "(MessageNew MessageExpunge)";
  return Command(Verb::kNotify).add(" SET STATUS (selected ").add(events).add(") (personal ").add(events).add(")");
}

Command Command::notify_none() { return Command(Verb::kNotify).add(" NONE"); }

std::vector<std::string> Command::encode(std::string_view tag, LiteralMode mode) const {
  std::vector<std::string> parts(1, std::string(tag) + ' ');
  for (const auto& piece : pieces_) {
    if (piece.literal) {
      const bool at_once =
          mode == LiteralMode::kPlus || (mode == LiteralMode::kMinus && piece.text.size() <= kLiteralMinusOctets);
      parts.back() += "{" + std::to_string(piece.text.size()) + (at_once ? "+}\r\n" : "}\r\n");
      if (!at_once) parts.emplace_back();
    }
    parts.back() += piece.text;
  }
  parts.back() += "\r\n";
  return parts;
}

std::string Command::redacted() const {
  std::string text;
  for (const auto& piece : pieces_) text += piece.secret ? "***" : piece.text;
  return text;
}

}  // namespace haulier::imap
