// PlaceListing: what lies on disk now, for `haulier verify`.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "entry_set.hpp"
#include "haulier/enumerate.hpp"
#include "haulier/host.hpp"
#include "mail_tree.hpp"
#include "mime/sha256.hpp"
#include "place_id.hpp"

namespace haulier::mail_files {

// Owned by the source, used by its thread. Reads the files whose contents are wanted, and every mbox, whose places are
// numbered by their contents; keeps no bytes.
class PlaceListing {
 public:
  // What was committed of a mailbox; null: nothing.
  using Known = std::function<const EntrySet*(const std::string& mailbox)>;

  // mailboxes: also those that are remembered and no more (without a path). contents: of how many messages of each the
  // content is hashed.
  PlaceListing(Host host, std::string account, std::vector<Mailbox> mailboxes, Known known, std::uint64_t contents);

  // None: that was all. Throws Error.
  [[nodiscard]] std::optional<PlacePage> next();

 private:
  struct Message {
    std::uint64_t size = 0;
    std::filesystem::path path;  // empty: in an mbox
    std::string sha256;          // empty: not read
  };
  void list(const Mailbox& mailbox);
  void list_mbox(const Mailbox& mailbox);
  void read_contents();
  [[nodiscard]] std::string hash_of(const std::filesystem::path& path);
  [[nodiscard]] std::uint8_t standing(const EntrySet* known, std::int64_t uid) const;

  Host host_;
  std::string account_;
  std::vector<Mailbox> mailboxes_;
  Known known_;
  std::uint64_t contents_;
  std::size_t at_ = 0;
  bool listed_ = false;                       // mailboxes_[at_]
  std::map<std::int64_t, Message> messages_;  // of it, those that were not given yet
  PlaceHash place_;
  mime::Sha256 sha256_;
};

}  // namespace haulier::mail_files
