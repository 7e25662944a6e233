// Counters and gauges by name and labels, over a prometheus registry.
#pragma once

#include <prometheus/registry.h>

#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace prometheus {
class Counter;
class Gauge;
}  // namespace prometheus

namespace haulier::host {

using MetricLabels = std::map<std::string, std::string>;

struct MetricSample {
  std::string name;
  MetricLabels labels;
  double value = 0;
};

// Thread-safe. Owned by main, one per process. Names are haulier_<noun>_<unit>[_total].
class Metrics {
 public:
  // More series than this (a plugin that puts an address into a label) are dropped and counted in
  // haulier_metric_series_dropped_total.
  static constexpr std::size_t kMaxSeries = 10'000;

  Metrics();
  ~Metrics();
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  // False: the name or a label is not valid, the name has the other kind already, or the series were too many.
  bool add(const std::string& name, const MetricLabels& labels, double amount = 1);
  bool set(const std::string& name, const MetricLabels& labels, double value);

  // 0 when there is no such series.
  [[nodiscard]] double value(const std::string& name, const MetricLabels& labels = {}) const;
  // Every series, sorted by name and labels.
  [[nodiscard]] std::vector<MetricSample> snapshot() const;
  // The Prometheus text format.
  [[nodiscard]] std::string exposition() const;
  // For an exposer; shared because prometheus-cpp's exposers hold registries by weak pointer.
  [[nodiscard]] std::shared_ptr<prometheus::Registry> registry() const { return registry_; }

 private:
  struct Series {
    prometheus::Counter* counter = nullptr;  // owned by the registry, valid as long as it
    prometheus::Gauge* gauge = nullptr;
  };
  enum class Kind { counter, gauge };

  Series* series(const std::string& name, const MetricLabels& labels, Kind kind);

  mutable std::mutex mutex_;
  std::shared_ptr<prometheus::Registry> registry_;
  std::map<std::string, Kind> kinds_;
  std::map<std::pair<std::string, MetricLabels>, Series> series_;
};

}  // namespace haulier::host
