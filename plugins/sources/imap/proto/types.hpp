#pragma once
#include <compare>
#include <cstdint>
#include <optional>

namespace haulier::imap {

/// A unique identifier of a message inside one UIDVALIDITY epoch: nz-number, RFC 9051 section 2.3.1.1.
class Uid {
 public:
  static constexpr std::uint32_t kMax = 4294967295U;

  [[nodiscard]] static constexpr std::optional<Uid> from(std::uint64_t number) {
    if (number == 0 || number > kMax) return std::nullopt;
    return Uid(static_cast<std::uint32_t>(number));
  }
  [[nodiscard]] constexpr std::uint32_t value() const { return value_; }
  friend constexpr auto operator<=>(Uid, Uid) = default;

 private:
  explicit constexpr Uid(std::uint32_t value) : value_(value) {}
  std::uint32_t value_;
};

/// The epoch of a mailbox. RFC 9051 says nz-number; servers in the field also send none at all, 0 and 64-bit values,
/// so any unsigned number is kept and "none" and 0 are both `absent`.
class UidValidity {
 public:
  constexpr UidValidity() = default;
  explicit constexpr UidValidity(std::uint64_t value) : value_(value) {}
  [[nodiscard]] constexpr bool absent() const { return value_ == 0; }
  [[nodiscard]] constexpr std::uint64_t value() const { return value_; }
  friend constexpr auto operator<=>(UidValidity, UidValidity) = default;

 private:
  std::uint64_t value_ = 0;
};

/// mod-sequence-value, RFC 7162 section 3.1: 63 bits, 0 = unknown or not kept by the server.
class ModSeq {
 public:
  constexpr ModSeq() = default;
  explicit constexpr ModSeq(std::uint64_t value) : value_(value > kMax ? 0 : value) {}
  [[nodiscard]] constexpr bool known() const { return value_ != 0; }
  [[nodiscard]] constexpr std::uint64_t value() const { return value_; }
  // NOLINTNEXTLINE(modernize-use-nullptr): clang-tidy 14 misreads a defaulted comparison
  friend constexpr auto operator<=>(ModSeq, ModSeq) = default;

 private:
  static constexpr std::uint64_t kMax = 0x7FFFFFFFFFFFFFFFULL;
  std::uint64_t value_ = 0;
};

/// What a client that comes back to a mailbox knows of it: RFC 7162 section 3.2.5.
struct ResyncPoint {
  UidValidity uidvalidity;
  ModSeq modseq;
  friend bool operator==(const ResyncPoint&, const ResyncPoint&) = default;
};

}  // namespace haulier::imap
