// VaultCredentials: plugins' requests for credentials answered from the encrypted vault.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <utility>

#include "engine/credential_provider.hpp"

namespace haulier::credentials {
class CredentialStore;
}

namespace haulier::host {

// Opens the vault at the first request, so that pipelines without credentials need none. Thread-safe; several requests
// for one account share one refresh.
class VaultCredentials final : public CredentialProvider {
 public:
  // May throw a credentials::CredentialError; called again after that.
  using Open = std::function<std::unique_ptr<credentials::CredentialStore>(const CredentialEvents& events)>;

  // asks_person: opening may ask for a passphrase.
  explicit VaultCredentials(Open open, bool asks_person = false);
  ~VaultCredentials() override;
  int32_t credential(const haulier_credential_request& request, int cancel_fd, const Receive& receive,
                     haulier_error* error) noexcept override;
  void set_events(CredentialEvents events) override { events_ = std::move(events); }
  [[nodiscard]] std::vector<AccountWarning> warnings() noexcept override;

 private:
  credentials::CredentialStore& store();

  const Open open_;
  const bool asks_person_;
  CredentialEvents events_;
  std::mutex mutex_;
  std::unique_ptr<credentials::CredentialStore> store_;
};

}  // namespace haulier::host
