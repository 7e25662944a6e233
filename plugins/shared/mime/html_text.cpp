#include "mime/html_text.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

#include "mime/ascii.hpp"
#include "mime/byte_scan.hpp"
#include "mime/html_tags.hpp"
#include "mime/utf8.hpp"

namespace haulier::mime {

namespace {

constexpr std::size_t kMaxListDepth = 16;
constexpr std::size_t kMaxQuoteMarks = 5;

enum class Byte : unsigned char { plain, space, markup, special };

// `special` bytes begin characters that are blanks or filler: U+00A0, U+00AD, U+034F, U+180E, U+2000..U+200F, U+FEFF.
constexpr std::array<Byte, 256> make_classes() {
  std::array<Byte, 256> classes{};
  for (const char c : {' ', '\t', '\r', '\n', '\f'}) classes[static_cast<unsigned char>(c)] = Byte::space;
  for (const char c : {'<', '&'}) classes[static_cast<unsigned char>(c)] = Byte::markup;
  for (const int c : {0xC2, 0xCD, 0xE1, 0xE2, 0xEF}) classes[static_cast<std::size_t>(c)] = Byte::special;
  return classes;
}
constexpr auto kClasses = make_classes();

bool is_blank(char32_t c) {
  return c == 0xA0 || (c >= 0x2000 && c <= 0x200A) || c == 0x202F || c == 0x205F || c == 0x2028 || c == 0x2029;
}
bool is_filler(char32_t c) {
  return c == 0xAD || c == 0x34F || c == 0x180E || c == 0x200B || c == 0x2060 || c == 0xFEFF;
}
bool is_joiner(char32_t c) { return c == 0x200C || c == 0x200D; }

// Writes text with the breaks that are due. Breaks and blanks are only remembered until text follows, so that none
// stands at the end of a line and empty elements leave nothing.
class TextWriter {
 public:
  TextWriter(std::string& out, std::size_t limit) : out_(out), begin_(out.size()), end_(out.size() + limit) {}

  void text(std::string_view text) {
    if (full_ || text.empty()) return;
    settle();
    const std::size_t room = end_ > out_.size() ? end_ - out_.size() : 0;
    const std::string_view fits = cut_utf8(text, room);
    out_.append(fits);
    full_ = fits.size() < text.size();
    line_empty_ = false;
  }
  void blank() {
    blank_ = true;
    joiner_ = 0;
  }
  void joiner(char32_t c) { joiner_ = c; }
  void cell() { cell_ = !line_empty_; }
  void new_line() {
    if (breaks_ == 0) breaks_ = 1;
  }
  void paragraph() { breaks_ = 2; }
  void line_break() {
    if (breaks_ < 2) ++breaks_;
  }
  void raw_line_end() {
    if (full_ || out_.size() >= end_) return;
    if (!line_empty_ || out_.size() != begin_) out_.push_back('\n');
    line_empty_ = true;
    blank_ = cell_ = false;
  }
  void quote(int by) {
    if (by > 0)
      ++quotes_;
    else if (quotes_ > 0)
      --quotes_;
  }
  [[nodiscard]] bool full() const { return full_; }
  [[nodiscard]] std::string_view since(std::size_t size) const {
    return size <= out_.size() ? std::string_view(out_).substr(size) : std::string_view();
  }
  [[nodiscard]] std::size_t size() const { return out_.size(); }

 private:
  void settle() {
    if (breaks_ != 0 && out_.size() != begin_) {
      if (!line_empty_) out_.push_back('\n');
      if (breaks_ == 2 && !out_.ends_with("\n\n")) out_.push_back('\n');
      line_empty_ = true;
    }
    breaks_ = 0;
    if (line_empty_) {
      const std::size_t marks = quotes_ < kMaxQuoteMarks ? quotes_ : kMaxQuoteMarks;
      for (std::size_t i = 0; i < marks; ++i) out_.append("> ");
    } else if (cell_) {
      out_.push_back('\t');
    } else if (blank_) {
      out_.push_back(' ');
    } else if (joiner_ != 0) {
      append_utf8(out_, joiner_);
    }
    blank_ = cell_ = false;
    joiner_ = 0;
  }

  std::string& out_;
  std::size_t begin_;
  std::size_t end_;
  std::size_t quotes_ = 0;
  char32_t joiner_ = 0;
  unsigned char breaks_ = 0;
  bool line_empty_ = true;
  bool blank_ = false;
  bool cell_ = false;
  bool full_ = false;
};

class HtmlTextMaker {
 public:
  HtmlTextMaker(std::string& out, std::string_view html, const HtmlTextLimits& limits)
      : html_(html), tags_left_(limits.tags), tags_(html), writer_(out, limits.out_bytes) {}

  HtmlTextResult run() {
    std::size_t at = 0;
    while (at < html_.size() && !writer_.full() && tags_left_ != 0) {
      at = html_[at] == '<' ? markup(at) : text(at);
      if (at >= html_.size() && hidden_size_ != 0 && may_rewind_) at = rewind();
    }
    return {writer_.full(), tags_left_ == 0};
  }

