#include "load.hpp"

#include <array>
#include <ctime>
#include <stdexcept>

#include <haulier/batch_builder.hpp>

#include "mail_streams.hpp"

namespace haulier::bench {

namespace {

constexpr std::int64_t kStart_us = 1'600'000'000'000'000;
constexpr std::string_view kAccount = "me@example.org";
constexpr std::string_view kMailbox = "INBOX";

testing::PluginHandle load_transform(const std::string& plugins, const char* id, const QuietHost& host) {
  return {testing::load_descriptor(plugins + "/" + id + ".so", id), host.get(), "{}"};
}

std::uint64_t bytes_of(const haulier_value& value) noexcept {
  if (value.type == HAULIER_STRING || value.type == HAULIER_JSON) return value.v.s.size;
  if (value.type == HAULIER_BLOB) return value.v.b->size;
  return value.type <= HAULIER_NULL ? 0 : 8;
}

// Words of 3 to 10 letters, as compressible as a mail's.
const std::vector<std::string>& words() {
  static const std::vector<std::string> made = [] {
    std::vector<std::string> out;
    std::uint64_t seed = 12345;
    for (int i = 0; i < 4000; ++i) {
      std::string word;
      for (std::uint64_t n = 0; n < 3 + static_cast<std::uint64_t>(i) % 8; ++n) {
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        word += static_cast<char>('a' + (seed >> 33) % 26);
      }
      out.push_back(word);
    }
    return out;
  }();
  return made;
}

}  // namespace

Shape shape_of(std::string_view name) {
  if (name == "mail") return {4600, 0, 200, 5};
  if (name == "files") return {600, 200'000, 40, 3};
  if (name == "small") return {200, 0, 200, 5};
  throw std::runtime_error("no such load: " + std::string(name));
}

QuietHost::QuietHost() : fake_("bench"), c_(*fake_.get()) {
  c_.log_enabled = [](void*, int32_t) -> int32_t { return 0; };
  c_.log = [](void*, int32_t, haulier_str) {};
  c_.metric = [](void*, haulier_str, int32_t, double, const haulier_pair*, uint32_t) {};
  c_.crash_point = [](void*, haulier_str) {};
}

Load::Load(const std::string& plugins, const QuietHost& host, Shape shape, std::uint64_t mails)
    : host_(host.get()),
      shape_(shape),
      mails_(mails),
      normalize_(load_transform(plugins, "normalize_mime", host)),
      extract_(load_transform(plugins, "extract_attachments", host)) {
  declare_messages(messages_);
  const haulier_schema* between = nullptr;
  const haulier_schema* last = nullptr;
  testing::PluginHandle::call([&](haulier_error* error) {
    return normalize_.transform().schema(normalize_.self(), messages_.c_schema(), &between, error);
  });
  testing::PluginHandle::call(
      [&](haulier_error* error) { return extract_.transform().schema(extract_.self(), between, &last, error); });
  for (std::uint32_t i = 0; i < last->n_streams; ++i) schema_.add_copy(*last->streams[i]);
  state_ = declare_sync_status(schema_);
}

std::uint64_t Load::random() noexcept {
  random_ ^= random_ << 13;
  random_ ^= random_ >> 7;
  return random_ ^= random_ << 17;
}

void Load::append_words(std::string& out, std::size_t bytes) {
  const std::size_t end = out.size() + bytes;
  for (std::size_t line = out.size(); out.size() < end;) {
    out += words()[random() % words().size()];
    const bool wrap = out.size() - line > 66;
    out += wrap ? "\r\n" : " ";
    if (wrap) line = out.size();
  }
}

void Load::append_attachment(std::string& out) {
  constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  constexpr std::size_t kLine = 76;  // digits; 57 bytes
  out +=
      "--frontier\r\nContent-Type: application/octet-stream; name=\"scan.bin\"\r\nContent-Transfer-Encoding: base64\r\n"
      "Content-Disposition: attachment; filename=\"scan.bin\"\r\n\r\n";
  for (std::size_t left = shape_.attachment_bytes * 4 / 3; left > 0; left -= std::min(left, kLine)) {
    std::uint64_t bits = 0;
    for (std::size_t i = 0; i < kLine; ++i, bits >>= 6) {
      if (i % 10 == 0) bits = random();
      out += kDigits[bits & 63];
    }
    out += "\r\n";
  }
  out += "--frontier--\r\n";
}

// Mail comes in the order of its dates, about: one every five minutes, up to an hour late.
std::string Load::date(std::uint64_t number) {
  constexpr std::time_t kFirst = 1'500'000'000;
  const auto time = static_cast<std::time_t>(kFirst + number * 300 + random() % 3600);
  std::tm parts{};
  gmtime_r(&time, &parts);
  std::array<char, 40> text{};
  const std::size_t size = std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S +0000", &parts);
  return {text.data(), size};
}

std::string Load::mail(std::uint64_t number) {
  const std::string id = std::to_string(random());
  const std::string when = date(number);
  std::string out = "Return-Path: <list-" + id + "@example.net>\r\n";
  out += "Received: from mx" + std::to_string(number % 7) +
         ".example.net (mx.example.net [192.0.2.7]) by mail.example.org with ESMTPS id " + id + "; " + when +
         "\r\nDKIM-Signature: v=1; a=rsa-sha256; d=example.net; s=k1; bh=" + id + "\r\nFrom: \"Ann Example " +
         std::to_string(number % 997) + "\" <ann" + std::to_string(number % 997) +
         "@example.net>\r\nTo: me@example.org, you@example.org\r\nDate: " + when + "\r\nSubject: ";
  append_words(out, 40);
  out += "\r\nMessage-ID: <" + id + "@example.net>\r\nMIME-Version: 1.0\r\n";
  const bool has_attachment = shape_.attachment_bytes > 0;
  if (has_attachment) out += "Content-Type: multipart/mixed; boundary=frontier\r\n\r\n--frontier\r\n";
  out += "Content-Type: text/plain; charset=utf-8\r\n\r\n";
  append_words(out, shape_.text_bytes);
  out += "\r\n";
  if (has_attachment) append_attachment(out);
  return out;
}

Batch Load::transformed(std::uint64_t count) {
  BatchBuilder builder;
  for (std::uint64_t n = 0; n < count; ++n, ++at_) {
    auto record = builder.record(0, messages_.field_count(0), HAULIER_UPSERT, at_);
    record.text_view(0, kAccount).text_view(1, kMailbox).integer(2, 7).integer(3, static_cast<std::int64_t>(at_) + 1);
    record.blob(4, host_.copy_blob(mail(at_)));
    record.timestamp(5, kStart_us + static_cast<std::int64_t>(at_) * 60'000'000).json_view(6, "[\"\\\\Seen\"]");
  }
  haulier_batch raw_in{}, between{}, out{};
  builder.finish().move_to(&raw_in);
  testing::PluginHandle::call(
      [&](haulier_error* error) { return normalize_.transform().apply(normalize_.self(), &raw_in, &between, error); });
  testing::PluginHandle::call(
      [&](haulier_error* error) { return extract_.transform().apply(extract_.self(), &between, &out, error); });
  return Batch(out);
}

Group Load::next() {
  Group out;
  for (std::size_t n = 0; n < shape_.writes_per_commit && left(); ++n) {
    const std::uint64_t count = std::min<std::uint64_t>(shape_.mails_per_write, mails_ - at_);
    Batch& batch = out.batches.emplace_back(transformed(count));
    out.mails += count;
    for (std::uint64_t i = 0; i < batch.view().size(); ++i) {
      const RecordView record = batch.view()[i];
      if (schema_.c_schema()->streams[record.stream()]->flags & HAULIER_STREAM_TRANSIENT) continue;
      ++out.rows;
      for (std::uint32_t field = 0; field < record.size(); ++field) out.bytes += bytes_of(record[field]);
    }
  }
  return out;
}

Batch Load::state() const {
  const auto done = static_cast<std::int64_t>(at_);
  BatchBuilder builder;
  auto record = builder.record(state_, 9, HAULIER_UPSERT, 0);
  record.text_view(0, kAccount).text_view(1, kMailbox).integer(2, 7).integer(3, static_cast<std::int64_t>(mails_));
  record.integer(4, done).integer(5, done).json(8, "{\"uid\":" + std::to_string(done) + "}");
  return builder.finish();
}

}  // namespace haulier::bench
