// FakeHost: a host for unit tests of plugins. Memory blobs, a clock that moves only when told, a log to read.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include <sys/eventfd.h>
#include <unistd.h>

#include "haulier/abi/host.h"
#include "haulier/abi/lookup.h"
#include "haulier/abi/version.h"
#include "haulier/error.hpp"
#include "haulier/view.hpp"

namespace haulier::testing {

// Thread: the struct may be used from any thread; the public members are read by the test when the plugin is idle.
class FakeHost {
 public:
  explicit FakeHost(std::string pipeline_name = "test") : pipeline(std::move(pipeline_name)) {
    c_.struct_size = sizeof c_;
    c_.abi_major = HAULIER_ABI_MAJOR;
    c_.ctx = this;
    c_.pipeline = str(pipeline);
    c_.run_id = str(run_id);
    cancel_event_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    set_functions();
  }
  FakeHost(const FakeHost&) = delete;
  FakeHost& operator=(const FakeHost&) = delete;
  ~FakeHost() { close(cancel_event_); }

  const haulier_host* get() const noexcept { return &c_; }

  void cancel() {
    is_cancelled = true;
    const std::uint64_t one = 1;
    if (::write(cancel_event_, &one, sizeof one) < 0) is_cancelled = true;
  }

  std::string pipeline;
  std::string run_id = "run";
  std::vector<std::string> logs;                      // "level message"
  std::vector<std::string> audits;                    // "event key=value ..."
  std::map<std::string, double> metrics;              // by name, labels left out
  std::vector<std::string> steps;                     // crash points passed
  std::function<void(std::uint64_t number)> on_step;  // at each crash point, counted from 1; a crash test _exit()s here
  std::atomic<std::int64_t> clock_us{1'700'000'000'000'000};
  std::atomic<bool> is_cancelled{false};
  std::atomic<std::int64_t> live_blobs{0};                     // references not yet given back
  std::map<std::string, const void*, std::less<>> extensions;  // by id; what a test lends
  // Behind haulier.host.lookup/1; see FakeRows.
  std::function<int32_t(const haulier_lookup_request&, haulier_batch&, haulier_error*)> lookup;
  // The answer to every credential request.
  haulier_credential_kind credential_kind = HAULIER_CREDENTIAL_PASSWORD;
  std::string credential_user = "me";
  std::string credential_secret = "secret";
  std::vector<std::string> credential_requests;  // "account server force"

 private:
  struct MemoryBlob {
    haulier_blob c{};
    std::atomic<std::uint64_t> references{1};
    std::string bytes;
    haulier_blob* parent = nullptr;
    FakeHost* host = nullptr;
  };
  static MemoryBlob* of(haulier_blob* blob) { return reinterpret_cast<MemoryBlob*>(blob); }

  static haulier_blob* make_blob(FakeHost* host) {
    auto* blob = new MemoryBlob;
    blob->host = host;
    blob->c.struct_size = sizeof blob->c;
    blob->c.retain = [](haulier_blob* b) { ++of(b)->references; };
    blob->c.release = [](haulier_blob* b) {
      if (--of(b)->references > 0) return;
      if (of(b)->parent) of(b)->parent->release(of(b)->parent);
      --of(b)->host->live_blobs;
      delete of(b);
    };
    blob->c.done_with = [](haulier_blob*, std::uint64_t, std::uint64_t) {};
    ++host->live_blobs;
    return &blob->c;
  }

  static FakeHost& self(void* ctx) { return *static_cast<FakeHost*>(ctx); }
  static std::string joined(std::string_view head, const haulier_pair* pairs, std::uint32_t n) {
    std::string out(head);
    for (std::uint32_t i = 0; i < n; ++i) {
      out += ' ';
      out += view(pairs[i].key);
      out += '=';
      out += view(pairs[i].value);
    }
    return out;
  }

  void set_functions() {
    c_.log_enabled = [](void*, int32_t) -> int32_t { return 1; };
    c_.log = [](void* ctx, int32_t level, haulier_str message) {
      std::lock_guard lock(self(ctx).mutex_);
      self(ctx).logs.push_back(std::to_string(level) + " " + std::string(view(message)));
    };
    c_.metric = [](void* ctx, haulier_str name, int32_t kind, double value, const haulier_pair*, uint32_t) {
      std::lock_guard lock(self(ctx).mutex_);
      double& slot = self(ctx).metrics[std::string(view(name))];
      slot = kind == HAULIER_COUNTER ? slot + value : value;
    };
    c_.audit = [](void* ctx, haulier_str event, const haulier_pair* fields, uint32_t n, haulier_error*) -> int32_t {
      std::lock_guard lock(self(ctx).mutex_);
      self(ctx).audits.push_back(joined(view(event), fields, n));
      return HAULIER_OK;
    };
    c_.now_us = [](void* ctx) -> int64_t { return self(ctx).clock_us; };
    c_.monotonic_us = [](void* ctx) -> int64_t { return self(ctx).clock_us; };
    c_.random = [](void* ctx) -> uint64_t {
      std::lock_guard lock(self(ctx).mutex_);
      return self(ctx).random_ = self(ctx).random_ * 6364136223846793005u + 1;
    };
    c_.cancelled = [](void* ctx) -> int32_t { return self(ctx).is_cancelled ? 1 : 0; };
    c_.cancel_fd = [](void* ctx) -> int { return self(ctx).cancel_event_; };
    c_.wait_ms = [](void* ctx, uint64_t ms) -> int32_t {
      self(ctx).clock_us += static_cast<int64_t>(ms) * 1000;
      return self(ctx).is_cancelled ? 1 : 0;
    };
    c_.blob_new = [](void* ctx, uint64_t expected, haulier_blob** out, haulier_error*) -> int32_t {
      *out = make_blob(&self(ctx));
      of(*out)->bytes.reserve(static_cast<std::size_t>(expected));
      return HAULIER_OK;
    };
    c_.blob_append = [](void*, haulier_blob* blob, const void* data, uint64_t size, haulier_error*) -> int32_t {
      of(blob)->bytes.append(static_cast<const char*>(data), static_cast<std::size_t>(size));
      return HAULIER_OK;
    };
    c_.blob_seal = [](void*, haulier_blob* blob, haulier_error*) -> int32_t {
      blob->data = reinterpret_cast<const std::uint8_t*>(of(blob)->bytes.data());
      blob->size = of(blob)->bytes.size();
      return HAULIER_OK;
    };
    c_.blob_slice = [](void* ctx, haulier_blob* blob, uint64_t offset, uint64_t size) -> haulier_blob* {
      if (offset > blob->size || size > blob->size - offset) return nullptr;
      haulier_blob* out = make_blob(&self(ctx));
      blob->retain(blob);
      of(out)->parent = blob;
      out->data = blob->data + offset;
      out->size = size;
      return out;
    };
    c_.credential = [](void* ctx, const haulier_credential_request* request,
                       void (*receive)(void*, const haulier_credential*), void* user, haulier_error*) -> int32_t {
      FakeHost& host = self(ctx);
      {
        std::lock_guard lock(host.mutex_);
        host.credential_requests.push_back(std::string(view(request->account)) + " " +
                                           std::string(view(request->server)) + (request->force_refresh ? " 1" : " 0"));
      }
      const haulier_credential credential{sizeof(haulier_credential), static_cast<std::uint32_t>(host.credential_kind),
                                          str(host.credential_user), str(host.credential_secret), 0};
      receive(user, &credential);
      return HAULIER_OK;
    };
    c_.crash_point = [](void* ctx, haulier_str step) {
      self(ctx).steps.emplace_back(view(step));
      if (self(ctx).on_step) self(ctx).on_step(self(ctx).steps.size());
    };
    c_.extension = [](void* ctx, const char* id) -> const void* {
      const auto found = self(ctx).extensions.find(id);
      return found == self(ctx).extensions.end() ? nullptr : found->second;
    };
  }

  haulier_host c_{};
  std::mutex mutex_;
  std::uint64_t random_ = 1;
  int cancel_event_ = -1;
};

}  // namespace haulier::testing
