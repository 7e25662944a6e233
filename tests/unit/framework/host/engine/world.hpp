// A world for engine tests: mailboxes that a source reads, databases that sinks write, and the plugins between them.
// The plugins are plain classes over the SDK; a test tells them what to do through the World its config points to.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "config/pipeline_config.hpp"
#include "engine/pipeline_run.hpp"
#include "haulier/sink.hpp"
#include "haulier/source.hpp"
#include "haulier/transform.hpp"

namespace engine_test {

// What is committed, and what an open transaction has added. Survives the run.
struct Database {
  std::map<std::string, std::string> rows;        // "partition/n" -> text
  std::map<std::string, std::string> quarantine;  // "partition|origin" -> "stage: reason"
  std::map<std::string, std::int64_t> states;     // partition -> records done
  std::uint64_t epoch = 0;
  std::vector<std::size_t> commit_sizes;  // data rows per commit
  std::vector<std::string> write_order;   // committed keys in the order they were written
  // Called at each step of the sink ("open", "begin", "write", "commit", "after_commit", "rollback", ...). May throw.
  std::function<void(std::string_view step)> on_step;
  std::set<std::string> refused;  // texts that this one does not take, besides "bad"
};

struct World {
  // Partition -> texts of its records. "drop" is filtered, "reject..." rejected by the transform, "source-reject" by
  // the source, "bad..." refused by every sink, "blob:<n>" carries a blob of n bytes. "...share:<x>" uses the row
  // `shares/<x>`, which the first one of a batch brings.
  std::map<std::string, std::vector<std::string>> mailboxes;
  std::size_t batch_size = 3;
  bool ignore_state = false;      // the source starts from nothing whatever the sinks say
  bool empty_last_batch = false;  // a batch without records moves the state past the last record
  const haulier_host* source_host = nullptr;
  const haulier_host* sink_host = nullptr;  // of the sink made last
  std::function<void(std::string_view step, haulier::Host host)>
      on_source;  // "prepare", "open", "read", "end"; may throw
  std::function<void(std::string_view text)> on_transform;
  std::map<std::string, std::uint64_t> committed;  // what source.committed() said
  std::atomic<int> live_instances{0};
  std::map<std::string, Database> databases;  // by the sink's config `name`
  std::mutex mutex;                           // for what several workers touch
};

// Streams: `lines` (source, transient), `progress` (state), `rows` (transform).
namespace lines {
enum : std::uint32_t { kPartition, kNumber, kText, kRaw, kFields };
}
namespace progress {
enum : std::uint32_t { kPartition, kState, kFields };
}

World& world_of(const haulier::Config& config);

class Lines {
 public:
  Lines(haulier::Config config, haulier::Host host);
  ~Lines();
  void declare(haulier::Schema& streams);
  void prepare();
  void open(const haulier::SourceOptions& options, haulier::BatchView state);
  std::optional<haulier::Batch> read();
  void committed(std::string_view partition, std::uint64_t n);

 private:
  void add(haulier::BatchBuilder& batch, const std::string& partition, std::size_t at, std::uint64_t origin);
  World& world_;
  haulier::Host host_;
  std::map<std::string, std::size_t> at_;  // next record
  std::set<std::string> closed_;           // partitions whose empty last batch was given
  std::string turn_;                       // partition read last
};

class Rows {
 public:
  Rows(haulier::Config config, haulier::Host host);
  ~Rows();
  void declare(haulier::SchemaView in, haulier::Schema& out);
  haulier::Batch apply(haulier::Batch in);

 private:
  World& world_;
  std::uint32_t in_lines_ = 0;
};

// Transactional when `exact`, else the rows are durable after flush().
class MemorySink {
 public:
  MemorySink(haulier::Config config, haulier::Host host);
  ~MemorySink();
  void open(haulier::SchemaView streams, const haulier::SinkOptions& options);
  void write(haulier::BatchView batch, haulier::Outcomes outcomes);

 protected:
  void step(std::string_view name);
  void settle();  // pending -> committed
  haulier::Host host_;
  World& world_;
  Database& database_;
  std::map<std::string, std::string> pending_rows_;
  std::map<std::string, std::string> pending_quarantine_;
  std::vector<std::string> pending_order_;
  std::uint32_t rows_ = 0, quarantine_ = 0, progress_ = 0;
  std::optional<std::uint32_t> shares_;
};

class FlushSink : public MemorySink {
 public:
  using MemorySink::MemorySink;
  void flush();
};

class ExactSink : public MemorySink {
 public:
  using MemorySink::MemorySink;
  std::uint64_t fence();
  haulier::Batch load_state();
  // Of the stream `rows`: one record for each committed row.
  haulier::Batch lookup(haulier::LookupView request);
  void begin();
  void commit(haulier::StateRows states);
  void rollback();

 private:
  std::uint64_t epoch_ = 0;
};

// A new folder, in memory where the system has that: these tests sync files thousands of times. The caller removes it.
[[nodiscard]] std::string scratch_folder();

// A database as a file, for processes that are stopped. A missing file is an empty database.
void save(const Database& database, const std::string& file);
void load(Database& database, const std::string& file);

// A pipeline over a World, ready to run; everything the run borrows.
class Fixture {
 public:
  Fixture();
  ~Fixture();
  // "exact" or "flush", and the name of its database, which is the sink's name too when there is one of that kind.
  void add_sink(const std::string& id, const std::string& database);
  void without_transform() { config.transforms.clear(); }
  haulier::host::RunReport run(haulier::host::RunOptions options = {});
  haulier::host::RunParts parts();
  // Rows that `database` should hold in the end.
  [[nodiscard]] std::map<std::string, std::string> expected_rows() const;

  World world;
  haulier::host::PipelineConfig config;
  haulier::host::VirtualClock clock;
  std::ostringstream log_text;
  haulier::host::LogSink log;
  haulier::host::Metrics metrics;
  std::unique_ptr<haulier::host::CrashPoints> crash_points;
  haulier::host::RandomSource random{1};
  haulier::host::NoCredentials credentials;
  haulier::host::PluginRegistry registry{{}};
  std::string folder;  // removed in the end
  // Called with the run before it starts.
  std::function<void(haulier::host::PipelineRun&)> on_run;
};

// With one transactional sink over the database `db`.
struct OneSink : Fixture {
  OneSink() { add_sink("exact", "db"); }
  Database& db() { return world.databases["db"]; }
};

// "t0", "t1", ...
[[nodiscard]] std::vector<std::string> texts(std::size_t n, const std::string& prefix = "t");
// Throws `error` the first `times` times that `step` comes.
[[nodiscard]] std::function<void(std::string_view)> failing(std::string step, int times, haulier::Error error);

}  // namespace engine_test
