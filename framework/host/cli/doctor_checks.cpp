#include "cli/doctor_checks.hpp"

#include <Poco/Dynamic/Var.h>
#include <Poco/JSON/Object.h>
#include <Poco/JSON/Parser.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/timex.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <optional>
#include <system_error>

#include "engine/pipeline_run.hpp"
#include "engine/spill_file.hpp"
#include "report/escape.hpp"

namespace haulier::host {

namespace {

constexpr std::uint64_t kMiB = std::uint64_t{1} << 20;
constexpr std::uint64_t kLeastFreeBytes = 256 * kMiB;
constexpr std::int64_t kClockSlackUs = std::int64_t{300} * 1'000'000;  // file systems of other machines

std::string mebibytes(std::uint64_t bytes) { return std::to_string(bytes / kMiB) + " MiB"; }

std::optional<std::uint64_t> free_bytes(const std::string& folder) {
  struct statvfs space {};
  if (::statvfs(folder.c_str(), &space) != 0) return std::nullopt;
  return std::uint64_t{space.f_bavail} * space.f_frsize;
}

std::optional<std::uint64_t> number_in(const char* file) {
  std::ifstream in(file);
  std::uint64_t value = 0;
  return in >> value ? std::optional(value) : std::nullopt;
}

// The least of what the machine has and what its container may use.
std::uint64_t memory_here() {
  const auto pages = static_cast<std::uint64_t>(std::max(::sysconf(_SC_PHYS_PAGES), 0L));
  std::uint64_t bytes = pages * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  for (const char* file : {"/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"}) {
    if (const auto limit = number_in(file)) bytes = std::min(bytes, *limit);
  }
  return bytes;
}

Finding fail_io(std::string step, std::string words, std::string remedy) {
  return {HAULIER_FAIL, std::move(step), std::move(words), std::move(remedy), {}, ExitCode::local_io};
}

// Empty when there is none.
std::string path_setting(const PluginUse& use) {
  try {
    Poco::JSON::Parser parser;
    const auto object = parser.parse(use.checked.json).extract<Poco::JSON::Object::Ptr>();
    return object->optValue<std::string>("path", "");
  } catch (const Poco::Exception&) {
    return {};
  }
}

}  // namespace

Finding check_clock(const Clock& clock, const std::string& pipeline_file) {
  const std::int64_t now = clock.now_us();
  const std::string shown = format_utc(now).substr(0, 19) + "Z";
  struct stat file {};
  if (::stat(pipeline_file.c_str(), &file) == 0 && file.st_mtime * 1'000'000 > now + kClockSlackUs) {
    return {HAULIER_WARN, "clock", "it is " + shown + " here, but the pipeline file is younger than that",
            "set this machine's clock: certificates and tokens are checked by it"};
  }
  timex state{};
  if (::adjtimex(&state) < 0 || (state.status & STA_UNSYNC) == 0) return {HAULIER_PASS, "clock", shown};
  return {HAULIER_PASS, "clock", shown + "; nothing here keeps it in step with the world (no NTP)"};
}

Finding check_memory(std::int64_t limit_bytes) {
  const auto limit = static_cast<std::uint64_t>(std::max<std::int64_t>(limit_bytes, 0));
  const std::uint64_t here = memory_here();
  const std::string words = "limits.memory is " + mebibytes(limit) + ", this machine has " + mebibytes(here);
  if (limit > here) {
    return {HAULIER_WARN, "memory", words, "set limits.memory below it, or the system will end the program in mid-run"};
  }
  const std::uint64_t budget = blob_budget(limit_bytes);
  if (budget == blob_budget(0)) {
    return {HAULIER_WARN, "memory", words + "; the program needs most of that itself",
            "set limits.memory: 64MiB or more, or expect that it uses a little more than it may"};
  }
  return {HAULIER_PASS, "memory", words + "; " + mebibytes(budget) + " of the limit are for messages"};
}

Finding check_spill(const std::string& directory, std::int64_t limit_bytes) {
  try {
    SpillFile probe(directory);
    probe.append("haulier");
    (void)probe.map();
  } catch (const std::system_error& error) {
    return fail_io("spill", std::string(directory) + ": " + error.what(),
                   "set limits.spill_directory to a folder that this user may write to");
  }
  const auto space = free_bytes(directory);
  const std::string words = directory + " can be written to" + (space ? ", " + mebibytes(*space) + " free" : "");
  const auto wanted = std::max(kLeastFreeBytes, static_cast<std::uint64_t>(std::max<std::int64_t>(limit_bytes, 0)));
  if (space && *space < wanted) {
    return {HAULIER_WARN, "spill", words, "make room there, or set limits.spill_directory: big messages wait there"};
  }
  return {HAULIER_PASS, "spill", words};
}

Finding check_sink_folder(const PluginUse& sink) {
  const std::string path = path_setting(sink);
  if (path.empty()) return {HAULIER_SKIP, "sink space", "it writes to no path of this machine", {}, sink.path};
  std::error_code ignored;
  const bool exists = std::filesystem::exists(path, ignored);
  std::string folder = std::filesystem::path(path).parent_path().string();
  if (folder.empty()) folder = ".";
  const std::string& touched = exists ? path : folder;
  if (::access(touched.c_str(), W_OK) != 0) {
    Finding finding = fail_io("sink space", touched + " cannot be written to: " + std::strerror(errno),
                              exists ? "give this user the right to write " + path
                                     : "make the folder " + folder + ", writable for this user");
    finding.subject = sink.path;
    return finding;
  }
  const auto space = free_bytes(folder);
  const std::string words = touched + " can be written to" + (space ? ", " + mebibytes(*space) + " free" : "");
  if (space && *space < kLeastFreeBytes) {
    return {HAULIER_WARN, "sink space", words, "make room there before the run", sink.path};
  }
  return {HAULIER_PASS, "sink space", words, {}, sink.path};
}

}  // namespace haulier::host
