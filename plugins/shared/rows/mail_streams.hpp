#pragma once
#include <cstdint>

#include "haulier/schema.hpp"

namespace haulier {

// The two streams of every source of mail; fields, order and meaning are those of schemas/README.md. Each returns the
// number of the stream.

inline std::uint32_t declare_messages(Schema& streams) {
  constexpr std::uint32_t kKey = HAULIER_FIELD_KEY | HAULIER_FIELD_NOT_NULL;
  return streams.add("messages", HAULIER_STREAM_TRANSIENT,
                     {{"account", HAULIER_STRING, kKey},
                      {"mailbox", HAULIER_STRING, kKey},
                      {"uidvalidity", HAULIER_INT64, kKey},
                      {"uid", HAULIER_INT64, kKey},
                      {"raw", HAULIER_BLOB},
                      {"internal_date", HAULIER_TIMESTAMP},
                      {"flags", HAULIER_JSON},
                      {"modseq", HAULIER_INT64},
                      {"server_id", HAULIER_STRING},
                      {"thread_server_id", HAULIER_STRING},
                      {"vanished_at", HAULIER_TIMESTAMP},
                      {"email_id", HAULIER_STRING}});
}

inline std::uint32_t declare_sync_status(Schema& streams) {
  constexpr std::uint32_t kKey = HAULIER_FIELD_KEY | HAULIER_FIELD_NOT_NULL;
  return streams.add("email_sync_status", HAULIER_STREAM_STATE,
                     {{"account", HAULIER_STRING, kKey},
                      {"mailbox", HAULIER_STRING, kKey},
                      {"uidvalidity", HAULIER_INT64},
                      {"messages_total", HAULIER_INT64},
                      {"messages_done", HAULIER_INT64},
                      {"last_uid", HAULIER_INT64},
                      {"last_success_at", HAULIER_TIMESTAMP},
                      {"last_error", HAULIER_STRING},
                      {"state", HAULIER_JSON, HAULIER_FIELD_NOT_NULL}});
}

}  // namespace haulier
