#include "report/run_report.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "json_writer.hpp"
#include "report/escape.hpp"

namespace haulier::host {

namespace {

void write_counters(JsonWriter& json, const RunCounters& counters) {
  json.begin_object().member("read", counters.read).member("written", counters.written);
  json.member("filtered", counters.filtered).member("quarantined", counters.quarantined);
  json.member("unchanged", counters.unchanged).end_object();
}

void write_stage(JsonWriter& json, const StageReport& stage) {
  json.begin_object().member("id", stage.id).member("version", stage.version);
  json.key("metrics").begin_object();
  for (const auto& [name, value] : stage.metrics) json.member(name, value);
  json.end_object().end_object();
}

void write_stages(JsonWriter& json, std::string_view key, const std::vector<StageReport>& stages) {
  json.key(key).begin_list();
  for (const StageReport& stage : stages) write_stage(json, stage);
  json.end_list();
}

void write_partitions(JsonWriter& json, const std::vector<PartitionReport>& partitions) {
  if (partitions.empty()) return;
  json.key("partitions").begin_list();
  for (const PartitionReport& partition : partitions) {
    json.begin_object().member("name", partition.name).key("counters");
    write_counters(json, partition.counters);
    if (!partition.error.empty()) json.member("error", partition.error);
    json.end_object();
  }
  json.end_list();
}

void write_failure(JsonWriter& json, const Failure& failure) {
  json.key("error").begin_object().member("what", failure.what).member("data", failure.data_safety);
  json.member("next", failure.next).member("command", failure.command).end_object();
}

[[noreturn]] void fail(const std::string& path, int error) {
  throw Failed({.exit_code = ExitCode::local_io,
                .what = "cannot write " + path + ": " + std::strerror(error),
                .command = "df -h " + path});
}

void write_all(int fd, const std::string& text, const std::string& path) {
  std::size_t at = 0;
  while (at < text.size()) {
    const auto written = ::write(fd, text.data() + at, text.size() - at);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) fail(path, written == 0 ? ENOSPC : errno);
    at += static_cast<std::size_t>(written);
  }
}

// A rename is durable only once its folder is.
void sync_folder(const std::filesystem::path& folder) {
  const int fd = ::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return;
  ::fsync(fd);
  ::close(fd);
}

}  // namespace

std::string run_report_json(const RunReport& report, const Redact& redact) {
  JsonWriter json(2, redact);
  json.begin_object().member("report_version", 1).member("haulier", report.haulier_version);
  json.member("pipeline", report.pipeline).key("run_id").raw(json_string(report.run_id));
  json.member("guarantee", report.guarantee);
  json.member("exit_code", to_int(report.exit_code)).member("outcome", exit_code_words(report.exit_code));
  if (report.failure) write_failure(json, *report.failure);
  json.key("started_at").raw(json_string(format_utc(report.started_at_us)));
  json.key("ended_at").raw(json_string(format_utc(report.ended_at_us)));
  json.member("duration_s", static_cast<double>(report.duration_us) / 1e6);
  json.key("counters");
  write_counters(json, report.counters);
  json.member("balanced", report.counters.balanced());
  json.key("source");
  write_stage(json, report.source);
  write_stages(json, "transforms", report.transforms);
  write_stages(json, "sinks", report.sinks);
  write_partitions(json, report.partitions);
  json.member("peak_memory_bytes", report.peak_memory_bytes);
  json.key("warnings").begin_list();
  for (const std::string& warning : report.warnings) json.value(warning);
  json.end_list().end_object();
  return json.take() + "\n";
}

std::int64_t peak_memory_bytes() {
  std::ifstream status("/proc/self/status");
  std::string word;
  while (status >> word) {
    std::int64_t kib = 0;
    if (word == "VmHWM:" && status >> kib) return kib * 1024;
  }
  return 0;
}

void write_file_atomically(const std::string& path, const std::string& text, Durable durable) {
  const std::string temporary = path + ".new." + std::to_string(::getpid());
  const int fd = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (fd < 0) fail(path, errno);
  try {
    write_all(fd, text, path);
    if (durable == Durable::yes && ::fsync(fd) != 0) fail(path, errno);
    if (::rename(temporary.c_str(), path.c_str()) != 0) fail(path, errno);
  } catch (...) {
    ::close(fd);
    ::unlink(temporary.c_str());
    throw;
  }
  ::close(fd);
  if (durable == Durable::yes) sync_folder(std::filesystem::path(path).parent_path());
}

}  // namespace haulier::host
