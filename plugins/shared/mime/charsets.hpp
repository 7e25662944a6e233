#pragma once
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "mime/charset_detection.hpp"
#include "mime/charset_labels.hpp"
#include "mime/utf8.hpp"

namespace haulier::mime {

// What a conversion did.
struct Conversion {
  std::string_view used;       // name of the encoding that was used in the end
  std::size_t invalid = 0;     // sequences that became U+FFFD
  bool unknown_label = false;  // there was a label, and nobody knows it
  bool mismatch = false;       // the label was known and is not what the bytes are
};

// Turns bytes into UTF-8. Owns the converters it has opened (opening one costs more than a small mail), so one object
// serves one thread for long. The result depends on the bytes, the label and the hint only.
class Charsets {
 public:
  Charsets();
  ~Charsets();
  Charsets(const Charsets&) = delete;
  Charsets& operator=(const Charsets&) = delete;

  // Detection by statistics is slow and bounded per message; this gives a new message its share.
  void begin_message() { detections_left_ = kDetectionsPerMessage; }

  // Appends text with a label. Order: what the label says, unless the bytes prove otherwise; strict UTF-8; detection
  // by the look of the bytes; windows-1252.
  Conversion append(std::string& out, std::string_view bytes, std::string_view label);

  // Appends bytes that carry no label, as in a raw 8-bit header: strict UTF-8, then `hint` (the label of the same
  // message's body) when it fits, then detection.
  Conversion append_unlabelled(std::string& out, std::string_view bytes, std::string_view hint);

 private:
  static constexpr int kDetectionsPerMessage = 64;
  struct Table;
  struct Converter;

  std::size_t convert(std::string& out, std::string_view bytes, const Charset& charset);
  std::size_t convert_table(std::string& out, std::string_view bytes, const Table& table);
  std::size_t convert_pairs(std::string& out, std::string_view bytes, const char* icu_name);
  std::size_t convert_icu(std::string& out, std::string_view bytes, const char* icu_name);
  std::size_t convert_iso_2022_jp(std::string& out, std::string_view bytes);
  void append_stateful(std::string& out, std::string_view bytes, const Charset& charset, Conversion& result);
  bool append_if_utf8(std::string& out, std::string_view bytes, const Charset& charset, const Utf8Check& check,
                      Conversion& result);
  void append_as_labelled(std::string& out, std::string_view bytes, const Charset& charset, Conversion& result);
  Conversion append_utf8_labelled(std::string& out, std::string_view bytes, std::size_t multibyte_chars);
  Conversion append_detected(std::string& out, std::string_view bytes);
  const Table* table(const Charset& charset);
  Converter* converter(const char* icu_name);
  const Charset& detect(std::string_view bytes);

  std::vector<std::unique_ptr<Table>> tables_;
  std::vector<std::unique_ptr<Converter>> converters_;
  CharsetDetector detector_;
  int detections_left_ = kDetectionsPerMessage;
};

}  // namespace haulier::mime
