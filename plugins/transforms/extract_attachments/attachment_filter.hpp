#pragma once
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include <haulier/config.hpp>

namespace haulier::extract_attachments {

// Which attachments become rows at all, by media type, name and decoded size. Types count as declared and as sniffed,
// so that a renamed program is caught. Patterns know * and ?, in any ASCII case.
class AttachmentFilter {
 public:
  explicit AttachmentFilter(const Config& config);

  // What is known before decoding: false when it is left out whatever its content is.
  [[nodiscard]] bool may_pass(std::string_view name, std::string_view declared) const;
  [[nodiscard]] bool passes(std::string_view name, std::string_view declared, std::string_view sniffed,
                            std::uint64_t size) const;

 private:
  std::vector<std::string> types_;  // empty: all
  std::vector<std::string> names_;
  std::vector<std::string> no_types_;
  std::vector<std::string> no_names_;
  std::uint64_t least_ = 0;  // bytes
  std::uint64_t most_ = std::numeric_limits<std::uint64_t>::max();
};

// Linear in the text for one star, at worst text times pattern. Neither is mail's to choose: patterns come from the
// pipeline, names are at most 1 KB here.
[[nodiscard]] bool matches(std::string_view pattern, std::string_view text);

}  // namespace haulier::extract_attachments
