#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "proto/cursor.hpp"
#include "proto/interval_set.hpp"
#include "proto/types.hpp"

namespace haulier::imap {

// Typed responses. All views point into the framed text and live until the framer goes on.

enum class Condition { kOk, kNo, kBad, kBye, kPreauth };

enum class Code {
  kNone,
  kOther,
  kAlert,
  kAuthenticationFailed,
  kAuthorizationFailed,
  kExpired,
  kPrivacyRequired,
  kUnavailable,
  kInUse,
  kLimit,
  kOverQuota,
  kMessageLimit,
  kExpungeIssued,
  kNonExistent,
  kNoPerm,
  kCannot,
  kCorruption,
  kServerBug,
  kClientBug,
  kContactAdmin,
  kUidNotSticky,
  kBadCharset,
  kParse,
  kCompressionActive,
  kClosed,
  kHighestModSeq,
  kNoModSeq,
  kReferral,
  kCapability,
  kUidValidity,
  kUidNext,
  kReadOnly,
  kReadWrite,
  kPermanentFlags,
  kUnseen
};

/// resp-text-code (RFC 9051 section 7.1, RFC 5530): `number` when the code carries one.
struct ResponseCode {
  Code code = Code::kNone;
  std::string_view name;
  std::string_view arguments;
  std::optional<std::uint64_t> number;
};

struct StatusLine {
  std::string_view tag;  ///< empty: untagged
  Condition condition = Condition::kOk;
  ResponseCode code;
  std::string_view text;
};

struct Continuation {
  std::string_view text;
};

struct CapabilityList {
  std::string_view atoms;  ///< separated by spaces
};

struct ListEntry {
  std::string_view attributes;  ///< inside of the parentheses, separated by spaces
  char delimiter = 0;           ///< 0: flat
  ImapString name;
  [[nodiscard]] bool has(std::string_view upper_attribute) const;
};

/// STATUS: only what the server gave is set.
struct MailboxStatus {
  ImapString name;
  std::optional<std::uint64_t> messages, uidnext, uidvalidity, unseen, recent, highestmodseq, size;
  std::string_view mailbox_id;
};

/// NAMESPACE (RFC 2342): the prefixes of mailbox names, as they came; an empty one is left out.
struct Namespaces {
  std::vector<std::string> personal, other_users, shared;
};

struct FlagList {
  std::string_view flags;
};
struct Exists {
  std::uint64_t count;
};
struct Recent {
  std::uint64_t count;
};
struct Expunged {
  std::uint64_t sequence;
};

/// SEARCH (RFC 9051 appendix, 3501 section 7.2.5) and ESEARCH (RFC 4731).
struct SearchResult {
  IntervalSet all;
  std::optional<std::uint64_t> count, min, max, modseq;
  std::string_view tag;
  bool extended = false;
};

/// VANISHED (RFC 7162 section 3.2.10).
struct Vanished {
  IntervalSet uids;
  bool earlier = false;
};

struct Enabled {
  std::string_view atoms;
};

/// QUOTA (RFC 9208 section 4.2.1): what is limited in one quota root.
struct Quota {
  struct Resource {
    std::string name;  ///< in capitals; STORAGE is in units of 1024 octets
    std::uint64_t used = 0;
    std::uint64_t limit = 0;
  };
  std::vector<Resource> resources;
};

/// ID (RFC 2971): pairs as they came, values may be NIL.
struct ServerId {
  std::vector<std::pair<std::string, std::string>> pairs;
};

/// One FETCH response. Attributes come in any order and may be spread over several responses; the UID is the only
/// identity. No allocation: 10,000 of them make 10,000 small structs on the stack.
struct FetchData {
  enum class Body { kAbsent, kNil, kInline, kStreamed };
  std::uint64_t sequence = 0;
  std::optional<Uid> uid;
  std::optional<std::string_view> flags;  ///< inside of the parentheses
  std::optional<std::int64_t> internal_date_us;
  std::optional<std::uint64_t> size;
  ModSeq modseq;
  std::string_view email_id;   ///< RFC 8474
  std::string_view thread_id;  ///< RFC 8474
  std::string_view gm_msgid;
  std::string_view gm_thrid;
  std::string_view gm_labels;                  ///< inside of the parentheses
  std::optional<ImapString> message_id_field;  ///< BODY[HEADER.FIELDS (MESSAGE-ID)]
  Body body = Body::kAbsent;
  ImapString body_text;  ///< when inline
  std::uint64_t body_size = 0;
  std::optional<std::uint64_t> body_origin;  ///< of BODY[]<n>
};

/// Framed well but not understood: a grammar error (`reason`), or a response this program does not use.
struct Unknown {
  std::string_view text;
  std::string_view reason;  ///< empty: simply not used
};

using Response =
    std::variant<StatusLine, Continuation, CapabilityList, ListEntry, MailboxStatus, FlagList, Exists, Recent, Expunged,
                 SearchResult, Vanished, Enabled, ServerId, Namespaces, Quota, FetchData, Unknown>;

}  // namespace haulier::imap
