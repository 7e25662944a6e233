#include "vault_format.hpp"

#include <openssl/crypto.h>

#include <algorithm>
#include <cstring>

#include "vault_error.hpp"

namespace haulier::credentials {
namespace {

constexpr std::string_view kMagicWord("HLRVLT\0", 7);
constexpr std::uint8_t kFormatVersion = 1;

// A bounded reader: asking beyond the end is the "cut off" error, with the size that would have been needed.
class Reader {
 public:
  Reader(ByteView bytes, const std::string& file) : bytes_(bytes), file_(file) {}

  ByteView take(std::size_t size) {
    if (bytes_.size() - at_ < size) throw VaultCutOff(file_, bytes_.size(), at_ + size + kTrailerBytes);
    const ByteView piece = bytes_.subspan(at_, size);
    at_ += size;
    return piece;
  }
  template <std::size_t Size>
  void fill(std::array<std::uint8_t, Size>& target) {
    const ByteView piece = take(Size);
    std::copy(piece.begin(), piece.end(), target.begin());
  }
  std::uint64_t integer(std::size_t size) {
    std::uint64_t value = 0;
    for (const std::uint8_t byte : take(size)) value = value << 8U | byte;
    return value;
  }
  [[nodiscard]] std::size_t left() const noexcept { return bytes_.size() - at_; }
  [[nodiscard]] std::size_t position() const noexcept { return at_; }

