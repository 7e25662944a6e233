// MailboxWalk: one pass over one mailbox, message by message, against what is settled already.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "entry_set.hpp"
#include "haulier/host.hpp"
#include "mail_tree.hpp"
#include "mbox_reader.hpp"
#include "place_id.hpp"

namespace haulier::mail_files {

// What the walk found next.
struct Found {
  enum class Kind { New, FlagsChanged, Vanished, Unreadable } kind;
  std::int64_t uid = 0;
  std::uint8_t flags = 0;
  Blob raw;                             // New
  std::optional<std::int64_t> time_us;  // New: modification time, or that of the `From ` line
  std::string path, reason;             // Unreadable
};

// Owned by the source, used by its thread. The entries are updated as messages are given out.
class MailboxWalk {
 public:
  // A mailbox that is not on disk any more has no `mailbox.path`: all its entries are found vanished.
  MailboxWalk(Mailbox mailbox, EntrySet entries, Host host);

  // None: the pass is complete.
  [[nodiscard]] std::optional<Found> next();
  [[nodiscard]] const Mailbox& mailbox() const noexcept { return mailbox_; }
  [[nodiscard]] const EntrySet& entries() const noexcept { return entries_; }
  // Messages on disk; of an mbox, as far as it was read.
  [[nodiscard]] std::size_t message_count() const noexcept { return unchanged_ ? entries_.size() : seen_.size(); }

 private:
  std::optional<Found> next_file();
  std::optional<Found> next_in_mbox();
  std::optional<Found> next_vanished();
  std::optional<Found> read_file(const MailFile& file, std::int64_t uid);
  std::string mbox_signature() const;

  Mailbox mailbox_;
  EntrySet entries_;
  Host host_;
  PlaceHash hash_;
  std::vector<MailFile> files_;
  std::size_t at_ = 0;
  std::unique_ptr<MboxReader> mbox_;
  std::unordered_map<std::int64_t, std::uint32_t> repetitions_;
  std::unordered_set<std::int64_t> seen_;
  std::string new_signature_;
  bool unchanged_ = false;
  bool listing_done_ = false;
  std::vector<std::int64_t> vanished_;
};

}  // namespace haulier::mail_files
