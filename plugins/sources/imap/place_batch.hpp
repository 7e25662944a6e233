#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "haulier/batch_builder.hpp"
#include "haulier/blob.hpp"
#include "haulier/json.hpp"

namespace haulier::imap {

/// A message, for one record of the stream `messages`. Without `raw`: a further place of one that is stored already.
struct PlacedMessage {
  std::uint64_t uidvalidity = 0;
  std::uint64_t uid = 0;
  std::optional<Blob> raw;
  std::optional<std::int64_t> internal_date_us;
  std::optional<std::string> flags_json;
  std::uint64_t modseq = 0;    // 0: none
  std::string_view server_id;  // empty: none
  std::string_view thread_server_id;
  std::string_view email_id;  // of the one that is stored, when it is known and has no server id
};

/// The state row of a mailbox.
struct PlaceStatus {
  std::uint64_t uidvalidity = 0;
  std::uint64_t messages_total = 0;
  std::uint64_t messages_done = 0;
  std::uint64_t last_uid = 0;
  std::optional<std::int64_t> last_success_us;
  std::string last_error;  // empty: fine
  std::string state_json;
};

/// A batch of one mailbox while it is filled. Owned by a source; finish() gives the batch away and it starts anew.
class PlaceBatch {
 public:
  PlaceBatch(std::string account, std::string mailbox) : account_(std::move(account)), mailbox_(std::move(mailbox)) {}

  void message(PlacedMessage message);
  void flags(std::uint64_t uidvalidity, std::uint64_t uid, std::string_view flags_json, std::uint64_t modseq);
  void vanished(std::uint64_t uidvalidity, std::uint64_t uid, std::int64_t at_us);
  /// A message that cannot be read: it goes to quarantine.
  void reject(std::uint64_t uidvalidity, std::uint64_t uid, std::string_view reason);

  [[nodiscard]] std::uint64_t size() const { return origins_; }
  [[nodiscard]] std::uint64_t bytes() const { return bytes_; }
  [[nodiscard]] const std::string& account() const { return account_; }
  [[nodiscard]] const std::string& mailbox() const { return mailbox_; }

  [[nodiscard]] Batch finish(const PlaceStatus& status);
  /// Leaves the mailbox's state as it is: after a crash these records come again.
  [[nodiscard]] Batch finish();

 private:
  RecordBuilder place(haulier_op op, std::uint64_t uidvalidity, std::uint64_t uid);

  std::string account_;
  std::string mailbox_;
  BatchBuilder builder_;
  std::uint64_t origins_ = 0;
  std::uint64_t bytes_ = 0;
};

/// "me@example.org / INBOX": the name of a mailbox's partition.
[[nodiscard]] std::string partition_name(std::string_view account, std::string_view mailbox);

}  // namespace haulier::imap
