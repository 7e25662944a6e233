// The vault on disk: checked reading, the lock beside it, and replacing it so that a crash leaves the old or the new
// file.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>

#include "bytes.hpp"
#include "environment.hpp"
#include "file_descriptor.hpp"

namespace haulier::credentials {

// Checks are made by fstat on the open descriptor, never on the name: regular file, owner is the effective user, mode &
// 077 is 0, one link; and the directory is not writable by others. Throws VaultMissing, VaultMode, VaultOwner,
// VaultPlace.
[[nodiscard]] Bytes read_vault_file(const std::filesystem::path& file);

// write all to FILE.new (0600, exclusive) -> fsync -> rename -> fsync(directory). The caller holds the exclusive lock,
// so FILE.new can only be the rest of a crash and is removed first. Throws VaultStorageFailure; then FILE is the former
// one unless only the directory's fsync failed.
void replace_vault_file(const std::filesystem::path& file, ByteView bytes, const Checkpoint& checkpoint);

enum class LockMode { shared, exclusive };

// flock on FILE.lock, which is never renamed or removed. Held until destroyed; works between threads and processes. The
// exclusive holder writes its process id and time into it for the message others show.
class VaultLock {
 public:
  // Waits up to `limit`, in steps, so that `environment.cancelled` is seen; throws VaultLocked or TryAgainLater.
  VaultLock(const std::filesystem::path& file, LockMode mode, std::chrono::milliseconds limit,
            const Environment& environment);

 private:
  FileDescriptor lock_;
};

// Makes missing parent directories with mode 0700.
void make_private_directories(const std::filesystem::path& directory);

}  // namespace haulier::credentials
