#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace haulier::imap {

/// What the server said it can do, last time it said so. A value; case-insensitive; at most 512 names are kept.
class Capabilities {
 public:
  Capabilities() = default;
  explicit Capabilities(std::string_view atoms) { add(atoms); }

  /// More of them.
  void add(std::string_view atoms);
  [[nodiscard]] bool has(std::string_view upper) const;
  /// False until the server has told them since the last change of state (TLS, login).
  [[nodiscard]] bool known() const { return !names_.empty(); }
  [[nodiscard]] const std::vector<std::string>& names() const { return names_; }

 private:
  std::vector<std::string> names_;  ///< capitals, sorted
};

}  // namespace haulier::imap
