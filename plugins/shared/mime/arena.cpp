#include "mime/arena.hpp"

namespace haulier::mime {

void Arena::grow(std::size_t size) {
  const std::size_t block = size > kBlock ? size : kBlock;
  blocks_.emplace_back(new char[block]);
  next_ = blocks_.back().get();
  room_ = block;
}

void Arena::reset() {
  if (blocks_.empty()) return;
  // The first block may be an oversized one; only its first kBlock bytes are promised to exist.
  blocks_.resize(1);
  next_ = blocks_.front().get();
  room_ = kBlock;
}

}  // namespace haulier::mime