 private:
  // A hidden element that never ends was no hidden element: read its content after all, once per text.
  std::size_t rewind() {
    may_rewind_ = false;
    hidden_size_ = 0;
    return hidden_at_;
  }

  std::size_t text(std::size_t at) {
    if (hidden_size_ != 0) return std::min(html_.find('<', at), html_.size());
    while (at < html_.size() && html_[at] != '<' && !writer_.full()) {
      const auto c = static_cast<unsigned char>(html_[at]);
      switch (kClasses[c]) {
        case Byte::plain: {
          const std::size_t begin = at;
          at = end_of_plain(at);
          writer_.text(html_.substr(begin, at - begin));
          break;
        }
        case Byte::space:
          space(html_[at]);
          ++at;
          break;
        case Byte::markup:
          at = entity(at);
          break;
        case Byte::special: {
          const CodePoint point = first_code_point(html_.substr(at));
          character(point.value, html_.substr(at, point.bytes));
          at += point.bytes;
          break;
        }
      }
    }
    return at;
  }

  // Words with one space between them are one run.
  std::size_t end_of_plain(std::size_t at) const {
    const auto is_plain = [&](std::size_t i) {
      return i < html_.size() && kClasses[static_cast<unsigned char>(html_[i])] == Byte::plain;
    };
    at = find_html_text_end(html_, at, pre_ == 0);
    for (;;) {
      while (is_plain(at)) ++at;
      if (pre_ != 0 || at >= html_.size() || html_[at] != ' ' || !is_plain(at + 1)) return at;
      ++at;
    }
  }

  void space(char c) {
    if (pre_ == 0)
      writer_.blank();
    else if (c == '\n')
      writer_.raw_line_end();
    else if (c != '\r')
      writer_.text(" ");
  }

  void character(char32_t c, std::string_view bytes) {
    if (is_blank(c))
      writer_.blank();
    else if (is_joiner(c))
      writer_.joiner(c);
    else if (!is_filler(c))
      writer_.text(bytes);
  }

  std::size_t entity(std::size_t at) {
    scratch_.clear();
    const std::size_t size = append_entity(scratch_, html_.substr(at + 1, 40));
    if (size == 0) {
      writer_.text("&");
      return at + 1;
    }
    if (scratch_.size() == 1 && (is_space(scratch_[0]) || scratch_[0] == '\f'))
      space(scratch_[0]);
    else
      character(first_code_point(scratch_).value, scratch_);
    return at + 1 + size;
  }

  std::size_t markup(std::size_t at) {
    const char next = at + 1 < html_.size() ? html_[at + 1] : '\0';
    if (next == '!' || next == '?') return comment(at);
    const bool closing = next == '/' && at + 2 < html_.size() && is_alpha(html_[at + 2]);
    if (!is_alpha(next) && !closing) {
      if (hidden_size_ == 0) writer_.text("<");
      return at + 1;
    }
    HtmlTag tag;
    const std::size_t end = tags_.read(at, tag);
    if (end == std::string_view::npos) return html_.size();
    --tags_left_;
    if (hidden_size_ != 0) {
      in_hidden(tag);
      return end;
    }
    if (tag.kind == TagKind::raw && !tag.closing) return end_of_raw(end, tag.name());
    if ((tag.hidden || tag.kind == TagKind::dropped) && !tag.closing && !tag.is_void) {
      hide(tag, end);
      return end;
    }
    if (!tag.hidden) apply(tag);
    return end;
  }

  std::size_t comment(std::size_t at) {
    if (html_.substr(at).starts_with("<!--") && !no_comment_end_) {
      const std::size_t end = html_.find("-->", at + 2);
      if (end != std::string_view::npos) return end + 3;
      no_comment_end_ = true;
    }
    const std::size_t end = html_.find('>', at);
    return end == std::string_view::npos ? html_.size() : end + 1;
  }

  std::size_t end_of_raw(std::size_t at, std::string_view name) const {
    for (at = html_.find("</", at); at != std::string_view::npos; at = html_.find("</", at + 2)) {
      if (!starts_with_ignoring_case(html_.substr(at + 2), name)) continue;
      const std::size_t end = html_.find('>', at);
      return end == std::string_view::npos ? html_.size() : end + 1;
    }
    return html_.size();
  }

  void hide(const HtmlTag& tag, std::size_t end) {
    if (tag.hidden && !may_rewind_) return apply(tag);
    hidden_name_ = tag.name_bytes;
    hidden_size_ = tag.name_size;
    hidden_depth_ = 1;
    hidden_at_ = end;
  }

  void in_hidden(const HtmlTag& tag) {
    if (tag.name() != std::string_view(hidden_name_.data(), hidden_size_)) return;
    if (tag.closing) {
      if (--hidden_depth_ == 0) hidden_size_ = 0;
    } else if (tag.kind == TagKind::paragraph || tag.kind == TagKind::item || tag.kind == TagKind::cell) {
      // These end where the next one begins: <p hidden>a<p>b
      hidden_size_ = 0;
      apply(tag);
    } else {
      ++hidden_depth_;
    }
  }

