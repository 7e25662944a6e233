#include "mime/tnef.hpp"

#include <algorithm>

namespace haulier::mime {

namespace {

constexpr std::size_t kMaxChildren = 500;
constexpr std::uint32_t kMaxProperties = 4096;
constexpr std::uint32_t kMaxValues = 4096;

// Attributes of MS-OXTNEF section 2.1.3.3, type in the upper half.
constexpr std::uint32_t kBody = 0x0002800C;
constexpr std::uint32_t kMessageProperties = 0x00069003;
constexpr std::uint32_t kAttachmentProperties = 0x00069005;
constexpr std::uint32_t kOemCodepage = 0x00069007;
constexpr std::uint32_t kBeginAttachment = 0x00069002;
constexpr std::uint32_t kTitle = 0x00018010;
constexpr std::uint32_t kData = 0x0006800F;

// Little-endian numbers and pieces; once something lies beyond the end, ok() is false and all that follows is empty.
class Bytes {
 public:
  explicit Bytes(std::string_view bytes) : bytes_(bytes) {}
  [[nodiscard]] bool ok() const { return ok_; }
  [[nodiscard]] bool empty() const { return at_ == bytes_.size(); }
  std::string_view take(std::size_t size) {
    if (size > bytes_.size() - at_) {
      ok_ = false;
      at_ = bytes_.size();
      return {};
    }
    at_ += size;
    return bytes_.substr(at_ - size, size);
  }
  std::uint32_t number(std::size_t size) {
    std::uint32_t value = 0;
    const std::string_view raw = take(size);
    for (std::size_t i = 0; i < raw.size(); ++i)
      value |= static_cast<std::uint32_t>(static_cast<unsigned char>(raw[i])) << (8 * i);
    return value;
  }
  void align() {
    const std::size_t rest = at_ % 4;
    if (rest != 0) take(std::min(4 - rest, bytes_.size() - at_));
  }

