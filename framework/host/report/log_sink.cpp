#include "report/log_sink.hpp"

#include <Poco/Channel.h>
#include <Poco/Message.h>

#include <atomic>
#include <mutex>
#include <string>
#include <vector>

#include "json_writer.hpp"
#include "report/escape.hpp"

namespace haulier::host {

namespace {

constexpr std::string_view kClearLine = "\r\x1b[K";

Poco::Message::Priority priority_of(LogLevel level) {
  switch (level) {
    case LogLevel::debug:
      return Poco::Message::PRIO_DEBUG;
    case LogLevel::info:
      return Poco::Message::PRIO_INFORMATION;
    case LogLevel::warning:
      return Poco::Message::PRIO_WARNING;
    default:
      return Poco::Message::PRIO_ERROR;
  }
}

LogLevel level_of(Poco::Message::Priority priority) {
  if (priority <= Poco::Message::PRIO_ERROR) return LogLevel::error;
  if (priority == Poco::Message::PRIO_WARNING) return LogLevel::warning;
  return priority <= Poco::Message::PRIO_INFORMATION ? LogLevel::info : LogLevel::debug;
}

std::string_view level_color(LogLevel level) {
  switch (level) {
    case LogLevel::error:
      return "\x1b[31m";
    case LogLevel::warning:
      return "\x1b[33m";
    case LogLevel::debug:
      return "\x1b[2m";
    default:
      return "";
  }
}

// Poco 1.11 does not let a formatter list the parameters of a message, so one parameter holds their names in order.
constexpr char kSeparator = '\x1f';
const std::string kFieldNames = "\x1f";

void set_fields(Poco::Message& message, const std::vector<LogField>& fields) {
  std::string names = message.get(kFieldNames, "");
  for (const auto& [key, value] : fields) {
    names += key + kSeparator;
    message.set(key, value);
  }
  message.set(kFieldNames, names);
}

std::vector<LogField> fields_of(const Poco::Message& message) {
  std::vector<LogField> fields;
  const std::string names = message.get(kFieldNames, "");
  std::size_t at = 0;
  while (at < names.size()) {
    const std::size_t end = names.find(kSeparator, at);
    const std::string key = names.substr(at, end - at);
    fields.emplace_back(key, message.get(key, ""));
    at = end + 1;
  }
  return fields;
}

// 2026-11-22T16:15:00.123456Z warning imap: mailbox is gone  account=me mailbox=INBOX
std::string text_line(const Poco::Message& message, bool color) {
  const LogLevel level = level_of(message.getPriority());
  const std::string_view paint = color ? level_color(level) : "";
  std::string line = format_utc(message.getTime().epochMicroseconds());
  line += ' ';
  line += paint;
  line += log_level_words(level);
  if (!paint.empty()) line += "\x1b[0m";
  line += ' ' + message.getSource() + ": " + escape_for_terminal(message.getText());
  std::string_view gap = "  ";
  for (const auto& [key, value] : fields_of(message)) {
    line.append(gap).append(key).append("=").append(escape_for_terminal(value));
    gap = " ";
  }
  return line + "\n";
}

std::string json_line(const Poco::Message& message) {
  JsonWriter json;
  json.begin_object();
  json.member("time", format_utc(message.getTime().epochMicroseconds()));
  json.member("level", log_level_words(level_of(message.getPriority())));
  json.member("component", message.getSource()).member("message", message.getText());
  for (const auto& [key, value] : fields_of(message)) {
    const bool taken = key == "time" || key == "level" || key == "component" || key == "message";
    json.member(taken ? key + "_" : key, value);
  }
  json.end_object();
  return json.take() + "\n";
}

std::string unique_logger_name() {
  // Poco keeps loggers in one registry by name; several sinks live side by side in tests.
  static std::atomic<unsigned> next{0};
  return "haulier." + std::to_string(next++);
}

}  // namespace

// Formats, redacts and writes; one line is one write.
class LogChannel final : public Poco::Channel {
 public:
  LogChannel(std::ostream& out, const LogOptions& options) : out_(out), options_(options) {}

  void log(const Poco::Message& message) override {
    write(options_.format == LogFormat::json ? json_line(message) : text_line(message, options_.color));
  }

  void write(const std::string& text) {
    const std::lock_guard lock(mutex_);
    const std::string clean = redact_ ? redact_(text) : text;
    if (progress_.empty()) {
      out_ << clean;
    } else {
      out_ << kClearLine << clean << progress_;
    }
    out_.flush();
  }

  void set_progress(const std::string& line) {
    const std::lock_guard lock(mutex_);
    if (!options_.terminal || (line.empty() && progress_.empty())) return;
    const std::string clean = escape_for_terminal(line);
    progress_ = redact_ ? redact_(clean) : clean;
    out_ << kClearLine << progress_;
    out_.flush();
  }

  void set_redact(Redact redact) {
    const std::lock_guard lock(mutex_);
    redact_ = std::move(redact);
  }

 private:
  std::ostream& out_;
  const LogOptions options_;
  std::mutex mutex_;
  Redact redact_;
  std::string progress_;
};

LogSink::LogSink(std::ostream& out, const Clock& clock, LogOptions options)
    : options_(options), clock_(clock), channel_(new LogChannel(out, options)) {
  const auto priority = options.level == LogLevel::none ? 0 : priority_of(options.level);
  logger_ = &Poco::Logger::create(unique_logger_name(), channel_, priority);
}

LogSink::~LogSink() { Poco::Logger::destroy(logger_->name()); }

bool LogSink::enabled(LogLevel level) const { return level >= options_.level && options_.level != LogLevel::none; }

void LogSink::log(LogLevel level, std::string_view component, std::string_view message,
                  const std::vector<LogField>& fields) {
  if (!enabled(level)) return;
  Poco::Message line{std::string(component), std::string(message), priority_of(level)};
  line.setTime(Poco::Timestamp(clock_.now_us()));
  set_fields(line, context_);
  set_fields(line, fields);
  logger_->log(line);
}

void LogSink::set_context(std::vector<LogField> fields) { context_ = std::move(fields); }

void LogSink::set_redact(Redact redact) { channel_->set_redact(std::move(redact)); }

void LogSink::set_progress(const std::string& line) { channel_->set_progress(line); }

void LogSink::write_raw(std::string_view text) { channel_->write(std::string(text)); }

std::string_view log_level_words(LogLevel level) {
  switch (level) {
    case LogLevel::debug:
      return "debug";
    case LogLevel::info:
      return "info";
    case LogLevel::warning:
      return "warning";
    case LogLevel::error:
      return "error";
    case LogLevel::none:
      break;
  }
  return "none";
}

}  // namespace haulier::host
