#include "stored_ids.hpp"

namespace haulier::imap {

void StoredIds::given(const std::string& partition, std::vector<std::uint64_t> ids) {
  auto& way = on_the_way_[partition];
  ++way.batches;
  if (!ids.empty()) way.ids.emplace_back(way.batches, std::move(ids));
}

void StoredIds::committed(std::string_view partition, std::uint64_t n) {
  const auto at = on_the_way_.find(partition);
  if (at == on_the_way_.end()) return;
  auto& ids = at->second.ids;
  for (; !ids.empty() && ids.front().first <= n; ids.pop_front()) {
    stored_.insert(ids.front().second.begin(), ids.front().second.end());
  }
}

}  // namespace haulier::imap
