// The vault's reader: any bytes either are a vault, which is written again as the same bytes, or are refused as one of
// the vault's errors. The records of a vault that fits together are opened, too, so that the bytes behind the checksum
// count.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "credentials/credential_record.hpp"
#include "credentials/environment.hpp"
#include "credentials/flat_json.hpp"
#include "credentials/vault_error.hpp"
#include "credentials/vault_format.hpp"

namespace {

using namespace haulier::credentials;

void require(bool holds) {
  if (!holds) std::abort();
}

const std::string kFile = "fuzzed";
constexpr std::string_view kKey = "0123456789abcdef0123456789abcdef";

// The right checksum in place of the one that was found: what it protects must hold up without it.
void read_with_right_checksum(const VaultImage& image) {
  const DataKeys keys = derive_data_keys(Secret(kKey), image.id);
  const Bytes encoded = encode_vault(image, keys);
  try {
    verify_vault(encoded, parse_vault(encoded, kFile), keys, kFile);
  } catch (const VaultDamaged&) {
    return;  // a record does not open
  }
}

void parse(ByteView bytes) {
  try {
    const VaultImage image = parse_vault(bytes, kFile);
    require(!image.slots.empty() && image.slots.size() <= kMaxSlots);
    for (const SealedRecord& record : image.records) {
      require(!record.name.empty() && record.name.size() <= kMaxNameBytes && is_valid_utf8(record.name));
    }
    for (const KeySlot& slot : image.slots) static_cast<void>(unwrap_data_key(slot, Secret(kKey), image.id));
    const Bytes again = encode_vault(image, derive_data_keys(Secret(kKey), image.id));
    require(again.size() == bytes.size());
    require(std::equal(again.begin(), again.end() - kTrailerBytes, bytes.begin()));
    read_with_right_checksum(image);
  } catch (const VaultError&) {
    return;
  }
}

// What an authentic record may hold: only a bug of ours could write something else, and then it must not crash.
void decode(std::string_view text) {
  try {
    const CredentialRecord record = decode_record(Secret(text));
    static_cast<void>(encode_record(record));
  } catch (const FlatJsonError&) {
    return;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView bytes(data, size);
  parse(bytes);
  decode(as_text(bytes));
  return 0;
}
