// HostServices: the haulier_host struct of one plugin instance, and what stands behind each of its functions.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

#include "clock.hpp"
#include "crash_point.hpp"
#include "engine/blob_store.hpp"
#include "engine/cancellation.hpp"
#include "engine/credential_provider.hpp"
#include "haulier/abi/host.h"
#include "report/audit.hpp"
#include "report/log_sink.hpp"
#include "report/metrics.hpp"

namespace haulier::host {

// Numbers for jitter and tags (splitmix64); a seed gives the same row again. Not for secrets. Thread: any.
class RandomSource {
 public:
  explicit RandomSource(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next() noexcept;
  // In [0, 1).
  double fraction() noexcept { return static_cast<double>(next() >> 11) * 0x1.0p-53; }

 private:
  std::atomic<std::uint64_t> state_;
};

class LookupDesk;

// What one run lends to all its instances. The references outlive them.
struct RunServices {
  Clock& clock;
  LogSink& log;
  Metrics& metrics;
  CrashPoints& crash_points;
  RandomSource& random;
  CredentialProvider& credentials;
  BlobStore& blobs;
  Audit* audit = nullptr;  // null: the pipeline keeps no audit log
  std::string pipeline;
  std::string run_id;
  LookupDesk* lookups = nullptr;  // of the pipeline, while there is one
};

// Owned by the instance's owner, outlives the instance. Thread: any. Nothing is thrown through the C functions.
class HostServices {
 public:
  // component: the plugin's id, for logs and metric labels. is_source: it waits for memory, and may look rows up.
  HostServices(RunServices& run, Cancellation& cancel, std::string component, bool is_source);
  HostServices(const HostServices&) = delete;
  HostServices& operator=(const HostServices&) = delete;

  [[nodiscard]] const haulier_host* c() const noexcept { return &c_; }
  // Sums of the plugin's counters and last values of its gauges, labels left out; for the run report.
  [[nodiscard]] std::map<std::string, double> metrics() const;
  // 0 when the plugin never set it.
  [[nodiscard]] double metric(std::string_view name) const;

 private:
  static HostServices& self(void* ctx) noexcept { return *static_cast<HostServices*>(ctx); }
  [[nodiscard]] const void* extension(std::string_view id) const noexcept;
  void set_log_functions() noexcept;
  void set_time_functions() noexcept;
  void set_blob_functions() noexcept;
  void add_metric(haulier_str name, int32_t kind, double value, const haulier_pair* labels, std::uint32_t n_labels);
  int32_t audit(haulier_str event, const haulier_pair* fields, std::uint32_t n_fields, haulier_error* error);

  RunServices& run_;
  Cancellation& cancel_;
  const std::string component_;
  const bool is_source_;
  haulier_host c_{};
  mutable std::mutex mutex_;
  std::map<std::string, double, std::less<>> sums_;
};

}  // namespace haulier::host
