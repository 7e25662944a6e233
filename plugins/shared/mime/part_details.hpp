#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "mime/header_fields.hpp"
#include "mime/header_text.hpp"
#include "mime/parameters.hpp"
#include "mime/part.hpp"
#include "mime/scan.hpp"

namespace haulier::mime {

enum class FileNameSource : std::uint8_t { synthesised, disposition, name, rfc2231, rfc2047, tnef };
[[nodiscard]] std::string_view name_of(FileNameSource source);

// What the header of a part says beyond its structure. All strings are valid UTF-8 without NUL; they live in the
// message or in the structure's arena.
struct PartDetails {
  std::string_view disposition;    // lower case: inline, attachment, ...; empty when missing
  std::string_view charset;        // as declared
  std::string_view file_name;      // decoded
  std::string_view file_name_raw;  // as written
  FileNameSource file_name_source = FileNameSource::synthesised;
  std::string_view content_id;  // without brackets
  std::string_view content_location;
  std::string_view language;
  std::string_view smime_type;  // lower case
  bool flowed = false;          // RFC 3676
  bool delete_space = false;
};

class PartDetailsReader {
 public:
  PartDetailsReader(HeaderText& text, Charsets& charsets, const Limits& limits, DefectList& defects)
      : text_(text), charsets_(charsets), limits_(limits), defects_(defects) {}

  [[nodiscard]] PartDetails read(std::string_view message, const Part& part, Structure& structure,
                                 std::string_view hint);
  // The same in steps, for a header whose fields somebody else goes through anyway: begin, each field, end.
  void begin(const Part& part, Structure& structure, std::string_view hint);
  void field(const HeaderField& field);
  [[nodiscard]] PartDetails end();

 private:
  void read_type();
  void take_name(const Parameters::Value& value, FileNameSource source);
  [[nodiscard]] std::string_view clean(std::string_view bytes);

  HeaderText& text_;
  Charsets& charsets_;
  const Limits& limits_;
  DefectList& defects_;
  const Part* part_ = nullptr;
  Arena* arena_ = nullptr;
  std::string_view hint_;
  PartDetails details_;
  Parameters type_;
  Parameters disposition_;
  std::string scratch_;
};

}  // namespace haulier::mime
