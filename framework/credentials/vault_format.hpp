// The vault's file format, bytes in and bytes out: no file, clock or lock here. All integers are big-endian.
//
//   header   8 magic "HLRVLT\0\1"  16 vault id  8 generation  2 number of slots (1..8)  2 number of records
//   slot     1 kind  1 log2N  1 r  1 p  16 salt  12 nonce  32 wrapped data key  16 tag
//   record   2 name length  n name  8 version  8 time of change (Unix s)  12 nonce  4 length  m ciphertext  16 tag
//   trailer  32 HMAC-SHA-256 over every byte before it
//
// A random data key encrypts the records; each slot holds it wrapped by one key-encryption key, so that a passphrase
// can be changed without touching the records.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "vault_crypto.hpp"

namespace haulier::credentials {

inline constexpr std::size_t kMaxVaultBytes = 16U << 20U;
inline constexpr std::size_t kHeaderBytes = 36;
inline constexpr std::size_t kSlotBytes = 80;
inline constexpr std::size_t kTrailerBytes = 32;
inline constexpr std::size_t kMaxSlots = 8;
inline constexpr std::size_t kMaxNameBytes = 255;

enum class SlotKind : std::uint8_t { scrypt = 1, raw_key = 2 };

struct KeySlot {
  std::uint8_t kind = 0;
  ScryptCost cost{0, 0, 0};
  Salt salt{};
  Nonce nonce{};
  std::array<std::uint8_t, kKeyBytes> wrapped{};
  Tag tag{};
};

struct SealedRecord {
  std::string name;
  std::uint64_t version = 0;
  std::int64_t changed_at = 0;
  Sealed sealed;
};

using VaultId = std::array<std::uint8_t, 16>;

struct VaultImage {
  VaultId id{};
  std::uint64_t generation = 0;
  std::vector<KeySlot> slots;
  std::vector<SealedRecord> records;
};

// The data key and the two keys derived from it.
struct DataKeys {
  Secret data;
  Secret encryption;
  Secret authentication;
};

// Checks sizes and counts only; throws the matching VaultError, `file` is for its message.
[[nodiscard]] VaultImage parse_vault(ByteView bytes, const std::string& file);
[[nodiscard]] Bytes encode_vault(const VaultImage& image, const DataKeys& keys);

[[nodiscard]] DataKeys derive_data_keys(Secret data_key, const VaultId& id);
void wrap_data_key(KeySlot& slot, const Secret& wrapping_key, const VaultId& id, const Secret& data_key,
                   const Environment& from);
[[nodiscard]] std::optional<Secret> unwrap_data_key(const KeySlot& slot, const Secret& wrapping_key, const VaultId& id);

// Throws VaultDamaged, naming the record that does not open if it is one record.
void verify_vault(ByteView bytes, const VaultImage& image, const DataKeys& keys, const std::string& file);

void seal_record(SealedRecord& record, std::string_view plaintext, const VaultId& id, const DataKeys& keys,
                 const Environment& from);
[[nodiscard]] std::optional<Secret> open_record(const SealedRecord& record, const VaultId& id, const DataKeys& keys);

}  // namespace haulier::credentials
