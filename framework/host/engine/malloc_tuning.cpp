#include "engine/malloc_tuning.hpp"

#include <malloc.h>

namespace haulier::host {

void tune_malloc() noexcept {
  ::mallopt(M_ARENA_MAX, 2);
  ::mallopt(M_MMAP_THRESHOLD, 256 * 1024);
  ::mallopt(M_TRIM_THRESHOLD, 1024 * 1024);
  ::mallopt(M_TOP_PAD, 256 * 1024);
}

}  // namespace haulier::host
