#include "mime/scan.hpp"

#include <algorithm>
#include <charconv>

#include "mime/ascii.hpp"
#include "mime/byte_scan.hpp"
#include "mime/header_fields.hpp"

namespace haulier::mime {

namespace {

constexpr std::size_t kStep = 1u << 20;          // between two calls of progress
constexpr std::size_t kMaxFields = 1u << 16;     // kept of one message; the others are read once more
constexpr std::size_t kGuessWindow = 16u << 10;  // how far a boundary that no header names is looked for

constexpr ByteSet kTypeEnd(";(, \t\r\n");  // of a Content-Type without its parameters
constexpr ByteSet kValueEnd(";(");

// An open multipart: parts end where its boundary, or one of an enclosing multipart, stands on a line.
struct Frame {
  std::string_view boundary;
  std::uint32_t part;
  bool seen = false;
  bool closed = false;
};

struct HeaderValues {
  std::string_view content_type;
  std::string_view encoding;
};

bool is_message_type(std::string_view media_type) {
  return media_type == "message/rfc822" || media_type == "message/global" || media_type == "message/rfc2822";
}

// Names that a first line may have although the line before it is junk; anything else is taken for body text.
bool is_usual_field(std::string_view name) {
  static constexpr std::string_view kUsual[] = {"from",        "to",         "subject",      "date",
                                                "received",    "sender",     "mime-version", "cc",
                                                "return-path", "message-id", "content-type", "delivered-to"};
  if (starts_with_ignoring_case(name, "x-")) return true;
  return std::any_of(std::begin(kUsual), std::end(kUsual),
                     [&](std::string_view usual) { return equals_ignoring_case(name, usual); });
}

TransferEncoding encoding_of(std::string_view value) {
  value = trim(value.substr(0, kValueEnd.find_in(value)));
  if (value.size() >= 2 && value.front() == '"' && value.back() == '"') value = trim(value.substr(1, value.size() - 2));
  const auto is = [&](std::string_view name) { return equals_ignoring_case(value, name); };
  if (value.empty() || is("7bit") || is("7-bit") || is("7 bit")) return TransferEncoding::bits7;
  if (is("8bit") || is("8-bit") || is("8 bit")) return TransferEncoding::bits8;
  if (is("binary")) return TransferEncoding::binary;
  if (is("base64") || is("base-64") || is("b")) return TransferEncoding::base64;
  if (is("quoted-printable") || is("quoted printable") || is("q")) return TransferEncoding::quoted_printable;
  if (is("x-uuencode") || is("uuencode") || is("x-uue") || is("uue")) return TransferEncoding::uuencode;
  if (is("x-yenc") || is("yenc")) return TransferEncoding::yenc;
  return TransferEncoding::unknown;
}

class Scanner {
 public:
  Scanner(std::string_view message, const Limits& limits, Structure& structure, DefectList& defects,
          const Progress& progress)
      : text_(message), limits_(limits), out_(structure), defects_(defects), progress_(progress) {}

  void run() {
    choose_line_end();
    std::size_t at = skip_envelope();
    at = open_part(Part::kNone, at);
    at = read_bodies(at);
    close_until(Part::kNone, text_.size());
    while (!frames_.empty()) pop_frame(text_.size());
    number_parts();
    if (progress_) progress_(text_.size());
  }

 private:
  void choose_line_end() {
    const std::string_view head = text_.substr(0, kStep);
    if (head.find('\n') == std::string_view::npos && head.find('\r') != std::string_view::npos) {
      out_.line_end = '\r';
      defects_.add(DefectCode::bare_cr_line_ends, head.find('\r'));
    }
  }

  void report(std::size_t at) {
    if (!progress_ || at < reported_ + kStep) return;
    progress_(at);
    reported_ = at;
  }

  // Like line_at, but reports while it looks through a line of many megabytes.
  Line line(std::size_t begin) {
    std::size_t from = begin;
    for (;;) {
      const std::size_t window = std::min(kStep, text_.size() - from);
      const std::size_t at = find_near(text_.substr(0, from + window), out_.line_end, from);
      if (at != from + window) {
        const bool crlf = out_.line_end == '\n' && at > begin && text_[at - 1] == '\r';
        return {begin, crlf ? at - 1 : at, at + 1};
      }
      from += window;
      if (from == text_.size()) return {begin, from, from};
      report(from);
    }
  }

