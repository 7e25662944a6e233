// Host: what the host lends, as a small value to copy around. Valid as long as the plugin instance.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "haulier/blob.hpp"
#include "haulier/view.hpp"

namespace haulier {

// A credential that is good now. The caller wipes `secret` after use (haulier::wipe).
struct Credential {
  haulier_credential_kind kind = HAULIER_CREDENTIAL_PASSWORD;
  std::string user;
  std::string secret;
  std::int64_t expires_at_us = 0;  // UTC; 0 = not known
};

// Overwrites the bytes in a way the compiler keeps.
inline void wipe(std::string& text) noexcept {
  volatile char* p = text.empty() ? nullptr : &text[0];
  for (std::size_t i = 0; i < text.size(); ++i) p[i] = 0;
  text.clear();
}

// Thread: any. All functions throw haulier::Error where the C function has a status.
class Host {
 public:
  using Pairs = std::initializer_list<std::pair<std::string_view, std::string_view>>;

  explicit Host(const haulier_host* host) noexcept : host_(host) {}

  std::string_view pipeline() const noexcept { return view(host_->pipeline); }
  std::string_view run_id() const noexcept { return view(host_->run_id); }

  bool log_enabled(haulier_log_level level) const noexcept { return host_->log_enabled(host_->ctx, level) != 0; }
  void log(haulier_log_level level, std::string_view message) const noexcept {
    host_->log(host_->ctx, level, str(message));
  }
  void debug(std::string_view message) const noexcept { log(HAULIER_LOG_DEBUG, message); }
  void info(std::string_view message) const noexcept { log(HAULIER_LOG_INFO, message); }
  void warning(std::string_view message) const noexcept { log(HAULIER_LOG_WARNING, message); }
  void error(std::string_view message) const noexcept { log(HAULIER_LOG_ERROR, message); }

  void count(std::string_view name, double add, Pairs labels = {}) const { metric(name, HAULIER_COUNTER, add, labels); }
  void gauge(std::string_view name, double value, Pairs labels = {}) const {
    metric(name, HAULIER_GAUGE, value, labels);
  }

  void audit(std::string_view event, Pairs fields) const {
    const auto pairs = c_pairs(fields);
    haulier_error error = detail::new_error();
    detail::require_ok(
        host_->audit(host_->ctx, str(event), pairs.data(), static_cast<std::uint32_t>(pairs.size()), &error), error);
  }

  std::int64_t now_us() const noexcept { return host_->now_us(host_->ctx); }
  std::int64_t monotonic_us() const noexcept { return host_->monotonic_us(host_->ctx); }
  std::uint64_t random() const noexcept { return host_->random(host_->ctx); }
  bool cancelled() const noexcept { return host_->cancelled(host_->ctx) != 0; }
  int cancel_fd() const noexcept { return host_->cancel_fd(host_->ctx); }
  // Returns true when it was cancelled.
  bool wait_ms(std::uint64_t ms) const noexcept { return host_->wait_ms(host_->ctx, ms) != 0; }

  [[nodiscard]] BlobWriter new_blob(std::uint64_t expected_size) const { return BlobWriter(host_, expected_size); }
  [[nodiscard]] Blob copy_blob(std::string_view bytes) const {
    BlobWriter writer(host_, bytes.size());
    writer.append(bytes);
    return writer.seal();
  }
  // Empty when out of range.
  [[nodiscard]] Blob slice(const Blob& blob, std::uint64_t offset, std::uint64_t size) const {
    return Blob::adopt(host_->blob_slice(host_->ctx, blob.get(), offset, size));
  }

  [[nodiscard]] Credential credential(std::string_view account, std::string_view server, bool force_refresh) const {
    haulier_credential_request request{sizeof(haulier_credential_request), force_refresh ? 1u : 0u, str(account),
                                       str(server)};
    Credential out;
    haulier_error error = detail::new_error();
    const auto receive = [](void* user, const haulier_credential* got) {
      auto& to = *static_cast<Credential*>(user);
      to.kind = static_cast<haulier_credential_kind>(got->kind);
      to.user = std::string(view(got->user));
      to.secret = std::string(view(got->secret));
      to.expires_at_us = got->expires_at_us;
    };
    detail::require_ok(host_->credential(host_->ctx, &request, receive, &out, &error), error);
    return out;
  }

  // See haulier_host.crash_point.
  void crash_point(std::string_view step) const noexcept { host_->crash_point(host_->ctx, str(step)); }
  const void* extension(const char* id) const noexcept { return host_->extension(host_->ctx, id); }
  const haulier_host* get() const noexcept { return host_; }

 private:
  static std::vector<haulier_pair> c_pairs(Pairs pairs) {
    std::vector<haulier_pair> out;
    out.reserve(pairs.size());
    for (const auto& pair : pairs) out.push_back({str(pair.first), str(pair.second)});
    return out;
  }
  void metric(std::string_view name, haulier_metric_kind kind, double value, Pairs labels) const {
    const auto pairs = c_pairs(labels);
    host_->metric(host_->ctx, str(name), kind, value, pairs.data(), static_cast<std::uint32_t>(pairs.size()));
  }

  const haulier_host* host_;
};

}  // namespace haulier
