// FakeRows: a sink in memory that can be looked into, for unit tests of sources: give it to FakeHost::lend().
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "haulier/abi/lookup.h"
#include "haulier/batch_builder.hpp"
#include "haulier/lookup.hpp"
#include "haulier/testing/fake_host.hpp"

namespace haulier::testing {

// Each value as the text of itself; kNull where there is none. The fields of a stream are those of its rows.
using FakeRow = std::map<std::string, std::string>;
inline constexpr const char* kNull = "\x01null";

struct FakeStream {
  std::vector<std::string> key;               // names of the key fields, in order
  std::map<std::string, haulier_type> types;  // of the fields that are no texts
  std::vector<FakeRow> rows;
};

// Thread: any.
class FakeRows {
 public:
  std::map<std::string, FakeStream> streams;
  std::vector<std::string> asked;     // the stream of each request
  haulier_status fault = HAULIER_OK;  // of every look-up

  // Makes the host's extension lead here; both live as long as the plugin.
  void lend(FakeHost& host) {
    host.extensions[HAULIER_EXTENSION_LOOKUP] = &c_;
    host.lookup = [this](const haulier_lookup_request& request, haulier_batch& out, haulier_error* error) {
      return detail::guarded(error, [&] {
        find(LookupView(request)).move_to(&out);
        return HAULIER_OK;
      });
    };
  }

  Batch find(const LookupView& request) {
    const std::lock_guard lock(mutex_);
    asked.emplace_back(request.stream());
    if (fault != HAULIER_OK) throw Error(fault, "as the test wants it");
    const auto stream = streams.find(std::string(request.stream()));
    if (stream == streams.end()) throw Error(HAULIER_UNSUPPORTED, "no such stream");
    std::vector<const FakeRow*> found;
    for (const FakeRow& row : stream->second.rows) {
      if (fits(stream->second, row, request)) found.push_back(&row);
    }
    std::sort(found.begin(), found.end(), [&](const FakeRow* a, const FakeRow* b) {
      return compare(stream->second, *a, [&](std::size_t i) { return b->at(stream->second.key[i]); }) < 0;
    });
    BatchBuilder builder;
    for (const FakeRow* row : found) {
      if (builder.record_count() == request.limit()) break;
      auto record = builder.record(0, static_cast<std::uint32_t>(request.field_count()), HAULIER_UPSERT, 0);
      for (std::uint32_t i = 0; i < request.field_count(); ++i) put(record, i, stream->second, *row, request.field(i));
    }
    return builder.finish();
  }

 private:
  static haulier_type type_of(const FakeStream& stream, const std::string& field) {
    const auto found = stream.types.find(field);
    return found == stream.types.end() ? HAULIER_STRING : found->second;
  }
  static std::string text_of(const haulier_value& value) {
    return value.type == HAULIER_STRING ? std::string(view(value.v.s)) : std::to_string(value.v.i);
  }
  template <class Other>
  static int compare(const FakeStream& stream, const FakeRow& row, Other&& other) {
    for (std::size_t i = 0; i < stream.key.size(); ++i) {
      const std::string mine = row.at(stream.key[i]), theirs = other(i);
      const bool texts = type_of(stream, stream.key[i]) == HAULIER_STRING;
      const int order = texts ? mine.compare(theirs)
                              : static_cast<int>(std::stoll(mine) > std::stoll(theirs)) -
                                    static_cast<int>(std::stoll(mine) < std::stoll(theirs));
      if (order != 0) return order;
    }
    return 0;
  }
  static bool fits(const FakeStream& stream, const FakeRow& row, const LookupView& request) {
    for (std::uint64_t i = 0; i < request.match_count(); ++i) {
      const haulier_match& match = request.match(i);
      bool any = false;
      for (std::uint64_t k = 0; k < match.n_values; ++k) {
        any = any || row.at(std::string(view(match.field))) == text_of(match.values[k]);
      }
      if (!any) return false;
    }
    return request.after_count() == 0 ||
           compare(stream, row, [&](std::size_t i) { return text_of(request.after(i)); }) > 0;
  }
  static void put(RecordBuilder& record, std::uint32_t i, const FakeStream& stream, const FakeRow& row,
                  std::string_view field) {
    const std::string& text = row.at(std::string(field));
    if (text == kNull) return;
    switch (type_of(stream, std::string(field))) {
      case HAULIER_INT64:
        record.integer(i, std::stoll(text));
        break;
      case HAULIER_TIMESTAMP:
        record.timestamp(i, std::stoll(text));
        break;
      case HAULIER_BOOL:
        record.boolean(i, text == "1");
        break;
      default:
        record.text(i, text);
    }
  }

  std::mutex mutex_;
  haulier_host_lookup c_{
      sizeof(haulier_host_lookup), 0,
      [](void* ctx, const haulier_lookup_request* request, haulier_batch* out, haulier_error* error) -> int32_t {
        return static_cast<FakeHost*>(ctx)->lookup(*request, *out, error);
      }};
};

}  // namespace haulier::testing