  // What stands before the first header: the mbox separator and empty lines of careless programs.
  std::size_t skip_envelope() {
    std::size_t at = 0;
    if (text_.starts_with("\xEF\xBB\xBF")) at = 3;
    std::size_t blank = at;
    while (blank < text_.size() && blank < at + 64 && (text_[blank] == '\r' || text_[blank] == '\n')) ++blank;
    if (blank != at && blank < text_.size() && is_usual_field_line(blank)) {
      defects_.add(DefectCode::leading_blank_lines, at);
      at = blank;
    }
    const std::string_view rest = text_.substr(at);
    if (rest.starts_with("From ") || rest.starts_with(">From ")) {
      defects_.add(DefectCode::mbox_from_line, at);
      at = line(at).next;
    }
    return at;
  }

  bool is_usual_field_line(std::size_t at) {
    const Line here = line(at);
    const FieldName name = field_name_of(here.in(text_));
    return name.name_bytes != 0 && is_usual_field(text_.substr(at, name.name_bytes));
  }

  // The frame whose boundary stands on this line, from the innermost out; frames_.size() when none does.
  // RFC 2046 section 5.1.1: delimiter := "--" boundary *LWSP; close-delimiter := delimiter "--".
  std::size_t find_frame(const Line& here, bool& closes) const {
    std::string_view rest = here.in(text_).substr(2);
    while (!rest.empty() && is_space(rest.back())) rest.remove_suffix(1);
    for (std::size_t i = frames_.size(); i-- > 0;) {
      const std::string_view boundary = frames_[i].boundary;
      if (rest.size() == boundary.size() && rest == boundary) {
        closes = false;
        return i;
      }
      if (rest.size() == boundary.size() + 2 && rest.starts_with(boundary) && rest.ends_with("--")) {
        closes = true;
        return i;
      }
    }
    return frames_.size();
  }

  bool is_delimiter(const Line& here) const {
    if (frames_.empty() || here.end - here.begin < 2 || !text_.substr(here.begin).starts_with("--")) return false;
    bool closes = false;
    return find_frame(here, closes) != frames_.size();
  }

  // Where the part before a delimiter ends: the line end before the delimiter belongs to the delimiter.
  std::size_t before_line_end(std::size_t at) const {
    if (at == 0) return at;
    if (text_[at - 1] == out_.line_end) --at;
    if (out_.line_end == '\n' && at > 0 && text_[at - 1] == '\r') --at;
    return at;
  }

  // Ends every part from the current one up to, not including, `ancestor`.
  void close_until(std::uint32_t ancestor, std::size_t end) {
    for (std::uint32_t i = current_; i != ancestor; i = out_.parts[i].parent) {
      Range& body = out_.parts[i].body;
      body.end = std::max<std::uint64_t>(body.begin, end);
    }
    current_ = ancestor;
  }

  void pop_frame(std::size_t end) {
    const Frame frame = frames_.back();
    frames_.pop_back();
    if (frame.closed) return;
    const Part& part = out_.parts[frame.part];
    if (frame.seen) {
      defects_.add(DefectCode::boundary_unclosed, part.header.begin);
      return;
    }
    defects_.add(DefectCode::boundary_not_found, part.header.begin);
    add_whole_body(frame.part, end);
  }

  // A multipart without a part in it: what is there up to `end` becomes the text that a person would see.
  void add_whole_body(std::uint32_t index, std::size_t end) {
    const Part part = out_.parts[index];
    Part child;
    child.parent = index;
    child.ordinal = 1;
    child.depth = part.depth + 1;
    child.message_depth = part.message_depth;
    child.header = {part.body.begin, part.body.begin};
    child.fields_end = part.body.begin;
    child.body = {part.body.begin, std::max<std::uint64_t>(part.body.begin, end)};
    child.media_type = "text/plain";
    child.encoding = part.encoding;
    out_.parts[index].children = 1;
    out_.parts.push_back(child);
  }

  // The line at `at` is no field and no fold. True when it is junk among fields, false when the body begins with it.
  bool is_junk_line(const Line& here, bool first) {
    if (here.next >= text_.size()) return false;
    Line after = line(here.next);
    constexpr int kFolds = 8;  // of a field that the junk cut in two
    for (int fold = 0; fold < kFolds && !first && after.next < text_.size() && is_fold(after.begin); ++fold) {
      after = line(after.next);
    }
    if (after.begin == after.end) return !first;
    const FieldName name = field_name_of(after.in(text_));
    if (name.name_bytes == 0) return !first && usual_field_soon(after);
    return !first || is_usual_field(text_.substr(after.begin, name.name_bytes));
  }

