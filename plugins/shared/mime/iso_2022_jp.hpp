#pragma once
#include <functional>
#include <string>
#include <string_view>

namespace haulier::mime {

// ISO-2022-JP as programs send it (RFC 1468, RFC 1554): JIS X 0208 with the NEC and IBM rows, half-width katakana,
// JIS X 0212, GB 2312 and KS C 5601. Undoes the escape sequences: each run of text is handed on in the encoding that
// has its characters. Shift_JIS takes JIS X 0208, because in ICU only its table has the NEC rows.
class Iso2022Jp {
 public:
  using Run = std::function<void(std::string_view bytes, const char* icu_name)>;

  explicit Iso2022Jp(Run run) : run_(std::move(run)) {}
  void convert(std::string_view bytes);

 private:
  enum class Set : unsigned char { ascii, katakana, jis_208, jis_212, gb2312, ksc5601 };

  std::size_t escape(std::string_view rest);
  void one_byte(unsigned char c);
  std::size_t row_of_208(std::string_view bytes);
  void two_bytes(unsigned char first, unsigned char second);
  void use(const char* icu_name);
  void flush();

  Run run_;
  Set set_ = Set::ascii;
  std::string bytes_;
  const char* icu_name_ = nullptr;
};

}  // namespace haulier::mime
