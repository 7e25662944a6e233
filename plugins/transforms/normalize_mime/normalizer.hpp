#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <haulier/batch_builder.hpp>
#include <haulier/config.hpp>
#include <haulier/host.hpp>
#include <haulier/schema.hpp>

#include "email_record.hpp"
#include "mime/reader.hpp"
#include "mime/sha256_lanes.hpp"
#include "places/email_ids.hpp"
#include "streams.hpp"

namespace haulier::normalize_mime {

// The transform: `messages` become `emails`, `email_locations` and `attachment_parts`; every other stream passes
// through. One instance per worker thread; it keeps the reader's buffers between batches.
class Normalizer {
 public:
  Normalizer(Config config, Host host);
  void declare(SchemaView in, Schema& out);
  [[nodiscard]] Batch apply(Batch in);

 private:
  // A message attached to another one, which becomes an email of its own.
  struct Nested {
    Blob raw;
    std::string parent_id;
    std::string path;
    std::uint32_t depth = 1;
    std::optional<mime::Sha256::Digest> sha256 = {};
  };

  void hash_messages(const BatchView& view);
  void hash_nested(std::size_t from);

  void add_message(const RecordView& message, const std::optional<mime::Sha256::Digest>& known, BatchBuilder& out);
  void update_location(const RecordView& message, BatchBuilder& out);
  void add_details(const mime::Email& email, std::string_view email_id, std::uint64_t origin, BatchBuilder& out);
  void add_location(const RecordView& message, std::string_view email_id, BatchBuilder& out);
  void add_parts(const mime::Email& email, std::string_view email_id, const Blob& raw, std::uint32_t depth,
                 std::uint64_t origin, BatchBuilder& out);
  void add_nested(std::string_view account, std::uint64_t origin, BatchBuilder& out);
  [[nodiscard]] Blob decoded(const Blob& content, mime::TransferEncoding encoding);
  const mime::Email& read(const Blob& raw, const std::optional<mime::Sha256::Digest>& known);
  [[nodiscard]] std::string email_id(const RecordView& message, const mime::Email& email);
  [[nodiscard]] std::string place_key(const RecordView& message) const;

  Host host_;
  bool store_raw_;
  bool nested_rows_;
  std::int64_t max_time_us_;  // per message with all that is nested in it; 0: no limit
  std::int64_t deadline_us_ = 0;
  mime::Expired expired_;
  mime::Limits limits_;
  mime::Reader reader_;
  mime::Sha256 sha256_;  // of spilled messages, while they are scanned
  mime::Sha256Lanes lanes_;
  std::vector<std::optional<mime::Sha256::Digest>> digests_;  // of the batch's records
  std::vector<mime::Sha256Job> jobs_;
  EmailRecordWriter writer_;
  places::EmailIds ids_;
  mime::Sha256::Hex raw_sha256_{};

  std::vector<Nested> waiting_;  // of the message that is being read
  std::string block_;            // scratch of decode_body

  std::uint32_t messages_ = 0;  // index of the stream in the schema of the stage before
  MessageFields fields_{};
  std::vector<std::uint32_t> passed_;  // index there -> index here, for the other streams
  std::uint32_t emails_ = 0;
  std::uint32_t details_ = 0;
  std::uint32_t nested_ = 0;
  std::uint32_t locations_ = 0;
  std::uint32_t parts_ = 0;
};

}  // namespace haulier::normalize_mime