  // Several lines that lost their fold: the header goes on when a usual field follows before any empty line.
  bool usual_field_soon(Line here) {
    constexpr int kJunkLines = 8;
    for (int i = 0; i < kJunkLines && here.next < text_.size(); ++i) {
      here = line(here.next);
      if (here.begin == here.end) return false;
      if (is_usual_field_line(here.begin)) return true;
    }
    return false;
  }

  void take_value(std::string_view name, std::size_t begin, std::size_t end, std::size_t at, HeaderValues& values) {
    const std::string_view value = trim(text_.substr(begin, std::min(end - begin, limits_.header_bytes)));
    std::string_view* target = nullptr;
    if (equals_ignoring_case(name, "content-type")) target = &values.content_type;
    if (equals_ignoring_case(name, "content-transfer-encoding")) target = &values.encoding;
    if (target == nullptr) return;
    if (target->data() != nullptr) {
      defects_.add(DefectCode::duplicate_header, at);
      return;
    }
    *target = value;
  }

  // The field at `at` whose value ends at `end`, before the line at `next`.
  void keep_field(Part& part, std::size_t at, const FieldName& name, std::size_t end, std::size_t next) {
    if (part.message_depth != 0 || part.fields_end != at || out_.fields.size() >= kMaxFields) return;
    const std::size_t value = at + name.value_at;
    out_.fields.push_back({text_.substr(at, name.name_bytes), trim(text_.substr(value, end - value))});
    ++part.fields;
    part.fields_end = next;
  }

  // Reads the header block at `at`; sets header and body.begin of `part`; returns where the body begins.
  std::size_t read_header(Part& part, std::size_t at, HeaderValues& values) {
    part.header = {at, at};
    part.first_field = static_cast<std::uint32_t>(out_.fields.size());
    part.fields_end = at;
    bool first = true;
    while (at < text_.size()) {
      Line here = line(at);
      if (here.begin == here.end) {
        part.header.end = at;
        return here.next;
      }
      if (is_delimiter(here)) break;
      const FieldName name = field_name_of(here.in(text_));
      if (name.name_bytes == 0 && !(is_fold(at) && !first)) {
        const bool junk = is_junk_line(here, first);
        defects_.add(junk    ? DefectCode::malformed_header
                     : first ? DefectCode::no_headers
                             : DefectCode::missing_header_separator,
                     at);
        if (!junk) break;
      }
      std::size_t end = here.end;
      while (here.next < text_.size() && is_fold(here.next)) {
        here = line(here.next);
        end = here.end;
      }
      if (name.name_bytes != 0) {
        if (text_[at + name.value_at - 2] == ' ') defects_.add(DefectCode::space_before_colon, at);
        if (text_[at] == 'C' || text_[at] == 'c') {
          take_value(text_.substr(at, name.name_bytes), at + name.value_at, end, at, values);
        }
        keep_field(part, at, name, end, here.next);
      }
      first = false;
      at = here.next;
      report(at);
    }
    part.header.end = at;
    return at;
  }

  bool is_fold(std::size_t at) const { return text_[at] == ' ' || text_[at] == '\t'; }

  std::string_view media_type_of(std::string_view value, const Part& part) {
    const bool digest = part.parent != Part::kNone && out_.parts[part.parent].media_type == "multipart/digest";
    const std::string_view fallback = digest ? "message/rfc822" : "text/plain";
    if (value.empty()) return fallback;
    std::string_view type = trim(value.substr(0, kTypeEnd.find_in(value)));
    const std::size_t slash = type.find('/');
    if (type.empty() || type.size() > 255 || slash == 0 || slash == std::string_view::npos ||
        slash + 1 == type.size()) {
      defects_.add(DefectCode::invalid_content_type, part.header.begin);
      if (equals_ignoring_case(type.substr(0, slash), "multipart")) return "multipart/mixed";
      return type.empty() || equals_ignoring_case(type.substr(0, slash), "text") ? "text/plain"
                                                                                 : "application/octet-stream";
    }
    char* lower = out_.arena.allocate(type.size());
    // What is not ASCII has no business in a type; replaced, so that the name is valid UTF-8 everywhere.
    std::transform(type.begin(), type.end(), lower, [](char c) { return c > ' ' && c < 0x7F ? to_lower(c) : '?'; });
    return {lower, type.size()};
  }

