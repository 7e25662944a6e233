#include "extractor.hpp"

#include <algorithm>
#include <memory>
#include <string_view>
#include <utility>

#include "danger.hpp"
#include "media_type.hpp"
#include "mime/email_json.hpp"
#include "mime/json_text.hpp"

namespace haulier::extract_attachments {

namespace {

constexpr std::uint64_t kWindow = 64u << 10;
constexpr std::uint64_t kHashTogether = 2u << 20;  // bytes of contents that wait for their hash
constexpr std::uint64_t kGiveBack = 1u << 20;      // how often the host is told that pages are done with

mime::TransferEncoding encoding_of(std::string_view name) {
  using mime::TransferEncoding;
  for (const auto encoding : {TransferEncoding::base64, TransferEncoding::quoted_printable, TransferEncoding::uuencode,
                              TransferEncoding::yenc}) {
    if (name == mime::name_of(encoding)) return encoding;
  }
  return TransferEncoding::binary;
}

// A lower bound, so that a content which cannot fit is not written at all.
std::uint64_t least_decoded_size(std::uint64_t encoded, mime::TransferEncoding encoding) {
  return encoding == mime::TransferEncoding::base64 ? encoded / 4 * 3 * 9 / 10 : 0;
}

}  // namespace

Extractor::Extractor(Config config, Host host)
    : host_(host),
      max_size_(static_cast<std::uint64_t>(config.integer("max_size", std::int64_t{256} << 20))),
      filter_(config),
      directory_(config.at("store").text("directory")) {}

void Extractor::declare(SchemaView in, Schema& out) {
  const auto found = in.find("attachment_parts");
  if (!found)
    throw Error::bad_config("", "extract_attachments needs normalize_mime before it (stream `attachment_parts`)");
  parts_ = *found;
  parts::check(in[parts_]);
  passed_.assign(in.size(), 0);
  for (std::uint32_t i = 0; i < in.size(); ++i) {
    if (i != parts_) passed_[i] = out.add_copy(in[i]);
  }
  attachments_ = attachments::declare(out, directory_.empty() ? "attachment_contents" : "attachment_files");
  contents_ = directory_.empty() ? contents::declare(out) : files::declare(out);
}

std::uint64_t Extractor::discard(std::string_view stream, std::string_view key) {
  return stream == "attachment_files" && !directory_.empty() ? ContentFolder::remove(directory_, key) : 0;
}

Batch Extractor::apply(Batch in) {
  const BatchView view = in.view();
  BatchBuilder out;
  extracted_.clear();
  seen_.clear();
  hashed_ = 0;
  unhashed_bytes_ = 0;
  for (std::uint64_t i = 0; i < view.size(); ++i) {
    if (view[i].stream() != parts_) continue;
    extract(view[i], i);
    if (unhashed_bytes_ >= kHashTogether) hash_contents();
  }
  hash_contents();
  std::size_t next = 0;
  for (std::uint64_t i = 0; i < view.size(); ++i) {
    const RecordView record = view[i];
    if (record.stream() != parts_)
      out.pass(record, passed_.at(record.stream()));
    else if (next < extracted_.size() && extracted_[next].record == i)
      write(record, extracted_[next++], out);
  }
  out.keep(std::move(in));
  extracted_.clear();
  if (folder_) folder_->sync();
  return out.finish();
}

void Extractor::extract(const RecordView& part, std::uint64_t record) {
  const std::string_view name = part.text(part.empty(parts::filename) ? parts::filename_safe : parts::filename);
  const std::string_view declared = part.text(parts::media_type);
  if (!filter_.may_pass(name, declared)) return;
  Decoded decoded;
  inspector_.begin();
  const Blob content = part.blob(parts::content);
  const mime::TransferEncoding encoding = encoding_of(part.text(parts::encoding));
  if (mime::is_identity(encoding))
    read_identity(content, decoded);
  else
    decode(content, encoding, decoded);
  const std::string_view sniffed = inspector_.media_type();
  if (!filter_.passes(name, declared, sniffed, decoded.size)) return;
  if (decoded.content && !decoded.sha256) unhashed_bytes_ += decoded.size;
  extracted_.push_back(
      {record, std::move(decoded), sniffed, inspector_.has_macro(), inspector_.is_encrypted_archive()});
}

// Together they are hashed faster than one by one. A content that is there already is let go.
void Extractor::hash_contents() {
  jobs_.clear();
  for (std::size_t i = hashed_; i < extracted_.size(); ++i) {
    Decoded& decoded = extracted_[i].decoded;
    if (decoded.content && !decoded.sha256) jobs_.push_back({decoded.content.bytes(), &decoded.sha256.emplace()});
  }
  lanes_.run(jobs_);
  for (; hashed_ < extracted_.size(); ++hashed_) {
    Extracted& extracted = extracted_[hashed_];
    if (!extracted.decoded.sha256) continue;
    extracted.is_first = seen_.insert(*extracted.decoded.sha256).second;
    if (!extracted.is_first) extracted.decoded.content = {};
  }
  unhashed_bytes_ = 0;
}

void Extractor::write_content(const RecordView& part, const Decoded& decoded, std::string_view sha256,
                              BatchBuilder& out) {
  RecordBuilder row = out.record(contents_, contents::count, HAULIER_UPSERT, part.origin());
  row.text(contents::sha256, sha256).integer(contents::size, static_cast<std::int64_t>(decoded.size));
  if (directory_.empty()) {
    row.blob(contents::content, decoded.content);
    return;
  }
  if (!folder_) folder_ = std::make_unique<ContentFolder>(directory_);
  row.text(files::path, folder_->put(sha256, decoded.content.bytes()));
}

void Extractor::read_identity(const Blob& content, Decoded& decoded) {
  const std::string_view bytes = content.bytes();
  decoded.size = bytes.size();
  const bool kept = bytes.size() <= max_size_;
  const bool hash_now = kept && content.spilled();
  if (hash_now) sha256_.begin();
  std::uint64_t given_back = 0;
  for (std::uint64_t at = 0; at < bytes.size(); at += kWindow) {
    const std::string_view window = bytes.substr(at, kWindow);
    inspector_.feed(window);
    if (!kept) break;  // the head is enough to know the type
    if (hash_now) sha256_.update(window);
    if (content.spilled() && at - given_back >= kGiveBack) {
      content.done_with(given_back, at - given_back);
      given_back = at;
    }
  }
  if (content.spilled()) content.done_with(given_back, bytes.size() - given_back);
  if (hash_now) decoded.sha256 = sha256_.finish();
  if (kept) decoded.content = content ? content : host_.copy_blob({});
}

void Extractor::decode(const Blob& content, mime::TransferEncoding encoding, Decoded& decoded) {
  const std::string_view bytes = content.bytes();
  mime::TransferDecoder decoder(encoding);
  std::optional<BlobWriter> writer;
  const std::uint64_t expected = encoding == mime::TransferEncoding::base64 ? bytes.size() / 4 * 3 : bytes.size();
  if (least_decoded_size(bytes.size(), encoding) <= max_size_)
    writer.emplace(host_.new_blob(std::min(expected, max_size_)));
  const bool hash_now = bytes.size() >= kHashTogether;  // what the host spills is to be read once
  if (hash_now) sha256_.begin();
  std::uint64_t decoded_from = 0;
  const auto sink = [&](std::string_view window) {
    decoded.size += window.size();
    inspector_.feed(window);
    if (decoded.size > max_size_) writer.reset();
    if (!writer) return;
    if (hash_now) sha256_.update(window);
    writer->append(window);
  };
  // Piece by piece, so that the pages of the encoded bytes can go on the way.
  for (std::uint64_t at = 0; at < bytes.size(); at += kWindow) {
    if (block_.size() < kWindow + mime::TransferDecoder::kSlack) block_.resize(kWindow + mime::TransferDecoder::kSlack);
    const std::size_t size = decoder.feed(bytes.substr(at, kWindow), block_.data());
    if (size != 0) sink({block_.data(), size});
    if (content.spilled() && at - decoded_from >= kGiveBack) {
      content.done_with(decoded_from, at - decoded_from);
      decoded_from = at;
    }
  }
  char rest[mime::TransferDecoder::kSlack];
  if (const std::size_t size = decoder.finish(rest); size != 0) sink({rest, size});
  if (content.spilled()) content.done_with(decoded_from, bytes.size() - decoded_from);
  using mime::DefectCode;
  if (decoder.base64().dirty()) decoded.defects.add(DefectCode::base64_dirty, 0);
  if (decoder.base64().truncated()) decoded.defects.add(DefectCode::base64_truncated, 0);
  if (decoder.base64().after_padding()) decoded.defects.add(DefectCode::base64_after_padding, 0);
  if (decoder.quoted_printable_invalid()) decoded.defects.add(DefectCode::quoted_printable_invalid, 0);
  if (decoder.uuencode_truncated()) decoded.defects.add(DefectCode::uuencode_truncated, 0);
  if (decoder.yenc_truncated()) decoded.defects.add(DefectCode::yenc_truncated, 0);
  if (!writer) return;
  decoded.content = writer->seal();
  if (hash_now) decoded.sha256 = sha256_.finish();
}

void Extractor::write(const RecordView& part, const Extracted& extracted, BatchBuilder& out) {
  const Decoded& decoded = extracted.decoded;
  const bool kept = decoded.sha256.has_value();
  const mime::Sha256::Hex sha256 = kept ? mime::hex_of(*decoded.sha256) : mime::Sha256::Hex();
  if (kept && extracted.is_first) write_content(part, decoded, mime::view_of(sha256), out);
  RecordBuilder row = out.record(attachments_, attachments::count, HAULIER_UPSERT, part.origin());
  for (std::uint32_t i = 0; i < parts::content; ++i) row.value(i, part[i]);
  row.integer(attachments::size, static_cast<std::int64_t>(decoded.size));
  if (kept) row.text(attachments::sha256, mime::view_of(sha256));
  if (!extracted.sniffed.empty()) row.text_view(attachments::media_type_sniffed, extracted.sniffed);
  row.boolean(attachments::type_mismatch, contradicts(part.text(parts::media_type), extracted.sniffed));
  row.boolean(attachments::truncated, !kept);
  write_dangers(part, extracted, row);
  write_defects(part, decoded, row);
}

void Extractor::write_dangers(const RecordView& part, const Extracted& extracted, RecordBuilder& row) {
  const std::string_view name = part.text(parts::filename);
  json_.clear();
  mime::JsonText json(json_);
  json.begin_array();
  if (has_double_extension(name)) json.string("double_extension");
  if (has_bidi_controls(name)) json.string("bidi_name");
  if (has_executable_extension(name) || is_executable_type(extracted.sniffed)) json.string("executable");
  if (has_macro_extension(name) || extracted.has_macro) json.string("macro");
  if (extracted.is_encrypted_archive) json.string("encrypted_archive");
  json.end_array();
  row.json(attachments::dangers, json_);
}

// Those of the part, and those that decoding found; their position is the beginning of the content.
void Extractor::write_defects(const RecordView& part, const Decoded& decoded, RecordBuilder& row) {
  if (decoded.defects.size() == 0) {
    row.value(attachments::defects, part[parts::defects]);
    return;
  }
  const std::string_view earlier = part.text(parts::defects);
  json_.clear();
  mime::append_defects_json(json_, {decoded.defects.begin(), decoded.defects.end()});
  if (earlier.size() > 2) {
    json_.pop_back();
    json_.push_back(',');
    json_.append(earlier.substr(1));
  }
  row.json(attachments::defects, json_);
}

}  // namespace haulier::extract_attachments
