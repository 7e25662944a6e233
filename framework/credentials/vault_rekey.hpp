// Another key for the vault, or a fresh data key inside it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "vault.hpp"

namespace haulier::credentials {

struct RekeyRequest {
  // Where the new key comes from. No source: the key stays when `fresh_data_key` is set, else the present key file gets
  // a new key in its place.
  KeySourceOptions key;
  // Encrypt every record again under a new data key: for when somebody may have seen vault and key together.
  bool fresh_data_key = false;
};

struct RekeyResult {
  std::string key_source;  // of the key that opens it from now on
  bool key_changed = false;
  bool key_file_made = false;
  bool data_key_changed = false;
  std::size_t records = 0;
  std::uint64_t generation = 0;
};

// Under the exclusive lock. The former file is kept as FILE.1 until it is done; a crash at any step leaves a vault that
// the old or the new key opens. Afterwards there is exactly one key slot. Throws Misconfigured, VaultError.
RekeyResult rekey(Vault& vault, const RekeyRequest& request);

}  // namespace haulier::credentials
