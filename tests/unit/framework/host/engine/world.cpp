#include "world.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>

#include <stdlib.h>
#include <unistd.h>

namespace engine_test {

using haulier::BatchBuilder;
using haulier::Error;

World& world_of(const haulier::Config& config) {
  return *reinterpret_cast<World*>(static_cast<std::uintptr_t>(config.integer("world")));
}

Lines::Lines(haulier::Config config, haulier::Host host) : world_(world_of(config)), host_(host) {
  ++world_.live_instances;
  world_.source_host = host_.get();
}
Lines::~Lines() { --world_.live_instances; }

void Lines::declare(haulier::Schema& streams) {
  streams.add("lines", HAULIER_STREAM_TRANSIENT,
              {{"partition", HAULIER_STRING, HAULIER_FIELD_KEY},
               {"number", HAULIER_INT64, HAULIER_FIELD_KEY},
               {"text", HAULIER_STRING},
               {"raw", HAULIER_BLOB}});
  streams.add("progress", HAULIER_STREAM_STATE,
              {{"partition", HAULIER_STRING, HAULIER_FIELD_KEY}, {"state", HAULIER_JSON}});
}

void Lines::prepare() {
  if (world_.on_source) world_.on_source("prepare", host_);
}

void Lines::open(const haulier::SourceOptions&, haulier::BatchView state) {
  if (world_.on_source) world_.on_source("open", host_);
  for (std::uint64_t i = 0; i < state.size() && !world_.ignore_state; ++i) {
    at_[std::string(state[i].text(progress::kPartition))] = std::stoul(std::string(state[i].text(progress::kState)));
  }
}

void Lines::add(BatchBuilder& batch, const std::string& partition, std::size_t at, std::uint64_t origin) {
  const std::string& text = world_.mailboxes[partition][at];
  if (text == "source-reject") {
    batch.reject(origin, "{\"n\":" + std::to_string(at) + "}", "the source cannot read it");
    return;
  }
  auto record = batch.record(0, lines::kFields, HAULIER_UPSERT, origin);
  record.text(lines::kPartition, partition).integer(lines::kNumber, static_cast<std::int64_t>(at));
  record.text(lines::kText, text);
  if (text.starts_with("blob:")) {
    record.blob(lines::kRaw, host_.copy_blob(std::string(std::stoul(text.substr(5)), 'x')));
  }
}

std::optional<haulier::Batch> Lines::read() {
  if (world_.on_source) world_.on_source("read", host_);
  if (host_.cancelled()) throw Error(HAULIER_CANCELLED, "stopped");
  // Round robin over the partitions that have something left.
  auto next = world_.mailboxes.upper_bound(turn_);
  for (std::size_t tried = 0; tried <= world_.mailboxes.size(); ++tried) {
    if (next == world_.mailboxes.end()) next = world_.mailboxes.begin();
    if (next == world_.mailboxes.end()) break;
    const auto& [partition, texts] = *next;
    std::size_t& at = at_[partition];
    const bool close = world_.empty_last_batch && at == texts.size() && closed_.insert(partition).second;
    if (at < texts.size() || close) {
      BatchBuilder batch;
      std::uint64_t origins = 0;
      std::uint64_t bytes = 0;
      for (; origins < world_.batch_size && at < texts.size(); ++origins, ++at) {
        bytes += texts[at].size();
        add(batch, partition, at, origins);
      }
      batch.partition(partition);
      batch.counts(origins, bytes);
      batch.state(1, progress::kFields)
          .text(progress::kPartition, partition)
          .json(progress::kState, std::to_string(close ? at + 1000 : at));
      turn_ = partition;
      return batch.finish();
    }
    ++next;
  }
  if (world_.on_source) world_.on_source("end", host_);
  return std::nullopt;
}

void Lines::committed(std::string_view partition, std::uint64_t n) { world_.committed[std::string(partition)] = n; }

Rows::Rows(haulier::Config config, haulier::Host) : world_(world_of(config)) { ++world_.live_instances; }
Rows::~Rows() { --world_.live_instances; }

void Rows::declare(haulier::SchemaView in, haulier::Schema& out) {
  const auto found = in.find("lines");
  if (!found) throw Error::bad_config("", "there is no stream `lines`");
  in_lines_ = *found;
  for (std::uint32_t i = 0; i < in.size(); ++i) out.add_copy(in[i]);
  out.add("rows", 0,
          {{"partition", HAULIER_STRING, HAULIER_FIELD_KEY},
           {"number", HAULIER_INT64, HAULIER_FIELD_KEY},
           {"text", HAULIER_STRING},
           {"raw", HAULIER_BLOB},
           {"share", HAULIER_STRING}});
  out.add("shares", HAULIER_STREAM_IMMUTABLE, {{"name", HAULIER_STRING, HAULIER_FIELD_KEY}});
  out.relate(2, {HAULIER_RELATION_USES, {"share"}, "shares"});
}

haulier::Batch Rows::apply(haulier::Batch in) {
  BatchBuilder out;
  std::set<std::string> shares;
  const haulier::BatchView records = in.view();
  for (std::uint64_t i = 0; i < records.size(); ++i) {
    const haulier::RecordView record = records[i];
    const std::string text(record.text(lines::kText));
    if (world_.on_transform) world_.on_transform(text);
    if (text == "drop") continue;
    const std::size_t colon = text.find("share:");
    const std::string share = colon == std::string::npos ? "" : text.substr(colon + 6);
    if (!share.empty() && shares.insert(share).second) {
      out.record(3, 1, HAULIER_UPSERT, record.origin()).text(0, share);
    }
    if (text.starts_with("reject")) {
      out.reject(record.origin(), "{\"n\":" + std::to_string(*record.integer(lines::kNumber)) + "}", "no good",
                 record.blob(lines::kRaw));
      continue;
    }
    auto row = out.record(2, lines::kFields + 1, HAULIER_UPSERT, record.origin());
    for (std::uint32_t k = 0; k < lines::kFields; ++k) row.value(k, record[k]);
    if (!share.empty()) row.text(lines::kFields, share);
  }
  out.keep(std::move(in));
  return out.finish();
}

MemorySink::MemorySink(haulier::Config config, haulier::Host host)
    : host_(host), world_(world_of(config)), database_(world_.databases[config.text("name")]) {
  ++world_.live_instances;
  world_.sink_host = host_.get();
}
MemorySink::~MemorySink() { --world_.live_instances; }

void MemorySink::step(std::string_view name) {
  host_.crash_point("sink." + std::string(name));
  if (database_.on_step) database_.on_step(name);
}

void MemorySink::open(haulier::SchemaView streams, const haulier::SinkOptions&) {
  step("open");
  rows_ = streams.find("rows").value_or(streams.find("lines").value_or(0));
  quarantine_ = *streams.find("quarantine");
  progress_ = *streams.find("progress");
  shares_ = streams.find("shares");
}

void MemorySink::write(haulier::BatchView batch, haulier::Outcomes outcomes) {
  step("write");
  for (std::uint64_t i = 0; i < batch.size(); ++i) {
    const haulier::RecordView record = batch[i];
    if (record.stream() == quarantine_) {
      pending_quarantine_[std::string(record.text(0)) + "|" + std::string(record.text(1))] =
          std::string(record.text(2)) + ": " + std::string(record.text(3));
      continue;
    }
    if (shares_ && record.stream() == *shares_) {
      const std::string name(record.text(0));
      if (database_.refused.contains(name)) throw Error::bad_record(i, "the database says no");
      pending_rows_["shares/" + name] = name;
      continue;
    }
    if (record.stream() != rows_) throw Error(HAULIER_FATAL, "a record of stream " + std::to_string(record.stream()));
    const std::string text(record.text(lines::kText));
    if (text.starts_with("bad") || database_.refused.contains(text)) throw Error::bad_record(i, "the database says no");
    const std::string key =
        std::string(record.text(lines::kPartition)) + "/" + std::to_string(*record.integer(lines::kNumber));
    const auto known = database_.rows.find(key);
    if (known != database_.rows.end() && known->second == text) outcomes.unchanged(i);
    pending_rows_[key] = text;
    pending_order_.push_back(key);
  }
  step("written");
}

void MemorySink::settle() {
  database_.commit_sizes.push_back(pending_rows_.size());
  database_.rows.insert(pending_rows_.begin(), pending_rows_.end());
  for (const auto& [key, text] : pending_rows_) database_.rows[key] = text;
  for (const auto& [key, text] : pending_quarantine_) database_.quarantine[key] = text;
  database_.write_order.insert(database_.write_order.end(), pending_order_.begin(), pending_order_.end());
  pending_rows_.clear();
  pending_quarantine_.clear();
  pending_order_.clear();
}

void FlushSink::flush() {
  step("flush");
  settle();
  step("flushed");
}

std::uint64_t ExactSink::fence() {
  step("fence");
  return epoch_ = ++database_.epoch;
}

haulier::Batch ExactSink::load_state() {
  step("load_state");
  BatchBuilder out;
  for (const auto& [partition, done] : database_.states) {
    out.record(progress_, progress::kFields, HAULIER_UPSERT, 0)
        .text(progress::kPartition, partition)
        .json(progress::kState, std::to_string(done));
  }
  return out.finish();
}

haulier::Batch ExactSink::lookup(haulier::LookupView request) {
  if (request.stream() != "rows") throw Error(HAULIER_UNSUPPORTED, "only rows");
  std::map<std::pair<std::string, std::int64_t>, std::string> in_order;
  for (const auto& [key, text] : database_.rows) {
    const std::size_t slash = key.find('/');
    in_order[{key.substr(0, slash), std::stol(key.substr(slash + 1))}] = text;
  }
  auto at = in_order.begin();
  if (request.after_count() == 2) {
    at = in_order.upper_bound({std::string(haulier::view(request.after(0).v.s)), request.after(1).v.i});
  }
  BatchBuilder out;
  for (std::uint32_t left = request.limit(); left > 0 && at != in_order.end(); --left, ++at) {
    auto row = out.record(0, static_cast<std::uint32_t>(request.field_count()), HAULIER_UPSERT, 0);
    for (std::uint32_t i = 0; i < request.field_count(); ++i) {
      if (request.field(i) == "partition") row.text(i, at->first.first);
      if (request.field(i) == "number") row.integer(i, at->first.second);
      if (request.field(i) == "text") row.text(i, at->second);
    }
  }
  return out.finish();
}

void ExactSink::begin() { step("begin"); }

void ExactSink::commit(haulier::StateRows states) {
  step("commit");
  if (epoch_ != database_.epoch) throw Error(HAULIER_FENCED, "another run took over");
  for (std::uint64_t i = 0; i < states.size(); ++i) {
    database_.states[std::string(states[i].text(progress::kPartition))] =
        std::stol(std::string(states[i].text(progress::kState)));
  }
  settle();
  step("after_commit");
}

void ExactSink::rollback() {
  pending_rows_.clear();
  pending_quarantine_.clear();
  pending_order_.clear();
  step("rollback");
}

std::string scratch_folder() {
  const std::filesystem::path memory = "/dev/shm";
  const bool usable = ::access(memory.c_str(), W_OK | X_OK) == 0;
  std::string folder = ((usable ? memory : std::filesystem::temp_directory_path()) / "haulier-engine-XXXXXX").string();
  if (!::mkdtemp(folder.data())) throw std::runtime_error("mkdtemp");
  return folder;
}

void save(const Database& database, const std::string& file) {
  {
    std::ofstream out(file + ".new");
    out << database.epoch << "\n";
    for (const auto& [key, text] : database.rows) out << "row\t" << key << "\t" << text << "\n";
    for (const auto& [key, text] : database.quarantine) out << "quarantine\t" << key << "\t" << text << "\n";
    for (const auto& [key, n] : database.states) out << "state\t" << key << "\t" << n << "\n";
  }
  std::filesystem::rename(file + ".new", file);
}

void load(Database& database, const std::string& file) {
  database.rows.clear();
  database.quarantine.clear();
  database.states.clear();
  std::ifstream in(file);
  std::string line;
  if (std::getline(in, line)) database.epoch = std::stoul(line);
  while (std::getline(in, line)) {
    const std::size_t first = line.find('\t');
    const std::size_t second = line.find('\t', first + 1);
    const std::string kind = line.substr(0, first);
    const std::string key = line.substr(first + 1, second - first - 1);
    const std::string text = line.substr(second + 1);
    if (kind == "row") database.rows[key] = text;
    if (kind == "quarantine") database.quarantine[key] = text;
    if (kind == "state") database.states[key] = std::stol(text);
  }
}

namespace {

constexpr haulier_descriptor kLines = haulier::source<Lines>("lines", "1.0.0", "reads a World", "{}");
constexpr haulier_descriptor kRows = haulier::transform<Rows>("rows", "1.0.0", "makes rows", "{}");
constexpr haulier_descriptor kExact = haulier::sink<ExactSink>("exact", "1.0.0", "transactional", "{}");
constexpr haulier_descriptor kFlush = haulier::sink<FlushSink>("flush", "1.0.0", "not transactional", "{}");

haulier::host::PluginUse use_of(haulier::host::PluginKind kind, const std::string& id, const std::string& path,
                                const World& world, const std::string& name) {
  haulier::host::PluginUse use;
  use.kind = kind;
  use.id = id;
  use.path = path + "." + id;
  use.checked.json =
      "{\"world\":" + std::to_string(reinterpret_cast<std::uintptr_t>(&world)) + ",\"name\":\"" + name + "\"}";
  return use;
}

}  // namespace

Fixture::Fixture()
    : log(log_text, clock, {.level = haulier::host::LogLevel::debug}),
      crash_points(std::make_unique<haulier::host::CrashPoints>()) {
  folder = scratch_folder();
  for (const haulier_descriptor* descriptor : {&kLines, &kRows, &kExact, &kFlush}) registry.add(*descriptor);
  config.name = "test";
  config.source = use_of(haulier::host::PluginKind::source, "lines", "source", world, "");
  config.transforms.push_back(use_of(haulier::host::PluginKind::transform, "rows", "transforms.0", world, ""));
  config.limits = {.memory_bytes = 64 << 20,
                   .spill_bytes = 1 << 20,
                   .spill_directory = folder,
                   .workers = 2,
                   .queue_batches = 4,
                   .commit_bytes = 32 << 20,
                   .commit_interval_ms = 1000};
  config.state_directory = folder;
  config.retry.attempts = 8;
}

Fixture::~Fixture() {
  std::error_code ignored;
  std::filesystem::remove_all(folder, ignored);
}

void Fixture::add_sink(const std::string& id, const std::string& database) {
  haulier::host::PluginUse use =
      use_of(haulier::host::PluginKind::sink, id, "sinks." + std::to_string(config.sinks.size()), world, database);
  const bool another = std::any_of(config.sinks.begin(), config.sinks.end(), [&](const auto& s) { return s.id == id; });
  if (another) use.name = database;
  config.sinks.push_back(std::move(use));
}

haulier::host::RunParts Fixture::parts() {
  return {.clock = clock,
          .log = log,
          .metrics = metrics,
          .crash_points = *crash_points,
          .random = random,
          .credentials = credentials,
          .audit = nullptr,
          .state_place = {},
          .tmpdir = nullptr};
}

haulier::host::RunReport Fixture::run(haulier::host::RunOptions options) {
  haulier::host::PipelineRun run(config, registry, parts(), std::move(options));
  if (on_run) on_run(run);
  return run.run();
}

std::map<std::string, std::string> Fixture::expected_rows() const {
  std::map<std::string, std::string> out;
  for (const auto& [partition, texts] : world.mailboxes) {
    for (std::size_t i = 0; i < texts.size(); ++i) {
      if (texts[i] != "drop" && texts[i] != "reject" && texts[i] != "bad" && texts[i] != "source-reject") {
        out[partition + "/" + std::to_string(i)] = texts[i];
      }
    }
  }
  return out;
}

std::vector<std::string> texts(std::size_t n, const std::string& prefix) {
  std::vector<std::string> out;
  for (std::size_t i = 0; i < n; ++i) out.push_back(prefix + std::to_string(i));
  return out;
}

std::function<void(std::string_view)> failing(std::string step, int times, haulier::Error error) {
  return [=, left = times](std::string_view now) mutable {
    if (now == step && left > 0) {
      --left;
      throw error;
    }
  };
}

}  // namespace engine_test
