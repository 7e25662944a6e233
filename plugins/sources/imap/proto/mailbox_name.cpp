#include "proto/mailbox_name.hpp"

#include <cstdint>
#include <optional>
#include <stdexcept>

namespace haulier::imap {
namespace {

constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,";
constexpr std::size_t kMaxOctets = 1000;

void append_utf8(std::string& out, std::uint32_t code) {
  const auto put = [&out](std::uint32_t byte) { out += static_cast<char>(static_cast<unsigned char>(byte)); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xC0 | (code >> 6));
    put(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    put(0xE0 | (code >> 12));
    put(0x80 | ((code >> 6) & 0x3F));
    put(0x80 | (code & 0x3F));
  } else {
    put(0xF0 | (code >> 18));
    put(0x80 | ((code >> 12) & 0x3F));
    put(0x80 | ((code >> 6) & 0x3F));
    put(0x80 | (code & 0x3F));
  }
}

// One code point of well-formed UTF-8 (RFC 3629); nullopt and `at` unmoved when the bytes are not.
std::optional<std::uint32_t> take_utf8(std::string_view text, std::size_t& at) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint32_t>(static_cast<unsigned char>(text[i])); };
  const std::uint32_t lead = byte(at);
  if (lead < 0x80) {
    ++at;
    return lead;
  }
  const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || at + length > text.size()) return std::nullopt;
  std::uint32_t code = lead & (0xFFU >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(at + i) & 0xC0) != 0x80) return std::nullopt;
    code = (code << 6) | (byte(at + i) & 0x3F);
  }
  constexpr std::uint32_t kSmallest[] = {0, 0, 0x80, 0x800, 0x10000};
  if (code < kSmallest[length] || code > 0x10FFFF || (code >= 0xD800 && code < 0xE000)) return std::nullopt;
  at += length;
  return code;
}

// UTF-16BE units from base64 without padding; nullopt when bits or surrogates do not come out even.
std::optional<std::string> decode_shifted(std::string_view base64) {
  std::string out;
  std::uint32_t bits = 0;
  unsigned have = 0;
  std::uint32_t high = 0;
  for (const char c : base64) {
    const auto digit = kAlphabet.find(c);
    if (digit == std::string_view::npos) return std::nullopt;
    bits = (bits << 6) | static_cast<std::uint32_t>(digit);
    have += 6;
    if (have < 16) continue;
    have -= 16;
    const std::uint32_t unit = (bits >> have) & 0xFFFF;
    bits &= (1U << have) - 1;
    if (high != 0) {
      if (unit < 0xDC00 || unit > 0xDFFF) return std::nullopt;
      append_utf8(out, 0x10000 + ((high - 0xD800) << 10) + (unit - 0xDC00));
      high = 0;
    } else if (unit >= 0xD800 && unit < 0xDC00) {
      high = unit;
    } else if ((unit >= 0xDC00 && unit < 0xE000) || unit < 0x7F) {
      // RFC 3501 section 5.1.3: ASCII is never shifted; accepting it would give two names one meaning.
      return std::nullopt;
    } else {
      append_utf8(out, unit);
    }
  }
  if (high != 0 || bits != 0 || have >= 6) return std::nullopt;
  return out;
}

std::optional<std::string> decode_modified_utf7(std::string_view raw) {
  std::string out;
  for (std::size_t at = 0; at < raw.size();) {
    if (raw[at] != '&') {
      if (static_cast<unsigned char>(raw[at]) >= 0x80) return std::nullopt;
      out += raw[at++];
      continue;
    }
    const auto end = raw.find('-', at);
    if (end == std::string_view::npos) return std::nullopt;
    const auto shifted = raw.substr(at + 1, end - at - 1);
    if (shifted.empty()) {
      out += '&';
    } else {
      const auto text = decode_shifted(shifted);
      if (!text) return std::nullopt;
      out += *text;
    }
    at = end + 1;
  }
  return out;
}

bool is_utf8(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    if (!take_utf8(text, at)) return false;
  }
  return true;
}

// All 8-bit bytes, not only the impossible ones: pairs of GBK often look like one UTF-8 character.
std::string escape_eight_bit(std::string_view raw) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string out;
  for (const char c : raw) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80) {
      out += c;
      continue;
    }
    out += "\\x";
    out += kHex[byte >> 4];
    out += kHex[byte & 15];
  }
  return out;
}

void append_shifted(std::string& out, std::u16string& units) {
  if (units.empty()) return;
  out += '&';
  std::uint32_t bits = 0;
  unsigned have = 0;
  for (const char16_t unit : units) {
    bits = (bits << 16) | unit;
    have += 16;
    while (have >= 6) {
      have -= 6;
      out += kAlphabet[(bits >> have) & 63];
    }
    bits &= (1U << have) - 1;
  }
  if (have > 0) out += kAlphabet[(bits << (6 - have)) & 63];
  out += '-';
  units.clear();
}

bool equals_inbox(std::string_view name) {
  constexpr std::string_view kInbox = "INBOX";
  if (name.size() != kInbox.size()) return false;
  for (std::size_t i = 0; i < kInbox.size(); ++i) {
    if ((static_cast<unsigned char>(name[i]) & 0xDFU) != static_cast<unsigned char>(kInbox[i])) return false;
  }
  return true;
}

}  // namespace

std::string decode_mailbox_name(std::string_view raw, NameForm form) {
  if (form == NameForm::kModifiedUtf7) {
    if (auto text = decode_modified_utf7(raw)) return *std::move(text);
  }
  return is_utf8(raw) ? std::string(raw) : escape_eight_bit(raw);
}

std::string encode_mailbox_name(std::string_view utf8) {
  std::string out;
  std::u16string units;
  for (std::size_t at = 0; at < utf8.size();) {
    const auto code = take_utf8(utf8, at);
    if (!code) {
      append_shifted(out, units);
      out += utf8[at++];
    } else if (*code >= 0x20 && *code < 0x7F) {
      append_shifted(out, units);
      out += static_cast<char>(*code);
      if (*code == '&') out += '-';
    } else if (*code < 0x10000) {
      units += static_cast<char16_t>(*code);
    } else {
      units += static_cast<char16_t>(0xD800 + ((*code - 0x10000) >> 10));
      units += static_cast<char16_t>(0xDC00 + ((*code - 0x10000) & 0x3FF));
    }
  }
  append_shifted(out, units);
  return out;
}

MailboxName::MailboxName(std::string raw, NameForm form)
    : raw_(std::move(raw)), utf8_(decode_mailbox_name(raw_, form)), form_(form) {
  if (raw_.empty() || raw_.size() > kMaxOctets ||
      raw_.find_first_of(std::string_view("\r\n\0", 3)) != std::string::npos) {
    throw std::invalid_argument("a mailbox name needs 1 to 1000 octets without CR, LF and NUL");
  }
  if (equals_inbox(utf8_)) utf8_ = "INBOX";
}

}  // namespace haulier::imap
