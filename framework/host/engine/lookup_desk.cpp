#include "engine/lookup_desk.hpp"

#include <algorithm>

#include "engine/plugin_instance.hpp"

namespace haulier::host {

void LookupDesk::open(SinkInstance& sink) {
  const std::lock_guard lock(mutex_);
  sink_ = &sink;
}

void LookupDesk::close() noexcept {
  const std::lock_guard lock(mutex_);
  sink_ = nullptr;
}

bool LookupDesk::open() const noexcept {
  const std::lock_guard lock(mutex_);
  return sink_ != nullptr;
}

bool LookupDesk::tells_erased() const noexcept {
  const std::lock_guard lock(mutex_);
  return sink_ != nullptr && sink_->can_erase();
}

int32_t LookupDesk::erased(const haulier_erased_query& query, std::uint8_t* out, haulier_error* error) noexcept {
  try {
    const std::lock_guard lock(mutex_);
    if (!sink_) return fill_error(error, HAULIER_CANCELLED, "the sink is closed");
    const std::vector<std::uint8_t> found = sink_->erased(query);
    std::copy(found.begin(), found.end(), out);
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
    if (!sink_) return fill_error(error, HAULIER_CANCELLED, "the sink is closed");
    Batch rows = sink_->lookup(request);
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
