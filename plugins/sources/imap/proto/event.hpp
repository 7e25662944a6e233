#pragma once
#include <cstdint>
#include <optional>
#include <string_view>
#include <variant>

#include "proto/command.hpp"
#include "proto/response.hpp"

namespace haulier::imap {

/// Numbers commands of one session, from 1. 0: no command.
using CommandId = std::uint32_t;

/// The numbers of a mailbox that come with EXAMINE; the only baseline that counts (STATUS may be older).
struct Examination {
  std::uint64_t exists = 0;
  UidValidity uidvalidity;
  std::optional<std::uint64_t> uidnext;
  ModSeq highestmodseq;
  bool uid_not_sticky = false;
};

// What a session tells. Views live until its next call of next().

struct NeedInput {};
struct Greeted {
  bool preauthenticated = false;
  std::string_view text;
};
struct CapabilitiesChanged {};
/// The server waits together with the client (IDLE).
struct Idling {};
struct Listed {
  ListEntry entry;
};
struct NamespacesGiven {
  Namespaces spaces;
};
struct QuotaGiven {
  Quota quota;
};
struct StatusGiven {
  MailboxStatus status;
};
/// A command's tagged answer.
struct Completed {
  CommandId id = 0;
  Verb verb = Verb::kNoop;
  Condition condition = Condition::kBad;
  ResponseCode code;
  std::string_view text;
  Examination examination;  ///< of an EXAMINE that went well
  [[nodiscard]] bool ok() const { return condition == Condition::kOk; }
};
/// A message's bytes: one begin, chunks (views of the input), one end, then the Fetched with its attributes.
/// What the response said before a long or a windowed body is here, so that its reader knows at once where it belongs.
struct BodyBegin {
  std::uint64_t size = 0;
  std::optional<std::uint64_t> origin;  ///< of a window
  std::optional<Uid> uid;
  std::optional<std::uint64_t> message_size;  ///< RFC822.SIZE: a hint
};
/// A message longer than Framer::Limits allow is about to come; Failed is next.
struct BodyTooLong {
  std::uint64_t size = 0;
  std::optional<Uid> uid;
};
struct BodyChunk {
  std::string_view bytes;
};
struct BodyEnd {};
struct Fetched {
  CommandId command = 0;  ///< a UID FETCH, or the EXAMINE with QRESYNC that tells what changed; 0: unsolicited
  FetchData data;
};
struct Found {
  CommandId command = 0;
  SearchResult result;
};
struct VanishedUids {
  CommandId command = 0;  ///< the EXAMINE with QRESYNC that is being answered; 0: now, in the mailbox that is open
  Vanished vanished;
};
struct ExistsChanged {
  std::uint64_t count = 0;
};
struct ExpungeSeen {};
struct Identified {
  ServerId id;
};
/// Must be shown to a person, escaped (RFC 9051 section 7.1).
struct Alerted {
  std::string_view text;
};
struct ByeSeen {
  ResponseCode code;
  std::string_view text;
  bool expected = false;
};
/// Something the server did that it should not have; the session goes on.
struct Warned {
  std::string_view reason;
  std::string_view text;
};
/// The session is over: a limit or a rule of the protocol is broken.
struct Failed {
  std::string_view reason;
  bool unsafe =
      false;  ///< going on, now or on a new connection, would give away what TLS is for, or it is no IMAP at all
};

using Event = std::variant<NeedInput, Greeted, CapabilitiesChanged, Idling, Listed, NamespacesGiven, QuotaGiven,
                           StatusGiven, Completed, BodyBegin, BodyTooLong, BodyChunk, BodyEnd, Fetched, Found,
                           VanishedUids, ExistsChanged, ExpungeSeen, Identified, Alerted, ByeSeen, Warned, Failed>;

}  // namespace haulier::imap