  void apply(const HtmlTag& tag) {
    switch (tag.kind) {
      case TagKind::line:
        writer_.new_line();
        break;
      case TagKind::paragraph:
        writer_.paragraph();
        break;
      case TagKind::line_break:
        pre_ == 0 ? writer_.line_break() : writer_.raw_line_end();
        break;
      case TagKind::ruler:
        writer_.new_line();
        writer_.text("---");
        writer_.new_line();
        break;
      case TagKind::cell:
        writer_.cell();
        break;
      case TagKind::list:
      case TagKind::ordered_list:
        list(tag);
        break;
      case TagKind::item:
        item(tag);
        break;
      case TagKind::quote:
        writer_.new_line();
        writer_.quote(tag.closing ? -1 : 1);
        break;
      case TagKind::preformatted:
        writer_.new_line();
        if (!tag.closing)
          ++pre_;
        else if (pre_ > 0)
          --pre_;
        break;
      case TagKind::link:
        link(tag);
        break;
      case TagKind::image:
        if (!tag.alt.empty()) attribute_text(tag.alt);
        break;
      default:
        break;
    }
  }

  void list(const HtmlTag& tag) {
    writer_.new_line();
    if (tag.closing) {
      if (list_depth_ > 0) --list_depth_;
      return;
    }
    if (list_depth_ < kMaxListDepth) numbers_[list_depth_] = tag.kind == TagKind::ordered_list ? 1 : 0;
    ++list_depth_;
  }

  void item(const HtmlTag& tag) {
    writer_.new_line();
    if (tag.closing) return;
    const std::size_t level = list_depth_ == 0 ? 0 : std::min(list_depth_, kMaxListDepth) - 1;
    scratch_.assign(level * 2, ' ');
    if (list_depth_ != 0 && numbers_[level] != 0)
      scratch_ += std::to_string(numbers_[level]++) + ". ";
    else
      scratch_ += "- ";
    writer_.text(scratch_);
  }

  void attribute_text(std::string_view value) {
    for (std::size_t at = 0; at < value.size();) {
      if (is_space(value[at])) {
        writer_.blank();
        ++at;
        continue;
      }
      std::size_t size = 0;
      scratch_.clear();
      if (value[at] == '&') size = append_entity(scratch_, value.substr(at + 1));
      if (size != 0) {
        character(first_code_point(scratch_).value, scratch_);
        at += size + 1;
        continue;
      }
      const std::size_t begin = at++;
      while (at < value.size() && value[at] != '&' && !is_space(value[at])) ++at;
      writer_.text(value.substr(begin, at - begin));
    }
  }

  void link(const HtmlTag& tag) {
    const bool was_open = in_link_;
    end_link();
    if (tag.closing) return;
    if (was_open) writer_.blank();
    const std::string_view href = trim(tag.href);
    const bool shown = starts_with_ignoring_case(href, "http://") || starts_with_ignoring_case(href, "https://") ||
                       starts_with_ignoring_case(href, "mailto:") || starts_with_ignoring_case(href, "ftp://") ||
                       starts_with_ignoring_case(href, "tel:") || starts_with_ignoring_case(href, "www.");
    if (!shown) return;
    href_.clear();
    for (std::size_t at = 0; at < href.size();) {
      const std::size_t size = href[at] == '&' ? append_entity(href_, href.substr(at + 1)) : 0;
      if (size == 0 && !is_space(href[at])) href_.push_back(href[at]);
      at += size + 1;
    }
    link_text_ = writer_.size();
    in_link_ = true;
  }

  void end_link() {
    if (!in_link_) return;
    in_link_ = false;
    const std::string_view text = trim(writer_.since(link_text_));
    std::string_view target = href_;
    if (starts_with_ignoring_case(target, "mailto:")) target = target.substr(7, target.find('?', 7) - 7);
    const auto bare = [](std::string_view url) {
      if (starts_with_ignoring_case(url, "https://"))
        url.remove_prefix(8);
      else if (starts_with_ignoring_case(url, "http://"))
        url.remove_prefix(7);
      while (url.ends_with("/")) url.remove_suffix(1);
      return url;
    };
    if (target.empty() || (!text.empty() && equals_ignoring_case(bare(text), bare(target)))) return;
    if (!text.empty()) writer_.blank();
    scratch_ = "<";
    scratch_.append(target).push_back('>');
    writer_.text(scratch_);
  }

  std::string_view html_;
  std::size_t tags_left_;
  HtmlTagReader tags_;
  TextWriter writer_;
  std::string scratch_;
  std::string href_;
  bool in_link_ = false;
  std::size_t link_text_ = 0;
  std::size_t pre_ = 0;
  std::size_t list_depth_ = 0;
  std::array<std::uint32_t, kMaxListDepth> numbers_{};
  std::array<char, 16> hidden_name_{};
  std::size_t hidden_size_ = 0;  // 0: nothing hidden
  std::size_t hidden_depth_ = 0;
  std::size_t hidden_at_ = 0;
  bool may_rewind_ = true;
  bool no_comment_end_ = false;
};

}  // namespace

HtmlTextResult append_html_text(std::string& out, std::string_view html, const HtmlTextLimits& limits) {
  return HtmlTextMaker(out, html, limits).run();
}

}  // namespace haulier::mime
