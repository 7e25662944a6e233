// The vault on disk: checked reading, the lock beside it, and replacing it so that a crash leaves the old or the new
// file.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <optional>

#include "bytes.hpp"
#include "environment.hpp"
#include "file_descriptor.hpp"
#include "vault_format.hpp"

namespace haulier::credentials {

// Checks are made by fstat on the open descriptor, never on the name: regular file, owner is the effective user, mode &
// 077 is 0, one link; and the directory is not writable by others. Throws VaultMissing, VaultMode, VaultOwner,
// VaultPlace.
[[nodiscard]] Bytes read_vault_file(const std::filesystem::path& file);

// write all to FILE.new (0600, exclusive) -> fsync -> rename -> fsync(directory). The caller holds the exclusive lock,
// so FILE.new can only be the rest of a crash and is removed first. Throws VaultStorageFailure; then FILE is the former
// one unless only the directory's fsync failed.
void replace_vault_file(const std::filesystem::path& file, ByteView bytes, const Checkpoint& checkpoint);

// The second half of a write that was cut off: FILE.new, whose content the caller has verified, becomes FILE.
void finish_replacing_vault_file(const std::filesystem::path& file);

// FILE.new while a write is under way or after one was cut off; FILE.1 while a rekey is under way.
[[nodiscard]] std::filesystem::path unfinished_copy(const std::filesystem::path& file);
[[nodiscard]] std::filesystem::path former_copy(const std::filesystem::path& file);

enum class LockMode { shared, exclusive };

// The highest generation of one vault that any process has seen.
struct SeenGeneration {
  VaultId id{};
  std::uint64_t generation = 0;
};

// flock on FILE.lock, which is never renamed or removed. Held until destroyed; works between threads and processes. The
// exclusive holder writes its process id and time into it for the message others show, and the generation it has
// written: an old copy of the vault that somebody puts back is noticed by it.
class VaultLock {
 public:
  // Waits up to `limit`, in steps, so that `environment.cancelled` is seen; throws VaultLocked or TryAgainLater.
  VaultLock(const std::filesystem::path& file, LockMode mode, std::chrono::milliseconds limit,
            const Environment& environment);

  // nullopt: nothing was noted yet, or there is no lock file to read (a read-only disk).
  [[nodiscard]] std::optional<SeenGeneration> seen() const;
  // For the exclusive holder. Best effort: it only feeds a warning.
  void note(const SeenGeneration& seen) const;
  [[nodiscard]] bool exclusive() const noexcept { return mode_ == LockMode::exclusive; }

 private:
  LockMode mode_;
  FileDescriptor lock_;
};

// Makes missing parent directories with mode 0700.
void make_private_directories(const std::filesystem::path& directory);

}  // namespace haulier::credentials
