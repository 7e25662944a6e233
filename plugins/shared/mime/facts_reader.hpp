#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "mime/charsets.hpp"
#include "mime/email.hpp"
#include "mime/limits.hpp"

namespace haulier::mime {

// Fills Email::facts from the fields, parts and text that the reader has found already. Owned by one Reader.
class FactsReader {
 public:
  FactsReader(Charsets& charsets, const Limits& limits) : charsets_(charsets), limits_(limits) {}
  // With `headers_only` nothing is read of parts and text.
  void read(std::string_view message, Email& email, bool headers_only);

 private:
  void clear(MailFacts& facts);
  void read_field(const Header& header);
  void read_trust_field(const Header& header);
  void read_list_field(const Header& header);
  void read_parts();
  void read_report_part(const Part& part);
  void read_enclosed(std::uint32_t index);
  void read_calendar_part(std::uint32_t index);
  void judge();
  void count();
  [[nodiscard]] std::string part_text(const Part& part, std::string_view charset);

  Charsets& charsets_;
  const Limits& limits_;
  std::string_view message_;
  Email* email_ = nullptr;
  MailFacts* facts_ = nullptr;
  std::vector<std::string_view> ids_;
  std::string block_;
  bool failed_recipients_ = false;
  bool auto_field_ = false;
};

}  // namespace haulier::mime
