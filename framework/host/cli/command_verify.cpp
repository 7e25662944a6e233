#include "cli/command_verify.hpp"

#include <charconv>
#include <string>
#include <utility>
#include <vector>

#include "cli/pipeline_argument.hpp"
#include "cli/pipeline_setup.hpp"
#include "cli/verify_text.hpp"

namespace haulier::host {

namespace {

constexpr std::uint64_t kUsualSample = 20;  // contents read of each partition by --deep alone

std::uint64_t contents_wanted(const Invocation& invocation) {
  if (!invocation.has("deep")) return 0;
  const std::string text = invocation.option("deep").value_or("");
  if (text.empty()) return kUsualSample;
  if (text == "all") return UINT64_MAX;
  std::uint64_t number = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (fault != std::errc() || end != text.data() + text.size() || number == 0) {
    throw UsageError("--deep cannot be \"" + text + "\": a number of messages, or all", "verify");
  }
  return number;
}

// Those that can be looked into; the others are named.
std::vector<std::size_t> sinks_to_verify(Pipeline& pipeline, const PipelineConfig& config, Invocation& invocation) {
  std::vector<std::size_t> out;
  for (std::size_t i = 0; i < pipeline.sinks().size(); ++i) {
    if (pipeline.sinks()[i].instance->can_look_up()) {
      out.push_back(i);
    } else {
      invocation.services.log.log(LogLevel::warning, "host",
                                  config.sinks[i].path + " cannot be looked into and is left out");
    }
  }
  if (!out.empty()) return out;
  throw Failed({.exit_code = ExitCode::bad_config,
                .what = "none of the sinks of this pipeline can be looked into",
                .data_safety = "nothing was read or written"});
}

int verify(Invocation& invocation) {
  const std::uint64_t contents = contents_wanted(invocation);
  PipelineSetup setup(invocation);
  IdlePipeline idle(setup, invocation.services.stop);
  Pipeline& pipeline = idle.pipeline();
  const PipelineConfig& config = setup.config();
  const haulier_comparison* comparison = pipeline.source().comparison();
  if (!comparison) {
    throw Failed({.exit_code = ExitCode::bad_config, .what = config.source.path + " cannot tell what it has"});
  }
  const ComparedFields fields(*comparison, pipeline.schema(), config.source);
  const std::vector<std::size_t> chosen = sinks_to_verify(pipeline, config, invocation);
  const std::vector<StateRows> states = idle.inspect_sinks();
  const Resume resume = resume_from(states, pipeline.state_order().get());
  const StateBatch state(resume.rows, pipeline.schema().source_state().value_or(0));
  const haulier_source_options options{sizeof options, 0, 0};
  idle.retried([&] { pipeline.source().open(options, state.c()); });
  std::vector<SinkInstance*> instances;
  for (const std::size_t i : chosen) instances.push_back(pipeline.sinks()[i].instance.get());
  PlaceCheck check(pipeline.source(), std::move(instances), fields,
                   [&](const std::function<void()>& f) { idle.retried(f); });
  std::vector<PlaceResult> results = check.run(contents);
  std::vector<VerifiedSink> verified;
  for (std::size_t i = 0; i < chosen.size(); ++i) {
    verified.push_back({config.sinks[chosen[i]].path, std::move(results[i])});
  }
  const Verdict verdict = verdict_of(verified, config.file);
  invocation.out << (invocation.has("json") ? verify_json(config.name, verified, verdict)
                                            : verify_text(verified, verdict, contents > 0));
  return to_int(verdict.exit_code);
}

}  // namespace

Command verify_command() {
  return {
      .name = "verify",
      .summary = "compare what the source has now with what the sinks hold; reads only",
      .description =
          "Lists every place of the source and looks each up in the sinks. \"missing\" is what the state says is\n"
          "dealt with and no row is there for; quarantined messages are accounted for. What arrived since the\n"
          "last run, or was not read yet, is told apart. Sizes are what the source says of them and may be wrong;\n"
          "--deep reads contents again and compares their hashes.\n\n"
          "Exit code 65: something is missing, or another content. 75: nothing is, but the first read is not\n"
          "complete yet. A place that went away at the source since the last run (\"extra\") is no fault.",
      .arguments = {{"PIPELINE.yaml"}},
      .options = {{"deep", "N", "also read so many contents of each place again, or all (default: 20)", false, true},
                  {"json", "", "JSON instead of a table"},
                  set_option()},
      .exit_codes = {ExitCode::ok, ExitCode::usage, ExitCode::bad_state, ExitCode::local_io, ExitCode::try_again,
                     ExitCode::protocol, ExitCode::needs_auth, ExitCode::bad_config},
      .examples = {{"haulier verify mail.yaml", "is all my mail in the database?"},
                   {"haulier verify mail.yaml --deep=all", "and is every byte of it what the server has?"}},
      .run = [](Invocation& invocation) { return with_plugin_faults([&] { return verify(invocation); }); }};
}

}  // namespace haulier::host
