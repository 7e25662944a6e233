// LookupDesk: where the source of a pipeline looks up what its sinks have committed.
#pragma once

#include <cstdint>
#include <mutex>
#include <vector>

#include "haulier/abi/erase.h"

namespace haulier::host {

class SinkInstance;

// Owned by the pipeline; open while its sinks are. With several sinks a row is there when each of them has it, equal in
// all that was asked for: what one lacks the source is to give again. Thread: any; look-ups wait for one another, and
// close() for the last one.
class LookupDesk {
 public:
  // schema: what the sinks were opened with; outlives this.
  void open(std::vector<SinkInstance*> sinks, const haulier_schema& schema);
  void close() noexcept;
  [[nodiscard]] bool open() const noexcept;
  // HAULIER_CANCELLED once it is closed. Throws nothing.
  int32_t lookup(const haulier_lookup_request& request, haulier_batch& out, haulier_error* error) noexcept;
  // Whether every sink can tell what was erased.
  [[nodiscard]] bool tells_erased() const noexcept;
  // As lookup(). What was erased from one sink counts: an erasure that was interrupted is to be gone on with.
  int32_t erased(const haulier_erased_query& query, std::uint8_t* out, haulier_error* error) noexcept;

 private:
  mutable std::mutex mutex_;
  std::vector<SinkInstance*> sinks_;
  const haulier_schema* schema_ = nullptr;
};

}  // namespace haulier::host
