// The third part of the reader: parts that hold parts in their own way (TNEF, opaque S/MIME signatures).
#include <algorithm>

#include "mime/ascii.hpp"
#include "mime/html_text.hpp"
#include "mime/plain_text.hpp"
#include "mime/reader.hpp"
#include "mime/smime.hpp"
#include "mime/utf8.hpp"

namespace haulier::mime {

namespace {

constexpr std::size_t kMaxContainers = 20;  // opened per message
constexpr std::size_t kMaxRows = 5000;      // attachments that containers may add

bool is_tnef(const Attachment& row) {
  return row.media_type == "application/ms-tnef" || row.media_type == "application/vnd.ms-tnef" ||
         equals_ignoring_case(row.file_name, "winmail.dat");
}

bool is_cms(const Attachment& row) {
  return row.media_type == "application/pkcs7-mime" || row.media_type == "application/x-pkcs7-mime";
}

}  // namespace

// The row's content decoded, kept until the next message; nullptr when it is larger than a container may be.
std::string* Reader::unpacked(const Attachment& row) {
  std::string bytes;
  TransferDecoder decoder(row.encoding);
  bool fits = true;
  decode_body(row.encoded(message_), decoder, row.encoding, block_, [&](std::string_view piece) {
    fits = piece.size() <= limits_.container_bytes - bytes.size();
    if (fits) bytes.append(piece);
    return fits;
  });
  if (!fits) {
    email_.defects.add(DefectCode::container_limit, row.content.begin);
    return nullptr;
  }
  unpacked_.push_back(std::move(bytes));
  return &unpacked_.back();
}

void Reader::open_containers() {
  const std::size_t rows = email_.attachments.size();  // what is found inside is not opened again
  std::size_t opened = 0;
  bool signed_one = false;
  for (std::size_t i = 0; i < rows && opened < kMaxContainers; ++i) {
    const bool holds_more = is_tnef(email_.attachments[i]) || is_cms(email_.attachments[i]);
    if (holds_more && out_of_time()) return;
    if (is_tnef(email_.attachments[i])) {
      ++opened;
      open_tnef(i);
    } else if (is_cms(email_.attachments[i]) && unwraps_ && !signed_one) {
      ++opened;
      signed_one = open_signed(i);
    }
  }
}

std::string_view Reader::text_of_tnef(std::string_view bytes, bool utf16, const Tnef& tnef) {
  std::string text;
  charsets_.append(text, bytes, utf16 ? std::string_view("utf-16le") : std::string_view(tnef.charset));
  replace_nul(text);
  return email_.structure.arena.store(text);
}

bool Reader::open_tnef(std::size_t index) {
  const std::string* bytes = unpacked(email_.attachments[index]);
  Tnef tnef;
  if (bytes == nullptr || !read_tnef(*bytes, tnef)) {
    if (bytes != nullptr) email_.defects.add(DefectCode::tnef_damaged, email_.attachments[index].content.begin);
    return false;
  }
  if (tnef.damaged) email_.defects.add(DefectCode::tnef_damaged, email_.attachments[index].content.begin);
  email_.attachments[index].role = Role::tnef_container;
  const Attachment container = email_.attachments[index];
  std::size_t number = 0;
  for (const Tnef::Child& child : tnef.children) {
    if (email_.attachments.size() >= kMaxRows) break;
    add_tnef_child(container, tnef, child, ++number);
  }
  use_tnef_body(tnef);
  return true;
}

void Reader::add_tnef_child(const Attachment& container, const Tnef& tnef, const Tnef::Child& child,
                            std::size_t number) {
  Arena& arena = email_.structure.arena;
  Attachment row;
  row.path = arena.store(std::string(container.path) + ".t" + std::to_string(number));
  row.role = Role::tnef_child;
  row.file_name = row.file_name_raw = text_of_tnef(child.name_bytes, child.name_is_utf16, tnef);
  row.file_name_source = row.file_name.empty() ? FileNameSource::synthesised : FileNameSource::tnef;
  std::string type(child.media_type);
  std::transform(type.begin(), type.end(), type.begin(), to_lower);
  const bool plausible = type.size() < 256 && is_printable_ascii(type) && type.find('/') != std::string::npos;
  row.media_type = plausible ? arena.store(type) : std::string_view("application/octet-stream");
  row.file_name_safe = file_names_.make(row.file_name, row.path, row.media_type);
  if (is_printable_ascii(child.content_id)) row.content_id = arena.store(child.content_id.substr(0, 998));
  row.encoding = TransferEncoding::binary;
  row.content = container.content;
  row.bytes = child.content.data() == nullptr ? std::string_view("") : child.content;
  email_.attachments.push_back(std::move(row));
}

// Only when the mail itself has no body.
void Reader::use_tnef_body(const Tnef& tnef) {
  const std::string_view outer = trim(email_.text);
  if (!outer.empty() || email_.has_html) return;
  const auto taken = [&](std::string& target, std::string_view bytes, bool utf16) {
    target.clear();
    charsets_.append(target, bytes.substr(0, limits_.text_bytes),
                     utf16 ? std::string_view("utf-16le") : std::string_view(tnef.charset));
    use_lf(target, decoded_);
    replace_nul(target);
    target.resize(cut_utf8(target, limits_.text_bytes).size());
  };
  if (!tnef.html.empty()) {
    taken(email_.html, tnef.html, false);
    email_.has_html = true;
  }
  if (!tnef.text.empty()) {
    taken(email_.text, tnef.text, tnef.text_is_utf16);
  } else if (email_.has_html) {
    email_.text.clear();
    text_from_html(email_.html);
  } else {
    return;
  }
  email_.text_source = TextSource::tnef;
}

// Outlook and Exchange wrap a whole signed mail into one part; its text and attachments are those of the mail.
bool Reader::open_signed(std::size_t index) {
  const Attachment container = email_.attachments[index];
  const std::string* der = unpacked(container);
  if (der == nullptr) return false;
  std::string content;
  if (!unwrap_signed(*der, content)) {
    // What says that it is encrypted, or nothing, may well be so.
    if (container.role != Role::encrypted) email_.defects.add(DefectCode::smime_unreadable, container.content.begin);
    return false;
  }
  unpacked_.push_back(std::move(content));
  if (!inner_) {
    inner_ = std::make_unique<Reader>(limits_);
    inner_->unwraps_ = false;
  }
  const std::string_view bytes = unpacked_.back();
  email_.attachments[index].role = Role::signature;
  // Without smime-type it was taken for encrypted.
  if (container.role == Role::encrypted) email_.is_encrypted = false;
  email_.is_signed = true;
  take_over(inner_->read(bytes, {}, *expired_), container, bytes);
  return true;
}

void Reader::take_over(const Email& inner, const Attachment& container, std::string_view bytes) {
  email_.is_encrypted = email_.is_encrypted || inner.is_encrypted;
  email_.truncated = email_.truncated || inner.truncated;
  if (email_.text_source == TextSource::none || trim(email_.text).empty()) {
    email_.text = inner.text;
    email_.text_source = inner.text_source;
    email_.charset_declared = inner.charset_declared;
    email_.charset_used = inner.charset_used;
  } else if (email_.text.size() + inner.text.size() < limits_.text_bytes) {
    // A list has added its footer.
    email_.text = inner.text + (inner.text.ends_with('\n') ? "" : "\n") + email_.text;
  }
  if (!email_.has_html) {
    email_.html = inner.html;
    email_.has_html = inner.has_html;
  }
  for (const Attachment& part : inner.attachments) {
    if (email_.attachments.size() >= kMaxRows) break;
    Attachment row = part;
    row.path = email_.structure.arena.store(std::string(container.path) + ".s." + std::string(part.path));
    row.file_name_safe = file_names_.make(row.file_name, row.path, row.media_type);
    row.bytes = part.encoded(bytes);
    if (row.bytes.data() == nullptr) row.bytes = std::string_view("");
    row.content = container.content;
    if (row.defect) row.defect->at = container.content.begin;
    email_.attachments.push_back(std::move(row));
  }
  // Positions inside the container mean nothing outside of it; what every such part lacks is no defect.
  for (const Defect& defect : inner.defects) {
    if (defect.code != DefectCode::date_missing && defect.code != DefectCode::message_id_missing)
      email_.defects.add(defect.code, container.content.begin);
  }
}

}  // namespace haulier::mime
