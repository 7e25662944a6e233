#include "mime/reply_text.hpp"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <vector>

#include "mime/ascii.hpp"
#include "mime/header_fields.hpp"

namespace haulier::mime {

namespace {

constexpr std::size_t kAttributionBytes = 400;  // "On ... wrote:" is never longer
constexpr std::size_t kAttributionLines = 3;

// Most lines begin with none of the marks: their first byte is enough to know. `letters` are lower case.
bool may_begin(std::string_view line, std::string_view letters) {
  return !line.empty() &&
         (static_cast<unsigned char>(line[0]) >= 0x80 || letters.find(to_lower(line[0])) != std::string_view::npos);
}

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

bool is_from_label(std::string_view line) {
  static constexpr std::string_view kLabels[] = {
      "From:", "*From:*", "Von:", "De :",    "De:",      "Da:",     "Van:",     "Från:",
      "Fra:",  "Od:",     "От:",  "发件人:", "发件人：", "寄件者:", "寄件者：", "差出人:"};
  return may_begin(line, "f*vdo") && begins_with_any(line, kLabels);
}
bool is_sent_label(std::string_view line) {
  static constexpr std::string_view kLabels[] = {
      "Sent:",   "*Sent:*",   "Date:",      "*Date:*",    "Gesendet:", "Datum:",   "Envoyé",   "Date :",
      "Enviado", "Inviato:",  "Data:",      "Verzonden:", "Skickat:",  "Sendt:",   "Wysłano:", "Отправлено:",
      "Дата:",   "发送时间:", "发送时间：", "日期:",      "日期：",    "寄件日期", "已傳送:",  "送信日時:"};
  return begins_with_any(line, kLabels);
}

// "On Tue, Ann wrote:" and its like; `line` may be several lines joined.
bool is_attribution(std::string_view line) {
  static constexpr std::string_view kBegins[] = {"On ", "Am ",  "Le ",    "El ",      "Il ", "Em ",
                                                 "Op ", "Den ", "W dniu", "Dnia ",    "На ", "Вы писали",
                                                 "在",  "於",   "于",     "Il giorno"};
  static constexpr std::string_view kEnds[] = {
      "wrote:", "schrieb:",    "a écrit :", "a écrit:", "escribió:", "ha scritto:", "escreveu:", "schreef:", "skrev:",
      "pisze:", "napisał(a):", "写道：",    "写道:",    "寫道：",    "寫道:",       "писал:",    "пишет:"};
  if (line.size() > kAttributionBytes || !may_begin(line, "oaleidw") || !begins_with_any(line, kBegins)) return false;
  if (ends_with_any(line, kEnds)) return true;
  // Am ... schrieb Ann Other <ann@example.org>:
  return line.ends_with(':') &&
         (line.find(" schrieb ") != std::string_view::npos || line.find(" schreef ") != std::string_view::npos ||
          line.find(" skrev ") != std::string_view::npos);
}

bool is_device_signature(std::string_view line) {
  static constexpr std::string_view kBegins[] = {"Sent from my ",    "Sent from Mail for", "Sent from Yahoo",
                                                 "Get Outlook for ", "Von meinem iPhone",  "Gesendet von meinem",
                                                 "Envoyé de mon ",   "Enviado desde mi ",  "Inviato da iPhone",
                                                 "发自我的",         "從我的 iPhone 傳送"};
  return line.size() < 100 && may_begin(line, "sgvei") && begins_with_any(line, kBegins);
}

class Splitter {
 public:
  Splitter(std::string_view text, ReplySplit& out) : text_(text), out_(out) {}

  void run() {
    for (std::size_t at = 0; at < text_.size();) {
      const Line here = line_at(text_, at, '\n');
      at = here.next;
      if (!take(here)) break;
    }
    if (!out_.cut) return;
    if (signature_begin_ != std::string_view::npos) {
      const std::size_t end = std::max(signature_begin_, signature_end_);
      out_.signature = trim(text_.substr(signature_begin_, end - signature_begin_));
    }
    std::size_t first = 0;
    while (first < kept_.size() && trim(kept_[first].in(text_)).empty()) ++first;
    std::size_t last = kept_.size();
    while (last > first && trim(kept_[last - 1].in(text_)).empty()) --last;
    for (std::size_t i = first; i < last; ++i) out_.reply.append(kept_[i].in(text_)).push_back('\n');
  }

 private:
  // False when the rest is quoted.
  bool take(const Line& here) {
    const std::string_view content = trim(here.in(text_));
    if (content.starts_with('>')) {
      out_.cut = true;
      signature_ = false;
      return true;
    }
    if (is_original_ruler(content) || is_header_block(here, content)) return end_here();
    const std::string_view joined = may_begin(content, "oaleidw") ? joined_with_next(here) : std::string_view();
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
    if (signature_)
      signature_end_ = here.end;
    else
      kept_.push_back(here);
    return true;
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
  std::vector<Line> kept_;
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
