#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mime/dates.hpp"

// The fields that servers add on the way: who says what about the sender, and through which hops a message came. All
// values are one line of UTF-8 (unfolded), and what comes out are views of them. Nothing here is verified: anybody can
// write such a field, only those of the own server are worth anything.
namespace haulier::mime {

// One piece of an Authentication-Results field (RFC 8601 section 2.2), in the order of the field.
struct AuthItem {
  enum class Kind { server, method, property } kind;
  std::string_view name;   // authserv-id; method such as spf; property such as smtp.mailfrom
  std::string_view value;  // of a method its result, e.g. pass
};
// Appends the items of one field, at most `limit`.
void read_authentication_results(std::string_view line, std::size_t limit, std::vector<AuthItem>& out);

// RFC 5321 section 4.4.
struct ReceivedHop {
  std::string_view from;
  std::string_view by;
  std::string_view with;
  std::string_view ip;  // the address literal that the receiving server saw
  std::optional<MailDate> time;
  bool tls = false;  // by the protocol's name (RFC 3848) or by a comment that names TLS
};
[[nodiscard]] ReceivedHop read_received(std::string_view line);

// The value of one tag of a tag list (RFC 6376 section 3.2), e.g. `d` of a DKIM-Signature; empty when missing.
[[nodiscard]] std::string_view tag_value(std::string_view line, std::string_view tag);

}  // namespace haulier::mime
