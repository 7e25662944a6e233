#pragma once
#include <cstdint>
#include <string_view>

#include "proto/event.hpp"

namespace haulier::imap {

/// What to do about a refusal (NO, BAD or BYE): RFC 5530 and what servers say in the field.
struct Reaction {
  enum class Kind {
    kReconnect,    ///< passing: a new connection after a while
    kPause,        ///< the account rests for `wait_ms`
    kCredential,   ///< the token or password was refused: refresh once, then a person
    kPerson,       ///< a person has to do something else (policy, rights)
    kSendId,       ///< NetEase: send ID and try once more
    kSkipMailbox,  ///< this mailbox cannot be read; the others can
    kHoles,        ///< some messages of the set are gone: as good as OK
    kRefused       ///< nothing known: the caller decides (bisect, give up)
  };
  Kind kind = Kind::kRefused;
  std::uint64_t wait_ms = 0;
  bool fewer_connections = false;  ///< the server has too many connections of this account
};

[[nodiscard]] Reaction react(Verb verb, Condition condition, Code code, std::string_view text);

/// "Suggested Backoff Time: 299961 milliseconds" (Microsoft 365); 0 when there is none. At most one hour.
[[nodiscard]] std::uint64_t suggested_backoff_ms(std::string_view text);

}  // namespace haulier::imap
