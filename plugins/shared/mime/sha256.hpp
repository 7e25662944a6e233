#pragma once
#include <array>
#include <cstdint>
#include <memory>
#include <string_view>

struct evp_md_ctx_st;
struct evp_md_st;

namespace haulier::mime {

// SHA-256 with the algorithm fetched once and the context reused: OpenSSL 3's implicit fetch costs more than hashing a
// small mail. It is fetched at the first begin(), since that sets up OpenSSL, which a run without new mail does not
// need here. One object per thread.
class Sha256 {
 public:
  using Digest = std::array<std::uint8_t, 32>;
  using Hex = std::array<char, 64>;

  void begin();  // throws std::runtime_error when OpenSSL has no SHA-256
  void update(std::string_view bytes);
  [[nodiscard]] Digest finish();
  [[nodiscard]] Digest of(std::string_view bytes) {
    begin();
    update(bytes);
    return finish();
  }

 private:
  struct FreeContext {
    void operator()(evp_md_ctx_st* context) const;
  };
  struct FreeAlgorithm {
    void operator()(evp_md_st* algorithm) const;
  };
  void fetch();

  std::unique_ptr<evp_md_st, FreeAlgorithm> algorithm_;
  std::unique_ptr<evp_md_ctx_st, FreeContext> context_;
};

// Lower case.
[[nodiscard]] Sha256::Hex hex_of(const Sha256::Digest& digest);
[[nodiscard]] inline std::string_view view_of(const Sha256::Hex& hex) { return {hex.data(), hex.size()}; }

}  // namespace haulier::mime
