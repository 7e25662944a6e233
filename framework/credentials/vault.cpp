#include "vault.hpp"

#include <algorithm>

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
  record->version = contents_.image_.generation + 1;
  record->changed_at = vault_->environment_.unix_seconds();
  seal_record(*record, plaintext.reveal(), contents_.image_.id, contents_.keys_, vault_->environment_);
}

bool VaultTransaction::erase(const std::string& name) {
  return std::erase_if(contents_.image_.records, [&](const SealedRecord& r) { return r.name == name; }) > 0;
}

std::uint64_t VaultTransaction::commit() {
  // Random 96-bit nonces are safe for 2^32 encryptions under one key.
  constexpr std::uint64_t kMaxGeneration = 1ULL << 32U;
  VaultImage& image = contents_.image_;
  if (image.generation >= kMaxGeneration)
    throw Misconfigured("the vault's data key was used 2^32 times; make a new vault");
  ++image.generation;
  const Bytes bytes = encode_vault(image, contents_.keys_);
  if (bytes.size() > kMaxVaultBytes) throw Misconfigured("the vault would be larger than 16 MiB");
  replace_vault_file(vault_->options_.path, bytes, vault_->environment_.checkpoint);
  vault_->check_generation(image);
  return image.generation;
}

void VaultTransaction::reread() { contents_ = vault_->load(); }

std::unique_ptr<Vault> Vault::open(const VaultOptions& options, const Environment& environment) {
  if (!std::filesystem::exists(options.path)) throw VaultMissing(options.path.string());
  std::unique_ptr<Vault> vault(new Vault(options, environment, load_key(options.key, KeyPurpose::open)));
  static_cast<void>(vault->read());
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
  if (!raced) vault->create();
  created.vault = !raced;
  static_cast<void>(vault->load());
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
  wrap_data_key(slot, wrapping_key(slot), image.id, keys.data, environment_);
  image.slots.push_back(slot);
  replace_vault_file(options_.path, encode_vault(image, keys), environment_.checkpoint);
}

VaultContents Vault::read() {
  const VaultLock lock(options_.path, LockMode::shared, options_.lock_limit, environment_);
  return load();
}

VaultTransaction Vault::begin() {
  VaultLock lock(options_.path, LockMode::exclusive, options_.lock_limit, environment_);
  environment_.checkpoint("vault.locked");
  VaultContents contents = load();
  environment_.checkpoint("vault.reread");
  return VaultTransaction(*this, std::move(lock), std::move(contents));
}

// Order of the checks: file status, magic, version, sizes, slots, HMAC, records.
VaultContents Vault::load() {
  const Bytes bytes = read_vault_file(options_.path);
  VaultImage image = parse_vault(bytes, options_.path.string());
  DataKeys keys = derive_data_keys(data_key_of(image), image.id);
  verify_vault(bytes, image, keys, options_.path.string());
  check_generation(image);
  return VaultContents(std::move(image), std::move(keys));
}

Secret Vault::data_key_of(const VaultImage& image) {
  for (const KeySlot& slot : image.slots) {
    if (slot.kind != static_cast<std::uint8_t>(key_.kind)) continue;
    if (key_.kind == SlotKind::scrypt && !slot.cost.acceptable()) continue;
    if (std::optional<Secret> key = unwrap_data_key(slot, wrapping_key(slot), image.id)) return std::move(*key);
  }
  throw VaultWrongKey(options_.path.string(), key_.source);
}

Secret Vault::wrapping_key(const KeySlot& slot) {
  if (key_.kind == SlotKind::raw_key) return key_.secret.clone();
  const std::lock_guard lock(mutex_);
  auto known = wrapping_keys_.find(slot.salt);
  if (known == wrapping_keys_.end()) {
    known = wrapping_keys_.emplace(slot.salt, scrypt(key_.secret, slot.salt, slot.cost)).first;
  }
  return known->second.clone();
}

void Vault::check_generation(const VaultImage& image) {
  const std::lock_guard lock(mutex_);
  if (image.generation < options_.seen_generation) {
    throw VaultOldGeneration(options_.path.string(), image.generation, options_.seen_generation);
  }
  // A vault that was made anew has another id and starts counting again.
  if (image.id == seen_id_ && image.generation < seen_generation_) {
    throw VaultOldGeneration(options_.path.string(), image.generation, seen_generation_);
  }
  seen_id_ = image.id;
  seen_generation_ = image.generation;
}

}  // namespace haulier::credentials
