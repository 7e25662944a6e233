#include "mime/part_details.hpp"

#include <algorithm>

#include "mime/ascii.hpp"
#include "mime/header_fields.hpp"
#include "mime/utf8.hpp"

namespace haulier::mime {

namespace {

constexpr std::size_t kMaxIdBytes = 998;

std::string_view without_brackets(std::string_view id) {
  id = trim(id);
  if (id.starts_with("<")) id.remove_prefix(1);
  if (const std::size_t end = id.find('>'); end != std::string_view::npos) id = id.substr(0, end);
  return trim(id);
}

}  // namespace

std::string_view name_of(FileNameSource source) {
  static constexpr std::string_view kNames[] = {"synthesised", "disposition", "name", "rfc2231", "rfc2047", "tnef"};
  return kNames[static_cast<std::size_t>(source)];
}

// Bytes as one line of UTF-8; the view itself when it is one already.
std::string_view PartDetailsReader::clean(std::string_view bytes) {
  if (is_printable_ascii(bytes)) return bytes;
  scratch_.clear();
  std::string line;
  append_unfolded(line, bytes);
  charsets_.append_unlabelled(scratch_, line, hint_);
  replace_nul(scratch_);
  return arena_->store(scratch_);
}

void PartDetailsReader::take_name(const Parameters::Value& value, FileNameSource source) {
  if (!details_.file_name.empty() || !value.found || trim(value.bytes).empty()) return;
  details_.file_name_raw = clean(value.raw);
  details_.file_name_source = value.extended ? FileNameSource::rfc2231 : source;
  if (!value.extended && is_printable_ascii(value.bytes) && !has_encoded_word(value.bytes)) {
    details_.file_name = trim(value.bytes);
    return;
  }
  std::string name;
  if (!value.charset.empty())
    charsets_.append(name, value.bytes, value.charset);
  else
    name = value.bytes;
  if (has_encoded_word(name) || value.charset.empty()) {
    if (has_encoded_word(name)) details_.file_name_source = FileNameSource::rfc2047;
    std::string decoded;
    text_.append(decoded, name, part_->header.begin);
    name.swap(decoded);
  }
  replace_nul(name);
  details_.file_name = arena_->store(trim(name));
}

void PartDetailsReader::read_type() {
  type_.clear();
  if (part_->content_type.empty()) return;
  type_.parse(part_->content_type, *arena_, limits_);
  if (type_.truncated()) defects_.add(DefectCode::parameter_limit, part_->header.begin);
  if (const auto charset = type_.find("charset"); charset.found) details_.charset = clean(trim(charset.bytes));
  if (part_->media_type == "text/plain") {
    details_.flowed = equals_ignoring_case(trim(type_.find("format").bytes), "flowed");
    details_.delete_space = equals_ignoring_case(trim(type_.find("delsp").bytes), "yes");
  }
  if (part_->media_type.starts_with("application/")) details_.smime_type = clean(trim(type_.find("smime-type").bytes));
}

void PartDetailsReader::begin(const Part& part, Structure& structure, std::string_view hint) {
  part_ = &part;
  arena_ = &structure.arena;
  hint_ = hint;
  details_ = {};
  disposition_.clear();
  read_type();
}

void PartDetailsReader::field(const HeaderField& field) {
  if (!starts_with_ignoring_case(field.name, "content-")) return;
  const std::string_view name = field.name.substr(8);
  const std::string_view value = field.value.substr(0, limits_.header_bytes);
  if (equals_ignoring_case(name, "disposition") && details_.disposition.empty()) {
    std::string kind(disposition_.parse(value, *arena_, limits_));
    kind.resize(std::min(kind.find_first_of(" \t("), kind.size()));
    std::transform(kind.begin(), kind.end(), kind.begin(), to_lower);
    details_.disposition = kind == "inline"       ? "inline"
                           : kind == "attachment" ? "attachment"
                                                  : clean(arena_->store(kind));
  } else if (equals_ignoring_case(name, "id") && details_.content_id.empty()) {
    details_.content_id = cut_utf8(clean(without_brackets(value)), kMaxIdBytes);
  } else if (equals_ignoring_case(name, "location") && details_.content_location.empty()) {
    details_.content_location = cut_utf8(clean(value), kMaxIdBytes);
  } else if (equals_ignoring_case(name, "language") && details_.language.empty()) {
    details_.language = cut_utf8(clean(value), kMaxIdBytes);
  }
}

PartDetails PartDetailsReader::end() {
  take_name(disposition_.find("filename"), FileNameSource::disposition);
  take_name(type_.find("name"), FileNameSource::name);
  take_name(disposition_.find("name"), FileNameSource::disposition);
  return details_;
}

PartDetails PartDetailsReader::read(std::string_view message, const Part& part, Structure& structure,
                                    std::string_view hint) {
  begin(part, structure, hint);
  PartFields fields(message, structure, part, limits_);
  HeaderField next;
  for (std::size_t count = 0; count < limits_.header_count && fields.next(next); ++count) field(next);
  return end();
}

}  // namespace haulier::mime
