#include "mail_tree.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <cctype>
#include <fstream>
#include <map>

namespace haulier::mail_files {

namespace fs = std::filesystem;

namespace {

bool ends_with_eml(const fs::path& path) {
  std::string extension = path.extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return extension == ".eml";
}

bool starts_with_from_line(const fs::path& path) {
  char head[5] = {};
  std::ifstream in(path, std::ios::binary);
  return in.read(head, sizeof head) && std::string_view(head, sizeof head) == "From ";
}

bool is_maildir(const fs::path& path) {
  std::error_code ignored;
  return fs::is_directory(path / "cur", ignored) && fs::is_directory(path / "new", ignored);
}

// File names are bytes; what is not UTF-8 in them is written as %XX.
std::string as_utf8(std::string_view bytes) {
  std::string out;
  for (std::size_t i = 0; i < bytes.size();) {
    const auto lead = static_cast<unsigned char>(bytes[i]);
    const std::size_t length = lead < 0x80                    ? 1
                               : lead >= 0xC2 && lead < 0xE0  ? 2
                               : lead >= 0xE0 && lead < 0xF0  ? 3
                               : lead >= 0xF0 && lead <= 0xF4 ? 4
                                                              : 0;
    bool valid = length > 0 && lead != 0 && i + length <= bytes.size();
    for (std::size_t k = 1; valid && k < length; ++k) valid = (static_cast<unsigned char>(bytes[i + k]) & 0xC0) == 0x80;
    if (valid && length >= 3) {  // overlong forms, surrogates and what lies above U+10FFFF
      const auto next = static_cast<unsigned char>(bytes[i + 1]);
      valid = !((lead == 0xE0 && next < 0xA0) || (lead == 0xED && next > 0x9F) || (lead == 0xF0 && next < 0x90) ||
                (lead == 0xF4 && next > 0x8F));
    }
    if (valid) {
      out.append(bytes.substr(i, length));
      i += length;
    } else {
      constexpr char kDigits[] = "0123456789ABCDEF";
      out += {'%', kDigits[lead >> 4], kDigits[lead & 15]};
      ++i;
    }
  }
  return out;
}

// `INBOX` for the root; Maildir++ keeps its hierarchy in one name: .Sent.2024 is Sent/2024.
std::string mailbox_name(const fs::path& root, const fs::path& path, Format format) {
  std::string name = path == root ? std::string() : path.lexically_relative(root).generic_string();
  if (name.empty() || name == ".") return "INBOX";
  const std::size_t last = name.rfind('/') + 1;
  if (format == Format::Maildir && name[last] == '.') {
    name.erase(last, 1);
    std::replace(name.begin() + static_cast<std::ptrdiff_t>(last), name.end(), '.', '/');
  }
  return as_utf8(name);
}

class Search {
 public:
  Search(const fs::path& root, Format format) : root_(root), format_(format) {}

  std::vector<Mailbox> run() {
    const fs::file_status status = fs::status(root_);  // throws when it cannot be looked at
    if (!fs::exists(status)) {
      throw fs::filesystem_error("find_mailboxes", root_, std::make_error_code(std::errc::no_such_file_or_directory));
    }
    if (fs::is_directory(status)) {
      folder(root_, 0);
    } else {
      file(root_, true);
    }
    std::stable_sort(found_.begin(), found_.end(), [](const Mailbox& a, const Mailbox& b) { return a.name < b.name; });
    // A state row belongs to one name: an mbox file called INBOX beside .eml files gets another one.
    for (std::size_t i = 1; i < found_.size(); ++i) {
      if (found_[i].name != found_[i - 1].name) continue;
      found_[i].name += found_[i].format == Format::Mbox  ? " (mbox)"
                        : found_[i].format == Format::Eml ? " (eml)"
                                                          : " (maildir)";
    }
    return std::move(found_);
  }

 private:
  bool wants(Format format) const { return format_ == Format::Auto || format_ == format; }
  void add(const fs::path& path, Format format) { found_.push_back({mailbox_name(root_, path, format), format, path}); }

  void file(const fs::path& path, bool named) {
    if (named && ends_with_eml(path) && wants(Format::Eml)) {
      found_.push_back({"INBOX", Format::Eml, path});
    } else if (wants(Format::Mbox) && !ends_with_eml(path) &&
               (format_ == Format::Mbox || starts_with_from_line(path))) {
      add(path, Format::Mbox);
    }
  }

