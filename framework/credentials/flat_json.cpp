#include "flat_json.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include "bytes.hpp"

namespace haulier::credentials {
namespace {
constexpr std::size_t kMaxDepth = 16;
constexpr std::size_t kMaxMembers = 256;
}  // namespace

// RFC 8259 grammar over one buffer; lives only inside parse().
class FlatJsonReader {
 public:
  explicit FlatJsonReader(std::string_view text) : text_(text) {}

  void read(FlatJson& object) {
    expect('{');
    if (!accept('}')) {
      do {
        FlatJson::Member member;
        member.name = std::string(string().reveal());
        expect(':');
        read_value(member);
        if (object.find(member.name) != nullptr) fail("a name is repeated");
        if (object.members_.size() == kMaxMembers) fail("too many members");
        object.members_.push_back(std::move(member));
      } while (accept(','));
      expect('}');
    }
    skip_space();
    if (at_ != text_.size()) fail("something follows the object");
  }

 private:
  [[noreturn]] void fail(const char* why) const {
    throw FlatJsonError(std::string("not valid JSON: ") + why + " at byte " + std::to_string(at_));
  }
  void skip_space() {
    while (at_ < text_.size() && std::string_view(" \t\r\n").find(text_[at_]) != std::string_view::npos) ++at_;
  }
  [[nodiscard]] char peek() {
    skip_space();
    return at_ < text_.size() ? text_[at_] : '\0';
  }
  bool accept(char wanted) {
    if (peek() != wanted) return false;
    ++at_;
    return true;
  }
  void expect(char wanted) {
    if (!accept(wanted)) fail("unexpected character");
  }

  void read_value(FlatJson::Member& member) {
    const char first = peek();
    if (first == '"') {
      member.kind = FlatJson::Kind::text;
      member.value = string();
    } else if (first == '{' || first == '[') {
      member.kind = FlatJson::Kind::nested;
      skip_nested(0);
    } else {
      member.kind = first == '-' || (first >= '0' && first <= '9') ? FlatJson::Kind::number : FlatJson::Kind::literal;
      member.value = Secret(bare_word());
      const std::string_view word = member.value.reveal();
      if (member.kind == FlatJson::Kind::literal && word != "true" && word != "false" && word != "null") {
        fail("unknown word");
      }
    }
  }

  std::string_view bare_word() {
    const std::size_t start = at_;
    while (at_ < text_.size() && std::string_view(",]} \t\r\n").find(text_[at_]) == std::string_view::npos) ++at_;
    if (at_ == start) fail("a value is missing");
    return text_.substr(start, at_ - start);
  }

  void skip_nested(std::size_t depth) {
    if (depth == kMaxDepth) fail("nested too deep");
    const bool object = accept('{');
    const char end = object ? '}' : ']';
    if (!object) expect('[');
    if (accept(end)) return;
    do {
      if (object) {
        if (peek() != '"') fail("a name is missing");
        static_cast<void>(string());
        expect(':');
      }
      const char first = peek();
      if (first == '"') {
        static_cast<void>(string());
      } else if (first == '{' || first == '[') {
        skip_nested(depth + 1);
      } else {
        static_cast<void>(bare_word());
      }
    } while (accept(','));
    expect(end);
  }

  Secret string() {
    expect('"');
    SecretBuilder builder;
    for (;;) {
      if (at_ == text_.size()) fail("a string is not closed");
      const char byte = text_[at_++];
      if (byte == '"') break;
      if (static_cast<unsigned char>(byte) < 0x20) fail("a control character in a string");
      if (byte == '\\') {
        escape(builder);
      } else {
        builder.append(byte);
      }
    }
    Secret value = builder.finish();
    if (!is_valid_utf8(value.reveal())) fail("a string is not UTF-8");
    return value;
  }

  void escape(SecretBuilder& builder) {
    static constexpr std::string_view kNames = "\"\\/bfnrt";
    static constexpr std::string_view kValues = "\"\\/\b\f\n\r\t";
    const char name = at_ < text_.size() ? text_[at_++] : '\0';
    if (name == 'u') return unicode(builder);
    const std::size_t index = name == '\0' ? std::string_view::npos : kNames.find(name);
    if (index == std::string_view::npos) fail("unknown escape");
    builder.append(kValues[index]);
  }

