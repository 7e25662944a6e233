#pragma once
#include <cstdint>
#include <string_view>

#include "haulier/enumerate.hpp"

namespace haulier::imap {

// What `haulier verify` compares, as in schemas/README.md: a place of the mailbox with its rows in email_locations and
// emails.
namespace compared {
enum Field : std::uint32_t { kAccount, kMailbox, kUidValidity, kUid, kRawSize, kRawSha256, kCount };
}

/// Makes the source's comparison; see haulier/abi/enumerate.h.
class MailComparison : public Comparison {
 public:
  MailComparison()
      : Comparison({.places = "email_locations",
                    .gone = "vanished_at",
                    .detail = "emails",
                    .detail_ref = "email_id",
                    .detail_key = "id",
                    .size = "raw_size",
                    .hash = "raw_sha256",
                    .received = "internal_date"},
                   2,
                   {{"account", HAULIER_STRING, kKey},
                    {"mailbox", HAULIER_STRING, kKey},
                    {"uidvalidity", HAULIER_INT64, kKey},
                    {"uid", HAULIER_INT64, kKey},
                    {"raw_size", HAULIER_INT64},
                    {"raw_sha256", HAULIER_STRING}}) {}

 private:
  static constexpr std::uint32_t kKey = HAULIER_FIELD_KEY | HAULIER_FIELD_NOT_NULL;
};

}  // namespace haulier::imap
