#include "stored_ids.hpp"

namespace haulier::imap {

void StoredIds::add(const IdLedger& ids) {
  const std::lock_guard lock(mutex_);
  stored_.insert(ids.ids().begin(), ids.ids().end());
}

void StoredIds::given(const std::string& partition, std::vector<std::uint64_t> ids) {
  const std::lock_guard lock(mutex_);
  auto& way = on_the_way_[partition];
  ++way.batches;
  if (!ids.empty()) way.ids.emplace_back(way.batches, std::move(ids));
}

bool StoredIds::committed(std::string_view partition, std::uint64_t n) {
  const std::lock_guard lock(mutex_);
  const auto at = on_the_way_.find(partition);
  if (at == on_the_way_.end()) return false;
  auto& ids = at->second.ids;
  for (; !ids.empty() && ids.front().first <= n; ids.pop_front()) {
    stored_.insert(ids.front().second.begin(), ids.front().second.end());
  }
  return true;
}

bool StoredIds::contains(std::uint64_t hash) const {
  const std::lock_guard lock(mutex_);
  return stored_.contains(hash);
}

bool StoredIds::empty() const {
  const std::lock_guard lock(mutex_);
  return stored_.empty();
}

}  // namespace haulier::imap
