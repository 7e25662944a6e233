#include "sync/mailbox_globs.hpp"

#include <algorithm>

#include "proto/cursor.hpp"

namespace haulier::imap {
namespace {

std::size_t character_size(std::string_view text, std::size_t at) {
  std::size_t end = at + 1;
  while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) ++end;
  return end - at;
}

void fold_inbox(std::vector<std::string>& patterns) {
  for (auto& pattern : patterns) {
    if (equals_word(pattern, "INBOX")) pattern = "INBOX";
  }
}

// The roles among the patterns, which leave the list.
Roles take_roles(std::vector<std::string>& patterns) {
  Roles roles;
  for (const auto& pattern : patterns) roles.add(role_of_attribute(pattern));
  std::erase_if(patterns, [](const auto& pattern) { return pattern.starts_with('\\'); });
  return roles;
}

bool any_matches(const std::vector<std::string>& patterns, std::string_view name) {
  return std::any_of(patterns.begin(), patterns.end(),
                     [&](const auto& pattern) { return glob_matches(pattern, name); });
}

}  // namespace

// Iterative with one point to go back to: linear for one star, never exponential.
bool glob_matches(std::string_view pattern, std::string_view name) {
  std::size_t p = 0, n = 0, star = std::string_view::npos, retry = 0;
  while (n < name.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      retry = n;
    } else if (p < pattern.size() && pattern[p] == '?') {
      n += character_size(name, n);
      ++p;
    } else if (p < pattern.size() && pattern[p] == name[n]) {
      ++p;
      ++n;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      retry += character_size(name, retry);
      n = retry;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

MailboxGlobs::MailboxGlobs(std::vector<std::string> include, std::vector<std::string> exclude)
    : include_(std::move(include)), exclude_(std::move(exclude)) {
  include_roles_ = take_roles(include_);
  exclude_roles_ = take_roles(exclude_);
  fold_inbox(include_);
  fold_inbox(exclude_);
}

bool MailboxGlobs::wants(std::string_view utf8_name, Roles roles) const {
  const auto name = equals_word(utf8_name, "INBOX") ? std::string_view("INBOX") : utf8_name;
  const bool in = any_matches(include_, name) || roles.meets(include_roles_);
  return in && !any_matches(exclude_, name) && !roles.meets(exclude_roles_);
}

}  // namespace haulier::imap
