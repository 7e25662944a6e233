// CredentialProvider: where plugins' requests for credentials go. The seam between the engine and
// framework/credentials.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "haulier/abi/host.h"

namespace haulier::host {

// What a provider tells while the work goes on; every member may be called from any thread, none is empty.
struct CredentialEvents {
  std::function<void(const std::string& words)> warn = [](const std::string&) {};
  // For the audit log: "refresh", the account, "ok" or what went wrong, words. Never a secret.
  std::function<void(std::string_view action, std::string_view account, std::string_view result,
                     std::string_view detail)>
      audit = [](std::string_view, std::string_view, std::string_view, std::string_view) {};
};

// Something about a stored sign-in that a person should know.
struct AccountWarning {
  std::string account;
  std::string words;
};

// Thread: any; the implementation serialises what must not run twice (a token refresh).
class CredentialProvider {
 public:
  using Receive = std::function<void(const haulier_credential&)>;

  virtual ~CredentialProvider() = default;
  // Same contract as haulier_host.credential: calls `receive` once and returns HAULIER_OK, or fills `error` and returns
  // its status. May wait for the network, woken by cancel_fd. Does not throw.
  virtual int32_t credential(const haulier_credential_request& request, int cancel_fd, const Receive& receive,
                             haulier_error* error) noexcept = 0;
  // Before the first request.
  virtual void set_events(CredentialEvents) {}
  // Of every stored sign-in. Empty when there is no vault, or only a person could open it.
  [[nodiscard]] virtual std::vector<AccountWarning> warnings() noexcept { return {}; }
};

// For pipelines without a vault: says how to get one.
class NoCredentials final : public CredentialProvider {
 public:
  int32_t credential(const haulier_credential_request& request, int cancel_fd, const Receive& receive,
                     haulier_error* error) noexcept override;
};

}  // namespace haulier::host
