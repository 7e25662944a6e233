#include "cli/credential_values.hpp"

#include <algorithm>
#include <memory>

#include "cli/credential_wiring.hpp"
#include "cli/failure.hpp"
#include "credentials/credential_error.hpp"

namespace haulier::host {

namespace {

using credentials::AccountStatus;
using credentials::CredentialStore;

std::string how_to_store(const std::string& name) {
  return "haulier auth login " + name + " --app-password --host " + kPipelineHost;
}

// Why the credential cannot be a setting; empty: it can.
std::string refusal(CredentialStore& store, const std::string& name) {
  const std::vector<AccountStatus> all = store.status();
  const auto found = std::find_if(all.begin(), all.end(), [&](const AccountStatus& s) { return s.account == name; });
  if (found == all.end()) {
    return "the vault holds no credential \"" + name + "\"; store it with: " + how_to_store(name);
  }
  if (found->method == credentials::Method::oauth2) {
    return "\"" + name +
           "\" is an OAuth2 sign-in, whose tokens end: a source asks for them itself, with \"auth: { oauth2: {} }\"";
  }
  const auto& hosts = found->imap_hosts;
  if (std::find(hosts.begin(), hosts.end(), kPipelineHost) == hosts.end()) {
    return "\"" + name + "\" was stored for " + (hosts.empty() ? "no host" : hosts.front()) +
           " only, where the source uses it by itself; a password for pipeline files needs a name of its own: " +
           how_to_store("NAME");
  }
  return {};
}

Lookup look_up(CredentialStore& store, const std::string& name) {
  const std::string reason = refusal(store, name);
  if (!reason.empty()) return {std::nullopt, reason};
  return {std::string(store.access(name, kPipelineHost, false).secret.reveal()), {}};
}

bool is_for_a_person(const credentials::CredentialError& error) {
  return error.code() == credentials::ExitCode::configuration || error.code() == credentials::ExitCode::sign_in;
}

}  // namespace

CredentialOpener credential_values(CrashPoints& crash_points, const StopEvent& stop, credentials::Redactor& redactor) {
  return [&crash_points, &stop, &redactor](const VaultConfig& vault) {
    return [&crash_points, &stop, &redactor, vault,
            store = std::shared_ptr<CredentialStore>()](const std::string& name) mutable -> Lookup {
      try {
        if (!store) store = CredentialStore::open(store_options(vault, crash_points, stop, redactor));
        return look_up(*store, name);
      } catch (const credentials::CredentialError& error) {
        if (is_for_a_person(error)) return {std::nullopt, std::string("${credential:") + name + "}: " + error.what()};
        throw Failed({.exit_code = static_cast<ExitCode>(error.exit_code()),
                      .what = error.what(),
                      .data_safety = "nothing was read or written"});
      }
    };
  };
}

}  // namespace haulier::host
