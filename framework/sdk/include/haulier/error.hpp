// The one exception type of the SDK, and the trampoline that turns exceptions into status codes at the boundary.
#pragma once

#include <cstring>
#include <exception>
#include <new>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "haulier/abi/status.h"

namespace haulier {

// Thrown by a plugin to stop an operation; the status tells the host what to do next (haulier/abi/status.h).
class Error : public std::runtime_error {
 public:
  Error(haulier_status status, const std::string& message, std::string hint = {})
      : std::runtime_error(message), status_(status), hint_(std::move(hint)) {}

  // A fault that passes; 0 ms leaves the waiting time to the host.
  static Error retry(const std::string& message, std::uint64_t after_ms = 0) {
    Error error(HAULIER_RETRY, message);
    error.retry_after_ms_ = after_ms;
    return error;
  }
  // A setting that is wrong; pointer is a JSON Pointer into the plugin's config, which the host turns into line:column.
  static Error bad_config(std::string pointer, const std::string& message) {
    Error error(HAULIER_BAD_CONFIG, message);
    error.pointer_ = std::move(pointer);
    return error;
  }
  static Error bad_record(std::uint64_t index, const std::string& message) {
    Error error(HAULIER_BAD_RECORD, message);
    error.record_index_ = index;
    return error;
  }

  haulier_status status() const noexcept { return status_; }
  const std::string& hint() const noexcept { return hint_; }
  const std::string& pointer() const noexcept { return pointer_; }
  std::uint64_t retry_after_ms() const noexcept { return retry_after_ms_; }
  std::uint64_t record_index() const noexcept { return record_index_; }

 private:
  haulier_status status_;
  std::string hint_;
  std::string pointer_;
  std::uint64_t retry_after_ms_ = 0;
  std::uint64_t record_index_ = 0;
};

namespace detail {

inline void copy_text(char* to, std::size_t capacity, std::string_view text) noexcept {
  std::size_t n = text.size() < capacity - 1 ? text.size() : capacity - 1;
  // A cut in the middle of a UTF-8 sequence would make the text invalid.
  if (n < text.size()) {
    while (n > 0 && (static_cast<unsigned char>(text[n]) & 0xC0) == 0x80) --n;
  }
  if (n > 0) std::memcpy(to, text.data(), n);  // an empty view may have no address
  to[n] = '\0';
}

inline int32_t fill_error(haulier_error* out, haulier_status status, std::string_view message) noexcept {
  if (out) {
    out->status = status;
    copy_text(out->message, sizeof out->message, message);
  }
  return status;
}

// Runs f and returns its status; every exception becomes a status and a message. The only catch of the SDK.
template <class F>
int32_t guarded(haulier_error* out, F&& f) noexcept {
  try {
    return f();
  } catch (const Error& error) {
    if (out) {
      out->retry_after_ms = error.retry_after_ms();
      out->record_index = error.record_index();
      copy_text(out->pointer, sizeof out->pointer, error.pointer());
      copy_text(out->hint, sizeof out->hint, error.hint());
    }
    return fill_error(out, error.status(), error.what());
  } catch (const std::bad_alloc&) {
    return fill_error(out, HAULIER_FATAL, "out of memory");
  } catch (const std::exception& error) {
    return fill_error(out, HAULIER_FATAL, error.what());
  } catch (...) {
    return fill_error(out, HAULIER_FATAL, "unknown exception");
  }
}

// Throws the error that a host function reported.
inline void require_ok(int32_t status, const haulier_error& error) {
  if (status == HAULIER_OK) return;
  Error thrown(static_cast<haulier_status>(status), error.message, error.hint);
  if (status == HAULIER_RETRY) thrown = Error::retry(error.message, error.retry_after_ms);
  throw thrown;
}

inline haulier_error new_error() noexcept {
  haulier_error error;
  std::memset(&error, 0, sizeof error);
  error.struct_size = sizeof error;
  return error;
}

}  // namespace detail
}  // namespace haulier
