#include "vault_rekey.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <optional>
#include <utility>

#include "file_descriptor.hpp"

namespace haulier::credentials {
namespace {

// FILE.1 exists from construction to destruction; FILE itself is whole at every moment in between.
class FormerCopy {
 public:
  explicit FormerCopy(const std::filesystem::path& file) : path_(former_copy(file)) {
    const Bytes bytes = read_vault_file(file);
    ::unlink(path_.c_str());
    const FileDescriptor fd(::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!fd.valid() || ::write(fd.get(), bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size()) ||
        ::fsync(fd.get()) != 0) {
      const int error = errno;
      ::unlink(path_.c_str());
      throw VaultStorageFailure(path_.string(), "written", error);
    }
  }
  ~FormerCopy() { ::unlink(path_.c_str()); }
  FormerCopy(const FormerCopy&) = delete;
  FormerCopy& operator=(const FormerCopy&) = delete;

 private:
  std::filesystem::path path_;
};

void replace_key_file(const std::filesystem::path& fresh, const std::filesystem::path& file) {
  if (::rename(fresh.c_str(), file.c_str()) != 0) throw VaultStorageFailure(file.string(), "replaced", errno);
  const FileDescriptor directory(::open(file.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory.valid() || ::fsync(directory.get()) != 0) throw VaultStorageFailure(file.string(), "synced", errno);
}

}  // namespace

// One rekey: lives inside the vault's exclusive lock.
class VaultRekey {
 public:
  explicit VaultRekey(Vault& vault)
      : vault_(vault), transaction_(vault.begin()), image_(transaction_.contents_.image_), former_(vault.path()) {
    vault_.environment_.checkpoint("rekey.former_kept");
  }

  void renew_data_key() { vault_.renew_data_key(transaction_.contents_); }

  void use(VaultKey key) {
    if (key.kind == vault_.key_.kind && key.secret.equals(vault_.key_.secret)) {
      throw Misconfigured("the new key from " + key.source + " is the present one; nothing was changed");
    }
    image_.slots = {vault_.slot_for(key, transaction_.contents_)};
    transaction_.commit();
    adopt(std::move(key));
  }

  void commit() { transaction_.commit(); }

  // Both keys open the vault while the key file is replaced: a crash leaves either file with a vault that it opens.
  void rotate(const std::filesystem::path& file) {
    const std::filesystem::path fresh = file.string() + ".new";
    ::unlink(fresh.c_str());
    static_cast<void>(create_key_file(fresh, vault_.environment_));
    vault_.environment_.checkpoint("rekey.key_file_written");
    KeySourceOptions source;
    source.key_file = fresh;
    VaultKey key = load_key(source, KeyPurpose::open);
    key.source = "key file " + file.string();
    image_.slots = {vault_.slot_for(vault_.key_, transaction_.contents_), vault_.slot_for(key, transaction_.contents_)};
    transaction_.commit();
    replace_key_file(fresh, file);
    vault_.environment_.checkpoint("rekey.key_file_replaced");
    image_.slots.erase(image_.slots.begin());
    transaction_.commit();
    adopt(std::move(key));
  }

  void fill(RekeyResult& result) const {
    result.key_source = vault_.key_.source;
    result.records = image_.records.size();
    result.generation = image_.generation;
  }

 private:
  void adopt(VaultKey key) {
    const std::lock_guard lock(vault_.mutex_);
    vault_.key_ = std::move(key);
  }

  Vault& vault_;
  VaultTransaction transaction_;
  VaultImage& image_;
  FormerCopy former_;
};

KeySlot Vault::slot_for(const VaultKey& key, const VaultContents& contents) {
  const std::lock_guard lock(mutex_);
  KeySlot slot;
  slot.kind = static_cast<std::uint8_t>(key.kind);
  if (key.kind == SlotKind::scrypt) slot.cost = options_.scrypt_cost;
  environment_.random(slot.salt);
  wrap_data_key(slot, wrapping_key(key, slot), contents.image_.id, contents.keys_.data, environment_);
  return slot;
}

void Vault::renew_data_key(VaultContents& contents) {
  DataKeys fresh = derive_data_keys(Secret::of_size(kKeyBytes, environment_.random), contents.image_.id);
  for (SealedRecord& record : contents.image_.records) {
    const std::optional<Secret> plaintext = open_record(record, contents.image_.id, contents.keys_);
    if (!plaintext) throw CredentialError(ExitCode::bug, "a verified vault record does not open");
    seal_record(record, plaintext->reveal(), contents.image_.id, fresh, environment_);
  }
  contents.keys_ = std::move(fresh);
  contents.image_.slots = {slot_for(key_, contents)};
}

RekeyResult rekey(Vault& vault, const RekeyRequest& request) {
  RekeyResult result;
  const bool given = names_a_source(request.key);
  std::optional<VaultKey> key;
  // Before the lock: a person may be asked.
  if (given) {
    if (!request.key.key_file.empty())
      result.key_file_made = create_key_file(request.key.key_file, vault.environment());
    key = load_key(request.key, KeyPurpose::create);
  }
  const std::filesystem::path present = vault.key_file();
  const bool in_place = !given && !request.fresh_data_key;
  if (in_place && present.empty()) {
    throw Misconfigured("the key comes from " + vault.key_source() +
                        ": name the new one with --new-key-file, --new-passphrase-file or --new-passphrase");
  }
  VaultRekey work(vault);
  if (request.fresh_data_key) {
    work.renew_data_key();
    result.data_key_changed = true;
  }
  if (key) {
    work.use(std::move(*key));
  } else if (in_place) {
    work.rotate(present);
  } else {
    work.commit();
  }
  result.key_changed = given || in_place;
  work.fill(result);
  return result;
}

}  // namespace haulier::credentials
