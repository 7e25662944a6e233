#include "report/metrics.hpp"

#include <prometheus/check_names.h>
#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <cmath>

namespace haulier::host {

namespace {

const std::string kDropped = "haulier_metric_series_dropped_total";

bool labels_are_valid(const MetricLabels& labels) {
  return std::all_of(labels.begin(), labels.end(),
                     [](const auto& label) { return prometheus::CheckLabelName(label.first); });
}

}  // namespace

Metrics::Metrics() : registry_(std::make_shared<prometheus::Registry>()) {}

Metrics::~Metrics() = default;

Metrics::Series* Metrics::series(const std::string& name, const MetricLabels& labels, Kind kind) {
  const auto key = std::make_pair(name, labels);
  const auto found = series_.find(key);
  if (found != series_.end()) return kinds_.at(name) == kind ? &found->second : nullptr;
  const auto known = kinds_.find(name);
  if (known != kinds_.end() && known->second != kind) return nullptr;
  if (!prometheus::CheckMetricName(name) || !labels_are_valid(labels)) return nullptr;
  if (series_.size() >= kMaxSeries && name != kDropped) {
    if (Series* dropped = series(kDropped, {}, Kind::counter)) dropped->counter->Increment();
    return nullptr;
  }
  Series made;
  // A merging registry returns the family that is already there.
  if (kind == Kind::counter) {
    made.counter = &prometheus::BuildCounter().Name(name).Register(*registry_).Add(labels);
  } else {
    made.gauge = &prometheus::BuildGauge().Name(name).Register(*registry_).Add(labels);
  }
  kinds_.emplace(name, kind);
  return &series_.emplace(key, made).first->second;
}

bool Metrics::add(const std::string& name, const MetricLabels& labels, double amount) {
  const std::lock_guard lock(mutex_);
  Series* one = amount >= 0 ? series(name, labels, Kind::counter) : nullptr;
  if (one == nullptr) return false;
  one->counter->Increment(amount);
  return true;
}

bool Metrics::set(const std::string& name, const MetricLabels& labels, double value) {
  const std::lock_guard lock(mutex_);
  Series* one = series(name, labels, Kind::gauge);
  if (one == nullptr) return false;
  one->gauge->Set(value);
  return true;
}

double Metrics::value(const std::string& name, const MetricLabels& labels) const {
  const std::lock_guard lock(mutex_);
  const auto found = series_.find({name, labels});
  if (found == series_.end()) return 0;
  return found->second.counter != nullptr ? found->second.counter->Value() : found->second.gauge->Value();
}

std::vector<MetricSample> Metrics::snapshot() const {
  const std::lock_guard lock(mutex_);
  std::vector<MetricSample> samples;
  samples.reserve(series_.size());
  for (const auto& [key, one] : series_) {
    const double value = one.counter != nullptr ? one.counter->Value() : one.gauge->Value();
    samples.push_back({key.first, key.second, value});
  }
  return samples;
}

std::string Metrics::exposition() const { return prometheus::TextSerializer().Serialize(registry_->Collect()); }

}  // namespace haulier::host
