#include "report/audit.hpp"

#include <fcntl.h>
#include <Poco/JSON/Object.h>
#include <Poco/JSON/Parser.h>
#include <Poco/SHA2Engine.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <optional>

#include "cli/failure.hpp"
#include "json_writer.hpp"
#include "report/escape.hpp"

namespace haulier::host {

namespace {

// The hash "before the first line".
const std::string kGenesis(64, '0');
constexpr std::string_view kHashKey = ",\"hash\":\"";
constexpr std::int64_t kMaxLineBytes = 1 << 20;  // a longer last line is no audit line

std::string sha256_hex(const std::string& text) {
  Poco::SHA2Engine engine(Poco::SHA2Engine::SHA_256);
  engine.update(text);
  return Poco::DigestEngine::digestToHex(engine.digest());
}

// The hash covers the line up to (not with) its own hash, and through "prev" every line before it.
std::string sealed(const std::string& body) { return body + std::string(kHashKey) + sha256_hex(body) + "\"}"; }

struct ReadLine {
  std::uint64_t number = 0;
  std::string previous;
  std::string hash;
};

// Empty: the line is damaged or was changed.
std::optional<ReadLine> read_line(const std::string& line) {
  const std::size_t at = line.rfind(kHashKey);
  if (at == std::string::npos || sealed(line.substr(0, at)) != line) return std::nullopt;
  try {
    Poco::JSON::Parser parser;
    const auto object = parser.parse(line).extract<Poco::JSON::Object::Ptr>();
    return ReadLine{object->getValue<Poco::UInt64>("n"), object->getValue<std::string>("prev"),
                    object->getValue<std::string>("hash")};
  } catch (const Poco::Exception&) {
    return std::nullopt;
  }
}

[[noreturn]] void fail(const std::string& file, const std::string& words, const std::string& command = {}) {
  throw Failed({.exit_code = ExitCode::local_io, .what = "audit log " + file + ": " + words, .command = command});
}

[[noreturn]] void fail_to_read(const std::string& file) {
  throw Failed({.exit_code = ExitCode::local_io,
                .what = "audit log " + file + ": cannot be read",
                .data_safety = "nothing was read or written",
                .command = "ls -ld " + file});
}

std::string error_words() { return std::strerror(errno); }

// Held while one process looks at the end of the file and writes behind it.
class FileLock {
 public:
  explicit FileLock(int fd) : fd_(fd) {
    while (::flock(fd_, LOCK_EX) != 0 && errno == EINTR) {
    }
  }
  ~FileLock() { ::flock(fd_, LOCK_UN); }
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;

