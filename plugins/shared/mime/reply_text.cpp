#include "mime/reply_text.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <vector>

#include "mime/ascii.hpp"
#include "mime/byte_scan.hpp"
#include "mime/header_fields.hpp"

namespace haulier::mime {

namespace {

constexpr std::size_t kAttributionBytes = 400;  // "On ... wrote:" is never longer
constexpr std::size_t kAttributionLines = 3;

// Which two bytes a list of marks begins with, ASCII letters in either case: one look tells of most lines that they are
// none.
struct Beginnings {
  std::array<std::uint64_t, 1024> pairs{};

  static constexpr std::size_t index_of(char first, char second) {
    return static_cast<std::size_t>(static_cast<unsigned char>(first)) << 8 | static_cast<unsigned char>(second);
  }
  static constexpr std::size_t index_of(std::string_view text) { return index_of(text[0], text[1]); }
  static constexpr char other_case(char c) { return is_alpha(c) ? static_cast<char>(c ^ 0x20) : c; }
  constexpr void add(std::size_t index) { pairs[index / 64] |= std::uint64_t{1} << (index % 64); }
  template <std::size_t N>
  constexpr void add(const std::string_view (&words)[N]) {
    for (const std::string_view word : words) {
      for (const char first : {word[0], other_case(word[0])}) {
        for (const char second : {word[1], other_case(word[1])}) add(index_of(first, second));
      }
    }
  }
  constexpr bool begins(std::string_view line) const {
    return line.size() >= 2 && (pairs[index_of(line) / 64] >> (index_of(line) % 64) & 1) != 0;
  }
};

template <std::size_t N>
bool begins_with_any(std::string_view line, const std::string_view (&words)[N]) {
  return std::any_of(std::begin(words), std::end(words),
                     [&](std::string_view word) { return starts_with_ignoring_case(line, word); });
}
template <std::size_t N>
bool ends_with_any(std::string_view line, const std::string_view (&words)[N]) {
  return std::any_of(std::begin(words), std::end(words),
                     [&](std::string_view word) { return ends_with_ignoring_case(line, word); });
}

// -----Original Message-----, in the words of the programs' translations.
bool is_original_ruler(std::string_view line) {
  static constexpr std::string_view kWords[] = {"original message",
                                                "ursprüngliche nachricht",
                                                "originalnachricht",
                                                "message d'origine",
                                                "message original",
                                                "mensaje original",
                                                "mensagem original",
                                                "messaggio originale",
                                                "oorspronkelijk bericht",
                                                "ursprungligt meddelande",
                                                "oprindelig meddelelse",
                                                "wiadomość oryginalna",
                                                "исходное сообщение",
                                                "original appointment",
                                                "原始邮件",
                                                "邮件原件",
                                                "原始郵件",
                                                "元のメッセージ"};
  if (!line.starts_with("--") || !line.ends_with("--")) return false;
  while (!line.empty() && (line.front() == '-' || line.front() == ' ')) line.remove_prefix(1);
  return begins_with_any(line, kWords);
}

constexpr std::string_view kFromLabels[] = {
    "From:", "*From:*", "Von:", "De :",    "De:",      "Da:",     "Van:",     "Från:",
    "Fra:",  "Od:",     "От:",  "发件人:", "发件人：", "寄件者:", "寄件者：", "差出人:"};
bool is_from_label(std::string_view line) { return begins_with_any(line, kFromLabels); }

bool is_sent_label(std::string_view line) {
  static constexpr std::string_view kLabels[] = {
      "Sent:",   "*Sent:*",   "Date:",      "*Date:*",    "Gesendet:", "Datum:",   "Envoyé",   "Date :",
      "Enviado", "Inviato:",  "Data:",      "Verzonden:", "Skickat:",  "Sendt:",   "Wysłano:", "Отправлено:",
      "Дата:",   "发送时间:", "发送时间：", "日期:",      "日期：",    "寄件日期", "已傳送:",  "送信日時:"};
  return begins_with_any(line, kLabels);
}

constexpr std::string_view kAttributions[] = {"On ",    "Am ",   "Le ", "El ",       "Il ", "Em ", "Op ", "Den ",
                                              "W dniu", "Dnia ", "На ", "Вы писали", "在",  "於",  "于",  "Il giorno"};
constexpr Beginnings kAttributionBegins = [] {
  Beginnings begins;
  begins.add(kAttributions);
  return begins;
}();
// "On Tue, Ann wrote:" and its like; `line` may be several lines joined.
bool is_attribution(std::string_view line) {
  static constexpr std::string_view kEnds[] = {
      "wrote:", "schrieb:",    "a écrit :", "a écrit:", "escribió:", "ha scritto:", "escreveu:", "schreef:", "skrev:",
      "pisze:", "napisał(a):", "写道：",    "写道:",    "寫道：",    "寫道:",       "писал:",    "пишет:"};
  if (line.size() > kAttributionBytes || !kAttributionBegins.begins(line) || !begins_with_any(line, kAttributions))
    return false;
  if (ends_with_any(line, kEnds)) return true;
  // Am ... schrieb Ann Other <ann@example.org>:
  return line.ends_with(':') &&
         (line.find(" schrieb ") != std::string_view::npos || line.find(" schreef ") != std::string_view::npos ||
          line.find(" skrev ") != std::string_view::npos);
}

constexpr std::string_view kDeviceSignatures[] = {"Sent from my ",    "Sent from Mail for", "Sent from Yahoo",
                                                  "Get Outlook for ", "Von meinem iPhone",  "Gesendet von meinem",
                                                  "Envoyé de mon ",   "Enviado desde mi ",  "Inviato da iPhone",
                                                  "发自我的",         "從我的 iPhone 傳送"};
bool is_device_signature(std::string_view line) {
  return line.size() < 100 && begins_with_any(line, kDeviceSignatures);
}

constexpr Beginnings kMarks = [] {
  Beginnings begins;
  begins.add(kFromLabels);
  begins.add(kAttributions);
  begins.add(kDeviceSignatures);
  return begins;
}();

// Most lines begin with no mark at all, and their first two bytes are enough to know. `line` may be followed by more.
bool may_be_mark(std::string_view line) {
  return !line.empty() && (line[0] == '>' || line[0] == '-' || kMarks.begins(line));
}

class Splitter {
 public:
  Splitter(std::string_view text, ReplySplit& out) : text_(text), out_(out) {}

