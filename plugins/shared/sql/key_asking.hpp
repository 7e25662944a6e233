// KeyAsking: whether it pays to ask which keys of a table are there before new rows are sent in bulk. While a mailbox
// is read for the first time nothing is there, and asking is an index look-up per row for nothing; a bulk that meets a
// key goes back to a savepoint, and then it is asked after all. Each such failure doubles how often nothing must have
// been found before it is left out again. Pure.
#pragma once

#include <algorithm>
#include <cstdint>

namespace haulier::sql {

// Belongs to one table of one run.
class KeyAsking {
 public:
  [[nodiscard]] bool is_needed() const noexcept { return clean_ < wanted_; }
  // After asking: whether a row was there.
  void answered(bool any_there) noexcept { clean_ = any_there ? 0 : clean_ + 1; }
  // A bulk that had not been asked for met a row, or was refused otherwise.
  void was_wrong() noexcept {
    constexpr std::uint32_t kMost = 64;
    clean_ = 0;
    wanted_ = std::min(wanted_ * 2, kMost);
  }

 private:
  std::uint32_t clean_ = 0, wanted_ = 1;
};

}  // namespace haulier::sql
