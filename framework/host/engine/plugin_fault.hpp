// PluginFault: what a plugin call reported when it was neither OK nor END.
#pragma once

#include <cstdint>
#include <exception>
#include <string>
#include <string_view>

#include "cli/failure.hpp"
#include "config/pipeline_config.hpp"
#include "haulier/abi/status.h"

namespace haulier::host {

// Thrown by the wrappers around plugin calls. Copies everything: it outlives the plugin and the pipeline's config.
class PluginFault : public std::exception {
 public:
  PluginFault(int32_t status, const haulier_error& error, const PluginUse& use, std::string_view during);
  // A fault that the host itself found in what a plugin did: HAULIER_FATAL.
  PluginFault(const PluginUse& use, std::string_view during, std::string message);

  [[nodiscard]] int32_t status() const noexcept { return status_; }
  [[nodiscard]] const std::string& message() const noexcept { return message_; }
  [[nodiscard]] const std::string& stage() const noexcept { return stage_; }  // the id of the plugin's use
  [[nodiscard]] std::uint64_t retry_after_ms() const noexcept { return retry_after_ms_; }
  [[nodiscard]] std::uint64_t record_index() const noexcept { return record_index_; }
  [[nodiscard]] const char* what() const noexcept override { return message_.c_str(); }

  // In the four parts that a person reads. Config pointers become file:line:column.
  [[nodiscard]] Failure failure() const;

 private:
  int32_t status_;
  std::string stage_;
  std::string place_;   // file:line:column of a bad setting, or the stage
  std::string during_;  // what the host was doing, e.g. "read"
  std::string message_;
  std::string hint_;
  std::uint64_t retry_after_ms_ = 0;
  std::uint64_t record_index_ = 0;
};

// The exit code that a status ends the run with (DESIGN of the command line).
[[nodiscard]] ExitCode exit_code_of(int32_t status) noexcept;

}  // namespace haulier::host
