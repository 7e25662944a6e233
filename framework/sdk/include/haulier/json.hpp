// Json: a small JSON value for configs and state rows, and an appender that writes JSON text fast.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "haulier/error.hpp"

namespace haulier {

// A parsed JSON value (RFC 8259); values copy. Object members keep their order.
class Json {
 public:
  enum class Kind { Null, Bool, Number, String, Array, Object };

  Json() = default;
  // Throws Error(HAULIER_BAD_STATE) on anything that is not one JSON value; depth at most 64.
  static Json parse(std::string_view text) {
    Parser parser{text};
    Json out = parser.value(0);
    parser.skip_blanks();
    if (parser.at != text.size()) parser.fail("text after the value");
    return out;
  }

  Kind kind() const noexcept { return kind_; }
  bool is_null() const noexcept { return kind_ == Kind::Null; }
  bool is_object() const noexcept { return kind_ == Kind::Object; }
  bool boolean(bool otherwise = false) const noexcept { return kind_ == Kind::Bool ? integer_ != 0 : otherwise; }
  std::int64_t integer(std::int64_t otherwise = 0) const noexcept {
    return kind_ == Kind::Number ? integer_ : otherwise;
  }
  double number(double otherwise = 0) const noexcept { return kind_ == Kind::Number ? number_ : otherwise; }
  const std::string& text() const noexcept { return text_; }
  const std::vector<Json>& items() const noexcept { return items_; }
  const std::vector<std::pair<std::string, Json>>& members() const noexcept { return members_; }
  // The member, or null.
  const Json* find(std::string_view name) const noexcept {
    for (const auto& member : members_) {
      if (member.first == name) return &member.second;
    }
    return nullptr;
  }
  const Json& operator[](std::string_view name) const noexcept {
    static const Json kNull;
    const Json* found = find(name);
    return found ? *found : kNull;
  }

 private:
  struct Parser {
    std::string_view text;
    std::size_t at = 0;

