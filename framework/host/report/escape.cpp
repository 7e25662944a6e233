#include "report/escape.hpp"

#include <array>
#include <cstdio>
#include <ctime>

#include "utf8.hpp"

namespace haulier::host {

namespace {

bool is_harmful(char32_t code) {
  if (code < 0x20 || (code >= 0x7F && code < 0xA0)) return true;
  if (code == 0x200E || code == 0x200F || code == 0x061C) return true;  // direction marks
  if (code >= 0x2028 && code <= 0x202E) return true;                    // line separators, embeddings, overrides
  return code >= 0x2066 && code <= 0x2069;                              // isolates
}

std::string escaped(char32_t code) {
  if (code == '\n') return "\\n";
  if (code == '\r') return "\\r";
  if (code == '\t') return "\\t";
  std::array<char, 16> buffer{};
  std::snprintf(buffer.data(), buffer.size(), code < 0x100 ? "\\x%02x" : "\\u{%04x}", static_cast<unsigned>(code));
  return buffer.data();
}

}  // namespace

std::string escape_for_terminal(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  std::size_t at = 0;
  while (at < text.size()) {
    const Utf8Character character = utf8_at(text, at);
    if (!character.valid) {
      out += escaped(static_cast<unsigned char>(text[at]));
    } else if (is_harmful(character.code)) {
      out += escaped(character.code);
    } else {
      out.append(text, at, character.size);
    }
    at += character.size;
  }
  return out;
}

std::string format_utc(std::int64_t us) {
  std::int64_t seconds = us / 1'000'000;
  std::int64_t micros = us % 1'000'000;
  if (micros < 0) {
    micros += 1'000'000;
    --seconds;
  }
  const auto time = static_cast<std::time_t>(seconds);
  std::tm parts{};
  ::gmtime_r(&time, &parts);
  std::array<char, 80> buffer{};
  std::snprintf(buffer.data(), buffer.size(), "%04d-%02d-%02dT%02d:%02d:%02d.%06dZ", parts.tm_year + 1900,
                parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec, static_cast<int>(micros));
  return buffer.data();
}

}  // namespace haulier::host
