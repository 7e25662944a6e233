// JSON for secrets: one object of names and scalars, whose strings go straight into wiped buffers. Poco::JSON would
// leave copies of tokens in freed strings. Used for vault records and token endpoint answers; other JSON is read with
// Poco.
#pragma once

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "secret.hpp"

namespace haulier::credentials {

struct FlatJsonError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// Read-only after parse(). Nested arrays and objects are checked and skipped (at most 16 deep, 256 members); a repeated
// name is an error, because two readers could then see two different tokens.
class FlatJson {
 public:
  [[nodiscard]] static FlatJson parse(std::string_view text);

  // nullptr when absent or not a string.
  [[nodiscard]] const Secret* secret(std::string_view name) const;
  // Empty when absent or not a string; for members that are not secret.
  [[nodiscard]] std::string text(std::string_view name) const;
  // A JSON number, or a string of digits: some token endpoints quote expires_in.
  [[nodiscard]] std::optional<std::int64_t> integer(std::string_view name) const;
  [[nodiscard]] bool flag(std::string_view name) const;

 private:
  enum class Kind { text, number, literal, nested };
  struct Member {
    std::string name;
    Kind kind = Kind::literal;
    Secret value;
  };
  friend class FlatJsonReader;
  [[nodiscard]] const Member* find(std::string_view name) const;

  std::vector<Member> members_;
};

class FlatJsonWriter {
 public:
  FlatJsonWriter& add(std::string_view name, std::string_view text);
  FlatJsonWriter& add(std::string_view name, std::int64_t number);
  // Left out when empty, so that an absent value stays absent.
  FlatJsonWriter& add_if_set(std::string_view name, std::string_view text);
  // The object, followed by spaces up to a multiple of `pad_to` bytes (0: none).
  [[nodiscard]] Secret finish(std::size_t pad_to);

 private:
  void begin(std::string_view name);
  void quote(std::string_view text);

  SecretBuilder builder_;
  bool first_ = true;
};

}  // namespace haulier::credentials
