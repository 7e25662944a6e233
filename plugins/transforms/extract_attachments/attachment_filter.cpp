#include "attachment_filter.hpp"

#include <algorithm>

#include "mime/ascii.hpp"

namespace haulier::extract_attachments {

namespace {

constexpr std::size_t kNameBytes = 1024;  // of a name that patterns look at

bool matches_any(const std::vector<std::string>& patterns, std::string_view text) {
  return std::any_of(patterns.begin(), patterns.end(),
                     [&](const std::string& pattern) { return matches(pattern, text); });
}

std::uint64_t bytes(const Config& config, std::string_view name, std::uint64_t otherwise) {
  return config.has(name) ? static_cast<std::uint64_t>(config.integer(name)) : otherwise;
}

}  // namespace

bool matches(std::string_view pattern, std::string_view text) {
  std::size_t p = 0;
  std::size_t t = 0;
  std::size_t star = std::string_view::npos;
  std::size_t after_star = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      after_star = t;
    } else if (p < pattern.size() && (pattern[p] == '?' || mime::to_lower(pattern[p]) == mime::to_lower(text[t]))) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++after_star;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

AttachmentFilter::AttachmentFilter(const Config& config) {
  const Config include = config.at("include");
  const Config exclude = config.at("exclude");
  types_ = include.texts("types");
  names_ = include.texts("names");
  no_types_ = exclude.texts("types");
  no_names_ = exclude.texts("names");
  least_ = bytes(exclude, "below", least_);
  most_ = bytes(exclude, "above", most_);
}

bool AttachmentFilter::may_pass(std::string_view name, std::string_view declared) const {
  name = name.substr(0, kNameBytes);
  return (names_.empty() || matches_any(names_, name)) && !matches_any(no_names_, name) &&
         !matches_any(no_types_, declared);
}

bool AttachmentFilter::passes(std::string_view name, std::string_view declared, std::string_view sniffed,
                              std::uint64_t size) const {
  return size >= least_ && size <= most_ && may_pass(name, declared) && !matches_any(no_types_, sniffed) &&
         (types_.empty() || matches_any(types_, declared) || matches_any(types_, sniffed));
}

}  // namespace haulier::extract_attachments
