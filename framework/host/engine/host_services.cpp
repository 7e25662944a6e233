#include "engine/host_services.hpp"

#include <exception>
#include <utility>
#include <vector>

#include "cli/failure.hpp"
#include "engine/abi_text.hpp"
#include "engine/lookup_desk.hpp"
#include "haulier/abi/version.h"

namespace haulier::host {

std::uint64_t RandomSource::next() noexcept {
  std::uint64_t z = state_.fetch_add(0x9E3779B97F4A7C15u, std::memory_order_relaxed) + 0x9E3779B97F4A7C15u;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  return z ^ (z >> 31);
}

int32_t NoCredentials::credential(const haulier_credential_request& request, int, const Receive&,
                                  haulier_error* error) noexcept {
  try {
    const std::string account(view(request.account));
    return fill_error(error, HAULIER_NEEDS_AUTH, "there is no credential for " + account,
                      "haulier auth login " + account);
  } catch (...) {
    return fill_error(error, HAULIER_NEEDS_AUTH, "there is no credential");
  }
}

HostServices::HostServices(RunServices& run, Cancellation& cancel, std::string component, bool is_source)
    : run_(run), cancel_(cancel), component_(std::move(component)), is_source_(is_source) {
  c_.struct_size = sizeof c_;
  c_.abi_major = HAULIER_ABI_MAJOR;
  c_.abi_minor = HAULIER_ABI_MINOR;
  c_.ctx = this;
  c_.pipeline = str(run_.pipeline);
  c_.run_id = str(run_.run_id);
  set_log_functions();
  set_time_functions();
  set_blob_functions();
  c_.credential = [](void* ctx, const haulier_credential_request* request,
                     void (*receive)(void*, const haulier_credential*), void* user, haulier_error* error) -> int32_t {
    return self(ctx).run_.credentials.credential(
        *request, self(ctx).cancel_.fd(), [&](const haulier_credential& found) { receive(user, &found); }, error);
  };
  c_.crash_point = [](void* ctx, haulier_str step) { self(ctx).run_.crash_points.step(view(step)); };
  c_.extension = [](void* ctx, const char* id) -> const void* { return self(ctx).extension(id); };
}

const void* HostServices::extension(std::string_view id) const noexcept {
  static constexpr haulier_host_lookup kLookup{
      sizeof(haulier_host_lookup), 0,
      [](void* ctx, const haulier_lookup_request* request, haulier_batch* out, haulier_error* error) -> int32_t {
        return self(ctx).run_.lookups->lookup(*request, *out, error);
      }};
  static constexpr haulier_host_erased kErased{
      sizeof(haulier_host_erased), 0,
      [](void* ctx, const haulier_erased_query* query, std::uint8_t* out, haulier_error* error) -> int32_t {
        return self(ctx).run_.lookups->erased(*query, out, error);
      }};
  if (id == HAULIER_EXTENSION_ERASED) {
    return is_source_ && run_.lookups && run_.lookups->tells_erased() ? &kErased : nullptr;
  }
  const bool offered = id == HAULIER_EXTENSION_LOOKUP && is_source_ && run_.lookups && run_.lookups->open();
  return offered ? &kLookup : nullptr;
}

void HostServices::set_log_functions() noexcept {
  c_.log_enabled = [](void* ctx, int32_t level) -> int32_t {
    return self(ctx).run_.log.enabled(static_cast<LogLevel>(level)) ? 1 : 0;
  };
  // A log line or metric that cannot be kept must not stop the work, and nothing may be thrown into the plugin.
  c_.log = [](void* ctx, int32_t level, haulier_str message) {
    try {
      self(ctx).run_.log.log(static_cast<LogLevel>(level), self(ctx).component_, view(message));
    } catch (...) {
    }
  };
  c_.metric = [](void* ctx, haulier_str name, int32_t kind, double value, const haulier_pair* labels, uint32_t n) {
    try {
      self(ctx).add_metric(name, kind, value, labels, n);
    } catch (...) {
    }
  };
  c_.audit = [](void* ctx, haulier_str event, const haulier_pair* fields, uint32_t n, haulier_error* error) -> int32_t {
    return self(ctx).audit(event, fields, n, error);
  };
}

void HostServices::set_time_functions() noexcept {
  c_.now_us = [](void* ctx) -> int64_t { return self(ctx).run_.clock.now_us(); };
  c_.monotonic_us = [](void* ctx) -> int64_t { return self(ctx).run_.clock.monotonic_us(); };
  c_.random = [](void* ctx) -> uint64_t { return self(ctx).run_.random.next(); };
  c_.cancelled = [](void* ctx) -> int32_t { return self(ctx).cancel_.cancelled() ? 1 : 0; };
  c_.cancel_fd = [](void* ctx) -> int { return self(ctx).cancel_.fd(); };
  c_.wait_ms = [](void* ctx, uint64_t ms) -> int32_t {
    Clock& clock = self(ctx).run_.clock;
    const auto us = static_cast<std::int64_t>(ms < 1'000'000'000'000 ? ms : 1'000'000'000'000) * 1000;
    return self(ctx).cancel_.pause(clock, clock.monotonic_us() + us) ? 1 : 0;
  };
}

void HostServices::set_blob_functions() noexcept {
  c_.blob_new = [](void* ctx, uint64_t expected, haulier_blob** out, haulier_error* error) -> int32_t {
    HostServices& mine = self(ctx);
    return mine.run_.blobs.create(expected, mine.is_source_ ? &mine.cancel_ : nullptr, out, error);
  };
  c_.blob_append = [](void* ctx, haulier_blob* blob, const void* data, uint64_t size, haulier_error* error) -> int32_t {
    return self(ctx).run_.blobs.append(blob, data, size, error);
  };
  c_.blob_seal = [](void* ctx, haulier_blob* blob, haulier_error* error) -> int32_t {
    return self(ctx).run_.blobs.seal(blob, error);
  };
  c_.blob_slice = [](void* ctx, haulier_blob* blob, uint64_t offset, uint64_t size) -> haulier_blob* {
    return self(ctx).run_.blobs.slice(blob, offset, size);
  };
}

void HostServices::add_metric(haulier_str name, int32_t kind, double value, const haulier_pair* labels,
                              std::uint32_t n_labels) {
  MetricLabels all{{"plugin", component_}};
  for (std::uint32_t i = 0; i < n_labels; ++i) all.emplace(view(labels[i].key), view(labels[i].value));
  const std::string key(view(name));
  if (kind == HAULIER_GAUGE) {
    run_.metrics.set(key, all, value);
  } else {
    run_.metrics.add(key, all, value);
  }
  const std::lock_guard lock(mutex_);
  double& sum = sums_[key];
  sum = kind == HAULIER_GAUGE ? value : sum + value;
}

int32_t HostServices::audit(haulier_str event, const haulier_pair* fields, std::uint32_t n_fields,
                            haulier_error* error) {
  if (!run_.audit) return HAULIER_OK;
  try {
    std::vector<AuditField> pairs;
    pairs.emplace_back("plugin", component_);
    for (std::uint32_t i = 0; i < n_fields; ++i) pairs.emplace_back(view(fields[i].key), view(fields[i].value));
    run_.audit->record(view(event), pairs);
    return HAULIER_OK;
  } catch (const Failed& failed) {
    return fill_error(error, HAULIER_LOCAL_IO, failed.failure().what, failed.failure().command);
  } catch (const std::exception& fault) {
    return fill_error(error, HAULIER_LOCAL_IO, fault.what());
  }
}

std::map<std::string, double> HostServices::metrics() const {
  const std::lock_guard lock(mutex_);
  return {sums_.begin(), sums_.end()};
}

double HostServices::metric(std::string_view name) const {
  const std::lock_guard lock(mutex_);
  const auto at = sums_.find(name);
  return at == sums_.end() ? 0 : at->second;
}

}  // namespace haulier::host
