#include "engine/state_store.hpp"

#include <fcntl.h>
#include <Poco/JSON/Object.h>
#include <Poco/JSON/Parser.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <system_error>
#include <utility>

#include "cli/failure.hpp"
#include "engine/abi_text.hpp"
#include "json_writer.hpp"
#include "report/escape.hpp"
#include "report/run_report.hpp"

namespace haulier::host {

namespace fs = std::filesystem;

namespace {

constexpr int kVersion = 1;

[[noreturn]] void fail(ExitCode code, std::string what, std::string command = {}) {
  Failure failure;
  failure.exit_code = code;
  failure.what = std::move(what);
  failure.command = std::move(command);
  throw Failed(std::move(failure));
}

void write_value(JsonWriter& out, const haulier_value& value) {
  switch (value.type) {
    case HAULIER_JSON:  // as text: its exact bytes are the source's business
    case HAULIER_STRING:
      out.value(view(value.v.s));
      return;
    case HAULIER_BOOL:
      out.value(value.v.i != 0);
      return;
    case HAULIER_INT64:
    case HAULIER_TIMESTAMP:
      out.value(value.v.i);
      return;
    case HAULIER_DOUBLE:
      out.value(value.v.d);
      return;
    default:
      out.null();
  }
}

OwnedRecord read_row(const Poco::JSON::Object& row, const haulier_stream& stream, std::uint32_t index) {
  OwnedRecord out(index, stream.n_fields);
  for (std::uint32_t i = 0; i < stream.n_fields; ++i) {
    const haulier_field& field = stream.fields[i];
    const std::string name(view(field.name));
    if (!row.has(name) || row.isNull(name)) continue;
    const auto type = static_cast<haulier_type>(field.type);
    switch (type) {
      case HAULIER_STRING:
      case HAULIER_JSON:
        out.text(i, type, row.getValue<std::string>(name));
        break;
      case HAULIER_BOOL:
        out.integer(i, type, row.getValue<bool>(name) ? 1 : 0);
        break;
      case HAULIER_INT64:
      case HAULIER_TIMESTAMP:
        out.integer(i, type, row.getValue<Poco::Int64>(name));
        break;
      case HAULIER_DOUBLE:
        out.real(i, row.getValue<double>(name));
        break;
      default:
        break;
    }
  }
  return out;
}

// Between looking whether the file is still ours and replacing it nobody else may replace it.
class WriteTurn {
 public:
  explicit WriteTurn(const std::string& file) {
    const std::string name = file + ".lock";
    fd_ = ::open(name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd_ < 0) fail(ExitCode::local_io, "cannot open " + name + ": " + std::strerror(errno));
    if (::flock(fd_, LOCK_EX | LOCK_NB) == 0) return;
    const int why = errno;
    ::close(fd_);
    if (why == EWOULDBLOCK) fail(ExitCode::try_again, file + " is being written by another run");
    fail(ExitCode::local_io, "cannot lock " + name + ": " + std::strerror(why));
  }
  ~WriteTurn() { ::close(fd_); }
  WriteTurn(const WriteTurn&) = delete;
  WriteTurn& operator=(const WriteTurn&) = delete;

 private:
  int fd_ = -1;
};

}  // namespace

std::string state_folder(const std::string& configured, const std::string& pipeline, const StatePlace& place) {
  if (!configured.empty()) return configured;
  const fs::path base = place.xdg_state_home && *place.xdg_state_home
                            ? fs::path(place.xdg_state_home)
                            : fs::path(place.home ? place.home : ".") / ".local/state";
  return (base / "haulier" / pipeline).string();
}

StateStore::StateStore(std::string folder, std::string pipeline, std::string sink, const haulier_stream& stream,
                       std::uint32_t stream_index, const Clock& clock, CrashPoints& crash_points)
    : folder_(std::move(folder)),
      file_((fs::path(folder_) / (pipeline + "." + sink + ".state.json")).string()),
      pipeline_(std::move(pipeline)),
      sink_(std::move(sink)),
      stream_(stream),
      stream_index_(stream_index),
      clock_(clock),
      crash_points_(crash_points) {}

StateStore::Identity StateStore::identity() const noexcept {
  struct stat info {};
  if (::stat(file_.c_str(), &info) != 0) return {};
  return {info.st_ino, std::int64_t{info.st_ctim.tv_sec} * 1'000'000'000 + info.st_ctim.tv_nsec};
}

void StateStore::read() {
  epoch_ = 0;
  rows_.clear();
  std::error_code error;
  if (!fs::exists(file_, error)) return;
  std::ifstream in(file_, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  if (!in) fail(ExitCode::local_io, "cannot read " + file_);
  try {
    Poco::JSON::Parser parser;
    const auto root = parser.parse(text.str()).extract<Poco::JSON::Object::Ptr>();
    const auto version = root->getValue<int>("version");
    if (version > kVersion)
      fail(ExitCode::bad_state, file_ + " was written by a newer haulier (version " + std::to_string(version) + ")");
    if (root->getValue<std::string>("pipeline") != pipeline_) {
      fail(ExitCode::bad_state, file_ + " belongs to pipeline " + root->getValue<std::string>("pipeline"));
    }
    epoch_ = root->getValue<Poco::UInt64>("epoch");
    const auto rows = root->getArray("rows");
    for (unsigned i = 0; rows && i < rows->size(); ++i) {
      OwnedRecord row = read_row(*rows->getObject(i), stream_, stream_index_);
      rows_.insert_or_assign(key_json(row.c(), stream_), std::move(row));
    }
  } catch (const Poco::Exception& fault) {
    fail(ExitCode::bad_state, file_ + " is damaged: " + fault.displayText(),
         "mv " + file_ + " " + file_ + ".damaged   # the next run then reads everything again");
  }
}

StateRows StateStore::load() {
  read();
  StateRows out;
  for (const auto& [key, row] : rows_) out.emplace(key, OwnedRecord(row.c()));
  return out;
}

std::uint64_t StateStore::fence() {
  std::error_code error;
  fs::create_directories(folder_, error);
  if (error) fail(ExitCode::local_io, "cannot make the state folder " + folder_ + ": " + error.message());
  const WriteTurn turn(file_);
  read();
  ++epoch_;
  write();
  return epoch_;
}

void StateStore::save(const StateRows& rows) {
  const WriteTurn turn(file_);
  if (written_ != identity()) {
    fail(ExitCode::try_again,
         "another run has taken over the pipeline " + pipeline_ + " in " + file_ + "; this one saved nothing more");
  }
  for (const auto& [key, row] : rows) rows_.insert_or_assign(key, OwnedRecord(row.c()));
  write();
}

std::string StateStore::text() const {
  JsonWriter out(1);
  out.begin_object();
  out.member("version", kVersion).member("pipeline", pipeline_).member("sink", sink_);
  out.member("epoch", epoch_).member("updated_at", format_utc(clock_.now_us()));
  out.member("stream", view(stream_.name));
  out.key("rows").begin_list();
  for (const auto& [key, row] : rows_) {
    out.begin_object();
    for (std::uint32_t i = 0; i < stream_.n_fields && i < row.size(); ++i) {
      write_value(out.key(view(stream_.fields[i].name)), row[i]);
    }
    out.end_object();
  }
  out.end_list().end_object();
  return out.take() + "\n";
}

void StateStore::write() {
  crash_points_.step("engine.state.before_write");
  write_file_atomically(file_, text(), Durable::yes);
  written_ = identity();
  crash_points_.step("engine.state.after_write");
}

}  // namespace haulier::host