 private:
  ByteView bytes_;
  const std::string& file_;
  std::size_t at_ = 0;
};

void put(Bytes& out, ByteView bytes) { out.insert(out.end(), bytes.begin(), bytes.end()); }

void put_integer(Bytes& out, std::uint64_t value, std::size_t size) {
  for (std::size_t i = size; i-- > 0;) out.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
}

void put_magic(Bytes& out) {
  put(out, as_bytes(kMagicWord));
  out.push_back(kFormatVersion);
}

Bytes slot_head(const KeySlot& slot) {
  Bytes head{slot.kind, slot.cost.log2_n, slot.cost.r, slot.cost.p};
  put(head, slot.salt);
  return head;
}

// "slot" | magic | vault id | first 20 bytes of the slot
Bytes slot_context(const KeySlot& slot, const VaultId& id) {
  Bytes context;
  put(context, as_bytes("slot"));
  put_magic(context);
  put(context, id);
  put(context, slot_head(slot));
  return context;
}

// "rec" | magic | vault id | name length | name | record version | time: a record moved to another account, vault or
// version does not open.
Bytes record_context(const SealedRecord& record, const VaultId& id) {
  Bytes context;
  put(context, as_bytes("rec"));
  put_magic(context);
  put(context, id);
  put_integer(context, record.name.size(), 2);
  put(context, as_bytes(record.name));
  put_integer(context, record.version, 8);
  put_integer(context, static_cast<std::uint64_t>(record.changed_at), 8);
  return context;
}

void check_magic(ByteView bytes, const std::string& file) {
  const std::size_t known = std::min(bytes.size(), kMagicWord.size());
  if (!std::equal(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(known), as_bytes(kMagicWord).begin())) {
    throw NotAVault(file);
  }
  if (bytes.size() > kMagicWord.size()) {
    const int version = bytes[kMagicWord.size()];
    if (version == 0) throw NotAVault(file);
    if (version > kFormatVersion) throw VaultNewerFormat(file, version);
  }
  const std::size_t least = kHeaderBytes + kSlotBytes + kTrailerBytes;
  if (bytes.size() < least) throw VaultCutOff(file, bytes.size(), least);
}

KeySlot read_slot(Reader& reader) {
  KeySlot slot;
  slot.kind = static_cast<std::uint8_t>(reader.integer(1));
  slot.cost.log2_n = static_cast<std::uint8_t>(reader.integer(1));
  slot.cost.r = static_cast<std::uint8_t>(reader.integer(1));
  slot.cost.p = static_cast<std::uint8_t>(reader.integer(1));
  reader.fill(slot.salt);
  reader.fill(slot.nonce);
  reader.fill(slot.wrapped);
  reader.fill(slot.tag);
  return slot;
}

SealedRecord read_record(Reader& reader, const std::string& file) {
  SealedRecord record;
  const std::size_t length = reader.integer(2);
  if (length == 0 || length > kMaxNameBytes) throw VaultDamaged(file, "the name of a record");
  record.name = std::string(as_text(reader.take(length)));
  if (!is_valid_utf8(record.name)) throw VaultDamaged(file, "the name of a record");
  record.version = reader.integer(8);
  record.changed_at = static_cast<std::int64_t>(reader.integer(8));
  reader.fill(record.sealed.nonce);
  const ByteView ciphertext = reader.take(reader.integer(4));
  record.sealed.ciphertext.assign(ciphertext.begin(), ciphertext.end());
  reader.fill(record.sealed.tag);
  return record;
}

}  // namespace

VaultImage parse_vault(ByteView bytes, const std::string& file) {
  check_magic(bytes, file);
  if (bytes.size() > kMaxVaultBytes) throw VaultDamaged(file, "larger than 16 MiB");
  Reader reader(bytes, file);
  VaultImage image;
  reader.take(kMagicWord.size() + 1);
  reader.fill(image.id);
  image.generation = reader.integer(8);
  const std::size_t slots = reader.integer(2);
  const std::size_t records = reader.integer(2);
  if (slots == 0 || slots > kMaxSlots) throw VaultDamaged(file, "the number of key slots");
  for (std::size_t i = 0; i < slots; ++i) image.slots.push_back(read_slot(reader));
  for (std::size_t i = 0; i < records; ++i) image.records.push_back(read_record(reader, file));
  if (reader.left() < kTrailerBytes) throw VaultCutOff(file, bytes.size(), reader.position() + kTrailerBytes);
  if (reader.left() > kTrailerBytes) throw VaultDamaged(file, "its length");
  return image;
}

Bytes encode_vault(const VaultImage& image, const DataKeys& keys) {
  Bytes out;
  put_magic(out);
  put(out, image.id);
  put_integer(out, image.generation, 8);
  put_integer(out, image.slots.size(), 2);
  put_integer(out, image.records.size(), 2);
  for (const KeySlot& slot : image.slots) {
    put(out, slot_head(slot));
    put(out, slot.nonce);
    put(out, slot.wrapped);
    put(out, slot.tag);
  }
  for (const SealedRecord& record : image.records) {
    put_integer(out, record.name.size(), 2);
    put(out, as_bytes(record.name));
    put_integer(out, record.version, 8);
    put_integer(out, static_cast<std::uint64_t>(record.changed_at), 8);
    put(out, record.sealed.nonce);
    put_integer(out, record.sealed.ciphertext.size(), 4);
    put(out, record.sealed.ciphertext);
    put(out, record.sealed.tag);
  }
  put(out, hmac_sha256(keys.authentication, out));
  return out;
}

DataKeys derive_data_keys(Secret data_key, const VaultId& id) {
  DataKeys keys;
  keys.encryption = hkdf_sha256(data_key, id, "haulier vault enc v1");
  keys.authentication = hkdf_sha256(data_key, id, "haulier vault mac v1");
  keys.data = std::move(data_key);
  return keys;
}

void wrap_data_key(KeySlot& slot, const Secret& wrapping_key, const VaultId& id, const Secret& data_key,
                   const Environment& from) {
  const Sealed sealed = seal(wrapping_key, slot_context(slot, id), data_key.reveal(), from);
  slot.nonce = sealed.nonce;
  std::copy(sealed.ciphertext.begin(), sealed.ciphertext.end(), slot.wrapped.begin());
  slot.tag = sealed.tag;
}

std::optional<Secret> unwrap_data_key(const KeySlot& slot, const Secret& wrapping_key, const VaultId& id) {
  return unseal(wrapping_key, slot.nonce, slot_context(slot, id), slot.wrapped, slot.tag);
}

void verify_vault(ByteView bytes, const VaultImage& image, const DataKeys& keys, const std::string& file) {
  const ByteView body = bytes.first(bytes.size() - kTrailerBytes);
  const Mac expected = hmac_sha256(keys.authentication, body);
  const bool intact = CRYPTO_memcmp(expected.data(), bytes.data() + body.size(), kTrailerBytes) == 0;
  for (const SealedRecord& record : image.records) {
    if (!open_record(record, image.id, keys)) throw VaultDamaged(file, "record \"" + record.name + "\"");
  }
  if (!intact) throw VaultDamaged(file, "its header, list of records or checksum");
}

void seal_record(SealedRecord& record, std::string_view plaintext, const VaultId& id, const DataKeys& keys,
                 const Environment& from) {
  record.sealed = seal(keys.encryption, record_context(record, id), plaintext, from);
}

std::optional<Secret> open_record(const SealedRecord& record, const VaultId& id, const DataKeys& keys) {
  return unseal(keys.encryption, record.sealed.nonce, record_context(record, id), record.sealed.ciphertext,
                record.sealed.tag);
}

}  // namespace haulier::credentials
