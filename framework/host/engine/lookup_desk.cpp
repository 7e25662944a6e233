#include "engine/lookup_desk.hpp"

#include <algorithm>
#include <functional>
#include <stdexcept>
#include <string>
#include <utility>

#include "engine/plugin_instance.hpp"
#include "engine/shared_rows.hpp"

namespace haulier::host {

void LookupDesk::open(std::vector<SinkInstance*> sinks, const haulier_schema& schema) {
  const std::lock_guard lock(mutex_);
  sinks_ = std::move(sinks);
  schema_ = &schema;
}

void LookupDesk::close() noexcept {
  const std::lock_guard lock(mutex_);
  sinks_.clear();
}

bool LookupDesk::open() const noexcept {
  const std::lock_guard lock(mutex_);
  return !sinks_.empty();
}

bool LookupDesk::tells_erased() const noexcept {
  const std::lock_guard lock(mutex_);
  return !sinks_.empty() &&
         std::all_of(sinks_.begin(), sinks_.end(), [](const SinkInstance* sink) { return sink->can_erase(); });
}

int32_t LookupDesk::erased(const haulier_erased_query& query, std::uint8_t* out, haulier_error* error) noexcept {
  try {
    const std::lock_guard lock(mutex_);
    if (sinks_.empty()) return fill_error(error, HAULIER_CANCELLED, "the sink is closed");
    std::fill_n(out, query.n_rows, std::uint8_t{0});
    for (SinkInstance* sink : sinks_) {
      const std::vector<std::uint8_t> found = sink->erased(query);
      std::transform(found.begin(), found.end(), out, out, std::bit_or<>());
    }
    return HAULIER_OK;
  } catch (const PluginFault& fault) {
    if (error) error->retry_after_ms = fault.retry_after_ms();
    return fill_error(error, static_cast<haulier_status>(fault.status()), fault.message());
  } catch (const std::exception& fault) {
    return fill_error(error, HAULIER_FATAL, fault.what());
  }
}

int32_t LookupDesk::lookup(const haulier_lookup_request& request, haulier_batch& out, haulier_error* error) noexcept {
  try {
    const std::lock_guard lock(mutex_);
    if (sinks_.empty()) return fill_error(error, HAULIER_CANCELLED, "the sink is closed");
    if (sinks_.size() > 1) {
      out = rows_of_all(sinks_, *schema_, request);
      return HAULIER_OK;
    }
    Batch rows = sinks_[0]->lookup(request);
    out = rows.c();
    rows.c().release = nullptr;
    return HAULIER_OK;
  } catch (const PluginFault& fault) {
    if (error) error->retry_after_ms = fault.retry_after_ms();
    return fill_error(error, static_cast<haulier_status>(fault.status()), fault.message());
  } catch (const std::invalid_argument& fault) {
    return fill_error(error, HAULIER_UNSUPPORTED, std::string("looking rows up: ") + fault.what());
  } catch (const std::exception& fault) {
    return fill_error(error, HAULIER_FATAL, fault.what());
  }
}

}  // namespace haulier::host
