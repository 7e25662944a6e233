#include "engine/plugin_fault.hpp"

#include <utility>

#include "engine/abi_text.hpp"

namespace haulier::host {

PluginFault::PluginFault(int32_t status, const haulier_error& error, const PluginUse& use, std::string_view during)
    : status_(status),
      stage_(use.id),
      place_(use.path),
      during_(during),
      message_(text_of(error.message)),
      hint_(text_of(error.hint)),
      retry_after_ms_(error.retry_after_ms),
      record_index_(error.record_index) {
  if (message_.empty()) message_ = "status " + std::to_string(status) + " without words";
  if (status == HAULIER_BAD_CONFIG) place_ = use.checked.places.find(text_of(error.pointer)).text();
}

PluginFault::PluginFault(const PluginUse& use, std::string_view during, std::string message)
    : status_(HAULIER_FATAL), stage_(use.id), place_(use.path), during_(during), message_(std::move(message)) {}

Failure PluginFault::failure() const {
  Failure out;
  out.exit_code = exit_code_of(status_);
  out.what = place_ + ": " + message_;
  if (status_ == HAULIER_FATAL || status_ == HAULIER_UNSUPPORTED) {
    out.what += " (during " + during_ + ")";
  }
  if (!hint_.empty()) out.command = hint_;
  return out;
}

ExitCode exit_code_of(int32_t status) noexcept {
  switch (status) {
    case HAULIER_OK:
    case HAULIER_END:
      return ExitCode::ok;
    case HAULIER_RETRY:
    case HAULIER_FENCED:
    case HAULIER_CANCELLED:
    case HAULIER_COMMIT_UNKNOWN:
      return ExitCode::try_again;
    case HAULIER_BAD_CONFIG:
    case HAULIER_UNSUPPORTED:
      return ExitCode::bad_config;
    case HAULIER_NEEDS_AUTH:
      return ExitCode::needs_auth;
    case HAULIER_BAD_STATE:
    case HAULIER_BAD_RECORD:
      return ExitCode::bad_state;
    case HAULIER_LOCAL_IO:
      return ExitCode::local_io;
    case HAULIER_PROTOCOL:
      return ExitCode::protocol;
    default:
      return ExitCode::bug;
  }
}

}  // namespace haulier::host
