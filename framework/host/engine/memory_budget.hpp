// MemoryBudget: one number for everything the pipeline holds in memory, and the back-pressure that keeps it.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <utility>

#include "engine/cancellation.hpp"

namespace haulier::host {

// Counts bytes in memory, bytes in spill files and batches on their way. Only the source ever waits, and only while
// somebody downstream can give something back. Thread: any.
class MemoryBudget {
 public:
  struct Limits {
    std::uint64_t memory_bytes = 0;
    std::uint64_t spill_bytes = 0;  // on disk
    std::uint64_t batches = 1024;   // on their way: bounds what costs no bytes
  };

  explicit MemoryBudget(const Limits& limits) : limits_(limits) {}
  MemoryBudget(const MemoryBudget&) = delete;
  MemoryBudget& operator=(const MemoryBudget&) = delete;

  void take_memory(std::uint64_t bytes) noexcept { memory_.fetch_add(bytes, std::memory_order_relaxed); }
  void give_memory(std::uint64_t bytes) noexcept {
    memory_.fetch_sub(bytes, std::memory_order_seq_cst);
    wake();
  }
  void take_spill(std::uint64_t bytes) noexcept { spill_.fetch_add(bytes, std::memory_order_relaxed); }
  void give_spill(std::uint64_t bytes) noexcept {
    spill_.fetch_sub(bytes, std::memory_order_seq_cst);
    wake();
  }
  void batch_enters() noexcept { batches_.fetch_add(1, std::memory_order_relaxed); }
  void batch_leaves() noexcept {
    batches_.fetch_sub(1, std::memory_order_seq_cst);
    wake();
  }

  [[nodiscard]] bool full() const noexcept { return memory_.load(std::memory_order_relaxed) >= limits_.memory_bytes; }
  // Until something is free, or nothing is on its way that could free it. False: cancelled.
  [[nodiscard]] bool wait_for_room(Cancellation& cancel);
  // What somebody holds back for a bigger transaction.
  struct Held {
    std::uint64_t batches = 0;
    std::uint64_t bytes = 0;
  };
  // True while the source waits and the holder's share matters: a third of the memory, spill files, or all there is on
  // its way. A small share is kept: letting go of it would not help the source, and small commits cost syncs.
  [[nodiscard]] bool wants_back(const Held& held) const noexcept {
    if (held.batches == 0 || waiting_.load(std::memory_order_seq_cst) == 0) return false;
    return batches_.load(std::memory_order_seq_cst) <= held.batches || held.bytes * 3 >= limits_.memory_bytes ||
           spill_.load(std::memory_order_seq_cst) >= limits_.spill_bytes;
  }
  // Called on the thread of the source that starts to wait, each time. Set before any thread runs.
  void on_pressure(std::function<void()> wake_holders) { wake_holders_ = std::move(wake_holders); }

  [[nodiscard]] const Limits& limits() const noexcept { return limits_; }
  [[nodiscard]] std::uint64_t memory_bytes() const noexcept { return memory_.load(); }
  [[nodiscard]] std::uint64_t spill_bytes() const noexcept { return spill_.load(); }
  [[nodiscard]] std::uint64_t batches() const noexcept { return batches_.load(); }

 private:
  [[nodiscard]] bool must_wait() const noexcept {
    if (batches_.load(std::memory_order_seq_cst) == 0) return false;
    return memory_.load(std::memory_order_seq_cst) >= limits_.memory_bytes ||
           spill_.load(std::memory_order_seq_cst) >= limits_.spill_bytes || batches_.load() >= limits_.batches;
  }
  void wake() noexcept {
    if (waiting_.load(std::memory_order_seq_cst) > 0) wake_waiters();
  }
  void wake_waiters() noexcept;

  const Limits limits_;
  std::atomic<std::uint64_t> memory_{0};
  std::atomic<std::uint64_t> spill_{0};
  std::atomic<std::uint64_t> batches_{0};
  std::atomic<int> waiting_{0};
  std::mutex mutex_;
  std::condition_variable changed_;
  std::function<void()> wake_holders_;
};

// One batch on its way, for as long as this lives. Moves only.
class InFlight {
 public:
  InFlight() = default;
  explicit InFlight(MemoryBudget& budget) : budget_(&budget) { budget.batch_enters(); }
  InFlight(InFlight&& other) noexcept : budget_(std::exchange(other.budget_, nullptr)) {}
  InFlight& operator=(InFlight&& other) noexcept {
    std::swap(budget_, other.budget_);
    return *this;
  }
  ~InFlight() {
    if (budget_) budget_->batch_leaves();
  }

 private:
  MemoryBudget* budget_ = nullptr;
};

// Bytes taken from a budget, given back once. Moves only.
class MemoryCharge {
 public:
  MemoryCharge() = default;
  MemoryCharge(MemoryBudget& budget, std::uint64_t bytes) : budget_(&budget), bytes_(bytes) {
    budget.take_memory(bytes);
  }
  MemoryCharge(MemoryCharge&& other) noexcept
      : budget_(std::exchange(other.budget_, nullptr)), bytes_(std::exchange(other.bytes_, 0)) {}
  MemoryCharge& operator=(MemoryCharge&& other) noexcept {
    std::swap(budget_, other.budget_);
    std::swap(bytes_, other.bytes_);
    return *this;
  }
  ~MemoryCharge() {
    if (budget_) budget_->give_memory(bytes_);
  }
  [[nodiscard]] std::uint64_t bytes() const noexcept { return bytes_; }

 private:
  MemoryBudget* budget_ = nullptr;
  std::uint64_t bytes_ = 0;
};

}  // namespace haulier::host
