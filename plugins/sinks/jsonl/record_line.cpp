#include "record_line.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <string>

#include "haulier/json.hpp"
#include "record_fault.hpp"
#include "rfc3339.hpp"

namespace haulier::jsonl {

namespace {

constexpr std::size_t kBase64Window = 48 * 1024;  // bytes, a multiple of 3: only the last piece has padding

std::string_view op_name(haulier_op op) noexcept {
  switch (op) {
    case HAULIER_UPDATE:
      return "update";
    case HAULIER_DELETE:
      return "delete";
    default:
      return "upsert";
  }
}

// RFC 4648 section 4.
void append_base64(std::string& out, std::string_view bytes) {
  static constexpr char kAlphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const auto at = [&](std::size_t i) { return i < bytes.size() ? static_cast<unsigned char>(bytes[i]) : 0u; };
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const unsigned group = at(i) << 16 | at(i + 1) << 8 | at(i + 2);
    out += kAlphabet[group >> 18];
    out += kAlphabet[group >> 12 & 63];
    out += i + 1 < bytes.size() ? kAlphabet[group >> 6 & 63] : '=';
    out += i + 2 < bytes.size() ? kAlphabet[group & 63] : '=';
  }
}

// A line break in JSON text can only stand between its tokens, where a blank does as well.
void append_json(std::string& out, std::string_view json) {
  const std::size_t from = out.size();
  out.append(json);
  std::replace_if(
      out.begin() + static_cast<std::ptrdiff_t>(from), out.end(), [](char c) { return c == '\n' || c == '\r'; }, ' ');
}

template <class Number>
void append_number(std::string& out, Number value) {
  char text[32];
  const auto result = std::to_chars(text, text + sizeof text, value);
  out.append(text, result.ptr);
}

void append_small(std::string& out, const haulier_value& value) {
  switch (value.type) {
    case HAULIER_BOOL:
      out += value.v.i ? "true" : "false";
      break;
    case HAULIER_INT64:
      append_number(out, value.v.i);
      break;
    case HAULIER_DOUBLE:
      if (std::isfinite(value.v.d))
        append_number(out, value.v.d);
      else
        out += "null";  // JSON has no such number
      break;
    case HAULIER_TIMESTAMP: {
      char text[rfc3339::kSize];
      if (rfc3339::format(value.v.i, text))
        append_json_string(out, {text, sizeof text});
      else
        out += "null";
      break;
    }
    case HAULIER_STRING:
      append_json_string(out, view(value.v.s));
      break;
    case HAULIER_JSON:
      append_json(out, view(value.v.s));
      break;
    default:
      out += "null";
      break;
  }
}

void write_blob(std::string& out, const Blob& blob, std::uint64_t limit, const Append& append) {
  out += "{\"size\":";
  append_number(out, blob.size());
  if (blob.size() <= limit) {
    out += ",\"base64\":\"";
    const std::string_view bytes = blob.bytes();
    for (std::size_t at = 0; at < bytes.size(); at += kBase64Window) {
      const std::string_view window = bytes.substr(at, kBase64Window);
      append_base64(out, window);
      append(out);
      out.clear();
      blob.done_with(at, window.size());
    }
    out += '"';
  }
  out += '}';
}

}  // namespace

RecordLine::RecordLine(const haulier_stream& stream, std::uint64_t max_blob_bytes)
    : stream_(&stream), max_blob_bytes_(max_blob_bytes) {
  for (std::uint32_t i = 0; i < stream.n_fields; ++i) order_.push_back(i);
  std::stable_partition(order_.begin(), order_.end(),
                        [&](std::uint32_t i) { return (stream.fields[i].flags & HAULIER_FIELD_KEY) != 0; });
}

void RecordLine::check(const RecordView& record, std::uint64_t index) const {
  const std::string name(view(stream_->name));
  if (record.size() != stream_->n_fields || record.op() > HAULIER_DELETE) {
    throw Error::bad_record(index, "a record of " + name + " does not fit the declared stream");
  }
  if (record.op() == HAULIER_UPDATE && (stream_->flags & HAULIER_STREAM_IMMUTABLE)) {
    throw Error::bad_record(index, name + " is immutable: its rows are never updated");
  }
  for (std::uint32_t i = 0; i < record.size(); ++i) {
    const haulier_field& field = stream_->fields[i];
    const bool key = (field.flags & HAULIER_FIELD_KEY) != 0;
    const std::string where = name + "." + std::string(view(field.name)) + " ";
    const char* fault = value_fault(field.type, key, record[i], record.op());
    if (fault) throw Error::bad_record(index, where + fault);
    if ((field.flags & HAULIER_FIELD_NOT_NULL) && record[i].type == HAULIER_NULL) {
      throw Error::bad_record(index, where + "is null, but must not be");
    }
  }
}

void RecordLine::write(const RecordView& record, const Append& append) const {
  std::string out = "{\"stream\":";
  append_json_string(out, view(stream_->name));
  out += ",\"op\":\"";
  out += op_name(record.op());
  out += '"';
  for (const std::uint32_t i : order_) {
    const haulier_value& value = record[i];
    const bool key = (stream_->fields[i].flags & HAULIER_FIELD_KEY) != 0;
    if (value.type == HAULIER_ABSENT || (record.op() == HAULIER_DELETE && !key)) continue;
    out += ',';
    append_json_string(out, view(stream_->fields[i].name));
    out += ':';
    if (value.type == HAULIER_BLOB)
      write_blob(out, record.blob(i), max_blob_bytes_, append);
    else
      append_small(out, value);
  }
  out += "}\n";
  append(out);
}

}  // namespace haulier::jsonl
