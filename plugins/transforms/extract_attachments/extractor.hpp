#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include <haulier/batch_builder.hpp>
#include <haulier/config.hpp>
#include <haulier/host.hpp>
#include <haulier/schema.hpp>

#include "attachment_filter.hpp"
#include "content_folder.hpp"
#include "content_inspector.hpp"
#include "mime/defects.hpp"
#include "mime/sha256.hpp"
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
    mime::Sha256::Hex sha256{};
    mime::DefectList defects;
  };

  void extract(const RecordView& part, BatchBuilder& out);
  void read_identity(const Blob& content, Decoded& decoded);
  void decode(const Blob& content, mime::TransferEncoding encoding, Decoded& decoded);
  void write_content(const RecordView& part, const Decoded& decoded, BatchBuilder& out);
  void write_row(const RecordView& part, const Decoded& decoded, BatchBuilder& out);
  void write_dangers(const RecordView& part, RecordBuilder& row);
  void write_defects(const RecordView& part, const Decoded& decoded, RecordBuilder& row);

  Host host_;
  std::uint64_t max_size_;
  AttachmentFilter filter_;
  std::string directory_;                  // empty: contents go on as blobs
  std::unique_ptr<ContentFolder> folder_;  // opened by the first content, so that checking a pipeline makes no folder
  mime::Sha256 sha256_;
  ContentInspector inspector_;
  std::string block_;  // scratch of decode_body
  std::string json_;
  std::unordered_set<std::string> seen_;  // SHA-256 of contents that are in this batch already

  std::uint32_t parts_ = 0;
  std::vector<std::uint32_t> passed_;  // index in the schema of the stage before -> index here
  std::uint32_t attachments_ = 0;
  std::uint32_t contents_ = 0;
};

}  // namespace haulier::extract_attachments
