#include "cli/command_plan.hpp"

#include <Poco/Dynamic/Var.h>
#include <Poco/JSON/Object.h>
#include <Poco/JSON/ParseHandler.h>
#include <Poco/JSON/Parser.h>

#include <algorithm>
#include <string>
#include <vector>

#include "cli/pipeline_argument.hpp"
#include "cli/pipeline_setup.hpp"
#include "cli/text_table.hpp"
#include "engine/state_rows.hpp"
#include "report/escape.hpp"

namespace haulier::host {

namespace {

// One stage's plan: JSON lines with a `statement` are printed as they are, all others become rows of one table.
class PlanText {
 public:
  void add(std::string_view json) {
    Poco::JSON::Parser parser(new Poco::JSON::ParseHandler(true));  // columns in the plugin's order
    Poco::JSON::Object::Ptr line;
    try {
      line = parser.parse(std::string(json)).extract<Poco::JSON::Object::Ptr>();
    } catch (const Poco::Exception&) {
      statements_ += "  " + escape_for_terminal(json) + "\n";
      return;
    }
    if (line->has("statement")) {
      statements_ += indented(line->getValue<std::string>("statement"));
      return;
    }
    std::vector<std::string> row(head_.size());
    for (const std::string& key : line->getNames()) {
      const Poco::Dynamic::Var value = line->get(key);
      auto at = std::find(head_.begin(), head_.end(), key);
      if (at == head_.end()) at = head_.insert(head_.end(), key);
      row.resize(head_.size());
      row[static_cast<std::size_t>(at - head_.begin())] = value.isEmpty() ? "" : value.toString();
    }
    rows_.push_back(std::move(row));
  }

  [[nodiscard]] std::string text() const {
    std::vector<std::vector<std::string>> all{head_};
    all.insert(all.end(), rows_.begin(), rows_.end());
    return statements_ + text_table(all);
  }

 private:
  static std::string indented(const std::string& statement) {
    std::string out = "  ";
    for (const char c : statement) {
      out.push_back(c);
      if (c == '\n') out += "  ";
    }
    return out + "\n";
  }

  std::vector<std::string> head_;
  std::vector<std::vector<std::string>> rows_;
  std::string statements_;
};

void print_stage(PluginInstance& instance, IdlePipeline& idle, std::ostream& out) {
  PlanText text;
  bool told = false;
  idle.retried([&] { told = instance.plan([&](std::string_view line) { text.add(line); }); });
  out << "\n" << instance.use().path << " (" << instance.use().id << " " << instance.version() << ")\n";
  const std::string words = text.text();
  out << (!words.empty() ? words : told ? "  nothing to do\n" : "  tells no plan\n");
}

// The whole pipeline's, and with several sinks each one's.
void print_guarantee(Pipeline& pipeline, std::ostream& out) {
  const std::string all = pipeline.guarantee();
  const bool repeats = all == "at least once";
  out << "guarantee:  " << all << (repeats ? "; a record may be written again after a crash, under the same key" : "")
      << "\n";
  for (std::size_t i = 0; pipeline.sinks().size() > 1 && i < pipeline.sinks().size(); ++i) {
    out << "            " << pipeline.sinks()[i].instance->use().path << ": " << pipeline.guarantee(i) << "\n";
  }
}

// What makes a run read again what some of the sinks have.
void print_resume(Pipeline& pipeline, const Resume& resume, std::ostream& out) {
  const auto places = [](std::size_t n) { return std::to_string(n) + (n == 1 ? " place" : " places"); };
  for (std::size_t i = 0; i < resume.resets.size(); ++i) {
    if (resume.resets[i].empty()) continue;
    out << "sinks:      " << pipeline.sinks()[i].instance->use().path << " is ahead of another in "
        << places(resume.resets[i].size()) << "; the run goes on where the other is\n";
  }
  if (!resume.lacking.empty()) {
    out << "sinks:      " << places(resume.lacking.size()) << " read from the start, because a sink has nothing of "
        << (resume.lacking.size() == 1 ? "it" : "them") << "\n";
  }
  if (!resume.unknown.empty()) {
    out << "sinks:      " << places(resume.unknown.size())
        << " read from the start, because the sinks differ and nobody knows which is older\n";
  }
}

int plan(Invocation& invocation) {
  PipelineSetup setup(invocation);
  IdlePipeline idle(setup, invocation.services.stop);
  Pipeline& pipeline = idle.pipeline();
  const std::vector<StateRows> states = idle.inspect_sinks();
  const Resume resume = resume_from(states, pipeline.state_order().get());
  const StateBatch state(resume.rows, pipeline.schema().source_state().value_or(0));
  const haulier_source_options options{sizeof options, 0, 0};
  idle.retried([&] { pipeline.source().open(options, state.c()); });
  std::ostream& out = invocation.out;
  out << "pipeline:   " << setup.config().name << "\n";
  print_guarantee(pipeline, out);
  print_resume(pipeline, resume, out);
  for (PluginInstance* instance : pipeline.instances()) print_stage(*instance, idle, out);
  return to_int(ExitCode::ok);
}

}  // namespace

Command plan_command() {
  return {.name = "plan",
          .summary = "show what a run would read and write, and with which guarantee; writes nothing",
          .description =
              "Connects to the source and opens the sinks for reading only. Lists the places of the source\n"
              "with what is new there, and the statements a sink would run first.",
          .arguments = {{"PIPELINE.yaml"}},
          .options = {set_option()},
          .exit_codes = {ExitCode::ok, ExitCode::usage, ExitCode::bad_state, ExitCode::local_io, ExitCode::try_again,
                         ExitCode::protocol, ExitCode::needs_auth, ExitCode::bad_config},
          .examples = {{"haulier plan pipelines/imap_to_sqlite.yaml", "how much is there to fetch?"}},
          .run = [](Invocation& invocation) { return with_plugin_faults([&] { return plan(invocation); }); }};
}

}  // namespace haulier::host