  void run() {
    for (std::size_t at = 0; at < text_.size();) {
      if (!signature_ && at >= attribution_end_) {
        const std::size_t mark = next_mark(at);
        if (mark != at) keep({at, mark, mark});
        if ((at = mark) == text_.size()) break;
      }
      const Line here = line_at(text_, at, '\n');
      at = here.next;
      if (!take(here)) break;
    }
    if (out_.cut) write();
  }

 private:
  void write() {
    if (signature_begin_ != std::string_view::npos) {
      const std::size_t end = std::max(signature_begin_, signature_end_);
      out_.signature = trim(text_.substr(signature_begin_, end - signature_begin_));
    }
    std::size_t written = out_.reply.size();  // without the empty lines at the end
    for (const Line& run : kept_) {
      for (std::size_t at = run.begin; at < run.next;) {
        const Line line = line_at(text_, at, '\n');
        at = line.next;
        const bool blank = trim(line.in(text_)).empty();
        if (blank && written == 0) continue;
        out_.reply.append(line.in(text_)).push_back('\n');
        if (!blank) written = out_.reply.size();
      }
    }
    out_.reply.resize(written);
  }

  // The first line from the one at `at` on that may be a mark.
  std::size_t next_mark(std::size_t at) const {
    while (at < text_.size()) {
      std::size_t begin = at;
      while (begin < text_.size() && text_[begin] != '\n' && is_space(text_[begin])) ++begin;
      if (may_be_mark(text_.substr(begin, 2))) return at;
      at = std::min(find_near(text_, '\n', begin) + 1, text_.size());
    }
    return at;
  }

