#include "mime/double_byte_table.hpp"

#include <unicode/ucnv.h>

#include <algorithm>
#include <cstring>

#include "mime/byte_scan.hpp"
#include "mime/utf8.hpp"

namespace haulier::mime {

DoubleByteTable::Entry DoubleByteTable::ask(UConverter* converter, std::string_view bytes) {
  std::array<char16_t, 8> units{};
  UErrorCode error = U_ZERO_ERROR;
  ucnv_reset(converter);
  const std::int32_t count = ucnv_toUChars(converter, units.data(), static_cast<std::int32_t>(units.size()),
                                           bytes.data(), static_cast<std::int32_t>(bytes.size()), &error);
  const char16_t unit = units[0];
  if (U_FAILURE(error) || count != 1 || unit == 0xFFFD || (unit >= 0xD800 && unit < 0xE000)) return {};
  if (unit < 0x80 && static_cast<unsigned char>(bytes[0]) >= 0x80) return {};  // ICU's substitute for half a character
  char utf8[4] = {};
  Entry entry;
  entry.size = static_cast<std::uint8_t>(put_utf8(utf8, unit));
  std::memcpy(entry.bytes, utf8, sizeof entry.bytes);
  return entry;
}

DoubleByteTable::DoubleByteTable(UConverter* converter) : pairs_(128 * kTrails) {
  for (unsigned lead = 0; lead < 256; ++lead) {
    char bytes[2] = {static_cast<char>(lead), 0};
    single_[lead] = ask(converter, {bytes, 1});
    if (lead < 0x80 || single_[lead].size != 0) continue;
    for (unsigned trail = 0; trail < kTrails; ++trail) {
      bytes[1] = static_cast<char>(trail + kFirstTrail);
      pairs_[(lead - 0x80) * kTrails + trail] = ask(converter, {bytes, 2});
    }
  }
  ucnv_reset(converter);
}

std::size_t DoubleByteTable::convert(std::string& out, std::string_view bytes) const {
  constexpr std::size_t kBlock = 1024;  // characters
  char buffer[kBlock * sizeof(Entry::bytes) + 1];
  std::size_t at = 0;
  bool known = true;
  while (known && at < bytes.size()) {
    char* to = buffer;
    for (std::size_t count = 0; count < kBlock && at < bytes.size(); ++count) {
      const auto lead = static_cast<unsigned char>(bytes[at]);
      const Entry* entry = &single_[lead];
      std::size_t read = 1;
      if (entry->size == 0 && lead >= 0x80 && at + 1 < bytes.size()) {
        const auto trail = static_cast<unsigned char>(bytes[at + 1]);
        read = 2;
        if (trail >= kFirstTrail) entry = &pairs_[(lead - 0x80u) * kTrails + trail - kFirstTrail];
      }
      known = entry->size != 0;
      if (!known) break;
      std::memcpy(to, entry, sizeof *entry);  // one move; the size behind the bytes is overwritten
      to += entry->size;
      at += read;
    }
    out.append(buffer, static_cast<std::size_t>(to - buffer));
  }
  return at;
}

}  // namespace haulier::mime