    [[noreturn]] void fail(const char* what) const {
      throw Error(HAULIER_BAD_STATE, std::string("JSON: ") + what + " at byte " + std::to_string(at));
    }
    void skip_blanks() noexcept {
      while (at < text.size() && (text[at] == ' ' || text[at] == '\t' || text[at] == '\n' || text[at] == '\r')) ++at;
    }
    bool take(char c) noexcept {
      skip_blanks();
      if (at >= text.size() || text[at] != c) return false;
      ++at;
      return true;
    }
    void word(std::string_view w) {
      if (text.substr(at, w.size()) != w) fail("unknown word");
      at += w.size();
    }
    Json value(int depth) {
      if (depth > 64) fail("nested too deep");
      skip_blanks();
      if (at >= text.size()) fail("end of text");
      Json out;
      switch (text[at]) {
        case '{':
          object(out, depth);
          break;
        case '[':
          array(out, depth);
          break;
        case '"':
          out.kind_ = Kind::String;
          out.text_ = string();
          break;
        case 't':
          word("true");
          out.kind_ = Kind::Bool;
          out.integer_ = 1;
          break;
        case 'f':
          word("false");
          out.kind_ = Kind::Bool;
          break;
        case 'n':
          word("null");
          break;
        default:
          number(out);
      }
      return out;
    }
    void object(Json& out, int depth) {
      out.kind_ = Kind::Object;
      ++at;
      if (take('}')) return;
      do {
        skip_blanks();
        if (at >= text.size() || text[at] != '"') fail("a member name is missing");
        std::string name = string();
        if (!take(':')) fail("':' is missing");
        out.members_.emplace_back(std::move(name), value(depth + 1));
      } while (take(','));
      if (!take('}')) fail("'}' is missing");
    }
    void array(Json& out, int depth) {
      out.kind_ = Kind::Array;
      ++at;
      if (take(']')) return;
      do out.items_.push_back(value(depth + 1));
      while (take(','));
      if (!take(']')) fail("']' is missing");
    }
    void number(Json& out) {
      const std::size_t from = at;
      while (at < text.size() && std::string_view("+-0123456789.eE").find(text[at]) != std::string_view::npos) ++at;
      const std::string digits(text.substr(from, at - from));
      char* end = nullptr;
      out.number_ = std::strtod(digits.c_str(), &end);
      if (digits.empty() || *end != '\0' || !std::isfinite(out.number_)) fail("not a number");
      out.kind_ = Kind::Number;
      const bool whole = digits.find_first_of(".eE") == std::string::npos;
      out.integer_ = whole ? std::strtoll(digits.c_str(), nullptr, 10)
                           : (std::fabs(out.number_) < 9.0e18 ? static_cast<std::int64_t>(out.number_) : 0);
    }
    unsigned hex4() {
      if (at + 4 > text.size()) fail("short \\u");
      unsigned code = 0;
      for (int i = 0; i < 4; ++i) {
        const char c = text[at++];
        const int digit = c >= '0' && c <= '9'   ? c - '0'
                          : c >= 'a' && c <= 'f' ? c - 'a' + 10
                          : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                                 : -1;
        if (digit < 0) fail("bad \\u");
        code = code * 16 + static_cast<unsigned>(digit);
      }
      return code;
    }
    void append_code_point(std::string& out) {
      unsigned code = hex4();
      if (code >= 0xD800 && code < 0xDC00 && text.substr(at, 2) == "\\u") {
        at += 2;
        const unsigned low = hex4();
        if (low < 0xDC00 || low > 0xDFFF) fail("lone surrogate");
        code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
      } else if (code >= 0xD800 && code < 0xE000) {
        fail("lone surrogate");
      }
      const auto put = [&out](unsigned byte) { out.push_back(static_cast<char>(byte)); };
      if (code < 0x80) {
        put(code);
      } else if (code < 0x800) {
        put(0xC0 | (code >> 6)), put(0x80 | (code & 0x3F));
      } else if (code < 0x10000) {
        put(0xE0 | (code >> 12)), put(0x80 | ((code >> 6) & 0x3F)), put(0x80 | (code & 0x3F));
      } else {
        put(0xF0 | (code >> 18)), put(0x80 | ((code >> 12) & 0x3F)), put(0x80 | ((code >> 6) & 0x3F));
        put(0x80 | (code & 0x3F));
      }
    }
    std::string string() {
      std::string out;
      ++at;
      while (true) {
        if (at >= text.size()) fail("a string does not end");
        const char c = text[at++];
        if (c == '"') return out;
        if (c != '\\') {
          out.push_back(c);
          continue;
        }
        if (at >= text.size()) fail("a string does not end");
        const char e = text[at++];
        switch (e) {
          case 'n':
            out.push_back('\n');
            break;
          case 't':
            out.push_back('\t');
            break;
          case 'r':
            out.push_back('\r');
            break;
          case 'b':
            out.push_back('\b');
            break;
          case 'f':
            out.push_back('\f');
            break;
          case 'u':
            append_code_point(out);
            break;
          case '"':
          case '\\':
          case '/':
            out.push_back(e);
            break;
          default:
            fail("bad escape");
        }
      }
    }
  };

  Kind kind_ = Kind::Null;
  std::int64_t integer_ = 0;
  double number_ = 0;
  std::string text_;
  std::vector<Json> items_;
  std::vector<std::pair<std::string, Json>> members_;
};

// Appends `text` as a JSON string with quotes. The text must be valid UTF-8; it is not checked.
inline void append_json_string(std::string& out, std::string_view text) {
  out.push_back('"');
  std::size_t from = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c >= 0x20 && c != '"' && c != '\\') continue;
    out.append(text.data() + from, i - from);
    from = i + 1;
    switch (c) {
      case '"':
        out.append("\\\"");
        break;
      case '\\':
        out.append("\\\\");
        break;
      case '\n':
        out.append("\\n");
        break;
      case '\r':
        out.append("\\r");
        break;
      case '\t':
        out.append("\\t");
        break;
      default: {
        char escape[8];
        std::snprintf(escape, sizeof escape, "\\u%04x", c);
        out.append(escape);
      }
    }
  }
  out.append(text.data() + from, text.size() - from);
  out.push_back('"');
}

}  // namespace haulier