  // A multipart whose header names no boundary: the first line `--x` that is followed by a MIME header field.
  std::string_view guess_boundary(std::size_t at) {
    const std::size_t stop = std::min(text_.size(), at + kGuessWindow);
    const std::string_view window = text_.substr(0, stop);
    while (at < stop) {
      const Line here = line_at(window, at, out_.line_end);
      const std::string_view content = here.in(window);
      if (content.size() > 3 && content.starts_with("--") && content.size() <= limits_.boundary_bytes + 2 &&
          starts_with_ignoring_case(window.substr(here.next), "content-")) {
        return trim(content.substr(2));
      }
      at = here.next;
    }
    return {};
  }

  std::string_view boundary_of(const Part& part, std::size_t body) {
    parameters_.parse(part.content_type, out_.arena, limits_);
    if (parameters_.truncated()) defects_.add(DefectCode::parameter_limit, part.header.begin);
    std::string_view boundary = parameters_.find("boundary").bytes;
    while (!boundary.empty() && is_space(boundary.back())) boundary.remove_suffix(1);
    if (boundary.empty()) {
      defects_.add(DefectCode::missing_boundary, part.header.begin);
      return guess_boundary(body);
    }
    if (boundary.size() > 70) defects_.add(DefectCode::boundary_too_long, part.header.begin);
    return boundary.size() > limits_.boundary_bytes ? std::string_view() : boundary;
  }

  // Makes a part whose header begins at `at`, and the parts nested directly inside (a message in a message in ...).
  // Returns where to go on; current_ is the innermost part made.
  std::size_t open_part(std::uint32_t parent, std::size_t at) {
    for (;;) {
      const auto index = static_cast<std::uint32_t>(out_.parts.size());
      Part part;
      part.parent = parent;
      if (parent != Part::kNone) {
        Part& above = out_.parts[parent];
        part.ordinal = ++above.children;
        part.depth = above.depth + 1;
        part.message_depth = above.message_depth + (above.kind == PartKind::message ? 1 : 0);
      } else {
        part.ordinal = 1;
      }
      HeaderValues values;
      at = read_header(part, at, values);
      part.body = {at, at};
      part.content_type = values.content_type;
      part.media_type = media_type_of(values.content_type, part);
      part.encoding = encoding_of(values.encoding);
      if (part.encoding == TransferEncoding::unknown) defects_.add(DefectCode::unknown_encoding, part.header.begin);
      const bool last = index + 1 >= limits_.parts;
      const bool descend = !last && open_container(part, index, at);
      out_.parts.push_back(part);
      current_ = index;
      if (!descend) return at;
      parent = index;
    }
  }

  // Decides what `part` is. True when a nested message begins right at its body.
  bool open_container(Part& part, std::uint32_t index, std::size_t body) {
    if (part.media_type.starts_with("multipart/")) {
      if (frames_.size() >= limits_.multipart_depth) {
        defects_.add(DefectCode::depth_limit, part.header.begin);
        return false;
      }
      if (!is_identity(part.encoding)) {
        defects_.add(DefectCode::multipart_encoding, part.header.begin);
      }
      part.kind = PartKind::multipart;
      frames_.push_back({boundary_of(part, body), index});
      return false;
    }
    if (!is_message_type(part.media_type)) return false;
    if (!is_identity(part.encoding)) {
      defects_.add(DefectCode::encoded_message, part.header.begin);
      return false;
    }
    if (part.message_depth >= limits_.nested_messages) {
      defects_.add(DefectCode::nested_message_limit, part.header.begin);
      return false;
    }
    part.kind = PartKind::message;
    return true;
  }

  // The rest of the message becomes the body of the last part that fits, so that nothing is lost.
  void swallow_rest() {
    Part& last = out_.parts[current_];
    defects_.add(DefectCode::part_limit, last.header.begin);
    last.media_type = "application/octet-stream";
    last.encoding = TransferEncoding::binary;
  }

