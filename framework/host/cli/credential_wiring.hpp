// From the `auth.vault` section of a pipeline file to an open credential store.
#pragma once

#include <memory>

#include "config/pipeline_config.hpp"
#include "crash_point.hpp"
#include "credentials/credential_store.hpp"
#include "engine/credential_provider.hpp"
#include "stop_event.hpp"

namespace haulier::host {

// The defaults and environment variables of the vault, with what the pipeline file says over them.
[[nodiscard]] credentials::StoreOptions store_options(const VaultConfig& vault, CrashPoints& crash_points,
                                                      const StopEvent& stop, credentials::Redactor& redactor);

// Opens the vault at the first request.
[[nodiscard]] std::unique_ptr<CredentialProvider> vault_provider(const VaultConfig& vault, CrashPoints& crash_points,
                                                                 const StopEvent& stop,
                                                                 credentials::Redactor& redactor);

}  // namespace haulier::host
