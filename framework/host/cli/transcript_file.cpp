#include "cli/transcript_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "cli/failure.hpp"
#include "report/escape.hpp"

namespace haulier::host {

namespace {

[[noreturn]] void stop(const std::string& path, int error) {
  throw Failed({.exit_code = ExitCode::local_io,
                .what = "cannot write " + path + ": " + std::strerror(error),
                .data_safety = "nothing was read or written"});
}

}  // namespace

TranscriptFile::TranscriptFile(const std::string& path, Redact redact)
    : path_(path),
      redact_(std::move(redact)),
      fd_(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600)) {
  if (fd_ < 0) stop(path_, errno);
  // An older file may be readable for others.
  if (::fchmod(fd_, 0600) != 0) stop(path_, errno);
}

TranscriptFile::~TranscriptFile() { ::close(fd_); }

void TranscriptFile::line(std::string_view text) {
  std::string out = redact_ ? redact_(text) : std::string(text);
  out = escape_for_terminal(out) + "\n";
  for (std::size_t at = 0; at < out.size() && !failed_;) {
    const auto size = ::write(fd_, out.data() + at, out.size() - at);
    if (size < 0 && errno == EINTR) continue;
    failed_ = size < 0;
    if (!failed_) at += static_cast<std::size_t>(size);
  }
}

void TranscriptFile::finish() {
  if (failed_ || ::fsync(fd_) != 0) stop(path_, failed_ ? ENOSPC : errno);
}

}  // namespace haulier::host
