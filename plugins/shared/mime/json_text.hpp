#pragma once
#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>

namespace haulier::mime {

// Appends JSON (RFC 8259) to a string; the commas are its own business. Strings are valid UTF-8 already.
class JsonText {
 public:
  explicit JsonText(std::string& out) : out_(out) {}

  JsonText& begin_object() { return open('{'); }
  JsonText& end_object() { return close('}'); }
  JsonText& begin_array() { return open('['); }
  JsonText& end_array() { return close(']'); }
  JsonText& key(std::string_view name) {
    comma();
    out_.push_back('"');
    out_.append(name);
    out_.append("\":");
    first_ = true;
    return *this;
  }
  JsonText& string(std::string_view text);
  JsonText& number(std::int64_t value) {
    comma();
    char digits[24];
    out_.append(digits, std::to_chars(digits, digits + sizeof digits, value).ptr);
    return *this;
  }
  JsonText& boolean(bool value) { return word(value ? "true" : "false"); }
  JsonText& null() { return word("null"); }
  JsonText& member(std::string_view name, std::string_view text) { return key(name).string(text); }
  JsonText& member(std::string_view name, std::int64_t value) { return key(name).number(value); }
  // Nothing at all when the text is empty.
  JsonText& optional_member(std::string_view name, std::string_view text) {
    return text.empty() ? *this : member(name, text);
  }

 private:
  void comma() {
    if (!first_) out_.push_back(',');
    first_ = false;
  }
  JsonText& open(char c) {
    comma();
    out_.push_back(c);
    first_ = true;
    return *this;
  }
  JsonText& close(char c) {
    out_.push_back(c);
    first_ = false;
    return *this;
  }
  JsonText& word(std::string_view text) {
    comma();
    out_.append(text);
    return *this;
  }

  std::string& out_;
  bool first_ = true;
};

}  // namespace haulier::mime
