#include "cli/command_preview.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <string>

#include "cli/pipeline_argument.hpp"
#include "cli/pipeline_setup.hpp"
#include "engine/sink_batch.hpp"
#include "json_writer.hpp"
#include "report/escape.hpp"

namespace haulier::host {

namespace {

constexpr std::size_t kLongText = 200;  // bytes
constexpr std::int64_t kUsualLimit = 10;

std::string_view op_words(std::uint32_t op) {
  return op == HAULIER_UPDATE ? "update" : op == HAULIER_DELETE ? "delete" : "upsert";
}

// {"stream":"emails","op":"upsert","values":{...}} in one line.
std::string record_line(const haulier_record& record, const haulier_stream& stream) {
  JsonWriter out;
  out.begin_object().member("stream", view(stream.name)).member("op", op_words(record.op));
  out.key("values").begin_object();
  for (std::uint32_t i = 0; i < record.n_values; ++i) {
    const haulier_value& value = record.values[i];
    if (value.type == HAULIER_ABSENT) continue;
    out.key(view(stream.fields[i].name));
    if (value.type == HAULIER_TIMESTAMP) {
      out.value(format_utc(value.v.i));
    } else {
      out.raw(value_json(value, kLongText));
    }
  }
  return out.end_object().end_object().take();
}

// Source and transforms of one pipeline, in this thread. Keeps no state.
class Preview {
 public:
  Preview(IdlePipeline& idle, const PipelineConfig& config, std::ostream& out)
      : idle_(idle), config_(config), out_(out) {}

  void show(std::uint64_t limit) {
    Pipeline& pipeline = idle_.pipeline();
    const StateRows none;
    const StateBatch state(none, 0);
    const haulier_source_options options{sizeof options, 0, limit};
    idle_.retried([&] { pipeline.source().open(options, state.c()); });
    std::uint64_t shown = 0;
    while (shown < limit) {
      bool more = false;
      Batch batch;
      idle_.retried([&] { more = pipeline.source().read(batch); });
      if (!more) break;
      const Partition partition{std::string(view(batch.c().partition)), 0};
      shown += show_batch(std::move(batch), partition, limit - shown);
    }
  }

 private:
  // Returns how many of the source's records it showed.
  std::uint64_t show_batch(Batch&& batch, const Partition& partition, std::uint64_t limit) {
    Pipeline& pipeline = idle_.pipeline();
    const std::int64_t now = idle_.services().clock.now_us();
    Envelope envelope;
    envelope.partition = &partition;
    envelope.origin_count = batch.c().origin_count;
    batch.c().state = nullptr;
    envelope.batch = std::move(batch);
    take_rejects(envelope, pipeline.schema(), config_.source.id, false, now);
    for (const auto& stage : pipeline.chains()[0]) {
      envelope.batch = stage->apply(envelope.batch, envelope.origin_count);
      take_rejects(envelope, pipeline.schema(), stage->use().id, false, now);
    }
    const std::uint64_t origins = envelope.origin_count;
    const SinkBatch ready(std::move(envelope), pipeline.schema(), budget_);
    for (const haulier_record& record : ready.records()) {
      if (record.origin < limit) out_ << record_line(record, pipeline.schema().stream(record.stream)) << "\n";
    }
    out_.flush();
    return std::min(origins, limit);
  }

  IdlePipeline& idle_;
  const PipelineConfig& config_;
  std::ostream& out_;
  MemoryBudget budget_{{.memory_bytes = UINT64_MAX, .spill_bytes = UINT64_MAX}};
};

int preview(Invocation& invocation) {
  const auto limit = static_cast<std::uint64_t>(invocation.count_option("limit").value_or(kUsualLimit));
  PipelineSetup setup(invocation);
  IdlePipeline idle(setup, invocation.services.stop);
  Preview(idle, setup.config(), invocation.out).show(limit);
  return to_int(ExitCode::ok);
}

}  // namespace

Command preview_command() {
  return {
      .name = "preview",
      .summary = "read the first records and print what the sinks would get; no sink is opened, no state kept",
      .description = "One JSON object per record on standard output; long texts are cut, bytes shown as their size.",
      .arguments = {{"PIPELINE.yaml"}},
      .options = {{"limit", "N", "how many records of the source (default: 10)"}, set_option()},
      .exit_codes = {ExitCode::ok, ExitCode::usage, ExitCode::local_io, ExitCode::try_again, ExitCode::protocol,
                     ExitCode::needs_auth, ExitCode::bad_config},
      .examples = {{"haulier preview mail.yaml --limit 3", "what becomes of three messages?"}},
      .run = [](Invocation& invocation) { return with_plugin_faults([&] { return preview(invocation); }); }};
}

}  // namespace haulier::host