 private:
  std::string_view bytes_;
  std::size_t at_ = 0;
  bool ok_ = true;
};

std::string_view without_nul(std::string_view text) { return text.substr(0, text.find('\0')); }
std::string_view without_wide_nul(std::string_view text) {
  for (std::size_t i = 0; i + 1 < text.size(); i += 2) {
    if (text[i] == 0 && text[i + 1] == 0) return text.substr(0, i);
  }
  return text.substr(0, text.size() / 2 * 2);
}

// One MAPI property (MS-OXTNEF section 2.1.3.4): the first of its values.
struct Property {
  std::uint32_t id = 0;
  std::uint32_t type = 0;
  std::string_view value;
};

bool is_variable(std::uint32_t type) { return type == 0x1E || type == 0x1F || type == 0x0D || type == 0x102; }
std::size_t fixed_size(std::uint32_t type) {
  switch (type) {
    case 0x05:
    case 0x06:
    case 0x07:
    case 0x14:
    case 0x40:
      return 8;
    case 0x48:
      return 16;
    default:
      return 4;  // 16-bit numbers are padded to 32
  }
}

bool next_property(Bytes& bytes, Property& out) {
  const std::uint32_t type = bytes.number(2);
  out.id = bytes.number(2);
  out.type = type & 0x0FFF;
  out.value = {};
  if (out.id >= 0x8000) {
    bytes.take(16);
    if (bytes.number(4) == 0) {
      bytes.take(4);
    } else {
      bytes.take(bytes.number(4));
      bytes.align();
    }
  }
  const bool several = (type & 0x1000) != 0;
  const std::uint32_t count = several || is_variable(out.type) ? bytes.number(4) : 1;
  if (!bytes.ok() || count > kMaxValues) return false;
  for (std::uint32_t i = 0; i < count && bytes.ok(); ++i) {
    const std::size_t size = is_variable(out.type) ? bytes.number(4) : fixed_size(out.type);
    const std::string_view value = bytes.take(size);
    bytes.align();
    if (i == 0) out.value = value;
  }
  return bytes.ok();
}

template <class Take>
bool each_property(std::string_view data, Take&& take) {
  Bytes bytes(data);
  const std::uint32_t count = std::min(bytes.number(4), kMaxProperties);
  Property property;
  for (std::uint32_t i = 0; i < count && !bytes.empty(); ++i) {
    if (!next_property(bytes, property)) return false;
    take(property);
  }
  return true;
}

void take_child_property(const Property& property, Tnef::Child& child) {
  const bool wide = property.type == 0x1F;
  const std::string_view text = wide ? without_wide_nul(property.value) : without_nul(property.value);
  switch (property.id) {
    case 0x3707:  // PidTagAttachLongFilename
      child.name_bytes = text;
      child.name_is_utf16 = wide;
      break;
    case 0x3704:  // PidTagAttachFilename, 8.3
    case 0x3001:  // PidTagDisplayName
      if (!child.name_bytes.empty()) break;
      child.name_bytes = text;
      child.name_is_utf16 = wide;
      break;
    case 0x370E:
      if (!wide) child.media_type = text;
      break;
    case 0x3712:
      if (!wide) child.content_id = text;
      break;
    case 0x3701:
      // An embedded object begins with its interface's GUID.
      child.content = property.type == 0x0D && property.value.size() >= 16 ? property.value.substr(16) : property.value;
      break;
    default:
      break;
  }
}

void take_message_property(const Property& property, Tnef& out) {
  if (property.id == 0x1000 && (property.type == 0x1E || property.type == 0x1F)) {
    out.text_is_utf16 = property.type == 0x1F;
    out.text = out.text_is_utf16 ? without_wide_nul(property.value) : without_nul(property.value);
  }
  if (property.id == 0x1013 && property.type != 0x1F) out.html = without_nul(property.value);
}

void set_codepage(std::string_view data, Tnef& out) {
  const std::uint32_t codepage = Bytes(data).number(4);
  if (codepage >= 1250 && codepage <= 1258) out.charset = "windows-" + std::to_string(codepage);
  if (codepage == 874) out.charset = "windows-874";
  if (codepage == 932) out.charset = "shift_jis";
  if (codepage == 936) out.charset = "gb18030";
  if (codepage == 949) out.charset = "euc-kr";
  if (codepage == 950) out.charset = "big5";
  if (codepage == 65001) out.charset = "utf-8";
}

void take_attribute(std::uint32_t id, std::string_view data, Tnef& out) {
  const bool child = !out.children.empty();
  bool whole = true;
  if (id == kOemCodepage) {
    set_codepage(data, out);
  } else if (id == kBody && out.text.empty()) {
    out.text = without_nul(data);
    out.text_is_utf16 = false;
  } else if (id == kMessageProperties) {
    whole = each_property(data, [&](const Property& property) { take_message_property(property, out); });
  } else if (id == kBeginAttachment && out.children.size() < kMaxChildren) {
    out.children.emplace_back();
  } else if (id == kTitle && child && out.children.back().name_bytes.empty()) {
    out.children.back().name_bytes = without_nul(data);
  } else if (id == kData && child) {
    out.children.back().content = data;
  } else if (id == kAttachmentProperties && child) {
    whole = each_property(data, [&](const Property& property) { take_child_property(property, out.children.back()); });
  }
  if (!whole) out.damaged = true;
}

}  // namespace

bool read_tnef(std::string_view data, Tnef& out) {
  out = {};
  out.charset = "windows-1252";
  Bytes bytes(data);
  if (bytes.number(4) != 0x223E9F78) return false;
  bytes.take(2);  // the key
  while (!bytes.empty()) {
    const std::uint32_t level = bytes.number(1);
    const std::uint32_t id = bytes.number(4);
    const std::uint32_t size = bytes.number(4);
    const std::string_view value = bytes.take(size);
    if (!bytes.ok() || (level != 1 && level != 2)) {
      out.damaged = true;
      break;
    }
    take_attribute(id, value, out);
    bytes.take(2);  // a checksum that many programs get wrong
  }
  return true;
}

}  // namespace haulier::mime
