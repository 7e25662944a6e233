#pragma once
#include <cstdint>
#include <string_view>

namespace haulier::imap {

/// What a mailbox is for: RFC 6154 section 2, RFC 8457.
enum class Role : std::uint32_t {
  kAll = 1,
  kArchive = 2,
  kDrafts = 4,
  kFlagged = 8,
  kImportant = 16,
  kJunk = 32,
  kSent = 64,
  kTrash = 128
};

struct Roles {
  std::uint32_t bits = 0;
  [[nodiscard]] bool has(Role role) const { return (bits & static_cast<std::uint32_t>(role)) != 0; }
  [[nodiscard]] bool empty() const { return bits == 0; }
  [[nodiscard]] bool meets(Roles other) const { return (bits & other.bits) != 0; }
  void add(Roles other) { bits |= other.bits; }
  friend bool operator==(Roles, Roles) = default;
};

/// The role with this attribute (`\\Sent`), in any case and with the names of XLIST; none for anything else.
[[nodiscard]] Roles role_of_attribute(std::string_view attribute);
/// Those among the attributes of a LIST answer, separated by blanks.
[[nodiscard]] Roles roles_of_attributes(std::string_view attributes);
/// For servers without SPECIAL-USE: what a mailbox with this last part of its name is for at every provider known.
[[nodiscard]] Roles role_of_usual_name(std::string_view utf8_name);

}  // namespace haulier::imap
