// One type per way a vault can refuse to open. None of them deletes or rewrites anything.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

#include "credential_error.hpp"

namespace haulier::credentials {

class VaultError : public CredentialError {
 public:
  using CredentialError::CredentialError;
};

struct VaultMissing : VaultError {
  explicit VaultMissing(const std::string& file);
};
struct VaultCutOff : VaultError {
  VaultCutOff(const std::string& file, std::uint64_t size, std::uint64_t expected);
};
struct NotAVault : VaultError {
  explicit NotAVault(const std::string& file);
};
struct VaultNewerFormat : VaultError {
  VaultNewerFormat(const std::string& file, int version);
};
struct VaultWrongKey : VaultError {
  VaultWrongKey(const std::string& file, const std::string& source);
};
// `part` is the damaged record in quotes ("record \"me@example.org\"") or another part of the file.
struct VaultDamaged : VaultError {
  VaultDamaged(const std::string& file, const std::string& part);
};
struct VaultMode : VaultError {
  VaultMode(const std::string& file, mode_t mode);
};
struct VaultOwner : VaultError {
  VaultOwner(const std::string& file, uid_t owner, uid_t self);
};
// Not a regular file, several links, or a directory others can write to.
struct VaultPlace : VaultError {
  VaultPlace(const std::string& file, const std::string& fault);
};
struct VaultKeyMalformed : VaultError {
  VaultKeyMalformed(const std::string& source, std::uint64_t size);
};
struct VaultNoKey : VaultError {
  VaultNoKey();
};
// A key source that is set but cannot be used (unreadable file, failed command); `words` say which and why.
struct VaultKeyUnusable : VaultError {
  explicit VaultKeyUnusable(const std::string& words);
};
struct VaultLocked : VaultError {
  // `holder` is "PID since TIME" as the holder wrote it into the lock file, or empty.
  VaultLocked(const std::string& file, const std::string& holder);
};
struct VaultStorageFailure : VaultError {
  VaultStorageFailure(const std::string& file, const std::string& action, int error_number);
};

// A warning, not a refusal: restoring a backup is a legitimate thing to do, and the only way to know is to say it.
[[nodiscard]] std::string old_generation_words(const std::string& file, std::uint64_t generation, std::uint64_t seen);

}  // namespace haulier::credentials
