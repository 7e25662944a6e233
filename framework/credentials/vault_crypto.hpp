// The four primitives of the vault, on OpenSSL 3.0: HKDF-SHA-256, scrypt, AES-256-GCM, HMAC-SHA-256.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "bytes.hpp"
#include "environment.hpp"
#include "secret.hpp"

namespace haulier::credentials {

inline constexpr std::size_t kKeyBytes = 32;
using Nonce = std::array<std::uint8_t, 12>;
using Tag = std::array<std::uint8_t, 16>;
using Salt = std::array<std::uint8_t, 16>;
using Mac = std::array<std::uint8_t, 32>;

struct ScryptCost {
  std::uint8_t log2_n = 17;
  std::uint8_t r = 8;
  std::uint8_t p = 1;
  // N 2^14..2^20, r 8..16, p 1..4, at most 1 GiB of memory: checked before anything is allocated.
  [[nodiscard]] bool acceptable() const noexcept;
};

struct Sealed {
  Nonce nonce{};
  Bytes ciphertext;
  Tag tag{};
};

[[nodiscard]] Secret hkdf_sha256(const Secret& key, ByteView salt, std::string_view info);
[[nodiscard]] Secret scrypt(const Secret& passphrase, const Salt& salt, const ScryptCost& cost);
// A fresh random nonce every time.
[[nodiscard]] Sealed seal(const Secret& key, ByteView additional, std::string_view plaintext, const Environment& from);
// nullopt when the tag does not fit; no partial plaintext is ever given out.
[[nodiscard]] std::optional<Secret> unseal(const Secret& key, const Nonce& nonce, ByteView additional,
                                           ByteView ciphertext, const Tag& tag);
[[nodiscard]] Mac hmac_sha256(const Secret& key, ByteView data);
[[nodiscard]] std::array<std::uint8_t, 32> sha256(ByteView data);

}  // namespace haulier::credentials
