#include "mime/sha256_lanes.hpp"

#include <algorithm>

namespace haulier::mime {

void Sha256Lanes::run(std::span<Sha256Job> jobs) {
#if defined(__x86_64__)
  static const bool side_by_side = sha256_kernel::has_sha_instructions();
  if (side_by_side) {
    std::sort(jobs.begin(), jobs.end(),
              [](const Sha256Job& a, const Sha256Job& b) { return a.text.size() > b.text.size(); });
    sha256_kernel::two_lanes(jobs);
    return;
  }
#endif
  for (const Sha256Job& job : jobs) *job.digest = one_.of(job.text);
}

Sha256::Digest Sha256Lanes::of(std::string_view text) {
  Sha256::Digest digest{};
  Sha256Job job{text, &digest};
  run({&job, 1});
  return digest;
}

}  // namespace haulier::mime
