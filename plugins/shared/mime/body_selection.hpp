#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "mime/part.hpp"
#include "mime/part_details.hpp"

namespace haulier::mime {

// Which parts are the message's body and which are attachments: RFC 8621 section 4.1.4, the algorithm given there.
// Indices into the parts; parts of nested messages are in none of the lists.
struct BodySelection {
  std::vector<std::uint32_t> text;
  std::vector<std::uint32_t> html;
  std::vector<std::uint32_t> attachments;

  void clear() {
    text.clear();
    html.clear();
    attachments.clear();
  }
};

// `details` is parallel to `parts`. Iterative; linear.
void select_bodies(std::span<const Part> parts, std::span<const PartDetails> details, BodySelection& out);

}  // namespace haulier::mime