  // False when the rest is quoted.
  bool take(const Line& here) {
    const std::string_view content = trim(here.in(text_));
    if (!may_be_mark(content)) {
      keep(here);
      return true;
    }
    if (content.starts_with('>')) {
      out_.cut = true;
      signature_ = false;
      return true;
    }
    if (is_original_ruler(content) || is_header_block(here, content)) return end_here();
    const std::string_view joined = kAttributionBegins.begins(content) ? joined_with_next(here) : std::string_view();
    const bool several = is_attribution(joined);
    if (several || is_attribution(content)) {
      // With a quote behind it answers may stand below; without one, everything below is the old message.
      if (!quote_follows(here)) return end_here();
      attribution_end_ = several ? static_cast<std::size_t>(joined.data() - text_.data()) + joined.size() : here.end;
      signature_ = false;
    }
    if (here.begin < attribution_end_) return true;
    if (!signature_ && (here.in(text_) == "-- " || content == "--")) return begin_signature(here.next, here.next);
    if (!signature_ && is_device_signature(content)) return begin_signature(here.begin, here.end);
    keep(here);
    return true;
  }

  // Neighbouring lines are one run.
  void keep(const Line& here) {
    if (here.begin < attribution_end_) return;
    if (signature_)
      signature_end_ = here.end;
    else if (!kept_.empty() && kept_.back().next == here.begin)
      kept_.back().next = here.next;
    else
      kept_.push_back(here);
  }

  bool end_here() {
    out_.cut = true;
    return false;
  }
  bool begin_signature(std::size_t begin, std::size_t end) {
    out_.cut = signature_ = true;
    signature_begin_ = begin;
    signature_end_ = end;
    return true;
  }

  // Outlook: From and, on one of the next two lines, Sent.
  bool is_header_block(const Line& here, std::string_view content) const {
    if (!is_from_label(content)) return false;
    std::size_t at = here.next;
    for (int i = 0; i < 2 && at < text_.size(); ++i) {
      const Line line = line_at(text_, at, '\n');
      if (is_sent_label(trim(line.in(text_)))) return true;
      at = line.next;
    }
    return false;
  }

  // The line and up to two more, because programs break attributions at 72 characters.
  std::string_view joined_with_next(const Line& here) const {
    static constexpr std::string_view kNone;
    if (here.end - here.begin > kAttributionBytes) return kNone;
    std::size_t at = here.next;
    std::size_t end = here.end;
    const std::string_view window = text_.substr(0, std::min(text_.size(), here.begin + 2 * kAttributionBytes));
    for (std::size_t i = 1; i < kAttributionLines && at < window.size(); ++i) {
      const Line line = line_at(window, at, '\n');
      if (trim(line.in(text_)).empty()) break;
      end = line.end;
      at = line.next;
      const std::string_view joined = trim(text_.substr(here.begin, end - here.begin));
      if (joined.size() > kAttributionBytes) return kNone;
      if (joined.ends_with(':') || joined.ends_with("：")) return joined;
    }
    return kNone;
  }

  bool quote_follows(const Line& here) const {
    std::size_t at = here.next;
    for (std::size_t i = 0; i < kAttributionLines + 2 && at < text_.size(); ++i) {
      const Line line = line_at(text_, at, '\n');
      if (text_.substr(line.begin).starts_with('>')) return true;
      at = line.next;
    }
    return false;
  }

  std::string_view text_;
  ReplySplit& out_;
  std::vector<Line> kept_;  // runs of lines; `end` says nothing here
  bool signature_ = false;
  std::size_t signature_begin_ = std::string_view::npos;
  std::size_t signature_end_ = 0;
  std::size_t attribution_end_ = 0;
};

}  // namespace

void split_reply(std::string_view text, ReplySplit& out) {
  out.cut = false;
  out.reply.clear();
  out.signature = {};
  Splitter(text, out).run();
}

}  // namespace haulier::mime
