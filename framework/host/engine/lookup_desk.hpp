// LookupDesk: where the source of a pipeline looks up what its sink has committed.
#pragma once

#include <cstdint>
#include <mutex>

#include "haulier/abi/erase.h"

namespace haulier::host {

class SinkInstance;

// Owned by the pipeline; open while its sink is. Thread: any; look-ups wait for one another, and close() for the last
// one.
class LookupDesk {
 public:
  void open(SinkInstance& sink);
  void close() noexcept;
  [[nodiscard]] bool open() const noexcept;
  // HAULIER_CANCELLED once it is closed. Throws nothing.
  // Likewise; for sinks that can tell what was erased.
  [[nodiscard]] bool tells_erased() const noexcept;
  int32_t erased(const haulier_erased_query& query, std::uint8_t* out, haulier_error* error) noexcept;
  int32_t lookup(const haulier_lookup_request& request, haulier_batch& out, haulier_error* error) noexcept;

 private:
  mutable std::mutex mutex_;
  SinkInstance* sink_ = nullptr;
};

}  // namespace haulier::host
