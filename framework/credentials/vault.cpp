#include "vault.hpp"

#include <unistd.h>

#include <algorithm>
#include <utility>

namespace haulier::credentials {

VaultOptions default_vault_options(const EnvironmentLookup& environment) {
  const auto directory = [&](const char* variable, const char* below_home) {
    const std::optional<std::string> set = environment(variable);
    // XDG base directories: a relative path is invalid and must be ignored.
    if (set && set->starts_with('/')) return std::filesystem::path(*set);
    return std::filesystem::path(environment("HOME").value_or("/")) / below_home;
  };
  VaultOptions options;
  options.path = directory("XDG_DATA_HOME", ".local/share") / "haulier" / "tokens.vault";
  options.key.default_key_file = directory("XDG_CONFIG_HOME", ".config") / "haulier" / "vault.key";
  options.key.environment = environment;
  if (const auto path = environment("HAULIER_VAULT"); path && !path->empty()) options.path = *path;
  if (const auto file = environment("HAULIER_VAULT_KEY_FILE"); file && !file->empty()) options.key.key_file = *file;
  return options;
}

std::vector<std::string> VaultContents::names() const {
  std::vector<std::string> names;
  for (const SealedRecord& record : image_.records) names.push_back(record.name);
  return names;
}

std::optional<VaultRecord> VaultContents::find(const std::string& name) const {
  for (const SealedRecord& record : image_.records) {
    if (record.name != name) continue;
    std::optional<Secret> plaintext = open_record(record, image_.id, keys_);
    // load() has opened every record before, so this is our own fault.
    if (!plaintext) throw CredentialError(ExitCode::bug, "a verified vault record does not open");
    return VaultRecord{record.name, record.version, record.changed_at, std::move(*plaintext)};
  }
  return std::nullopt;
}

void VaultTransaction::put(const std::string& name, const Secret& plaintext) {
  if (name.empty() || name.size() > kMaxNameBytes || !is_valid_utf8(name)) {
    throw Misconfigured("the account name must be 1 to 255 bytes of UTF-8");
  }
  std::vector<SealedRecord>& records = contents_.image_.records;
  auto record = std::find_if(records.begin(), records.end(), [&](const SealedRecord& r) { return r.name == name; });
  if (record == records.end()) {
    constexpr std::size_t kMaxRecords = 65535;
    if (records.size() == kMaxRecords) throw Misconfigured("the vault holds 65535 accounts already");
    record = records.insert(records.end(), SealedRecord{});
    record->name = name;
  }
  record->version = next_generation();
  record->changed_at = vault_->environment_.unix_seconds();
  seal_record(*record, plaintext.reveal(), contents_.image_.id, contents_.keys_, vault_->environment_);
}

bool VaultTransaction::erase(const std::string& name) {
  return std::erase_if(contents_.image_.records, [&](const SealedRecord& r) { return r.name == name; }) > 0;
}

std::uint64_t VaultTransaction::next_generation() const {
  const std::optional<SeenGeneration> seen = lock_.seen();
  const VaultImage& image = contents_.image_;
  return std::max(image.generation, seen && seen->id == image.id ? seen->generation : 0) + 1;
}

std::uint64_t VaultTransaction::commit() {
  // Random 96-bit nonces are safe for 2^32 encryptions under one key; a write encrypts few records.
  constexpr std::uint64_t kRenewDataKeyEvery = 1ULL << 24U;
  VaultImage& image = contents_.image_;
  const std::uint64_t generation = next_generation();
  if (generation % kRenewDataKeyEvery == 0) vault_->renew_data_key(contents_);
  const std::uint64_t former = std::exchange(image.generation, generation);
  const Bytes bytes = encode_vault(image, contents_.keys_);
  if (bytes.size() > kMaxVaultBytes) {
    image.generation = former;
    throw Misconfigured("the vault would be larger than 16 MiB");
  }
  try {
    replace_vault_file(vault_->options_.path, bytes, vault_->environment_.checkpoint);
  } catch (const VaultStorageFailure&) {
    image.generation = former;
    throw;
  }
  vault_->note_generation(image, lock_);
  return image.generation;
}

void VaultTransaction::reread() { contents_ = vault_->load(lock_); }

std::unique_ptr<Vault> Vault::open(const VaultOptions& options, const Environment& environment) {
  if (!std::filesystem::exists(options.path)) throw VaultMissing(options.path.string());
  std::unique_ptr<Vault> vault(new Vault(options, environment, load_key(options.key, KeyPurpose::open)));
  vault->warn_about_places();
  if (vault->read().image_.slots.size() > 1) {
    options.warn("vault: " + options.path.string() +
                 " opens with more than one key, as a rekey that was cut off leaves it. Run: haulier auth rekey");
  }
  return vault;
}

std::unique_ptr<Vault> Vault::open_or_create(const VaultOptions& options, const Environment& environment,
                                             Created& created) {
  created = {};
  if (std::filesystem::exists(options.path)) return open(options, environment);
  make_private_directories(options.path.parent_path());
  const VaultLock lock(options.path, LockMode::exclusive, options.lock_limit, environment);
  const bool raced = std::filesystem::exists(options.path);
  if (!raced && uses_default_key_file(options.key)) {
    created.key_file = create_key_file(options.key.default_key_file, environment);
  }
  const KeyPurpose purpose = raced ? KeyPurpose::open : KeyPurpose::create;
  std::unique_ptr<Vault> vault(new Vault(options, environment, load_key(options.key, purpose)));
  vault->warn_about_places();
  if (!raced) vault->create();
  created.vault = !raced;
  static_cast<void>(vault->load(lock));
  return vault;
}

void Vault::create() {
  VaultImage image;
  environment_.random(image.id);
  image.generation = 1;
  const DataKeys keys = derive_data_keys(Secret::of_size(kKeyBytes, environment_.random), image.id);
  KeySlot slot;
  slot.kind = static_cast<std::uint8_t>(key_.kind);
  if (key_.kind == SlotKind::scrypt) slot.cost = options_.scrypt_cost;
  environment_.random(slot.salt);
  wrap_data_key(slot, wrapping_key(key_, slot), image.id, keys.data, environment_);
  image.slots.push_back(slot);
  replace_vault_file(options_.path, encode_vault(image, keys), environment_.checkpoint);
}

std::string Vault::key_source() const {
  const std::lock_guard lock(mutex_);
  return key_.source;
}

std::filesystem::path Vault::key_file() const {
  const std::lock_guard lock(mutex_);
  return key_.kind == SlotKind::raw_key ? key_file_of(options_.key) : std::filesystem::path();
}

// Who copies or steals the folder would have both.
void Vault::warn_about_places() const {
  const std::filesystem::path key = key_file_of(options_.key);
  std::error_code unknown;
  if (key.empty() ||
      !std::filesystem::equivalent(key.parent_path().empty() ? "." : key.parent_path(),
                                   options_.path.parent_path().empty() ? "." : options_.path.parent_path(), unknown)) {
    return;
  }
  options_.warn("vault: the key " + key.string() + " lies in the same folder as " + options_.path.string() +
                ": who copies the folder can read the sign-ins. Keep the key elsewhere");
}

VaultContents Vault::read() {
  const VaultLock lock(options_.path, LockMode::shared, options_.lock_limit, environment_);
  return load(lock);
}

VaultTransaction Vault::begin() {
  VaultLock lock(options_.path, LockMode::exclusive, options_.lock_limit, environment_);
  environment_.checkpoint("vault.locked");
  settle_interruptions(lock);
  VaultContents contents = load(lock);
  environment_.checkpoint("vault.reread");
  return VaultTransaction(*this, std::move(lock), std::move(contents));
}

VaultContents Vault::load(const VaultLock& lock) {
  VaultContents contents = load_file(options_.path);
  note_generation(contents.image_, lock);
  return contents;
}

// Order of the checks: file status, magic, version, sizes, slots, HMAC, records.
VaultContents Vault::load_file(const std::filesystem::path& file) {
  const Bytes bytes = read_vault_file(file);
  VaultImage image = parse_vault(bytes, file.string());
  DataKeys keys = derive_data_keys(data_key_of(image, file.string()), image.id);
  verify_vault(bytes, image, keys, file.string());
  return VaultContents(std::move(image), std::move(keys));
}

void Vault::settle_interruptions(const VaultLock& lock) {
  finish_interrupted_write(lock);
  // Left by a rekey that was cut off; an old key opens it.
  const std::filesystem::path former = former_copy(options_.path);
  if (!std::filesystem::exists(former)) return;
  static_cast<void>(load_file(options_.path));  // throws rather than remove the only good copy
  ::unlink(former.c_str());
}

// A write that was cut off after its last byte is finished now: it may hold the only copy of a rotated refresh token.
// The checksum tells a whole file from a half one; a half one is removed by the next write.
void Vault::finish_interrupted_write(const VaultLock& lock) {
  const std::filesystem::path fresh = unfinished_copy(options_.path);
  if (!std::filesystem::is_regular_file(std::filesystem::symlink_status(fresh))) return;
  try {
    const VaultContents unfinished = load_file(fresh);
    const VaultContents present = load_file(options_.path);
    if (unfinished.image_.id != present.image_.id || unfinished.generation() <= present.generation()) return;
    finish_replacing_vault_file(options_.path);
    options_.warn("vault: a write of " + options_.path.string() +
                  " that was cut off before is finished now; nothing is lost");
    note_generation(unfinished.image_, lock);
  } catch (const VaultStorageFailure&) {
    throw;  // a disk that fails now would fail at our own write too
  } catch (const VaultError&) {
    return;  // not whole, or not ours
  }
}

Secret Vault::data_key_of(const VaultImage& image, const std::string& file) {
  const std::lock_guard lock(mutex_);
  std::optional<Secret> key = unwrap(image);
  if (!key && reload_key()) key = unwrap(image);
  if (!key) throw VaultWrongKey(file, key_.source);
  return std::move(*key);
}

std::optional<Secret> Vault::unwrap(const VaultImage& image) {
  for (const KeySlot& slot : image.slots) {
    if (slot.kind != static_cast<std::uint8_t>(key_.kind)) continue;
    if (key_.kind == SlotKind::scrypt && !slot.cost.acceptable()) continue;
    if (std::optional<Secret> key = unwrap_data_key(slot, wrapping_key(key_, slot), image.id)) return key;
  }
  return std::nullopt;
}

// A process that runs for days meets a vault that `auth rekey` gave a new key in the same file.
bool Vault::reload_key() {
  if (key_file_of(options_.key).empty()) return false;
  try {
    VaultKey now = load_key(options_.key, KeyPurpose::open);
    if (now.kind == key_.kind && now.secret.equals(key_.secret)) return false;
    key_ = std::move(now);
    wrapping_keys_.clear();
    return true;
  } catch (const VaultError&) {
    return false;
  }
}

Secret Vault::wrapping_key(const VaultKey& key, const KeySlot& slot) {
  if (key.kind == SlotKind::raw_key) return key.secret.clone();
  auto known = wrapping_keys_.find(slot.salt);
  if (known == wrapping_keys_.end()) {
    known = wrapping_keys_.emplace(slot.salt, scrypt(key.secret, slot.salt, slot.cost)).first;
  }
  return known->second.clone();
}

void Vault::note_generation(const VaultImage& image, const VaultLock& lock) {
  std::uint64_t highest = 0;
  if (const std::optional<SeenGeneration> noted = lock.seen(); noted && noted->id == image.id) {
    highest = noted->generation;
  }
  bool warn = false;
  {
    const std::lock_guard guard(mutex_);
    // A vault that was made anew has another id and starts counting again.
    if (seen_.id == image.id) highest = std::max(highest, seen_.generation);
    warn = image.generation < highest && warned_generation_ != image.generation;
    if (warn) warned_generation_ = image.generation;
    seen_ = {image.id, std::max(image.generation, highest)};
  }
  if (warn) options_.warn(old_generation_words(options_.path.string(), image.generation, highest));
  if (lock.exclusive() && image.generation >= highest) lock.note({image.id, image.generation});
}

}  // namespace haulier::credentials
