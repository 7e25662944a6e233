#include "engine/lookup_desk.hpp"

#include <memory>
#include <utility>

#include "engine/owned_record.hpp"
#include "engine/plugin_instance.hpp"

namespace haulier::host {

namespace {

bool equal_values(const haulier_record& a, const haulier_record& b) noexcept {
  if (a.n_values != b.n_values) return false;
  for (std::uint32_t i = 0; i < a.n_values; ++i) {
    if (!same_value(a.values[i], b.values[i])) return false;
  }
  return true;
}

// The records of one sink's page that the pages of all sinks have. Owns that page.
struct SharedRows {
  Batch page;
  std::vector<haulier_record> records;
};

void release_shared(haulier_batch* batch) {
  delete static_cast<SharedRows*>(batch->owner);
  batch->release = nullptr;
}

// Pages come in the order of the key, so a row stands in another page at most as far behind as there are more rows
// before it; a row that is pushed out of its page counts as missing, which costs reading, not rows.
bool has_row(const Batch& page, std::uint64_t& from, const haulier_record& wanted) {
  for (std::uint64_t i = from; i < page.c().n_records; ++i) {
    if (!equal_values(record_at(page.c(), i), wanted)) continue;
    from = i + 1;
    return true;
  }
  return false;
}

void keep_shared(std::vector<haulier_record>& records, const Batch& other) {
  std::uint64_t from = 0;
  std::erase_if(records, [&](const haulier_record& record) { return !has_row(other, from, record); });
}

}  // namespace

void LookupDesk::open(std::vector<SinkInstance*> sinks) {
  const std::lock_guard lock(mutex_);
  sinks_ = std::move(sinks);
}

void LookupDesk::close() noexcept {
  const std::lock_guard lock(mutex_);
  sinks_.clear();
}

bool LookupDesk::open() const noexcept {
  const std::lock_guard lock(mutex_);
  return !sinks_.empty();
}

// A page that got shorter than the request's limit by this looks like the last one: what is not found is read again.
haulier_batch LookupDesk::rows_of_all(const haulier_lookup_request& request) {
  auto shared = std::make_unique<SharedRows>();
  shared->page = sinks_[0]->lookup(request);
  const haulier_batch& first = shared->page.c();
  for (std::uint64_t i = 0; i < first.n_records; ++i) shared->records.push_back(record_at(first, i));
  for (std::size_t i = 1; i < sinks_.size(); ++i) keep_shared(shared->records, sinks_[i]->lookup(request));
  haulier_batch out = first;
  out.record_size = sizeof(haulier_record);
  out.n_records = shared->records.size();
  out.records = shared->records.data();
  out.owner = shared.release();
  out.release = release_shared;
  return out;
}

int32_t LookupDesk::lookup(const haulier_lookup_request& request, haulier_batch& out, haulier_error* error) noexcept {
  try {
    const std::lock_guard lock(mutex_);
    if (sinks_.empty()) return fill_error(error, HAULIER_CANCELLED, "the sink is closed");
    if (sinks_.size() > 1) {
      out = rows_of_all(request);
      return HAULIER_OK;
    }
    Batch rows = sinks_[0]->lookup(request);
    out = rows.c();
    rows.c().release = nullptr;
    return HAULIER_OK;
  } catch (const PluginFault& fault) {
    if (error) error->retry_after_ms = fault.retry_after_ms();
    return fill_error(error, static_cast<haulier_status>(fault.status()), fault.message());
  } catch (const std::exception& fault) {
    return fill_error(error, HAULIER_FATAL, fault.what());
  }
}

}  // namespace haulier::host
