#include "cli/command_erase.hpp"

#include <poll.h>
#include <unistd.h>

#include <iostream>
#include <string>
#include <vector>

#include "cli/erase_text.hpp"
#include "cli/pipeline_argument.hpp"
#include "cli/pipeline_setup.hpp"
#include "engine/eraser.hpp"
#include "engine/run_lock.hpp"

namespace haulier::host {

namespace {

EraseWhat what_of(const Invocation& invocation) {
  const auto account = invocation.option("account");
  const auto email = invocation.option("email");
  if (account.has_value() == email.has_value()) throw UsageError("say either --account or --email", "erase");
  EraseWhat out{account.has_value(), account ? *account : *email};
  if (out.value.empty()) throw UsageError("the name of what is to be erased is empty", "erase");
  return out;
}

std::string words_of(const EraseWhat& what) { return (what.group ? "account " : "email ") + what.value; }

ComparedFields compared_fields(Pipeline& pipeline, const PipelineConfig& config) {
  const haulier_comparison* comparison = pipeline.source().comparison();
  if (!comparison || comparison->detail.size == 0) {
    throw Failed({.exit_code = ExitCode::bad_config,
                  .what = config.source.path + " does not tell how its rows belong together",
                  .data_safety = "nothing was erased"});
  }
  return {*comparison, pipeline.schema(), config.source};
}

// Throws Failed when nothing of it is in any sink, and never was.
void require_known(IdlePipeline& idle, const PipelineConfig& config, const EraseWhat& what) {
  Pipeline& pipeline = idle.pipeline();
  const ComparedFields fields = compared_fields(pipeline, config);
  static_cast<void>(idle.inspect_sinks());
  const Retried retried = [&](const std::function<void()>& f) { idle.retried(f); };
  bool known = false;
  for (const Pipeline::Sink& sink : pipeline.sinks()) {
    SinkInstance& instance = *sink.instance;
    known = known || is_there(instance, fields, pipeline.schema(), what, retried) ||
            was_erased(instance, fields, what, retried);
    if (what.group) continue;
    // It would come back with the other one.
    const std::string outer = outer_row(instance, fields, pipeline.schema(), what, retried);
    if (outer.empty()) continue;
    throw Failed({.exit_code = ExitCode::usage,
                  .what = words_of(what) + " lies inside another one and goes with that one only",
                  .data_safety = "nothing was erased",
                  .command = "haulier erase PIPELINE.yaml --email " + outer});
  }
  if (known) return;
  throw Failed({.exit_code = ExitCode::usage,
                .what = "there is no " + words_of(what) + " in the sinks of pipeline " + config.name,
                .data_safety = "nothing was erased"});
}

void confirm(Invocation& invocation, const EraseWhat& what, const PipelineConfig& config) {
  if (invocation.has("yes")) return;
  if (::isatty(STDIN_FILENO) != 1) {
    throw UsageError("erasing cannot be undone: without a terminal to ask, say --yes", "erase");
  }
  invocation.services.log.write_raw("Erase " + words_of(what) + " from pipeline " + config.name +
                                    " for good, with everything that belongs to it? Type yes: ");
  std::string answer;
  if (!std::getline(std::cin, answer) || answer != "yes") {
    throw Failed({.exit_code = ExitCode::usage, .what = "not confirmed", .data_safety = "nothing was erased"});
  }
}

// The audit log gets each sink's share as soon as it is done.
EraseReceipt erase_in_sinks(PipelineSetup& setup, IdlePipeline& idle, const EraseWhat& what) {
  Pipeline& pipeline = idle.pipeline();
  const PipelineConfig& config = setup.config();
  const ComparedFields fields = compared_fields(pipeline, config);
  const Retried retried = [&](const std::function<void()>& f) { idle.retried(f); };
  RunServices& run = idle.services();
  EraseReceipt receipt{config.name, run.run_id, run.clock.now_us(), what, {}};
  Eraser eraser(pipeline, fields, run, retried);
  for (std::size_t i = 0; i < pipeline.sinks().size(); ++i) {
    Pipeline::Sink& sink = pipeline.sinks()[i];
    retried([&] { sink.instance->open(pipeline.schema().c(), false); });
    run.crash_points.step("engine.erase.opened");
    retried([&] { static_cast<void>(sink.protocol->fence()); });
    run.crash_points.step("engine.erase.fenced");
    SinkErasure erased{config.sinks[i].path, {}, {}};
    eraser.erase(i, what, erased);
    eraser.discard_outside(i, erased);
    receipt.sinks.push_back(std::move(erased));
    if (run.audit) run.audit->record("erased", audit_fields(receipt, receipt.sinks.back()));
  }
  return receipt;
}

// As if_locked says; a run that is skipped has nothing to lose, but an erasure was asked for.
void take_lock(RunLock& lock, const PipelineConfig& config, Invocation& invocation) {
  const auto pause = [&] {
    pollfd stopped{invocation.services.stop.fd(), POLLIN, 0};
    return ::poll(&stopped, 1, 1000) > 0;
  };
  const LockAnswer answer = lock.take(config.if_locked, true, invocation.services.log, pause);
  if (answer == LockAnswer::held || answer == LockAnswer::not_held) return;
  Failure failure = lock.occupied(config.name);
  failure.data_safety = "nothing was erased";
  failure.command = "stop it, or add --set if_locked=take_over: that run then writes nothing more";
  throw Failed(std::move(failure));
}

int erase(Invocation& invocation) {
  const EraseWhat what = what_of(invocation);
  PipelineSetup setup(invocation);
  setup.open_audit();
  {
    IdlePipeline idle(setup, invocation.services.stop);
    require_erasing_sinks(idle.pipeline(), setup.config());
    require_known(idle, setup.config(), what);
  }
  confirm(invocation, what, setup.config());
  RunLock lock(setup.config(), setup.parts().state_place, invocation.services.clock);
  take_lock(lock, setup.config(), invocation);
  IdlePipeline idle(setup, invocation.services.stop);
  const EraseReceipt receipt = erase_in_sinks(setup, idle, what);
  invocation.out << (invocation.has("json") ? receipt_json(receipt) : receipt_text(receipt));
  if (what.group) {
    invocation.services.log.log(LogLevel::warning, "host",
                                "take the account out of " + invocation.arguments[0] +
                                    ": it is skipped from now on, and nothing of it is written");
  }
  return to_int(ExitCode::ok);
}

}  // namespace

Command erase_command() {
  return {
      .name = "erase",
      .summary = "delete an email or an account from the sinks for good, and see that it does not come back",
      .description =
          "Deletes in one transaction per sink: emails, their places, attachments, contents that nothing else uses,\n"
          "messages inside them, quarantined ones, raw copies; of an account also its state. Files of contents go\n"
          "right after it; if that is interrupted, the next erase does the rest. Fingerprints of what was erased "
          "stay:\n"
          "it is not written again, whatever the server still has. Nothing changes at the server.\n\n"
          "Prints a receipt to keep. While a run of the pipeline is at work, if_locked decides: fail and skip end "
          "with\n"
          "code 75, take_over goes on, and that run writes nothing more.",
      .arguments = {{"PIPELINE.yaml"}},
      .options = {{"account", "NAME", "everything of this account"},
                  {"email", "ID", "this message (emails.id), wherever it is"},
                  {"yes", "", "do not ask"},
                  {"json", "", "the receipt as JSON"},
                  set_option()},
      .exit_codes = {ExitCode::ok, ExitCode::usage, ExitCode::bad_state, ExitCode::local_io, ExitCode::try_again,
                     ExitCode::bad_config},
      .examples = {{"haulier erase mail.yaml --email 5f0c3f0e8e7b0c1d2e3f405162738495", "one message"},
                   {"haulier erase mail.yaml --account me@example.org --yes --json > receipt.json", "an account"}},
      .run = [](Invocation& invocation) { return with_plugin_faults([&] { return erase(invocation); }); }};
}

}  // namespace haulier::host