  std::uint32_t four_digits() {
    if (text_.size() - at_ < 4) fail("a cut escape");
    std::uint32_t unit = 0;
    const char* end = text_.data() + at_ + 4;
    const auto [stopped, error] = std::from_chars(text_.data() + at_, end, unit, 16);
    if (error != std::errc() || stopped != end) fail("a damaged escape");
    at_ += 4;
    return unit;
  }

  void unicode(SecretBuilder& builder) {
    std::uint32_t point = four_digits();
    if (point >= 0xD800 && point < 0xDC00) {
      if (text_.substr(at_, 2) != "\\u") fail("half a surrogate pair");
      at_ += 2;
      const std::uint32_t low = four_digits();
      if (low < 0xDC00 || low > 0xDFFF) fail("half a surrogate pair");
      point = 0x10000 + ((point - 0xD800) << 10U) + (low - 0xDC00);
    }
    const auto put = [&](std::uint32_t byte) { builder.append(static_cast<char>(byte)); };
    if (point < 0x80) {
      put(point);
    } else if (point < 0x800) {
      put(0xC0U | (point >> 6U));
      put(0x80U | (point & 63U));
    } else if (point < 0x10000) {
      put(0xE0U | (point >> 12U));
      put(0x80U | ((point >> 6U) & 63U));
      put(0x80U | (point & 63U));
    } else {
      put(0xF0U | (point >> 18U));
      put(0x80U | ((point >> 12U) & 63U));
      put(0x80U | ((point >> 6U) & 63U));
      put(0x80U | (point & 63U));
    }
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

FlatJson FlatJson::parse(std::string_view text) {
  FlatJson object;
  FlatJsonReader(text).read(object);
  return object;
}

const FlatJson::Member* FlatJson::find(std::string_view name) const {
  const auto found = std::find_if(members_.begin(), members_.end(), [&](const Member& m) { return m.name == name; });
  return found == members_.end() ? nullptr : &*found;
}

const Secret* FlatJson::secret(std::string_view name) const {
  const Member* member = find(name);
  return member != nullptr && member->kind == Kind::text ? &member->value : nullptr;
}

std::string FlatJson::text(std::string_view name) const {
  const Secret* value = secret(name);
  return value == nullptr ? std::string() : std::string(value->reveal());
}

std::optional<std::int64_t> FlatJson::integer(std::string_view name) const {
  const Member* member = find(name);
  if (member == nullptr || (member->kind != Kind::number && member->kind != Kind::text)) return std::nullopt;
  const std::string_view digits = member->value.reveal();
  std::int64_t number = 0;
  const auto [stopped, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc()) return std::nullopt;
  // A fraction is cut off (3599.5 lives 3599 s); any other rest is no number.
  if (stopped != digits.data() + digits.size() && *stopped != '.') return std::nullopt;
  return number;
}

bool FlatJson::flag(std::string_view name) const {
  const Member* member = find(name);
  return member != nullptr && member->kind == Kind::literal && member->value.reveal() == "true";
}

void FlatJsonWriter::begin(std::string_view name) {
  builder_.append(first_ ? "{" : ",");
  first_ = false;
  quote(name);
  builder_.append(':');
}

void FlatJsonWriter::quote(std::string_view text) {
  static constexpr char kHex[] = "0123456789abcdef";
  builder_.append('"');
  for (const char byte : text) {
    const auto value = static_cast<unsigned char>(byte);
    if (byte == '"' || byte == '\\') {
      builder_.append('\\').append(byte);
    } else if (value < 0x20) {
      builder_.append("\\u00").append(kHex[value >> 4U]).append(kHex[value & 15U]);
    } else {
      builder_.append(byte);
    }
  }
  builder_.append('"');
}

FlatJsonWriter& FlatJsonWriter::add(std::string_view name, std::string_view text) {
  begin(name);
  quote(text);
  return *this;
}

FlatJsonWriter& FlatJsonWriter::add(std::string_view name, std::int64_t number) {
  begin(name);
  builder_.append(std::to_string(number));
  return *this;
}

FlatJsonWriter& FlatJsonWriter::add_if_set(std::string_view name, std::string_view text) {
  return text.empty() ? *this : add(name, text);
}

Secret FlatJsonWriter::finish(std::size_t pad_to) {
  builder_.append(first_ ? "{}" : "}");
  while (pad_to != 0 && builder_.size() % pad_to != 0) builder_.append(' ');
  return builder_.finish();
}

}  // namespace haulier::credentials
