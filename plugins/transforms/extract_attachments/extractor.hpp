#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <haulier/batch_builder.hpp>
#include <haulier/config.hpp>
#include <haulier/host.hpp>
#include <haulier/schema.hpp>

#include "attachment_filter.hpp"
#include "content_folder.hpp"
#include "content_inspector.hpp"
#include "mime/defects.hpp"
#include "mime/sha256_lanes.hpp"
#include "mime/transfer_decoder.hpp"
#include "streams.hpp"

namespace haulier::extract_attachments {

// The transform: `attachment_parts` become `attachments` and `attachment_contents`; every other stream passes through
// untouched. One instance per worker thread. Contents are decoded in windows of 64 KiB, straight into a blob of the
// host; what needs no decoding is not copied at all.
class Extractor {
 public:
  Extractor(Config config, Host host);
  void declare(SchemaView in, Schema& out);
  [[nodiscard]] Batch apply(Batch in);
  // Takes the file of an erased row of `attachment_files` away; its size.
  std::uint64_t discard(std::string_view stream, std::string_view key);

 private:
  struct Decoded {
    std::uint64_t size = 0;
    Blob content;  // empty when larger than max_size
    std::optional<mime::Sha256::Digest> sha256;
    mime::DefectList defects;
  };
  // A part that passed the filter.
  struct Extracted {
    std::uint64_t record = 0;  // its place in the batch
    Decoded decoded;
    std::string_view sniffed;
    bool has_macro = false;
    bool is_encrypted_archive = false;
    bool is_first = true;  // with this content, in this batch
  };

  void extract(const RecordView& part, std::uint64_t record);
  void hash_contents();
  void write(const RecordView& part, const Extracted& extracted, BatchBuilder& out);
  void read_identity(const Blob& content, Decoded& decoded);
  void decode(const Blob& content, mime::TransferEncoding encoding, Decoded& decoded);
  void write_content(const RecordView& part, const Decoded& decoded, std::string_view sha256, BatchBuilder& out);
  void write_dangers(const RecordView& part, const Extracted& extracted, RecordBuilder& row);
  void write_defects(const RecordView& part, const Decoded& decoded, RecordBuilder& row);

  Host host_;
  std::uint64_t max_size_;
  AttachmentFilter filter_;
  std::string directory_;                  // empty: contents go on as blobs
  std::unique_ptr<ContentFolder> folder_;  // opened by the first content, so that checking a pipeline makes no folder
  mime::Sha256 sha256_;                    // of spilled contents, while they are decoded
  mime::Sha256Lanes lanes_;
  std::vector<mime::Sha256Job> jobs_;
  std::vector<Extracted> extracted_;  // of the batch
  std::size_t hashed_ = 0;            // of extracted_
  std::uint64_t unhashed_bytes_ = 0;  // of the others
  ContentInspector inspector_;
  std::string block_;  // scratch of decode_body
  std::string json_;
  std::set<mime::Sha256::Digest> seen_;  // SHA-256 of contents that are in this batch already

  std::uint32_t parts_ = 0;
  std::vector<std::uint32_t> passed_;  // index in the schema of the stage before -> index here
  std::uint32_t attachments_ = 0;
  std::uint32_t contents_ = 0;
};

}  // namespace haulier::extract_attachments
