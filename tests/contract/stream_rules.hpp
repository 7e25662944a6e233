// What every schema and every batch must keep, whoever made it. Used by the contracts of sources and transforms.
#pragma once

#include <boost/test/unit_test.hpp>

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "haulier/batch.hpp"
#include "haulier/schema.hpp"

namespace haulier::contract {

inline bool is_name(std::string_view text) {
  if (text.empty() || text.size() > 63 || text[0] < 'a' || text[0] > 'z') return false;
  return text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == std::string_view::npos;
}

inline bool is_utf8_without_nul(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i]);
    const std::size_t n = lead < 0x80                   ? 1
                          : lead >= 0xC2 && lead < 0xE0 ? 2
                          : lead >= 0xE0 && lead < 0xF0 ? 3
                          : lead >= 0xF0 && lead < 0xF5 ? 4
                                                        : 0;
    if (lead == 0 || n == 0 || i + n > text.size()) return false;
    for (std::size_t k = 1; k < n; ++k) {
      if ((static_cast<unsigned char>(text[i + k]) & 0xC0) != 0x80) return false;
    }
    const auto second = n > 1 ? static_cast<unsigned char>(text[i + 1]) : 0x80;
    if ((lead == 0xE0 && second < 0xA0) || (lead == 0xED && second > 0x9F) || (lead == 0xF0 && second < 0x90) ||
        (lead == 0xF4 && second > 0x8F)) {
      return false;
    }
    i += n;
  }
  return true;
}

inline void check_schema(const haulier_schema& schema) {
  std::set<std::string> names;
  int states = 0;
  for (std::uint32_t i = 0; i < schema.n_streams; ++i) {
    const haulier_stream& stream = *schema.streams[i];
    const std::string name(view(stream.name));
    BOOST_TEST_CONTEXT("stream " << name) {
      BOOST_TEST(is_name(name));
      BOOST_TEST(names.insert(name).second);
      BOOST_TEST(name != "quarantine");
      BOOST_TEST(stream.n_fields > 0u);
      if (stream.flags & HAULIER_STREAM_STATE) ++states;
      bool has_key = false;
      std::set<std::string> fields;
      for (std::uint32_t k = 0; k < stream.n_fields; ++k) {
        const haulier_field& field = stream.fields[k];
        BOOST_TEST(is_name(view(field.name)));
        BOOST_TEST(fields.emplace(view(field.name)).second);
        BOOST_TEST((field.type >= HAULIER_BOOL && field.type <= HAULIER_BLOB));
        has_key = has_key || (field.flags & HAULIER_FIELD_KEY);
      }
      BOOST_TEST(has_key);
    }
  }
  BOOST_TEST(states <= 1);
}

inline void check_value(const haulier_value& value, const haulier_field& field, haulier_op op) {
  const bool key = field.flags & HAULIER_FIELD_KEY;
  if (value.type == HAULIER_ABSENT) {
    BOOST_TEST((op != HAULIER_UPSERT && !key));
    return;
  }
  if (value.type == HAULIER_NULL) {
    BOOST_TEST((!key && !(field.flags & HAULIER_FIELD_NOT_NULL)));
    return;
  }
  BOOST_TEST(value.type == field.type);
  if (value.type == HAULIER_BOOL) BOOST_TEST((value.v.i == 0 || value.v.i == 1));
  if (value.type == HAULIER_STRING || value.type == HAULIER_JSON) BOOST_TEST(is_utf8_without_nul(view(value.v.s)));
  if (value.type == HAULIER_BLOB) {
    BOOST_REQUIRE(value.v.b);
    BOOST_TEST((value.v.b->data != nullptr || value.v.b->size == 0));
  }
}

inline void check_record(const haulier_record& record, const haulier_schema& schema) {
  BOOST_REQUIRE(record.stream < schema.n_streams);
  const haulier_stream& stream = *schema.streams[record.stream];
  BOOST_REQUIRE(record.n_values == stream.n_fields);
  for (std::uint32_t i = 0; i < record.n_values; ++i) {
    BOOST_TEST_CONTEXT("stream " << view(stream.name) << " field " << view(stream.fields[i].name)) {
      check_value(record.values[i], stream.fields[i], static_cast<haulier_op>(record.op));
    }
  }
}

// origins: the origin_count of the source's batch.
inline void check_batch(const Batch& owned, const haulier_schema& schema, std::uint64_t origins) {
  const haulier_batch& batch = owned.view().c_batch();
  BOOST_REQUIRE(batch.release);
  BOOST_REQUIRE(batch.struct_size >= sizeof batch);
  if (batch.n_records > 0) BOOST_REQUIRE(batch.record_size >= sizeof(haulier_record));
  for (std::uint64_t i = 0; i < batch.n_records; ++i) {
    const RecordView record = owned.view()[i];
    check_record(record.c_record(), schema);
    BOOST_TEST(record.origin() < origins);
    BOOST_TEST((schema.streams[record.stream()]->flags & HAULIER_STREAM_STATE) == 0u);
  }
  for (std::uint64_t i = 0; i < batch.n_rejects; ++i) {
    const haulier_reject& reject = batch.rejects[i];
    BOOST_TEST(reject.origin < origins);
    BOOST_TEST(view(reject.key).substr(0, 1) == "{");
    BOOST_TEST(!view(reject.reason).empty());
  }
}

// A record as text: equal for equal records.
inline std::string record_text(const haulier_record& record) {
  std::string out =
      std::to_string(record.stream) + "/" + std::to_string(record.op) + "/" + std::to_string(record.origin);
  for (std::uint32_t i = 0; i < record.n_values; ++i) {
    const haulier_value& value = record.values[i];
    out += "|" + std::to_string(value.type) + ":";
    if (value.type == HAULIER_STRING || value.type == HAULIER_JSON) {
      out += view(value.v.s);
    } else if (value.type == HAULIER_BLOB) {
      out.append(reinterpret_cast<const char*>(value.v.b->data), static_cast<std::size_t>(value.v.b->size));
    } else if (value.type == HAULIER_DOUBLE) {
      out += std::to_string(value.v.d);
    } else if (value.type != HAULIER_NULL && value.type != HAULIER_ABSENT) {
      out += std::to_string(value.v.i);
    }
  }
  return out;
}

inline std::vector<std::string> batch_text(const Batch& batch) {
  std::vector<std::string> out;
  for (std::uint64_t i = 0; i < batch.view().size(); ++i) out.push_back(record_text(batch.view()[i].c_record()));
  const haulier_batch& c = batch.view().c_batch();
  for (std::uint64_t i = 0; i < c.n_rejects; ++i) {
    out.push_back("reject " + std::to_string(c.rejects[i].origin) + " " + std::string(view(c.rejects[i].key)));
  }
  return out;
}

}  // namespace haulier::contract
