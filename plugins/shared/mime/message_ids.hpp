#pragma once
#include <cstddef>
#include <string_view>
#include <vector>

namespace haulier::mime {

// Appends the ids of a Message-ID, In-Reply-To or References value, without brackets, as views of `value`. Text
// between them is passed over; a value without brackets gives its words that hold an '@' (or its only word).
void read_message_ids(std::string_view value, std::size_t limit, std::vector<std::string_view>& out);

}  // namespace haulier::mime