 private:
  int fd_;
};

std::int64_t size_of(int fd) {
  struct stat info {};
  return ::fstat(fd, &info) == 0 ? info.st_size : -1;
}

// The last complete line, and where the text behind it (a torn line) begins.
struct Tail {
  std::string last_line;
  std::int64_t end = 0;
};

Tail read_tail(int fd, std::int64_t size) {
  const std::int64_t from = size > 2 * kMaxLineBytes ? size - 2 * kMaxLineBytes : 0;
  std::string text(static_cast<std::size_t>(size - from), '\0');
  const auto got = ::pread(fd, text.data(), text.size(), from);
  text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  const std::size_t newline = text.rfind('\n');
  if (newline == std::string::npos) return {};
  const std::size_t before = newline == 0 ? std::string::npos : text.rfind('\n', newline - 1);
  const std::size_t begin = before == std::string::npos ? 0 : before + 1;
  return {text.substr(begin, newline - begin), from + static_cast<std::int64_t>(newline) + 1};
}

}  // namespace

Audit::Audit(AuditOptions options, const Clock& clock) : options_(std::move(options)), clock_(clock), hash_(kGenesis) {
  fd_ = ::open(options_.file.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (fd_ < 0) fail(options_.file, error_words(), "ls -ld " + options_.file);
  try {
    const FileLock lock(fd_);
    catch_up();
  } catch (...) {
    ::close(fd_);
    throw;
  }
}

Audit::~Audit() {
  if (options_.flush == AuditFlush::on_flush) ::fdatasync(fd_);
  ::close(fd_);
}

// Another process may have written, or a crash may have left half a line. Under the file lock.
void Audit::catch_up() {
  const std::int64_t size = size_of(fd_);
  if (size < 0) fail(options_.file, error_words());
  if (size == known_size_) return;
  const Tail tail = read_tail(fd_, size);
  number_ = 0;
  hash_ = kGenesis;
  if (!tail.last_line.empty()) {
    const auto last = read_line(tail.last_line);
    if (!last) fail(options_.file, "its last line is damaged", "haulier audit verify " + options_.file);
    number_ = last->number;
    hash_ = last->hash;
  }
  known_size_ = size;
  if (tail.end == size) return;
  if (::ftruncate(fd_, tail.end) != 0) fail(options_.file, error_words());
  known_size_ = tail.end;
  write_line("audit.repaired", {{"cut_bytes", std::to_string(size - tail.end)}});
}

void Audit::write_line(std::string_view event, const std::vector<AuditField>& fields) {
  JsonWriter json;
  json.begin_object().member("n", number_ + 1).member("at", format_utc(clock_.now_us())).member("event", event);
  json.key("fields").begin_object();
  for (const auto& [key, value] : fields) json.member(key, options_.redact ? options_.redact(value) : value);
  json.end_object().member("prev", hash_);
  const std::string line = sealed(json.text()) + "\n";
  const auto written = ::write(fd_, line.data(), line.size());
  if (written != static_cast<ssize_t>(line.size())) {
    const std::string words = written < 0 ? error_words() : "disk full";
    if (::ftruncate(fd_, known_size_) != 0) known_size_ = -1;  // look again before the next line
    fail(options_.file, words, "df -h " + options_.file);
  }
  known_size_ += written;
  ++number_;
  hash_ = line.substr(line.size() - 67, 64);
  if (options_.flush == AuditFlush::each_line && ::fdatasync(fd_) != 0) fail(options_.file, error_words());
}

void Audit::append(std::string_view event, const std::vector<AuditField>& fields) {
  const FileLock lock(fd_);
  catch_up();
  write_line(event, fields);
}

void Audit::record(std::string_view event, const std::vector<AuditField>& fields) {
  const std::lock_guard lock(mutex_);
  try {
    append(event, fields);
  } catch (const Failed&) {
    if (options_.fail_closed) throw;
    ++lost_;
  }
}

void Audit::flush() {
  const std::lock_guard lock(mutex_);
  if (options_.flush == AuditFlush::each_line || ::fdatasync(fd_) == 0) return;
  if (options_.fail_closed) fail(options_.file, error_words());
  ++lost_;
}

std::uint64_t Audit::lost() const {
  const std::lock_guard lock(mutex_);
  return lost_;
}

AuditVerdict verify_audit(const std::string& file, std::string_view sought) {
  std::ifstream in(file, std::ios::binary);
  if (!in) fail_to_read(file);
  AuditVerdict verdict;
  verdict.last_hash = kGenesis;
  const auto bad = [&](const std::string& words) {
    verdict.bad_line = verdict.lines + 1;
    verdict.words = "line " + std::to_string(verdict.bad_line) + ": " + words;
    return verdict;
  };
  bool found = sought.empty();
  std::string text(static_cast<std::size_t>(kMaxLineBytes) + 1, '\0');
  while (in.getline(text.data(), static_cast<std::streamsize>(text.size()))) {
    if (in.eof()) return bad("has no end; a crash may have cut it, the next run repairs that");
    const auto line = read_line(text.substr(0, static_cast<std::size_t>(in.gcount()) - 1));
    if (!line) return bad("was changed or is damaged");
    if (line->number != verdict.lines + 1)
      return bad("has number " + std::to_string(line->number) + "; lines are missing");
    if (line->previous != verdict.last_hash) return bad("does not follow the line before it");
    verdict.last_hash = line->hash;
    found = found || line->hash == sought;
    ++verdict.lines;
  }
  if (in.bad()) fail_to_read(file);
  if (!in.eof()) return bad("is longer than 1 MiB; that is no line of an audit log");
  if (!found) {
    verdict.words = "no line has the hash " + std::string(sought) + "; lines were cut off, or it is another log";
    return verdict;
  }
  verdict.intact = true;
  verdict.words = std::to_string(verdict.lines) + " lines, all intact";
  return verdict;
}

}  // namespace haulier::host
