#include "mime/body_selection.hpp"

#include <cstddef>

namespace haulier::mime {

namespace {

bool is_media(std::string_view type) {
  return type.starts_with("image/") || type.starts_with("audio/") || type.starts_with("video/");
}

// One call of the RFC's recursive function.
struct Level {
  std::uint32_t part;
  std::string_view subtype;
  bool in_alternative;
  bool collects_text;
  bool collects_html;
  std::size_t text_before;
  std::size_t html_before;
  std::uint32_t children = 0;
};

class Selector {
 public:
  Selector(std::span<const Part> parts, std::span<const PartDetails> details, BodySelection& out)
      : parts_(parts), details_(details), out_(out) {}

  void run() {
    levels_.push_back({Part::kNone, "mixed", false, true, true, 0, 0});
    for (std::uint32_t i = 0; i < parts_.size(); ++i) {
      if (parts_[i].message_depth != 0) continue;
      while (levels_.back().part != parts_[i].parent) leave();
      visit(i);
    }
    while (!levels_.empty()) leave();
  }

 private:
  bool is_inline(const Part& part, const PartDetails& details, const Level& level, std::uint32_t position) const {
    if (part.kind != PartKind::leaf || details.disposition == "attachment") return false;
    const std::string_view type = part.media_type;
    if (type != "text/plain" && type != "text/html" && !is_media(type)) return false;
    return position == 0 || (level.subtype != "related" && (is_media(type) || details.file_name.empty()));
  }

  void visit(std::uint32_t i) {
    const Part& part = parts_[i];
    Level& level = levels_.back();
    const std::uint32_t position = level.children++;
    if (part.kind == PartKind::multipart) {
      const std::string_view subtype = subtype_of(part.media_type);
      levels_.push_back({i, subtype, level.in_alternative || subtype == "alternative", level.collects_text,
                         level.collects_html, out_.text.size(), out_.html.size()});
      return;
    }
    if (!is_inline(part, details_[i], level, position)) {
      out_.attachments.push_back(i);
      return;
    }
    if (level.subtype == "alternative") {
      // Text in a branch that has its text already is an alternative to it: shown nowhere, attached nowhere.
      if (part.media_type == "text/plain") {
        if (level.collects_text) out_.text.push_back(i);
      } else if (part.media_type == "text/html") {
        if (level.collects_html) out_.html.push_back(i);
      } else {
        out_.attachments.push_back(i);
      }
      return;
    }
    if (level.in_alternative) {
      if (part.media_type == "text/plain") level.collects_html = false;
      if (part.media_type == "text/html") level.collects_text = false;
    }
    if (level.collects_text) out_.text.push_back(i);
    if (level.collects_html) out_.html.push_back(i);
    if ((!level.collects_text || !level.collects_html) && is_media(part.media_type)) out_.attachments.push_back(i);
  }

  void leave() {
    const Level level = levels_.back();
    levels_.pop_back();
    if (level.subtype != "alternative" || !level.collects_text || !level.collects_html) return;
    const std::size_t text = out_.text.size();
    const std::size_t html = out_.html.size();
    if (text == level.text_before && html != level.html_before) {
      for (std::size_t i = level.html_before; i < html; ++i) out_.text.push_back(out_.html[i]);
    }
    if (html == level.html_before && text != level.text_before) {
      for (std::size_t i = level.text_before; i < text; ++i) out_.html.push_back(out_.text[i]);
    }
  }

  std::span<const Part> parts_;
  std::span<const PartDetails> details_;
  BodySelection& out_;
  std::vector<Level> levels_;
};

}  // namespace

void select_bodies(std::span<const Part> parts, std::span<const PartDetails> details, BodySelection& out) {
  out.clear();
  Selector(parts, details, out).run();
}

}  // namespace haulier::mime
