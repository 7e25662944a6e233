#pragma once
#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace haulier::mime {

// Appends JSON (RFC 8259) to a string; the commas are its own business. Strings are valid UTF-8 already. While a value
// is open the string is longer than what is written, because it is written into without asking for room byte by byte;
// whenever no object and no array is open it ends where the JSON ends.
class JsonText {
 public:
  explicit JsonText(std::string& out) : out_(out), size_(out.size()) {}
  ~JsonText() { out_.resize(size_); }
  JsonText(const JsonText&) = delete;
  JsonText& operator=(const JsonText&) = delete;

  JsonText& begin_object() { return open('{'); }
  JsonText& end_object() { return close('}'); }
  JsonText& begin_array() { return open('['); }
  JsonText& end_array() { return close(']'); }
  JsonText& key(std::string_view name) {
    char* to = begin_value(name.size() + 3);
    *to++ = '"';
    to = put(to, name);
    *to++ = '"';
    *to++ = ':';
    written(to);
    first_ = true;
    return *this;
  }
  JsonText& string(std::string_view text);
  JsonText& number(std::int64_t value) {
    char* to = begin_value(kLongestNumber);
    return end_value(std::to_chars(to, to + kLongestNumber, value).ptr);
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
  static constexpr std::size_t kLongestNumber = 24;

  // Room for `bytes` more; where they go.
  char* room(std::size_t bytes) {
    if (out_.size() - size_ < bytes) grow(bytes);
    return out_.data() + size_;
  }
  void grow(std::size_t bytes);
  JsonText& long_string(std::string_view text);
  void written(const char* end) { size_ = static_cast<std::size_t>(end - out_.data()); }
  static char* put(char* to, std::string_view text) {
    if (!text.empty()) std::memcpy(to, text.data(), text.size());
    return to + text.size();
  }
  // Writes the comma; then there is room for `bytes`.
  char* begin_value(std::size_t bytes) {
    char* to = room(bytes + 1);
    *to = ',';
    to += first_ ? 0 : 1;
    first_ = false;
    return to;
  }
  JsonText& end_value(const char* end) {
    written(end);
    if (depth_ == 0) out_.resize(size_);
    return *this;
  }
  JsonText& open(char c) {
    char* to = begin_value(1);
    *to = c;
    written(to + 1);
    ++depth_;
    first_ = true;
    return *this;
  }
  JsonText& close(char c) {
    char* to = room(1);
    *to = c;
    --depth_;
    first_ = false;
    return end_value(to + 1);
  }
  JsonText& word(std::string_view text) {
    char* to = begin_value(text.size());
    return end_value(put(to, text));
  }

  std::string& out_;
  std::size_t size_;       // of what is written
  std::size_t depth_ = 0;  // open objects and arrays
  bool first_ = true;
};

}  // namespace haulier::mime
