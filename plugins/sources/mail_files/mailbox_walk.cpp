#include "mailbox_walk.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

namespace haulier::mail_files {

namespace {

class File {
 public:
  explicit File(const std::filesystem::path& path) : fd_(::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {}
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File() {
    if (fd_ >= 0) ::close(fd_);
  }
  int fd() const noexcept { return fd_; }

 private:
  int fd_;
};

// Bytes read; 0 at the end; throws with errno.
std::size_t read_some(int fd, char* to, std::size_t size) {
  ssize_t got;
  do got = ::read(fd, to, size);
  while (got < 0 && errno == EINTR);
  if (got < 0) throw std::system_error(errno, std::generic_category(), "read");
  return static_cast<std::size_t>(got);
}

}  // namespace

MailboxWalk::MailboxWalk(Mailbox mailbox, EntrySet entries, Host host)
    : mailbox_(std::move(mailbox)), entries_(std::move(entries)), host_(host) {
  if (mailbox_.path.empty()) return;
  if (mailbox_.format != Format::Mbox) {
    files_ = list_messages(mailbox_);
    return;
  }
  new_signature_ = mbox_signature();
  unchanged_ = !new_signature_.empty() && new_signature_ == entries_.signature;
  entries_.signature.clear();
  if (unchanged_) {
    entries_.signature = new_signature_;
    listing_done_ = true;
  } else {
    mbox_ = std::make_unique<MboxReader>(mailbox_.path);
  }
}

std::string MailboxWalk::mbox_signature() const {
  struct stat status {};
  if (::stat(mailbox_.path.c_str(), &status) != 0) return {};
  return std::to_string(status.st_size) + " " + std::to_string(status.st_mtim.tv_sec) + "." +
         std::to_string(status.st_mtim.tv_nsec);
}

std::optional<Found> MailboxWalk::next() {
  if (!listing_done_) {
    if (auto found = mbox_ ? next_in_mbox() : next_file()) return found;
    listing_done_ = true;
    for (const auto& [uid, flags] : entries_.entries()) {
      if (!seen_.contains(uid)) vanished_.push_back(uid);
    }
    // In a fixed order, so that a stopped run and an undisturbed one do the same.
    std::sort(vanished_.begin(), vanished_.end(), std::greater<>());
    // A file that grew while it was read has another signature by now, and is read again next time.
    if (mbox_ && mbox_signature() == new_signature_) entries_.signature = new_signature_;
  }
  return next_vanished();
}

std::optional<Found> MailboxWalk::next_vanished() {
  if (vanished_.empty()) return std::nullopt;
  Found found{Found::Kind::Vanished, vanished_.back(), 0, {}, {}, {}, {}};
  vanished_.pop_back();
  entries_.erase(found.uid);
  return found;
}

std::optional<Found> MailboxWalk::next_file() {
  while (at_ < files_.size()) {
    const MailFile& file = files_[at_++];
    const std::int64_t uid = hash_.of(file.identity);
    if (!seen_.insert(uid).second) continue;  // a Maildir file seen in new/ and, moved meanwhile, in cur/
    const auto known = entries_.flags(uid);
    if (known && *known == file.flags) continue;
    if (known) {
      entries_.put(uid, file.flags);
      return Found{Found::Kind::FlagsChanged, uid, file.flags, {}, {}, {}, {}};
    }
    if (auto found = read_file(file, uid)) return found;
  }
  return std::nullopt;
}

std::optional<Found> MailboxWalk::read_file(const MailFile& file, std::int64_t uid) {
  try {
    const File in(file.path);
    if (in.fd() < 0) throw std::system_error(errno, std::generic_category(), "open");
    BlobWriter raw = host_.new_blob(file.size_bytes);
    char buffer[64 * 1024];
    while (const std::size_t got = read_some(in.fd(), buffer, sizeof buffer)) raw.append({buffer, got});
    entries_.put(uid, file.flags);
    return Found{Found::Kind::New, uid, file.flags, raw.seal(), file.time_us, {}, {}};
  } catch (const std::system_error& fault) {
    seen_.erase(uid);
    if (fault.code().value() == ENOENT) return std::nullopt;  // moved or removed since it was listed: the next run sees
    return Found{Found::Kind::Unreadable, uid, 0, {}, {}, file.path.string(), fault.code().message()};
  }
}

std::optional<Found> MailboxWalk::next_in_mbox() {
  while (mbox_->next_message()) {
    BlobWriter raw = host_.new_blob(0);
    mbox_->read_message([&](std::string_view piece) {
      raw.append(piece);
      hash_.update(piece);
    });
    std::int64_t uid = hash_.finish();
    if (const std::uint32_t repetition = repetitions_[uid]++) {
      uid = hash_.of(std::to_string(uid) + " " + std::to_string(repetition));
    }
    seen_.insert(uid);
    if (entries_.flags(uid)) continue;
    entries_.put(uid, 0);
    return Found{Found::Kind::New, uid, 0, raw.seal(), mbox_->from_time(), {}, {}};
  }
  return std::nullopt;
}

}  // namespace haulier::mail_files
