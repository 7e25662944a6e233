// ${credential:NAME} in a pipeline file: a password from the vault, for a plugin that takes one as a setting.
#pragma once

#include "config/pipeline_config.hpp"
#include "crash_point.hpp"
#include "credentials/redactor.hpp"
#include "stop_event.hpp"

namespace haulier::host {

// A credential is only given to hosts it was stored for. One that a pipeline file may use is stored for this name,
// which is no host's: the password of a mailbox cannot be named in a file and so be sent elsewhere.
inline constexpr char kPipelineHost[] = "pipeline";

// The vault is opened at the first ${credential:...}. What a person can correct (no such credential, no vault) is a
// fault with its place in the file; a vault that is locked or unreadable throws Failed with its own exit code.
[[nodiscard]] CredentialOpener credential_values(CrashPoints& crash_points, const StopEvent& stop,
                                                 credentials::Redactor& redactor);

}  // namespace haulier::host