  void folder(const fs::path& path, int depth) {
    constexpr int kMaxDepth = 64;
    const bool maildir = wants(Format::Maildir) && is_maildir(path);
    if (maildir) add(path, Format::Maildir);
    bool has_eml = false;
    std::vector<fs::path> folders;
    // What cannot be opened below the root is not ours to read; the root itself must be readable.
    const auto options = depth == 0 ? fs::directory_options::none : fs::directory_options::skip_permission_denied;
    for (const fs::directory_entry& entry : fs::directory_iterator(path, options)) {
      std::error_code ignored;
      const std::string name = entry.path().filename().string();
      if (entry.is_directory(ignored) && !entry.is_symlink(ignored)) {
        if (!maildir || (name != "cur" && name != "new" && name != "tmp")) folders.push_back(entry.path());
      } else if (entry.is_regular_file(ignored) && !maildir) {
        if (ends_with_eml(entry.path()))
          has_eml = true;
        else
          file(entry.path(), false);
      }
    }
    if (has_eml && wants(Format::Eml)) add(path, Format::Eml);
    if (depth < kMaxDepth) {
      for (const fs::path& next : folders) folder(next, depth + 1);
    }
  }

  fs::path root_;
  Format format_;
  std::vector<Mailbox> found_;
};

// The unique name comes before ':', the flags after ":2,".
void read_maildir_name(const std::string& name, MailFile& file) {
  const std::size_t colon = name.find(':');
  file.identity = name.substr(0, colon);
  const std::size_t info = name.find(":2,");
  if (info == std::string::npos) return;
  for (const char letter : name.substr(info + 3)) {
    const std::size_t bit = kFlagLetters.find(letter);
    if (bit != std::string_view::npos) file.flags = static_cast<std::uint8_t>(file.flags | (1u << bit));
  }
}

void list_folder(const fs::path& folder, bool maildir, std::vector<MailFile>& out) {
  std::error_code gone;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, gone)) {
    const std::string name = entry.path().filename().string();
    if (maildir ? name.front() == '.' : !ends_with_eml(entry.path())) continue;
    struct stat status {};
    if (::stat(entry.path().c_str(), &status) != 0 || !S_ISREG(status.st_mode)) continue;
    MailFile file;
    file.path = entry.path();
    file.size_bytes = static_cast<std::uint64_t>(status.st_size);
    file.time_us = status.st_mtim.tv_sec * std::int64_t{1000000} + status.st_mtim.tv_nsec / 1000;
    if (maildir) {
      read_maildir_name(name, file);
    } else {
      file.identity = name + '\0' + std::to_string(file.size_bytes) + '\0' + std::to_string(file.time_us);
    }
    out.push_back(std::move(file));
  }
}

}  // namespace

std::vector<Mailbox> find_mailboxes(const fs::path& root, Format format) {
  return Search(root.lexically_normal(), format).run();
}

std::vector<MailFile> list_messages(const Mailbox& mailbox) {
  std::vector<MailFile> out;
  if (mailbox.format == Format::Maildir) {
    list_folder(mailbox.path / "new", true, out);
    list_folder(mailbox.path / "cur", true, out);
  } else if (fs::is_directory(mailbox.path)) {
    list_folder(mailbox.path, false, out);
  } else {
    const fs::path name = mailbox.path.filename();
    list_folder(mailbox.path.has_parent_path() ? mailbox.path.parent_path() : fs::path("."), false, out);
    std::erase_if(out, [&](const MailFile& file) { return file.path.filename() != name; });
  }
  std::sort(out.begin(), out.end(), [](const MailFile& a, const MailFile& b) { return a.identity < b.identity; });
  return out;
}

std::string flags_json(std::uint8_t flags) {
  // RFC 9051 section 2.3.2; P (passed) is the keyword $Forwarded. In the order of the spelled names.
  static constexpr std::pair<char, std::string_view> kNames[] = {{'P', "$Forwarded"},  {'R', "\\\\Answered"},
                                                                 {'T', "\\\\Deleted"}, {'D', "\\\\Draft"},
                                                                 {'F', "\\\\Flagged"}, {'S', "\\\\Seen"}};
  std::string out = "[";
  for (const auto& [letter, name] : kNames) {
    if (!(flags & (1u << kFlagLetters.find(letter)))) continue;
    if (out.size() > 1) out += ',';
    out += '"';
    out += name;
    out += '"';
  }
  return out + "]";
}

}  // namespace haulier::mail_files
