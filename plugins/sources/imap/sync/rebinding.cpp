#include "sync/rebinding.hpp"

#include <algorithm>
#include <utility>

namespace haulier::imap {

std::string message_id_of(std::string_view header_fields) {
  const auto colon = header_fields.find(':');
  if (colon == std::string_view::npos || !equals_word(header_fields.substr(0, colon), "MESSAGE-ID")) return {};
  const auto open = header_fields.find('<', colon);
  if (open == std::string_view::npos) return {};
  const auto close = header_fields.find('>', open);
  if (close == std::string_view::npos) return {};
  const auto id = header_fields.substr(open + 1, close - open - 1);
  const bool plain = std::all_of(id.begin(), id.end(), [](char c) { return c > ' ' && c < '\x7f'; });
  return plain ? std::string(id) : std::string();
}

void Rebinding::seen(const FetchData& fetch) {
  const auto uid = fetch.uid->value();
  Candidate candidate;
  if (fetch.message_id_field) candidate.print.message_id = message_id_of(fetch.message_id_field->text());
  const bool usable = !candidate.print.message_id.empty() && fetch.internal_date_us && fetch.size;
  if (off_ || !usable || candidates_.size() >= kMaxWaiting) {
    unfit_.insert(uid);
    return;
  }
  candidate.print.internal_date_us = *fetch.internal_date_us;
  candidate.print.size = *fetch.size;
  candidate.place.uid = uid;
  if (fetch.flags) candidate.place.flags = std::string(*fetch.flags);
  candidate.place.internal_date_us = *fetch.internal_date_us;
  candidate.place.modseq = fetch.modseq;
  candidates_.push_back(std::move(candidate));
}

IntervalSet Rebinding::decide(const KnownEmails& known) {
  auto wanted = std::exchange(unfit_, {});
  const auto candidates = std::exchange(candidates_, {});
  std::vector<Fingerprint> prints;
  for (const auto& candidate : candidates) prints.push_back(candidate.print);
  std::vector<std::optional<KnownEmail>> emails(prints.size());
  if (!off_ && !prints.empty()) emails = known(prints);
  emails.resize(prints.size());
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    const auto uid = candidates[i].place.uid;
    if (!emails[i]) {
      wanted.insert(uid);
      continue;
    }
    const auto number = matches_++;
    if (number < kFirstProofs || number % kProofEvery == 0) {
      proofs_[uid] = emails[i]->raw_sha256;
      wanted.insert(uid);
      continue;
    }
    auto place = candidates[i].place;
    place.email = *std::move(emails[i]);
    waiting_.insert_or_assign(uid, std::move(place));
  }
  return wanted;
}

bool Rebinding::proved(std::uint32_t uid, std::string_view sha256) {
  const auto proof = proofs_.find(uid);
  if (proof == proofs_.end()) return true;
  const bool same = proof->second == sha256;
  proofs_.erase(proof);
  return same;
}

IntervalSet Rebinding::held() const {
  IntervalSet uids;
  for (const auto& [uid, place] : waiting_) uids.insert(uid);
  return uids;
}

std::vector<ReboundPlace> Rebinding::take_proven(std::uint64_t max_count) {
  std::vector<ReboundPlace> places;
  if (!proofs_.empty()) return places;
  while (!waiting_.empty() && places.size() < max_count) {
    bound_.insert(waiting_.begin()->first);
    places.push_back(std::move(waiting_.begin()->second));
    waiting_.erase(waiting_.begin());
  }
  return places;
}

IntervalSet Rebinding::switch_off() {
  off_ = true;
  auto uids = held();
  uids.insert(std::exchange(bound_, {}));
  for (const auto& [uid, sha256] : proofs_) uids.insert(uid);
  waiting_.clear();
  proofs_.clear();
  return uids;
}

IntervalSet Rebinding::forget_waiting() {
  auto uids = held();
  for (const auto& candidate : candidates_) uids.insert(candidate.place.uid);
  uids.insert(std::exchange(unfit_, {}));
  candidates_.clear();
  waiting_.clear();
  // Those that were due prove nothing any more.
  if (!proofs_.empty()) matches_ = 0;
  proofs_.clear();
  return uids;
}

}  // namespace haulier::imap
