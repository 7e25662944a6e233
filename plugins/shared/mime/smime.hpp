#pragma once
#include <string>
#include <string_view>

namespace haulier::mime {

// Takes the content out of an opaque signature (CMS SignedData, RFC 5652, in DER or BER). Verifies nothing. False when
// the bytes are something else, such as encrypted or only certificates; then `out` is empty.
bool unwrap_signed(std::string_view der, std::string& out);

}  // namespace haulier::mime
