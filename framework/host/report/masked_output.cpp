#include "report/masked_output.hpp"

namespace haulier::host {

namespace {

// A line longer than this is passed on in pieces...
constexpr std::size_t kMaxLine = 1 << 20;
// ...whose ends stay here until more comes: a secret of up to this size is found across two pieces.
constexpr std::size_t kOverlap = 64 * 1024;

}  // namespace

MaskedOutput::~MaskedOutput() { pass_on(waiting_.size(), 0); }

bool MaskedOutput::pass_on(std::size_t end, std::size_t keep) {
  std::string text = waiting_.substr(0, end);
  waiting_.erase(0, end);
  if (redact_) text = redact_(text);
  if (keep != 0 && text.size() > keep) {
    // Masked already, but its end may be the beginning of a secret.
    waiting_.insert(0, text, text.size() - keep, keep);
    text.resize(text.size() - keep);
  }
  out_.write(text.data(), static_cast<std::streamsize>(text.size()));
  return out_.good();
}

MaskedOutput::int_type MaskedOutput::overflow(int_type byte) {
  if (traits_type::eq_int_type(byte, traits_type::eof())) return traits_type::not_eof(byte);
  const char character = traits_type::to_char_type(byte);
  return xsputn(&character, 1) == 1 ? byte : traits_type::eof();
}

std::streamsize MaskedOutput::xsputn(const char* text, std::streamsize size) {
  waiting_.append(text, static_cast<std::size_t>(size));
  const std::size_t line_end = waiting_.rfind('\n');
  bool good = true;
  if (line_end != std::string::npos) good = pass_on(line_end + 1, 0);
  if (good && waiting_.size() > kMaxLine) good = pass_on(waiting_.size(), kOverlap);
  return good ? size : 0;
}

int MaskedOutput::sync() {
  const bool good = pass_on(waiting_.size(), 0);
  out_.flush();
  return good && out_.good() ? 0 : -1;
}

}  // namespace haulier::host
