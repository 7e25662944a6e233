#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "mime/arena.hpp"
#include "mime/domain_names.hpp"
#include "mime/header_text.hpp"

namespace haulier::mime {

// A mailbox, or the beginning of a group whose members follow it.
struct Address {
  static constexpr std::uint32_t kNoGroup = 0xFFFFFFFFu;

  std::string_view name;            // decoded display name (or comment), or the group's name
  std::string_view address;         // addr-spec; empty when there is none
  std::string_view domain_ascii;    // of a domain that is not ASCII, as servers write it (xn--...)
  std::string_view domain_unicode;  // of a domain with xn-- labels, as people read it
  std::uint32_t group = kNoGroup;   // index of the group it is a member of
  bool is_group = false;
};

// Reads address lists (RFC 5322 section 3.4 with the obsolete forms of section 4.4) the way people's programs write
// them. Iterative: nesting costs no stack, and time is linear in the size of the value.
class AddressReader {
 public:
  AddressReader(HeaderText& text, Arena& arena, const Limits& limits, DefectList& defects)
      : text_(text), arena_(arena), limits_(limits), defects_(defects) {}

  // Appends the mailboxes of one field to `out`; their strings live in the arena. `at` is for defects.
  void read(std::string_view value, std::uint64_t at, std::vector<Address>& out);

 private:
  void reset_element();
  std::size_t skip_comment(std::string_view value, std::size_t at);
  std::size_t take_quoted(std::string_view value, std::size_t at);
  std::size_t take_angle(std::string_view value, std::size_t at);
  void end_element(bool by_comma, std::vector<Address>& out);
  [[nodiscard]] bool may_begin_group() const;
  void begin_group(std::vector<Address>& out);
  void bare_address(std::vector<Address>& out);
  [[nodiscard]] std::string_view decoded(std::string_view text);
  [[nodiscard]] std::string_view compact(std::string_view address);
  bool take_compact(std::string_view address, bool drop_comments);
  void add(std::string_view name, std::string_view address, std::vector<Address>& out);
  void read_domain(Address& address);

  HeaderText& text_;
  Arena& arena_;
  const Limits& limits_;
  DefectList& defects_;

  DomainNames domains_;
  std::uint64_t at_ = 0;
  std::uint32_t group_ = Address::kNoGroup;
  bool comments_ = true;  // false once a comment was found that never ends: '(' is then text
  bool quotes_ = true;    // the same for '"'
  std::string phrase_;    // quotes removed
  std::string raw_;       // quotes kept, comments removed
  std::string comment_;
  std::string angle_;
  std::string found_;  // scratch of take_angle
  bool has_angle_ = false;
  std::string prefix_;  // `Doe` of the unquoted `Doe, John <j@x>`
  std::string scratch_;
};

}  // namespace haulier::mime
