// Retrier: how often and how long one stage waits for a passing fault to pass.
#pragma once

#include <cstdint>

#include "clock.hpp"
#include "config/pipeline_config.hpp"
#include "engine/cancellation.hpp"
#include "engine/host_services.hpp"
#include "engine/plugin_fault.hpp"

namespace haulier::host {

// One per stage, used by that stage's thread.
class Retrier {
 public:
  Retrier(const RetryConfig& config, RunServices& run, Cancellation& cancel)
      : config_(config), run_(run), cancel_(cancel) {}

  // Sleeps before the next attempt. False: cancelled. Throws `fault` again when the attempts or the time are used up.
  [[nodiscard]] bool wait(const PluginFault& fault);
  // Something was achieved: the next fault counts from one again.
  void progress() noexcept { attempts_ = 0; }
  [[nodiscard]] std::uint64_t total() const noexcept { return total_; }
  [[nodiscard]] bool cancelled() const noexcept { return cancel_.cancelled(); }

 private:
  const RetryConfig& config_;
  RunServices& run_;
  Cancellation& cancel_;
  std::uint64_t attempts_ = 0;
  std::uint64_t total_ = 0;
  std::int64_t first_us_ = 0;  // monotonic, of the first attempt without progress
};

// Runs f until it does not report HAULIER_RETRY any more. False: cancelled.
template <class F>
[[nodiscard]] bool with_retries(Retrier& retrier, F&& f) {
  for (;;) {
    try {
      f();
      retrier.progress();
      return true;
    } catch (const PluginFault& fault) {
      if (fault.status() == HAULIER_CANCELLED && retrier.cancelled()) return false;
      if (fault.status() != HAULIER_RETRY) throw;
      if (!retrier.wait(fault)) return false;
    }
  }
}

}  // namespace haulier::host
