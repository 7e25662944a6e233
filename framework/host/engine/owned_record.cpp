#include "engine/owned_record.hpp"

#include <cstring>

#include "json_writer.hpp"

namespace haulier::host {

OwnedRecord::OwnedRecord(std::uint32_t stream, std::uint32_t n_values)
    : values_(std::make_unique<haulier_value[]>(n_values)) {
  for (std::uint32_t i = 0; i < n_values; ++i) values_[i].type = HAULIER_NULL;
  record_ = {stream, HAULIER_UPSERT, 0, n_values, 0, values_.get()};
}

OwnedRecord::OwnedRecord(const haulier_record& from) : OwnedRecord(from.stream, from.n_values) {
  record_.op = from.op;
  record_.origin = from.origin;
  for (std::uint32_t i = 0; i < from.n_values; ++i) {
    const haulier_value& value = from.values[i];
    switch (value.type) {
      case HAULIER_STRING:
      case HAULIER_JSON:
        text(i, static_cast<haulier_type>(value.type), view(value.v.s));
        break;
      case HAULIER_BLOB:
        blob(i, value.v.b);
        break;
      default:
        values_[i] = value;
    }
  }
}

OwnedRecord::~OwnedRecord() {
  if (!values_) return;
  for (std::uint32_t i = 0; i < record_.n_values; ++i) {
    if (values_[i].type == HAULIER_BLOB) values_[i].v.b->release(values_[i].v.b);
  }
}

void OwnedRecord::text(std::uint32_t i, haulier_type type, std::string_view value) {
  texts_.push_back(std::make_unique<char[]>(value.size() + 1));
  if (!value.empty()) std::memcpy(texts_.back().get(), value.data(), value.size());
  values_[i].type = type;
  values_[i].v.s = {texts_.back().get(), value.size()};
}

void OwnedRecord::integer(std::uint32_t i, haulier_type type, std::int64_t value) {
  values_[i].type = type;
  values_[i].v.i = value;
}

void OwnedRecord::real(std::uint32_t i, double value) {
  values_[i].type = HAULIER_DOUBLE;
  values_[i].v.d = value;
}

void OwnedRecord::blob(std::uint32_t i, haulier_blob* value) {
  value->retain(value);
  values_[i].type = HAULIER_BLOB;
  values_[i].v.b = value;
}

bool same_value(const haulier_value& a, const haulier_value& b) noexcept {
  if (a.type != b.type) return false;
  switch (a.type) {
    case HAULIER_STRING:
    case HAULIER_JSON:
      return view(a.v.s) == view(b.v.s);
    case HAULIER_DOUBLE:
      return std::memcmp(&a.v.d, &b.v.d, sizeof a.v.d) == 0;
    case HAULIER_BLOB:
      return a.v.b == b.v.b;
    case HAULIER_BOOL:
    case HAULIER_INT64:
    case HAULIER_TIMESTAMP:
      return a.v.i == b.v.i;
    default:
      return true;
  }
}

std::string value_json(const haulier_value& value, std::size_t max_text) {
  switch (value.type) {
    case HAULIER_BOOL:
      return value.v.i ? "true" : "false";
    case HAULIER_INT64:
    case HAULIER_TIMESTAMP:
      return std::to_string(value.v.i);
    case HAULIER_DOUBLE:
      return json_number(value.v.d);
    case HAULIER_STRING:
    case HAULIER_JSON: {
      const std::string_view text = view(value.v.s);
      if (text.size() > max_text) {
        std::size_t n = max_text;
        while (n > 0 && (static_cast<unsigned char>(text[n]) & 0xC0) == 0x80) --n;
        return json_string(std::string(text.substr(0, n)) + "...");
      }
      return value.type == HAULIER_JSON ? std::string(text) : json_string(text);
    }
    case HAULIER_BLOB:
      return "{\"bytes\":" + std::to_string(value.v.b->size) + "}";
    default:
      return "null";
  }
}

std::string key_json(const haulier_record& record, const haulier_stream& stream) {
  JsonWriter out;
  out.begin_object();
  for (std::uint32_t i = 0; i < stream.n_fields && i < record.n_values; ++i) {
    if (stream.fields[i].flags & HAULIER_FIELD_KEY) {
      out.key(view(stream.fields[i].name)).raw(value_json(record.values[i]));
    }
  }
  return out.end_object().take();
}

}  // namespace haulier::host
