#include "normalizer.hpp"

#include <string_view>
#include <utility>

#include <haulier/json.hpp>

namespace haulier::normalize_mime {

namespace {

constexpr std::size_t kMaxNested = 500;  // emails made of one message; the others stay attachments

mime::Limits limits_of(const Config& config) {
  mime::Limits limits;
  limits.text_bytes =
      static_cast<std::size_t>(config.integer("max_text", static_cast<std::int64_t>(limits.text_bytes)));
  limits.parts = static_cast<std::size_t>(config.integer("max_parts", static_cast<std::int64_t>(limits.parts)));
  limits.facts = config.text("details", "rows") == "rows";
  limits.multipart_depth = static_cast<std::uint32_t>(config.integer("max_depth", limits.multipart_depth));
  return limits;
}

std::optional<std::string_view> optional_text(const RecordView& record, std::uint32_t field) {
  if (record.empty(field) || record.text(field).empty()) return std::nullopt;
  return record.text(field);
}

}  // namespace

Normalizer::Normalizer(Config config, Host host)
    : host_(host),
      store_raw_(config.text("store_raw", "none") == "database"),
      nested_rows_(config.text("nested_messages", "rows") == "rows"),
      max_time_us_(config.integer("max_time", 10'000) * 1000),
      limits_(limits_of(config)),
      reader_(limits_) {
  if (max_time_us_ != 0) expired_ = [this] { return host_.monotonic_us() >= deadline_us_; };
}

void Normalizer::declare(SchemaView in, Schema& out) {
  const auto messages = in.find("messages");
  if (!messages) throw Error::bad_config("", "normalize_mime needs a source that produces the stream `messages`");
  messages_ = *messages;
  fields_ = MessageFields::of(in[messages_]);
  passed_.assign(in.size(), 0);
  for (std::uint32_t i = 0; i < in.size(); ++i) {
    if (i != messages_) passed_[i] = out.add_copy(in[i]);
  }
  emails_ = emails::declare(out);
  details_ = details::declare(out);
  nested_ = nested::declare(out);
  locations_ = locations::declare(out);
  parts_ = parts::declare(out);
}

Batch Normalizer::apply(Batch in) {
  const BatchView view = in.view();
  BatchBuilder out;
  bool borrows = false;
  hash_messages(view);
  for (std::uint64_t i = 0; i < view.size(); ++i) {
    const RecordView record = view[i];
    if (record.stream() != messages_) {
      out.pass(record, passed_.at(record.stream()));
      borrows = true;
    } else if (record.op() == HAULIER_UPSERT) {
      add_message(record, digests_[i], out);
    } else {
      update_location(record, out);
    }
  }
  // Strings of messages are copied, so that their raw bytes can go as soon as no attachment needs them.
  if (borrows) out.keep(std::move(in));
  return out.finish();
}

// The place of the message as JSON, for its row in quarantine.
std::string Normalizer::place_key(const RecordView& message) const {
  std::string out = "{\"account\":";
  append_json_string(out, message.text(fields_.account));
  out += ",\"mailbox\":";
  append_json_string(out, message.text(fields_.mailbox));
  out += ",\"uidvalidity\":" + std::to_string(message.integer(fields_.uidvalidity).value_or(0));
  return out + ",\"uid\":" + std::to_string(message.integer(fields_.uid).value_or(0)) + "}";
}

// All messages of a batch together, which is faster than one by one. Not the spilled ones: their pages are to be read
// once only.
void Normalizer::hash_messages(const BatchView& view) {
  digests_.assign(view.size(), std::nullopt);
  jobs_.clear();
  for (std::uint64_t i = 0; i < view.size(); ++i) {
    if (view[i].stream() != messages_ || view[i].op() != HAULIER_UPSERT) continue;
    const Blob raw = view[i].blob(fields_.raw);
    if (raw && !raw.spilled()) jobs_.push_back({raw.bytes(), &digests_[i].emplace()});
  }
  lanes_.run(jobs_);
}

// Those that wait from `from` on.
void Normalizer::hash_nested(std::size_t from) {
  jobs_.clear();
  for (std::size_t i = from; i < waiting_.size(); ++i) {
    Nested& nested = waiting_[i];
    if (!nested.raw.spilled()) jobs_.push_back({nested.raw.bytes(), &nested.sha256.emplace()});
  }
  lanes_.run(jobs_);
}

// A message whose hash is not known is hashed while the scan goes through, and gives the pages behind it back.
const mime::Email& Normalizer::read(const Blob& raw, const std::optional<mime::Sha256::Digest>& known) {
  const std::string_view bytes = raw.bytes();
  if (known) {
    raw_sha256_ = mime::hex_of(*known);
    return reader_.read(bytes, {}, expired_);
  }
  std::uint64_t done = 0;
  sha256_.begin();
  const mime::Email& email = reader_.read(
      bytes,
      [&](std::uint64_t finished) {
        sha256_.update(bytes.substr(done, finished - done));
        if (raw.spilled()) raw.done_with(done, finished - done);
        done = finished;
      },
      expired_);
  if (raw.spilled()) raw.done_with(0, raw.size());
  raw_sha256_ = mime::hex_of(sha256_.finish());
  return email;
}

std::string Normalizer::email_id(const RecordView& message, const mime::Email& email) {
  const auto account = message.text(fields_.account);
  if (const auto server_id = optional_text(message, fields_.server_id)) return ids_.of_server_id(account, *server_id);
  return ids_.of_bytes(account, mime::view_of(raw_sha256_),
                       email.sent ? std::optional(email.sent->utc_us) : std::nullopt);
}

void Normalizer::add_message(const RecordView& message, const std::optional<mime::Sha256::Digest>& known,
                             BatchBuilder& out) {
  waiting_.clear();
  const Blob raw = message.blob(fields_.raw);
  const auto stored = fields_.email_id ? optional_text(message, *fields_.email_id) : std::nullopt;
  if (!raw && stored) {
    // A further place of an e-mail that the source has found in the sink.
    add_location(message, *stored, out);
    return;
  }
  if (const auto server_id = optional_text(message, fields_.server_id); !raw && server_id) {
    // A further place of a message that the source has seen under the same id: its row is there.
    add_location(message, ids_.of_server_id(message.text(fields_.account), *server_id), out);
    return;
  }
  if (!raw) {
    out.reject(message.origin(), place_key(message), "the source gave no bytes for this message");
    return;
  }
  if (max_time_us_ != 0) deadline_us_ = host_.monotonic_us() + max_time_us_;
  const mime::Email& email = read(raw, known);
  const std::string id = email_id(message, email);
  EmailIdentity identity;
  identity.id = id;
  identity.account = message.text(fields_.account);
  identity.raw_sha256 = mime::view_of(raw_sha256_);
  identity.raw_size = raw.size();
  identity.server_id = optional_text(message, fields_.server_id);
  identity.thread_server_id = optional_text(message, fields_.thread_server_id);
  identity.internal_date_us = message.integer(fields_.internal_date);
  RecordBuilder record = out.record(emails_, emails::count, HAULIER_UPSERT, message.origin());
  writer_.write_email(record, email, identity);
  if (store_raw_) record.blob(emails::raw, raw);
  add_details(email, id, message.origin(), out);
  add_location(message, id, out);
  add_parts(email, id, raw, 1, message.origin(), out);
  add_nested(identity.account, message.origin(), out);
}

// Each nested message in turn; what is nested in it joins the queue, so there is no recursion.
void Normalizer::add_nested(std::string_view account, std::uint64_t origin, BatchBuilder& out) {
  for (std::size_t i = 0; i < waiting_.size(); ++i) {
    if (!waiting_[i].sha256 && !waiting_[i].raw.spilled()) hash_nested(i);
    const Nested nested = std::move(waiting_[i]);
    const mime::Email& email = read(nested.raw, nested.sha256);
    const std::string id = ids_.of_nested(account, nested.parent_id, nested.path);
    EmailIdentity identity;
    identity.id = id;
    identity.account = account;
    identity.raw_sha256 = mime::view_of(raw_sha256_);
    identity.raw_size = nested.raw.size();
    writer_.write_email(out.record(emails_, emails::count, HAULIER_UPSERT, origin), email, identity);
    add_details(email, id, origin, out);
    RecordBuilder link = out.record(nested_, nested::count, HAULIER_UPSERT, origin);
    link.text(nested::email_id, id).text(nested::parent_email_id, nested.parent_id);
    link.text(nested::part_path, nested.path).integer(nested::depth, nested.depth);
    add_parts(email, id, nested.raw, nested.depth + 1, origin, out);
  }
  waiting_.clear();
}

// The bytes of a nested message; empty when they are more than a message may have.
Blob Normalizer::decoded(const Blob& content, mime::TransferEncoding encoding) {
  if (mime::is_identity(encoding)) return content;
  std::string bytes;
  mime::TransferDecoder decoder(encoding);
  bool fits = true;
  mime::decode_body(content.bytes(), decoder, encoding, block_, [&](std::string_view piece) {
    fits = piece.size() <= limits_.message_bytes - bytes.size();
    if (fits) bytes.append(piece);
    return fits;
  });
  return fits ? host_.copy_blob(bytes) : Blob();
}

void Normalizer::add_details(const mime::Email& email, std::string_view email_id, std::uint64_t origin,
                             BatchBuilder& out) {
  if (!limits_.facts) return;
  writer_.write_details(out.record(details_, details::count, HAULIER_UPSERT, origin), email, email_id);
}

void Normalizer::add_location(const RecordView& message, std::string_view email_id, BatchBuilder& out) {
  RecordBuilder record = out.record(locations_, locations::count, HAULIER_UPSERT, message.origin());
  record.text(locations::account, message.text(fields_.account));
  record.text(locations::mailbox, message.text(fields_.mailbox));
  record.integer(locations::uidvalidity, message.integer(fields_.uidvalidity).value_or(0));
  record.integer(locations::uid, message.integer(fields_.uid).value_or(0));
  record.text(locations::email_id, email_id);
  record.json(locations::flags, message.empty(fields_.flags) ? "[]" : message.text(fields_.flags));
  if (const auto modseq = message.integer(fields_.modseq)) record.integer(locations::modseq, *modseq);
  if (const auto date = message.integer(fields_.internal_date)) record.timestamp(locations::internal_date, *date);
  if (const auto gone = message.integer(fields_.vanished_at)) record.timestamp(locations::vanished_at, *gone);
  record.timestamp(locations::first_seen, host_.now_us());
}

// Only what the message's record carries; everything else stays as it is in the row.
void Normalizer::update_location(const RecordView& message, BatchBuilder& out) {
  RecordBuilder record = out.record(locations_, locations::count, message.op(), message.origin());
  record.text(locations::account, message.text(fields_.account));
  record.text(locations::mailbox, message.text(fields_.mailbox));
  record.integer(locations::uidvalidity, message.integer(fields_.uidvalidity).value_or(0));
  record.integer(locations::uid, message.integer(fields_.uid).value_or(0));
  if (message.op() != HAULIER_UPDATE) return;
  if (!message.absent(fields_.flags)) {
    record.json(locations::flags, message.empty(fields_.flags) ? "[]" : message.text(fields_.flags));
  }
  const auto number = [&](std::uint32_t from, std::uint32_t to, bool is_time) {
    if (message.absent(from)) return;
    const auto value = message.integer(from);
    if (!value)
      record.null(to);
    else if (is_time)
      record.timestamp(to, *value);
    else
      record.integer(to, *value);
  };
  number(fields_.modseq, locations::modseq, false);
  number(fields_.internal_date, locations::internal_date, true);
  number(fields_.vanished_at, locations::vanished_at, true);
}

void Normalizer::add_parts(const mime::Email& email, std::string_view email_id, const Blob& raw, std::uint32_t depth,
                           std::uint64_t origin, BatchBuilder& out) {
  std::int64_t ordinal = 0;
  for (const mime::Attachment& part : email.attachments) {
    RecordBuilder record = out.record(parts_, parts::count, HAULIER_UPSERT, origin);
    writer_.write_part(record, part, email_id, ++ordinal);
    Blob content = part.bytes.data() != nullptr ? host_.copy_blob(part.bytes)
                                                : host_.slice(raw, part.content.begin, part.content.size());
    if (!content) continue;
    if (nested_rows_ && part.role == mime::Role::nested_message && depth <= limits_.nested_messages &&
        waiting_.size() < kMaxNested) {
      if (Blob message = decoded(content, part.encoding)) {
        waiting_.push_back({std::move(message), std::string(email_id), std::string(part.path), depth});
      }
    }
    record.blob(parts::content, std::move(content));
  }
}

}  // namespace haulier::normalize_mime
