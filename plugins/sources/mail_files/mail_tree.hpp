// What mail lies below a path: mailboxes, and the files of each.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace haulier::mail_files {

enum class Format { Auto, Eml, Mbox, Maildir };

struct Mailbox {
  std::string name;  // UTF-8, for the tables
  Format format;     // never Auto
  std::filesystem::path path;
};

// One message file of an eml or Maildir mailbox.
struct MailFile {
  std::filesystem::path path;
  std::string identity;      // what the place's number is made of
  std::uint8_t flags = 0;    // Maildir: kFlag... bits
  std::int64_t time_us = 0;  // modification time, microseconds since 1970 UTC
  std::uint64_t size_bytes = 0;
};

// Maildir's info letters in the order of the alphabet: D F P R S T.
inline constexpr std::string_view kFlagLetters = "DFPRST";

// All mailboxes below `root`, sorted by name. Throws std::filesystem::filesystem_error when root cannot be read.
[[nodiscard]] std::vector<Mailbox> find_mailboxes(const std::filesystem::path& root, Format format);

// The messages of an eml or Maildir mailbox, sorted by file name. Files that vanish meanwhile are left out.
[[nodiscard]] std::vector<MailFile> list_messages(const Mailbox& mailbox);

// The flags as IMAP spells them, a sorted JSON array.
[[nodiscard]] std::string flags_json(std::uint8_t flags);

}  // namespace haulier::mail_files
