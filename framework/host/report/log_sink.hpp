// The one place that writes to stderr while a command runs: log lines and the progress line.
#pragma once

#include <Poco/AutoPtr.h>
#include <Poco/Logger.h>

#include <ostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "clock.hpp"
#include "report/redact.hpp"

namespace haulier::host {

enum class LogFormat { text, json };
enum class LogLevel { debug = 0, info = 1, warning = 2, error = 3, none = 4 };  // numbers of haulier_log_level

using LogField = std::pair<std::string, std::string>;

struct LogOptions {
  LogFormat format = LogFormat::text;
  LogLevel level = LogLevel::info;
  bool color = false;     // text only; the caller has seen that the stream is a terminal
  bool terminal = false;  // a progress line may be drawn and redrawn
};

class LogChannel;

// Thread-safe. Owned by main; everything else gets a reference. Wraps a Poco::Logger, so that code that speaks Poco can
// use logger() and still ends here.
class LogSink {
 public:
  // `out` and `clock` outlive the sink.
  LogSink(std::ostream& out, const Clock& clock, LogOptions options);
  ~LogSink();
  LogSink(const LogSink&) = delete;
  LogSink& operator=(const LogSink&) = delete;

  [[nodiscard]] bool enabled(LogLevel level) const;
  // component: the plugin's id, or "host". Escapes what is not printable.
  void log(LogLevel level, std::string_view component, std::string_view message,
           const std::vector<LogField>& fields = {});

  // Fields that every later line carries, e.g. pipeline and run_id. Not while other threads log.
  void set_context(std::vector<LogField> fields);
  // Applied last, to whole lines. Not while other threads log.
  void set_redact(Redact redact);
  // The line that stays at the bottom of a terminal; empty removes it. Nothing happens without a terminal.
  void set_progress(const std::string& line);
  // A finished text (a Failure), redacted, without time and level.
  void write_raw(std::string_view text);

  [[nodiscard]] const LogOptions& options() const { return options_; }
  [[nodiscard]] Poco::Logger& logger() { return *logger_; }

 private:
  LogOptions options_;
  const Clock& clock_;
  Poco::AutoPtr<LogChannel> channel_;
  Poco::Logger* logger_ = nullptr;  // owned by Poco's registry, destroyed by name
  std::vector<LogField> context_;
};

[[nodiscard]] std::string_view log_level_words(LogLevel level);

}  // namespace haulier::host
