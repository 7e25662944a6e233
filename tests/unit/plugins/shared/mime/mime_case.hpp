#pragma once
#include <cstddef>
#include <ostream>
#include <string>
#include <string_view>

namespace mime_test {

// A named row of a table: what goes in, what must come out.
struct Case {
  const char* name;
  std::string input;
  std::string expected;
};
inline std::ostream& operator<<(std::ostream& out, const Case& c) { return out << c.name; }

// Bytes from hex digits; blanks are skipped.
inline std::string hex(std::string_view digits) {
  std::string bytes;
  int high = -1;
  for (const char c : digits) {
    const int value = c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
    if (value < 0) continue;
    if (high < 0) {
      high = value;
    } else {
      bytes.push_back(static_cast<char>(high * 16 + value));
      high = -1;
    }
  }
  return bytes;
}

}  // namespace mime_test