  // The first line from the one at `at` on that begins with "--"; reports on the way.
  std::size_t next_dash_line(std::size_t at) {
    const auto dashes = [this](std::size_t begin) { return text_.substr(begin).starts_with("--"); };
    if (out_.line_end == '\r') {
      while (at < text_.size() && !dashes(at)) at = line(at).next;
      return at;
    }
    if (dashes(at)) return at;
    for (;;) {
      // Windows overlap by the three bytes that are looked for.
      const std::string_view window = text_.substr(0, std::min(text_.size(), at + kStep + 3));
      const std::size_t found = find_dash_line(window, at);
      if (found != window.size()) return found;
      if (window.size() == text_.size()) return text_.size();
      at += kStep;
      report(at);
    }
  }

  std::size_t read_bodies(std::size_t at) {
    while (at < text_.size()) {
      if (frames_.empty()) {
        at = std::min(text_.size(), at + kStep);
        report(at);
        continue;
      }
      at = next_dash_line(at);
      if (at == text_.size()) break;
      const Line here = line(at);
      bool closes = false;
      const std::size_t frame = here.end - here.begin >= 2 ? find_frame(here, closes) : frames_.size();
      report(here.next);
      if (frame == frames_.size()) {
        at = here.next;
        continue;
      }
      if (out_.parts.size() >= limits_.parts && !closes && !frames_[frame].closed) {
        swallow_rest();
        for (Frame& open : frames_) open.closed = true;
        return text_.size();
      }
      at = end_part(frame, closes, at, here.next);
    }
    return at;
  }

  // A delimiter of frames_[frame] stands at `at`.
  std::size_t end_part(std::size_t frame, bool closes, std::size_t at, std::size_t next) {
    const std::size_t end = before_line_end(at);
    close_until(frames_[frame].part, end);
    while (frames_.size() > frame + 1) pop_frame(end);
    Frame& open = frames_.back();
    if (open.closed) {
      defects_.add(DefectCode::part_after_close, at);
      return next;
    }
    open.seen = true;
    open.closed = closes;
    const Part& part = out_.parts[open.part];
    if (closes && part.children == 0 && out_.parts.size() < limits_.parts && end > part.body.begin &&
        !trim(text_.substr(part.body.begin, std::min(end - part.body.begin, kStep))).empty()) {
      defects_.add(DefectCode::boundary_not_found, part.header.begin);
      add_whole_body(open.part, end);
    }
    return closes ? next : open_part(open.part, next);
  }

  // IMAP section numbers: a multipart hands its own number on, the only part of a message is number 1 in it.
  void number_parts() {
    for (Part& part : out_.parts) {
      if (part.parent == Part::kNone) {
        part.path = part.kind == PartKind::multipart ? std::string_view() : std::string_view("1");
        continue;
      }
      const Part& above = out_.parts[part.parent];
      if (above.kind == PartKind::message && part.kind == PartKind::multipart) {
        part.path = above.path;
        continue;
      }
      char digits[16];
      const auto end = std::to_chars(digits, digits + sizeof digits, part.ordinal).ptr;
      const auto count = static_cast<std::size_t>(end - digits);
      const std::size_t prefix = above.path.empty() ? 0 : above.path.size() + 1;
      char* path = out_.arena.allocate(prefix + count);
      if (prefix != 0) {
        above.path.copy(path, above.path.size());
        path[prefix - 1] = '.';
      }
      std::memcpy(path + prefix, digits, count);
      part.path = {path, prefix + count};
    }
  }

  std::string_view text_;
  const Limits& limits_;
  Structure& out_;
  DefectList& defects_;
  const Progress& progress_;
  std::vector<Frame> frames_;
  Parameters parameters_;
  std::uint32_t current_ = Part::kNone;
  std::size_t reported_ = 0;
};

}  // namespace

std::string_view name_of(TransferEncoding encoding) {
  static constexpr std::string_view kNames[] = {"7bit",       "8bit",   "binary", "base64", "quoted-printable",
                                                "x-uuencode", "x-yenc", "binary"};
  return kNames[static_cast<std::size_t>(encoding)];
}

void scan(std::string_view message, const Limits& limits, Structure& structure, DefectList& defects,
          const Progress& progress) {
  structure.clear();
  if (message.size() > limits.message_bytes) defects.add(DefectCode::message_too_large, limits.message_bytes);
  Scanner(message, limits, structure, defects, progress).run();
}

}  // namespace haulier::mime
