#pragma once
#include <cstddef>
#include <cstring>
#include <memory>
#include <string_view>
#include <vector>

namespace haulier::mime {

// Memory for the strings of one message: bump allocation, freed together by reset(), which keeps one block so that
// small messages cost no allocation. Owned by one reader; not for several threads.
class Arena {
 public:
  [[nodiscard]] char* allocate(std::size_t size) {
    if (size > room_) grow(size);
    char* at = next_;
    next_ += size;
    room_ -= size;
    return at;
  }

  [[nodiscard]] std::string_view store(std::string_view text) {
    if (text.empty()) return {};
    char* at = allocate(text.size());
    std::memcpy(at, text.data(), text.size());
    return {at, text.size()};
  }

  // Of what was allocated last, its end that was not needed.
  void give_back(std::size_t size) {
    next_ -= size;
    room_ += size;
  }

  void reset();

 private:
  static constexpr std::size_t kBlock = 32u << 10;
  void grow(std::size_t size);

  std::vector<std::unique_ptr<char[]>> blocks_;
  char* next_ = nullptr;
  std::size_t room_ = 0;
};

}  // namespace haulier::mime
