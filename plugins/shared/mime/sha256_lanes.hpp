#pragma once
#include <span>
#include <string_view>

#include "mime/sha256.hpp"

namespace haulier::mime {

struct Sha256Job {
  std::string_view text;
  Sha256::Digest* digest = nullptr;  // where it goes
};

// SHA-256 of many texts at once. On processors with SHA instructions two texts go through them side by side: one alone
// leaves the unit idle for a third of the time, waiting for its own last round. One object per thread.
class Sha256Lanes {
 public:
  void run(std::span<Sha256Job> jobs);  // changes their order
  [[nodiscard]] Sha256::Digest of(std::string_view text);

 private:
  Sha256 one_;  // where the processor has no such instructions
};

#if defined(__x86_64__)
namespace sha256_kernel {

[[nodiscard]] bool has_sha_instructions();
// Only where has_sha_instructions(). The longest first keeps both lanes busy to the end.
void two_lanes(std::span<const Sha256Job> jobs);

}  // namespace sha256_kernel
#endif

}  // namespace haulier::mime
