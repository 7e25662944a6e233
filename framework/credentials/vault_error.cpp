#include "vault_error.hpp"

#include <cstdio>
#include <system_error>

namespace haulier::credentials {
namespace {

std::string about(const std::string& file, const std::string& words) { return "vault: " + file + " " + words; }

std::string octal(mode_t mode) {
  char text[16];
  std::snprintf(text, sizeof text, "%04o", static_cast<unsigned>(mode & 07777U));
  return text;
}

}  // namespace

VaultMissing::VaultMissing(const std::string& file)
    : VaultError(ExitCode::sign_in,
                 about(file, "does not exist. Create it with: haulier auth login ACCOUNT --vault " + file)) {}

VaultCutOff::VaultCutOff(const std::string& file, std::uint64_t size, std::uint64_t expected)
    : VaultError(ExitCode::sign_in,
                 about(file, "is cut off (" + std::to_string(size) + " bytes, at least " + std::to_string(expected) +
                                 " expected). Restore a backup, or make a new vault and sign in "
                                 "again: haulier auth login ACCOUNT")) {}

NotAVault::NotAVault(const std::string& file)
    : VaultError(ExitCode::configuration, about(file, "is not a token vault")) {}

VaultNewerFormat::VaultNewerFormat(const std::string& file, int version)
    : VaultError(ExitCode::configuration, about(file, "has format " + std::to_string(version) +
                                                          "; this program reads up to 1. Use a newer program")) {}

VaultWrongKey::VaultWrongKey(const std::string& file, const std::string& source)
    : VaultError(ExitCode::configuration,
                 "vault: the key from " + source + " does not open " + file +
                     " (wrong key or passphrase, or a damaged key slot). Nothing was changed") {}

VaultDamaged::VaultDamaged(const std::string& file, const std::string& part)
    : VaultError(ExitCode::sign_in,
                 about(file, "was changed or damaged after it was written (" + part +
                                 "). Do not use it; restore a backup, or revoke the tokens at the provider and sign in "
                                 "again into a new vault: haulier auth login ACCOUNT")) {}

VaultMode::VaultMode(const std::string& file, mode_t mode)
    : VaultError(ExitCode::configuration,
                 about(file, "has mode " + octal(mode) + "; others can read it. Run: chmod 600 " + file)) {}

VaultOwner::VaultOwner(const std::string& file, uid_t owner, uid_t self)
    : VaultError(ExitCode::configuration, about(file, "belongs to uid " + std::to_string(owner) +
                                                          ", this process runs as uid " + std::to_string(self))) {}

VaultPlace::VaultPlace(const std::string& file, const std::string& fault)
    : VaultError(ExitCode::configuration, about(file, fault)) {}

VaultKeyMalformed::VaultKeyMalformed(const std::string& source, std::uint64_t size)
    : VaultError(ExitCode::configuration, "vault: the key in " + source + " has " + std::to_string(size) +
                                              " bytes; 32 bytes (or 64 hex digits) are needed. Make one with: openssl "
                                              "rand -out FILE 32") {}

VaultNoKey::VaultNoKey()
    : VaultError(ExitCode::configuration,
                 "vault: no key is set. Set one of auth.vault.key_credential, key_file, key_env, passphrase_file") {}

VaultKeyUnusable::VaultKeyUnusable(const std::string& words) : VaultError(ExitCode::configuration, "vault: " + words) {}

VaultLocked::VaultLocked(const std::string& file, const std::string& holder)
    : VaultError(ExitCode::try_again,
                 about(file, holder.empty() ? "is locked by another process" : "is locked by process " + holder)) {}

VaultStorageFailure::VaultStorageFailure(const std::string& file, const std::string& action, int error_number)
    : VaultError(ExitCode::local_io,
                 about(file, "could not be " + action + ": " + std::system_category().message(error_number) +
                                 (action == "synced" ? ". The new content is there, but a power cut may still undo it"
                                                     : ". Nothing in it was changed"))) {}

std::string old_generation_words(const std::string& file, std::uint64_t generation, std::uint64_t seen) {
  return about(file, "has generation " + std::to_string(generation) + ", but " + std::to_string(seen) +
                         " was seen before: an old copy was put back. Sign-in may be needed");
}

}  // namespace haulier::credentials
