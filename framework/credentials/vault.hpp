// The encrypted token vault: records by name, read as a whole, changed under an exclusive lock.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "environment.hpp"
#include "key_source.hpp"
#include "vault_error.hpp"
#include "vault_file.hpp"
#include "vault_format.hpp"

namespace haulier::credentials {

struct VaultOptions {
  std::filesystem::path path;
  KeySourceOptions key;
  ScryptCost scrypt_cost;  // for a new passphrase slot
  std::chrono::milliseconds lock_limit{30'000};
  // Told what does not stop the work: an old copy of the file, a key that lies beside it. Any thread.
  std::function<void(const std::string& words)> warn = [](const std::string&) {};
};

// $XDG_DATA_HOME/haulier/tokens.vault and, as default key file, $XDG_CONFIG_HOME/haulier/vault.key (with the usual
// fall-backs below $HOME); $HAULIER_VAULT and $HAULIER_VAULT_KEY_FILE win.
[[nodiscard]] VaultOptions default_vault_options(const EnvironmentLookup& environment);

struct VaultRecord {
  std::string name;
  std::uint64_t version = 0;  // the vault generation that wrote it: never the same for two contents
  std::int64_t changed_at = 0;
  Secret plaintext;
};

class Vault;

// A verified state of the file with the keys to read and write it. A value.
class VaultContents {
 public:
  VaultContents(VaultImage image, DataKeys keys) : image_(std::move(image)), keys_(std::move(keys)) {}
  [[nodiscard]] std::uint64_t generation() const noexcept { return image_.generation; }
  [[nodiscard]] std::vector<std::string> names() const;
  [[nodiscard]] std::optional<VaultRecord> find(const std::string& name) const;

 private:
  friend class Vault;
  friend class VaultTransaction;
  friend class VaultRekey;
  VaultImage image_;
  DataKeys keys_;
};

// Holds the exclusive lock from construction to destruction. Changes are in memory until commit(), which may be called
// several times (the write-ahead mark of a refresh, then its result). One thread. Must not outlive its Vault.
class VaultTransaction {
 public:
  [[nodiscard]] std::vector<std::string> names() const { return contents_.names(); }
  [[nodiscard]] std::optional<VaultRecord> find(const std::string& name) const { return contents_.find(name); }
  void put(const std::string& name, const Secret& plaintext);
  // Returns whether there was one.
  bool erase(const std::string& name);
  // Durable when it returns. Returns the new generation, which is also the version of the records put since the last.
  std::uint64_t commit();
  // What the file says now, dropping uncommitted changes: a writer that ignores the lock (a restored backup, a sync
  // tool) may have replaced it.
  void reread();

 private:
  friend class Vault;
  friend class VaultRekey;
  VaultTransaction(Vault& vault, VaultLock lock, VaultContents contents)
      : vault_(&vault), lock_(std::move(lock)), contents_(std::move(contents)) {}
  // Above every generation that was ever seen of this vault, also when an old copy was put back: no two contents share
  // a version.
  [[nodiscard]] std::uint64_t next_generation() const;
  Vault* vault_;
  VaultLock lock_;
  VaultContents contents_;
};

// One vault file and the key that opens it. Thread-safe: the file is the shared state, guarded by its lock file; the
// mutex only guards what was learnt from it (unlocked slots, highest generation seen).
class Vault {
 public:
  // Reads the key and opens the file once, so that a wrong key is found here.
  [[nodiscard]] static std::unique_ptr<Vault> open(const VaultOptions& options, const Environment& environment);
  // Makes the file (and, if no key source is set, the default key file) when it does not exist. Two processes that do
  // this at once end with one vault.
  struct Created {
    bool vault = false;
    bool key_file = false;
  };
  [[nodiscard]] static std::unique_ptr<Vault> open_or_create(const VaultOptions& options,
                                                             const Environment& environment, Created& created);

  [[nodiscard]] VaultContents read();
  [[nodiscard]] VaultTransaction begin();
  [[nodiscard]] const std::filesystem::path& path() const noexcept { return options_.path; }
  [[nodiscard]] std::string key_source() const;
  // The file with a raw key that opens it; empty when the key is something else.
  [[nodiscard]] std::filesystem::path key_file() const;
  [[nodiscard]] const Environment& environment() const noexcept { return environment_; }

 private:
  friend class VaultTransaction;
  friend class VaultRekey;
  Vault(const VaultOptions& options, const Environment& environment, VaultKey key)
      : options_(options), environment_(environment), key_(std::move(key)) {}
  void create();
  void warn_about_places() const;
  [[nodiscard]] VaultContents load(const VaultLock& lock);
  [[nodiscard]] VaultContents load_file(const std::filesystem::path& file);
  void settle_interruptions(const VaultLock& lock);
  void finish_interrupted_write(const VaultLock& lock);
  [[nodiscard]] Secret data_key_of(const VaultImage& image, const std::string& file);
  [[nodiscard]] std::optional<Secret> unwrap(const VaultImage& image);
  [[nodiscard]] KeySlot slot_for(const VaultKey& key, const VaultContents& contents);
  // A new data key with every record encrypted again, and one slot for the key that is in use.
  void renew_data_key(VaultContents& contents);
  bool reload_key();
  [[nodiscard]] Secret wrapping_key(const VaultKey& key, const KeySlot& slot);
  void note_generation(const VaultImage& image, const VaultLock& lock);

  VaultOptions options_;
  Environment environment_;
  mutable std::mutex mutex_;
  VaultKey key_;                          // replaced when the key file was given a new key meanwhile
  std::map<Salt, Secret> wrapping_keys_;  // scrypt takes a second; its result per salt is kept
  SeenGeneration seen_;                   // highest of the vault with this id
  std::uint64_t warned_generation_ = 0;
};

}  // namespace haulier::credentials
