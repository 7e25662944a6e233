#include "place_listing.hpp"

#include <algorithm>
#include <fstream>
#include <unordered_map>
#include <utility>

#include "haulier/error.hpp"
#include "mbox_reader.hpp"

namespace haulier::mail_files {

namespace {

constexpr std::size_t kPagePlaces = 1000;
constexpr std::int64_t kUidValidity = 1;

// The fields of schemas/README.md, what verify compares.
enum : std::uint32_t { kAccount, kMailbox, kUidValidityField, kUid, kRawSize, kRawSha256, kFields };

}  // namespace

PlaceListing::PlaceListing(Host host, std::string account, std::vector<Mailbox> mailboxes, Known known,
                           std::uint64_t contents)
    : host_(host),
      account_(std::move(account)),
      mailboxes_(std::move(mailboxes)),
      known_(std::move(known)),
      contents_(contents) {}

std::string PlaceListing::hash_of(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  char buffer[64 * 1024];
  sha256_.begin();
  while (in.read(buffer, sizeof buffer) || in.gcount() > 0) {
    sha256_.update({buffer, static_cast<std::size_t>(in.gcount())});
  }
  const auto hex = mime::hex_of(sha256_.finish());
  return in.eof() ? std::string(mime::view_of(hex)) : std::string();
}

void PlaceListing::list_mbox(const Mailbox& mailbox) {
  MboxReader reader(mailbox.path);
  std::unordered_map<std::int64_t, std::uint32_t> repetitions;
  while (reader.next_message()) {
    if (host_.cancelled()) throw Error(HAULIER_CANCELLED, "cancelled");
    Message message;
    sha256_.begin();
    reader.read_message([&](std::string_view piece) {
      place_.update(piece);
      sha256_.update(piece);
      message.size += piece.size();
    });
    // As MailboxWalk numbers them.
    std::int64_t uid = place_.finish();
    if (const std::uint32_t repetition = repetitions[uid]++) {
      uid = place_.of(std::to_string(uid) + " " + std::to_string(repetition));
    }
    const auto hex = mime::hex_of(sha256_.finish());
    // It was read in any case.
    if (contents_ > 0) message.sha256 = mime::view_of(hex);
    messages_[uid] = std::move(message);
  }
}

void PlaceListing::list(const Mailbox& mailbox) {
  messages_.clear();
  if (mailbox.path.empty()) return;
  try {
    if (mailbox.format == Format::Mbox) {
      list_mbox(mailbox);
      return;
    }
    for (const MailFile& file : list_messages(mailbox)) {
      messages_[place_.of(file.identity)] = {file.size_bytes, file.path, {}};
    }
  } catch (const std::system_error& fault) {
    throw Error(HAULIER_LOCAL_IO, fault.what(), "check that the file can be read by this user");
  }
  read_contents();
}

void PlaceListing::read_contents() {
  std::uint64_t left = messages_.size();
  std::uint64_t wanted = std::min(contents_, left);
  for (auto& [uid, message] : messages_) {
    if (host_.cancelled()) throw Error(HAULIER_CANCELLED, "cancelled");
    // Each of those that are left with the same chance.
    if (wanted > 0 && host_.random() % left < wanted) {
      message.sha256 = hash_of(message.path);
      --wanted;
    }
    --left;
  }
}

std::uint8_t PlaceListing::standing(const EntrySet* known, std::int64_t uid) const {
  if (!known) return HAULIER_PLACE_WAITING;
  return known->flags(uid) ? HAULIER_PLACE_SETTLED : HAULIER_PLACE_ARRIVED;
}

std::optional<PlacePage> PlaceListing::next() {
  if (at_ == mailboxes_.size()) return std::nullopt;
  const Mailbox& mailbox = mailboxes_[at_];
  if (!std::exchange(listed_, true)) list(mailbox);
  const EntrySet* known = known_(mailbox.name);
  PlacePage out;
  BatchBuilder places, key;
  places.partition(account_ + " / " + mailbox.name);
  while (!messages_.empty() && places.record_count() < kPagePlaces) {
    const auto& [uid, message] = *messages_.begin();
    auto record = places.record(0, kFields, HAULIER_UPSERT, 0);
    record.text(kAccount, account_).text(kMailbox, mailbox.name).integer(kUidValidityField, kUidValidity);
    record.integer(kUid, uid).integer(kRawSize, static_cast<std::int64_t>(message.size));
    if (!message.sha256.empty()) record.text(kRawSha256, message.sha256);
    out.standings.push_back(standing(known, uid));
    messages_.erase(messages_.begin());
  }
  out.last = messages_.empty();
  key.record(0, kFields, HAULIER_UPSERT, 0).text(kAccount, account_).text(kMailbox, mailbox.name);
  out.places = places.finish();
  out.key = key.finish();
  if (out.last) {
    listed_ = false;
    ++at_;
  }
  return out;
}

}  // namespace haulier::mail_files
