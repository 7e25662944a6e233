#include "mbox_reader.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <system_error>

namespace haulier::mail_files {

namespace {

constexpr std::size_t kBuffer = 256 * 1024;  // bytes

[[noreturn]] void fail(const std::string& what) { throw std::system_error(errno, std::generic_category(), what); }

// The date at the end of a `From ` line, asctime form (RFC 4155): "From a@b Thu Jan  1 12:00:00 2026".
std::optional<std::int64_t> asctime_us(std::string_view line) {
  static constexpr const char* kMonths = "JanFebMarAprMayJunJulAugSepOctNovDec";
  const std::string text(line.substr(0, 400));
  for (std::size_t at = text.find(' '); at != std::string::npos; at = text.find(' ', at + 1)) {
    char weekday[4], month[4];
    int day, hour, minute, second, year;
    if (std::sscanf(text.c_str() + at, " %3s %3s %d %d:%d:%d %d", weekday, month, &day, &hour, &minute, &second,
                    &year) != 7) {
      continue;
    }
    const char* found = std::strlen(month) == 3 ? std::strstr(kMonths, month) : nullptr;
    if (!found || (found - kMonths) % 3 != 0) continue;
    const std::chrono::year_month_day date{std::chrono::year(year),
                                           std::chrono::month(static_cast<unsigned>((found - kMonths) / 3 + 1)),
                                           std::chrono::day(static_cast<unsigned>(day))};
    if (!date.ok() || hour > 23 || minute > 59 || second > 60) return std::nullopt;
    const std::int64_t days = std::chrono::sys_days(date).time_since_epoch().count();
    return (((days * 24 + hour) * 60 + minute) * 60 + second) * 1000000;
  }
  return std::nullopt;
}

bool is_blank(std::string_view line) { return line == "\n" || line == "\r\n"; }

// True for a line that mboxrd quoted: one or more '>' before "From ".
bool is_quoted_from(std::string_view line) {
  const std::size_t text = line.find_first_not_of('>');
  return text != std::string_view::npos && text > 0 && line.substr(text, 5) == "From ";
}

}  // namespace

MboxReader::MboxReader(const std::filesystem::path& path)
    : fd_(::open(path.c_str(), O_RDONLY | O_CLOEXEC)), buffer_(kBuffer, '\0') {
  if (fd_ < 0) fail("cannot open " + path.string());
}

MboxReader::~MboxReader() { ::close(fd_); }

bool MboxReader::fill() {
  if (end_of_file_) return false;
  if (begin_ > 0) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  if (end_ == buffer_.size()) return false;
  ssize_t got;
  do got = ::read(fd_, buffer_.data() + end_, buffer_.size() - end_);
  while (got < 0 && errno == EINTR);
  if (got < 0) fail("cannot read an mbox file");
  if (got == 0) end_of_file_ = true;
  end_ += static_cast<std::size_t>(got);
  return got > 0;
}

std::string_view MboxReader::line_piece() {
  std::size_t searched = begin_;
  while (true) {
    const void* found = end_ > searched ? std::memchr(buffer_.data() + searched, '\n', end_ - searched) : nullptr;
    if (found)
      return {buffer_.data() + begin_,
              static_cast<std::size_t>(static_cast<const char*>(found) - (buffer_.data() + begin_)) + 1};
    const std::size_t unread = end_ - begin_;
    if (!fill()) return {buffer_.data() + begin_, end_ - begin_};
    searched = begin_ + unread;
  }
}

bool MboxReader::next_message() {
  if (started_) read_message([](std::string_view) {});
  started_ = true;
  const std::string_view line = line_piece();
  if (line.empty()) return false;
  from_line_waits_ = false;
  at_line_start_ = true;
  from_time_.reset();
  // A file that does not begin with a `From ` line is one message as it is.
  has_from_line_ = line.substr(0, 5) == "From ";
  if (has_from_line_) {
    from_time_ = asctime_us(line);
    begin_ += line.size();
  }
  return true;
}

void MboxReader::read_message(const std::function<void(std::string_view)>& piece) {
  if (from_line_waits_) return;
  char held[2];  // a blank line is held back: before a `From ` line it only separates
  std::size_t n_held = 0;
  bool separated = false;
  while (true) {
    const std::string_view line = line_piece();
    if (line.empty()) break;
    if (at_line_start_ && separated && line.substr(0, 5) == "From ") {
      from_line_waits_ = true;
      return;
    }
    if (n_held > 0) piece({held, n_held});
    n_held = 0;
    separated = at_line_start_ && is_blank(line);
    if (separated) {
      n_held = line.size();
      std::memcpy(held, line.data(), n_held);
    } else {
      piece(at_line_start_ && is_quoted_from(line) ? line.substr(1) : line);
    }
    at_line_start_ = line.back() == '\n';
    begin_ += line.size();
  }
  // RFC 4155 ends every message with a blank line, the last one too. Were it kept there, the message would change as
  // soon as another one is appended behind it.
  if (n_held > 0 && !has_from_line_) piece({held, n_held});
}

}  // namespace haulier::mail_files
