#pragma once
#include <cstdint>

#include "haulier/schema.hpp"

namespace haulier::imap {

// The streams of this source; the fields, their order and meaning are those of schemas/README.md.

inline constexpr std::uint32_t kMessages = 0;  // stream numbers
inline constexpr std::uint32_t kSyncStatus = 1;

namespace message {
enum Field : std::uint32_t {
  kAccount,
  kMailbox,
  kUidValidity,
  kUid,
  kRaw,
  kInternalDate,
  kFlags,
  kModSeq,
  kServerId,
  kThreadServerId,
  kVanishedAt,
  kEmailId,
  kCount
};
}  // namespace message

namespace sync_status {
enum Field : std::uint32_t {
  kAccount,
  kMailbox,
  kUidValidity,
  kMessagesTotal,
  kMessagesDone,
  kLastUid,
  kLastSuccessAt,
  kLastError,
  kState,
  kCount
};
}  // namespace sync_status

void declare_mail_streams(Schema& streams);

}  // namespace haulier::imap
