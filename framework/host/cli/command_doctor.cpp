#include "cli/command_doctor.hpp"

#include <cstdlib>
#include <memory>
#include <optional>
#include <utility>

#include "cli/doctor_checks.hpp"
#include "cli/doctor_ladder.hpp"
#include "cli/pipeline_argument.hpp"
#include "cli/pipeline_setup.hpp"
#include "cli/transcript_file.hpp"
#include "engine/spill_file.hpp"

namespace haulier::host {

namespace {

Finding failed_step(std::string step, const Failure& failure, std::string subject) {
  return {HAULIER_FAIL, std::move(step), failure.what, failure.command, std::move(subject), failure.exit_code};
}

std::string chain_of(const PipelineConfig& config) {
  std::string text = config.source.id;
  for (const PluginUse& use : config.transforms) text += " -> " + use.id;
  for (const PluginUse& use : config.sinks) text += " -> " + use.id;
  return text;
}

// One command's work: every step is tried, whatever became of those before it.
class Doctor {
 public:
  Doctor(Invocation& invocation, Ladder& ladder, TranscriptFile* transcript)
      : invocation_(invocation), ladder_(ladder), transcript_(transcript) {}

  void run() {
    const auto catalog = open_catalog(invocation_);
    std::optional<PipelineConfig> config = load(*catalog);
    ladder_.add(check_clock(invocation_.services.clock, invocation_.arguments.at(0)));
    if (!config) {
      for (const char* step : {"memory", "spill", "sink", "source"}) ladder_.skip(step, "the config comes first");
      return;
    }
    name_ = config->name;
    const std::string spill = spill_directory(config->limits.spill_directory.value_or(""), std::getenv("TMPDIR"));
    ladder_.add(check_memory(config->limits.memory_bytes));
    ladder_.add(check_spill(spill, config->limits.memory_bytes));
    for (const PluginUse& sink : config->sinks) ladder_.add(check_sink_folder(sink));
    stages(std::move(*config), *catalog);
  }
  [[nodiscard]] const std::string& name() const { return name_; }

 private:
  std::optional<PipelineConfig> load(const PluginCatalog& catalog) {
    try {
      PipelineConfig config = load_checked_pipeline(invocation_, catalog);
      ladder_.pass("config", config.file + " (" + config.name + ")");
      ladder_.pass("plugins", chain_of(config));
      return config;
    } catch (const ConfigError& error) {
      for (const Fault& fault : error.faults()) {
        ladder_.add({HAULIER_FAIL, "config", fault.text(), "correct the file", {}, ExitCode::bad_config});
      }
    } catch (const SchemaError& error) {
      ladder_.add({HAULIER_FAIL, "plugins", error.what(), "haulier plugins list", {}, ExitCode::bug});
    }
    return std::nullopt;
  }

  void stages(PipelineConfig config, const PluginCatalog& catalog) {
    PipelineSetup setup(invocation_, std::move(config), catalog);
    std::unique_ptr<IdlePipeline> idle;
    try {
      idle = std::make_unique<IdlePipeline>(setup, invocation_.services.stop);
    } catch (const PluginFault& fault) {
      ladder_.add(failed_step("plugins", fault.failure(), fault.stage()));
      ladder_.skip("sink", "the plugins do not start");
      ladder_.skip("source", "the plugins do not start");
      return;
    }
    Pipeline& pipeline = idle->pipeline();
    for (const Pipeline::Sink& sink : pipeline.sinks()) open_sink(*sink.instance, pipeline.schema());
    ladder_.pass("guarantee", pipeline.guarantee());
    source(pipeline.source());
    for (std::string& words : setup.sign_in_warnings()) {
      ladder_.add({HAULIER_WARN, "sign-in expiry", std::move(words), "haulier auth status"});
    }
  }

  // One attempt: somebody is waiting for the answer.
  void open_sink(SinkInstance& sink, const SinkSchema& schema) {
    try {
      const bool checked = sink.check();
      sink.open(schema.c(), true);
      ladder_.add({HAULIER_PASS, "sink", checked ? "can be used" : "can be opened", {}, sink.use().path});
    } catch (const PluginFault& fault) {
      ladder_.add(failed_step("sink", fault.failure(), sink.use().path));
    }
  }

  void source(SourceInstance& source) {
    try {
      const haulier_diagnosis diagnosis{sizeof(haulier_diagnosis), 0, this, note_finding, note_line};
      if (source.diagnose(diagnosis)) return;
      const bool checked = source.check();
      ladder_.add({checked ? HAULIER_PASS : HAULIER_SKIP,
                   "source",
                   checked ? "can be used" : "the plugin tells nothing about itself",
                   {},
                   source.use().path});
    } catch (const PluginFault& fault) {
      ladder_.add(failed_step("source", fault.failure(), source.use().path));
    }
  }

  static void note_finding(void* user, const haulier_finding* found) {
    const bool failed = found->verdict == HAULIER_FAIL;
    static_cast<Doctor*>(user)->ladder_.add({static_cast<haulier_verdict>(found->verdict),
                                             std::string(view(found->step)), std::string(view(found->words)),
                                             std::string(view(found->remedy)), std::string(view(found->subject)),
                                             failed ? exit_code_of(found->status) : ExitCode::ok});
  }
  static void note_line(void* user, haulier_str line) {
    const auto* self = static_cast<Doctor*>(user);
    if (self->transcript_) self->transcript_->line(view(line));
  }

  Invocation& invocation_;
  Ladder& ladder_;
  TranscriptFile* transcript_;
  std::string name_;
};

int doctor(Invocation& invocation) {
  const bool json = invocation.has("json");
  std::optional<TranscriptFile> transcript;
  if (const auto path = invocation.option("transcript")) {
    transcript.emplace(*path, invocation.services.redact);
    transcript->line(
        "# haulier doctor: what was said to and by the server. Secrets, names, addresses and mail are ***.");
  }
  Ladder ladder(json ? nullptr : &invocation.out);
  Doctor work(invocation, ladder, transcript ? &*transcript : nullptr);
  work.run();
  if (transcript) transcript->finish();
  invocation.out << (json ? ladder.json(work.name()) : "\n" + ladder.summary() + "\n");
  return to_int(ladder.exit_code());
}

}  // namespace

Command doctor_command() {
  return {.name = "doctor",
          .summary = "find out why a pipeline does not work: every step on the way, each with one thing to do",
          .description =
              "Tries config, plugins, clock, memory, disk, sinks and then the way to the source step by step\n"
              "(for a mailbox: name, network, TLS, greeting, sign-in, mailboxes), and says PASS, WARN, FAIL or\n"
              "SKIP for each. Nothing is read from the source, changed there or written to a sink. The exit\n"
              "code is that of the first FAIL.\n\n"
              "--transcript keeps the conversation with the server without secrets, addresses, names and mail,\n"
              "so that it can be shared.",
          .arguments = {{"PIPELINE.yaml"}},
          .options = {{"json", "", "JSON instead of text"},
                      {"transcript", "FILE", "write the redacted conversation with the server there"},
                      set_option()},
          .exit_codes = {ExitCode::ok, ExitCode::usage, ExitCode::bad_state, ExitCode::bug, ExitCode::local_io,
                         ExitCode::try_again, ExitCode::protocol, ExitCode::needs_auth, ExitCode::bad_config},
          .examples = {{"haulier doctor mail.yaml", "what is wrong?"},
                       {"haulier doctor mail.yaml --transcript talk.txt", "what did the server say?"}},
          .run = [](Invocation& invocation) { return with_plugin_faults([&] { return doctor(invocation); }); }};
}

}  // namespace haulier::host
