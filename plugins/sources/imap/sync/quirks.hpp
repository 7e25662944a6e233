#pragma once
#include <cstdint>
#include <string_view>

namespace haulier::imap {

/// What a server does that the standards do not say; each is off unless the server is recognised.
enum class Quirk : std::uint32_t {
  kNeedsId = 1,         ///< Coremail (163, 126, yeah): EXAMINE is "Unsafe Login" until ID was sent after login
  kSearchByRange = 2,   ///< iCloud: UID SEARCH ALL lists numbers that cannot be fetched, UID SEARCH UID 1:max does not
  kNoPipelining = 4,    ///< one command at a time
  kWrongSaslList = 8,   ///< NetEase: offers only XOAUTH2 and takes only LOGIN
  kNoOAuthBearer = 16,  ///< Microsoft: a token goes by XOAUTH2
  kNoQresync = 32,      ///< iCloud: its VANISHED is malformed and names what is still there
  kNoPartial = 64       ///< windows of a body are not to be asked for
};

struct Quirks {
  std::uint32_t bits = 0;
  [[nodiscard]] bool has(Quirk quirk) const { return (bits & static_cast<std::uint32_t>(quirk)) != 0; }
  void add(Quirk quirk) { bits |= static_cast<std::uint32_t>(quirk); }
  void add(Quirks other) { bits |= other.bits; }
};

/// The quirk that a preset file calls `name` ("id_after_login"); none for names this program does not know.
[[nodiscard]] Quirks quirk_by_name(std::string_view name);

/// Recognises a server by its name and its greeting.
[[nodiscard]] Quirks recognise_quirks(std::string_view host, std::string_view greeting);

}  // namespace haulier::imap
