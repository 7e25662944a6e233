#include "engine/shared_rows.hpp"

#include <algorithm>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

#include "engine/owned_record.hpp"
#include "engine/place_rows.hpp"
#include "engine/plugin_instance.hpp"

namespace haulier::host {

namespace {

// What is asked of each sink: the fields of the request, and behind them those of the key that are not among them.
struct Wanted {
  std::vector<haulier_str> fields;
  std::vector<std::uint32_t> key;  // positions in `fields`, in the order of the stream
};

Wanted wanted(const haulier_schema& schema, const haulier_lookup_request& request) {
  const auto index = find_stream(schema, view(request.stream));
  if (!index) throw std::invalid_argument("there is no stream " + std::string(view(request.stream)));
  const haulier_stream& stream = *schema.streams[*index];
  Wanted out;
  out.fields.assign(request.fields, request.fields + request.n_fields);
  for (std::uint32_t i = 0; i < stream.n_fields; ++i) {
    if (!(stream.fields[i].flags & HAULIER_FIELD_KEY)) continue;
    const std::string_view name = view(stream.fields[i].name);
    auto at =
        std::find_if(out.fields.begin(), out.fields.end(), [&](haulier_str field) { return view(field) == name; });
    if (at == out.fields.end()) at = out.fields.insert(at, stream.fields[i].name);
    out.key.push_back(static_cast<std::uint32_t>(at - out.fields.begin()));
  }
  if (out.key.empty()) throw std::invalid_argument("the stream " + std::string(view(request.stream)) + " has no key");
  return out;
}

// The rows of one sink, one after the other.
class SinkRowsInOrder {
 public:
  SinkRowsInOrder(SinkInstance& sink, const haulier_lookup_request& request, const Wanted& wanted)
      : sink_(sink), request_(request), wanted_(wanted) {
    request_.fields = wanted_.fields.data();
    request_.n_fields = wanted_.fields.size();
    fetch();
  }

  // Null: there are no more. Valid until next().
  [[nodiscard]] const haulier_record* row() const {
    return at_ < pages_.back().c().n_records ? &record_at(pages_.back().c(), at_) : nullptr;
  }
  // The row is given to the source, so its page stays.
  void use() { used_ = true; }
  void next() {
    if (++at_ < pages_.back().c().n_records || pages_.back().c().n_records < request_.limit) return;
    const haulier_record& last = record_at(pages_.back().c(), at_ - 1);
    std::vector<haulier_value> after;
    for (const std::uint32_t field : wanted_.key) after.push_back(last.values[field]);
    request_.after = after.data();
    request_.n_after = after.size();
    fetch();
    if (!std::exchange(used_, false)) pages_.erase(pages_.end() - 2);
  }
  [[nodiscard]] std::vector<Batch> take_pages() { return std::move(pages_); }

 private:
  void fetch() {
    pages_.push_back(sink_.lookup(request_));
    at_ = 0;
  }

  SinkInstance& sink_;
  haulier_lookup_request request_;
  const Wanted& wanted_;
  std::vector<Batch> pages_;
  std::uint64_t at_ = 0;
  bool used_ = false;
};

int compare_keys(const haulier_record& a, const haulier_record& b, const Wanted& wanted) {
  for (const std::uint32_t field : wanted.key) {
    if (const int order = compare_values(a.values[field], b.values[field]); order != 0) return order;
  }
  return 0;
}

bool equal_values(const haulier_record& a, const haulier_record& b, std::uint64_t n) {
  for (std::uint64_t i = 0; i < n; ++i) {
    if (!same_value(a.values[i], b.values[i])) return false;
  }
  return true;
}

// Whether every sink has this row; moves them up to its key. Null: one of them has no more rows.
std::optional<bool> in_others(std::vector<SinkRowsInOrder>& others, const haulier_record& row, const Wanted& wanted,
                              std::uint64_t n_fields) {
  bool everywhere = true;
  for (SinkRowsInOrder& other : others) {
    while (other.row() && compare_keys(*other.row(), row, wanted) < 0) other.next();
    if (!other.row()) return std::nullopt;
    everywhere =
        everywhere && compare_keys(*other.row(), row, wanted) == 0 && equal_values(*other.row(), row, n_fields);
  }
  return everywhere;
}

struct Held {
  std::vector<Batch> pages;
  std::vector<haulier_record> records;
};

void release_held(haulier_batch* batch) {
  delete static_cast<Held*>(batch->owner);
  batch->release = nullptr;
}

}  // namespace

haulier_batch rows_of_all(const std::vector<SinkInstance*>& sinks, const haulier_schema& schema,
                          const haulier_lookup_request& request) {
  const Wanted fields = wanted(schema, request);
  SinkRowsInOrder first(*sinks.at(0), request, fields);
  std::vector<SinkRowsInOrder> others;
  others.reserve(sinks.size());
  for (std::size_t i = 1; i < sinks.size(); ++i) others.emplace_back(*sinks[i], request, fields);
  auto held = std::make_unique<Held>();
  for (; first.row() && held->records.size() < request.limit; first.next()) {
    const auto everywhere = in_others(others, *first.row(), fields, request.n_fields);
    if (!everywhere) break;
    if (!*everywhere) continue;
    first.use();
    held->records.push_back(*first.row());
    held->records.back().n_values = static_cast<std::uint32_t>(request.n_fields);
  }
  held->pages = first.take_pages();
  haulier_batch out{};
  out.struct_size = sizeof out;
  out.record_size = sizeof(haulier_record);
  out.n_records = held->records.size();
  out.records = held->records.data();
  out.owner = held.release();
  out.release = release_held;
  return out;
}

}  // namespace haulier::host
