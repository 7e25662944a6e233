#pragma once
#include <span>
#include <string>
#include <string_view>

#include "mime/email.hpp"

// The JSON columns of the tables (schemas/README.md). Each appends to `out`.
namespace haulier::mime {

// [{"name":..,"address":..}, {"group":..,"members":[..]}]; unknown names and addresses are null.
void append_addresses_json(std::string& out, std::span<const Address> addresses);
void append_strings_json(std::string& out, std::span<const std::string_view> strings);
// [["Subject","..."], ...]
void append_headers_json(std::string& out, std::span<const Header> headers);
// JMAP's bodyStructure (RFC 8621 section 4.1.4); partId is the IMAP section number.
void append_structure_json(std::string& out, const Email& email);
// [{"code":"..","at":17}, ...]
void append_defects_json(std::string& out, std::span<const Defect> defects);

}  // namespace haulier::mime
