// BlobStore: makes the blobs of one run. Small ones lie in memory and count against the budget, big ones in spill
// files.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>

#include "engine/cancellation.hpp"
#include "engine/memory_budget.hpp"
#include "haulier/abi/host.h"

namespace haulier::host {

// Outlives every instance and batch of the run. Thread: any; one blob is filled by one thread.
class BlobStore {
 public:
  struct Options {
    std::uint64_t spill_from = 1 << 20;  // bytes: a blob of this size or more goes to a file
    std::string directory;               // of spill files
  };
  // Without memory left, a blob this small still stays in memory: a file and a mapping each would cost more.
  static constexpr std::uint64_t kSmall = 64 * 1024;  // bytes

  BlobStore(Options options, MemoryBudget& budget);
  ~BlobStore();
  BlobStore(const BlobStore&) = delete;
  BlobStore& operator=(const BlobStore&) = delete;

  // The functions of haulier_host. `wait_for_room`: non-null for the source, which waits there for the budget.
  int32_t create(std::uint64_t expected_size, Cancellation* wait_for_room, haulier_blob** out, haulier_error* error);
  int32_t append(haulier_blob* blob, const void* data, std::uint64_t size, haulier_error* error);
  int32_t seal(haulier_blob* blob, haulier_error* error);
  haulier_blob* slice(haulier_blob* blob, std::uint64_t offset, std::uint64_t size);

  [[nodiscard]] std::uint64_t live() const noexcept { return live_.load(); }
  [[nodiscard]] std::uint64_t spilled_total() const noexcept { return spilled_total_.load(); }

 private:
  struct Blob;
  static Blob& of(haulier_blob* blob) noexcept;
  static void release_reference(haulier_blob* blob) noexcept;
  void destroy(Blob* blob) noexcept;
  void grow(Blob& blob, std::uint64_t needed);
  void move_to_file(Blob& blob);
  [[nodiscard]] bool goes_to_file(std::uint64_t size) const noexcept {
    return size >= options_.spill_from || (size >= kSmall && budget_.full());
  }

  const Options options_;
  MemoryBudget& budget_;
  std::atomic<std::uint64_t> live_{0};
  std::atomic<std::uint64_t> spilled_total_{0};  // bytes ever spilled
};

}  // namespace haulier::host
