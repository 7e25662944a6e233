// Rows that are committed, read back: what a sink is asked (LookupView), what a caller asks (Lookup), and the rows of
// the pipeline's sink for a source (SinkRows).
//
//   if (const auto rows = haulier::SinkRows::of(host)) {
//     const haulier::Batch page = rows->find(haulier::Lookup("emails").equals("account", "me").fields({"id"}));
//   }
#pragma once

#include <cstdint>
#include <deque>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "haulier/abi/lookup.h"
#include "haulier/batch.hpp"
#include "haulier/host.hpp"
#include "haulier/plugin.hpp"

namespace haulier {

// A request as a sink sees it. Borrowed for the call.
class LookupView {
 public:
  explicit LookupView(const haulier_lookup_request& request) noexcept : request_(&request) {}
  std::string_view stream() const noexcept { return view(request_->stream); }
  std::uint32_t limit() const noexcept { return request_->limit; }
  std::uint64_t match_count() const noexcept { return request_->n_matches; }
  const haulier_match& match(std::uint64_t i) const noexcept { return request_->matches[i]; }
  std::uint64_t field_count() const noexcept { return request_->n_fields; }
  std::string_view field(std::uint64_t i) const noexcept { return view(request_->fields[i]); }
  // The key that the page starts behind; 0: it is the first page.
  std::uint64_t after_count() const noexcept { return request_->after ? request_->n_after : 0; }
  const haulier_value& after(std::uint64_t i) const noexcept { return request_->after[i]; }

 private:
  const haulier_lookup_request* request_;
};

inline haulier_value text_value(std::string_view text) noexcept {
  haulier_value out{};
  out.type = HAULIER_STRING;
  out.v.s = str(text);
  return out;
}
inline haulier_value number_value(std::int64_t number, haulier_type type = HAULIER_INT64) noexcept {
  haulier_value out{};
  out.type = type;
  out.v.i = number;
  return out;
}

// A request in the making. Owns copies of its texts.
class Lookup {
 public:
  explicit Lookup(std::string_view stream, std::uint32_t limit = 500) : stream_(stream), limit_(limit) {}

  Lookup& equals(std::string_view field, std::string_view value) { return any_of(field, {text_value(value)}); }
  Lookup& equals(std::string_view field, std::int64_t value) { return any_of(field, {number_value(value)}); }
  Lookup& equals(std::string_view field, bool value) {
    return any_of(field, {number_value(value ? 1 : 0, HAULIER_BOOL)});
  }
  Lookup& equals(std::string_view field, const char* value) { return equals(field, std::string_view(value)); }
  Lookup& any_of(std::string_view field, const std::vector<haulier_value>& values) {
    matches_.push_back({keep(field), {}});
    for (const haulier_value& value : values) matches_.back().second.push_back(kept(value));
    return *this;
  }
  Lookup& any_of(std::string_view field, const std::vector<std::string>& texts) {
    matches_.push_back({keep(field), {}});
    for (const std::string& text : texts) matches_.back().second.push_back(kept(text_value(text)));
    return *this;
  }
  Lookup& fields(std::initializer_list<std::string_view> names) {
    for (const std::string_view name : names) fields_.push_back(keep(name));
    return *this;
  }
  // The key of the last row of the page before.
  Lookup& after(const std::vector<haulier_value>& key) {
    after_.clear();
    for (const haulier_value& value : key) after_.push_back(kept(value));
    return *this;
  }

  // Valid until this is changed or gone.
  const haulier_lookup_request& c() {
    c_matches_.clear();
    for (const auto& [field, values] : matches_) c_matches_.push_back({field, values.data(), values.size()});
    request_ = {sizeof(haulier_lookup_request),
                limit_,
                str(stream_),
                c_matches_.data(),
                c_matches_.size(),
                fields_.data(),
                fields_.size(),
                after_.empty() ? nullptr : after_.data(),
                after_.size()};
    return request_;
  }

 private:
  haulier_str keep(std::string_view text) {
    texts_.emplace_back(text);
    return str(texts_.back());
  }
  haulier_value kept(haulier_value value) {
    if (value.type == HAULIER_STRING || value.type == HAULIER_JSON) value.v.s = keep(view(value.v.s));
    return value;
  }

  std::deque<std::string> texts_;
  std::string stream_;
  std::uint32_t limit_;
  std::vector<std::pair<haulier_str, std::vector<haulier_value>>> matches_;
  std::vector<haulier_str> fields_;
  std::vector<haulier_value> after_;
  std::vector<haulier_match> c_matches_;
  haulier_lookup_request request_{};
};

// What the sink of this pipeline has committed. Thread: any.
class SinkRows {
 public:
  // None: there is no sink that can be looked into.
  static std::optional<SinkRows> of(const Host& host) {
    const auto* found = static_cast<const haulier_host_lookup*>(host.extension(HAULIER_EXTENSION_LOOKUP));
    if (!found) return std::nullopt;
    return SinkRows(*host.get(), *found);
  }
  // One page. Throws Error.
  Batch find(Lookup& lookup) const {
    haulier_batch out{};
    out.struct_size = sizeof out;
    haulier_error error = detail::new_error();
    detail::require_ok(lookup_->lookup(host_->ctx, &lookup.c(), &out, &error), error);
    return Batch(out);
  }

 private:
  SinkRows(const haulier_host& host, const haulier_host_lookup& lookup) noexcept : host_(&host), lookup_(&lookup) {}
  const haulier_host* host_;
  const haulier_host_lookup* lookup_;
};

namespace detail {

template <class T, class = void>
struct HasLookup : std::false_type {};
template <class T>
struct HasLookup<T, std::void_t<decltype(std::declval<T&>().lookup(std::declval<LookupView>()))>> : std::true_type {};

// Null when `id` is another one, or T has no lookup().
template <class T>
const void* lookup_ability(std::string_view id) noexcept {
  if constexpr (HasLookup<T>::value) {
    static constexpr haulier_lookup kLookup{
        sizeof(haulier_lookup), 0,
        [](void* self, const haulier_lookup_request* request, haulier_batch* out, haulier_error* error) -> int32_t {
          return guarded(error, [&] {
            object_of<T>(self).lookup(LookupView(*request)).move_to(out);
            return HAULIER_OK;
          });
        }};
    if (id == HAULIER_ABILITY_LOOKUP) return &kLookup;
  }
  return nullptr;
}

}  // namespace detail
}  // namespace haulier
