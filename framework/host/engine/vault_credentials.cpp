#include "engine/vault_credentials.hpp"

#include <string>
#include <utility>

#include "credentials/credential_error.hpp"
#include "credentials/credential_store.hpp"
#include "engine/abi_text.hpp"

namespace haulier::host {

namespace {

haulier_status status_of(credentials::ExitCode code) {
  switch (code) {
    case credentials::ExitCode::sign_in:
      return HAULIER_NEEDS_AUTH;
    case credentials::ExitCode::try_again:
      return HAULIER_RETRY;
    case credentials::ExitCode::protocol:
      return HAULIER_PROTOCOL;
    case credentials::ExitCode::configuration:
      return HAULIER_BAD_CONFIG;
    case credentials::ExitCode::local_io:
      return HAULIER_LOCAL_IO;
    default:
      return HAULIER_FATAL;
  }
}

}  // namespace

VaultCredentials::VaultCredentials(Open open, bool asks_person) : open_(std::move(open)), asks_person_(asks_person) {}
VaultCredentials::~VaultCredentials() = default;

credentials::CredentialStore& VaultCredentials::store() {
  const std::lock_guard lock(mutex_);
  if (!store_) store_ = open_(events_);
  return *store_;
}

std::vector<AccountWarning> VaultCredentials::warnings() noexcept {
  std::vector<AccountWarning> out;
  if (asks_person_) return out;
  try {
    for (const credentials::AccountStatus& status : store().status()) {
      if (status.state == credentials::RecordState::sign_in_needed) {
        out.push_back({status.account, status.account + ": somebody must sign in again (" + status.state_reason +
                                           "): haulier auth login " + status.account});
      }
      for (const std::string& words : status.warnings) out.push_back({status.account, words});
    }
  } catch (const std::exception&) {
    // A vault that cannot be opened is told by what needs it.
  }
  return out;
}

int32_t VaultCredentials::credential(const haulier_credential_request& request, int, const Receive& receive,
                                     haulier_error* error) noexcept {
  try {
    const credentials::Access access =
        store().access(std::string(view(request.account)), view(request.server), request.force_refresh != 0);
    const bool bearer = access.kind == credentials::AccessKind::bearer;
    const auto kind = bearer ? HAULIER_CREDENTIAL_BEARER : HAULIER_CREDENTIAL_PASSWORD;
    receive({sizeof(haulier_credential), static_cast<std::uint32_t>(kind), str(access.user),
             str(access.secret.reveal()), access.expires_at * 1'000'000});
    return HAULIER_OK;
  } catch (const credentials::TryAgainLater& later) {
    if (error && later.retry_after())
      error->retry_after_ms = static_cast<std::uint64_t>(later.retry_after()->count()) * 1000;
    return fill_error(error, HAULIER_RETRY, later.what());
  } catch (const credentials::CredentialError& fault) {
    const haulier_status status = status_of(fault.code());
    std::string hint;
    if (status == HAULIER_NEEDS_AUTH) hint = "haulier auth login " + std::string(view(request.account));
    return fill_error(error, status, fault.what(), hint);
  } catch (const std::exception& fault) {
    return fill_error(error, HAULIER_FATAL, fault.what());
  }
}

}  // namespace haulier::host
