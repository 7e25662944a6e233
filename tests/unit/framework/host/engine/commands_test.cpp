// The commands that use plugins, from arguments to exit code, with real shared libraries.
#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "cli/command_doctor.hpp"
#include "cli/command_plan.hpp"
#include "cli/command_preview.hpp"
#include "cli/command_run.hpp"
#include "cli/command_status.hpp"
#include "cli/command_validate.hpp"
#include "cli/connect.hpp"
#include "cli/program.hpp"
#include "cli/text_table.hpp"
#include "engine/credential_provider.hpp"
#include "world.hpp"

namespace engine_test {

using haulier::host::CommandLine;
using haulier::host::CrashPoints;
using haulier::host::PluginRegistry;
using haulier::host::StopEvent;

class EndingSignIns final : public haulier::host::CredentialProvider {
 public:
  int32_t credential(const haulier_credential_request&, int, const Receive&, haulier_error*) noexcept override {
    return HAULIER_UNSUPPORTED;
  }
  std::vector<haulier::host::AccountWarning> warnings() noexcept override {
    return {{"numbers", "numbers: the certificate ends"}, {"other", "other: the certificate ends"}};
  }
};

struct Program {
  Program() : folder(scratch_folder()) {
    std::ofstream(folder + "/p.yaml") << "haulier: 1\nname: count\nsource:\n  counter: { last: 3 }\nsinks:\n"
                                      << "  - line_file: { path: " << folder
                                      << "/out.txt }\nstate: { directory: " << folder << " }\naudit: { file: " << folder
                                      << "/audit.log }\n";
  }
  ~Program() {
    std::error_code ignored;
    std::filesystem::remove_all(folder, ignored);
  }
  int run(std::vector<std::string> arguments) {
    const CommandLine table({haulier::host::run_command(), haulier::host::plan_command(),
                             haulier::host::preview_command(), haulier::host::status_command(),
                             haulier::host::validate_command(), haulier::host::doctor_command()});
    haulier::host::SystemClock clock;
    CrashPoints crash_points;
    StopEvent stop;
    haulier::host::ProgramParts parts{.clock = clock, .crash_points = crash_points, .stop = stop};
    parts.open_catalog = [](const std::vector<std::string>&) {
      return std::make_unique<PluginRegistry>(std::vector<std::string>{TEST_PLUGINS});
    };
    parts.connect = haulier::host::connect_stages;
    parts.open_provider = [](const haulier::host::VaultConfig&) { return std::make_unique<EndingSignIns>(); };
    std::ostringstream out_stream;
    std::ostringstream err_stream;
    std::istringstream in;
    const int code =
        haulier::host::run_program(table, arguments, {.in = in, .out = out_stream, .err = err_stream}, parts);
    out = out_stream.str();
    err = err_stream.str();
    return code;
  }
  [[nodiscard]] std::string text(const std::string& file) const {
    std::ifstream in(folder + "/" + file);
    std::ostringstream all;
    all << in.rdbuf();
    return all.str();
  }
  [[nodiscard]] std::string pipeline() const { return folder + "/p.yaml"; }

  std::string folder;
  std::string out;
  std::string err;
};

BOOST_FIXTURE_TEST_SUITE(engine_commands, Program)

BOOST_AUTO_TEST_CASE(run_writes_reports_and_goes_on_the_next_time) {
  BOOST_TEST(run({"run", pipeline(), "--report", folder + "/r.json"}) == 0);
  BOOST_TEST(text("out.txt") == "1\n2\n3\n");
  BOOST_TEST(text("r.json").find("\"guarantee\": \"at least once\"") != std::string::npos);
  BOOST_TEST(text("r.json").find("\"written\": 3") != std::string::npos);
  BOOST_TEST(text("audit.log").find("run_started") != std::string::npos);
  BOOST_TEST(text("audit.log").find("run_ended") != std::string::npos);
  BOOST_TEST(err.find("3 read: 3 written") != std::string::npos);
  BOOST_TEST(out.empty());
  BOOST_TEST(run({"run", pipeline(), "--set", "source.counter.last=5"}) == 0);
  BOOST_TEST(text("out.txt") == "1\n2\n3\n4\n5\n");
}

BOOST_AUTO_TEST_CASE(watch_reaches_the_source) {
  BOOST_TEST(run({"run", pipeline(), "--watch"}) == 0);
  BOOST_TEST(text("out.txt") == "1\n2\n3\n4\n");
}

BOOST_AUTO_TEST_CASE(plan_tells_guarantee_places_and_statements_and_writes_nothing) {
  BOOST_TEST(run({"plan", pipeline()}) == 0);
  BOOST_TEST(out.find("at least once") != std::string::npos);
  BOOST_TEST(out.find("place    to_read\nnumbers  3\n") != std::string::npos);
  BOOST_TEST(out.find("append to " + folder + "/out.txt") != std::string::npos);
  BOOST_TEST(!std::filesystem::exists(folder + "/out.txt"));
  BOOST_TEST(!std::filesystem::exists(folder + "/count.line_file.state.json"));
  BOOST_TEST(!std::filesystem::exists(folder + "/audit.log"));
}

BOOST_AUTO_TEST_CASE(preview_prints_records_with_long_texts_cut) {
  BOOST_TEST(run({"preview", pipeline(), "--limit", "2"}) == 0);
  const std::string cut = std::string(200, 'w') + "...";
  BOOST_TEST(out ==
             "{\"stream\":\"numbers\",\"op\":\"upsert\",\"values\":{\"n\":1,\"word\":\"" + std::string(150, 'w') +
                 "\"}}\n{\"stream\":\"numbers\",\"op\":\"upsert\",\"values\":{\"n\":2,\"word\":\"" + cut + "\"}}\n");
  BOOST_TEST(!std::filesystem::exists(folder + "/out.txt"));
}

BOOST_AUTO_TEST_CASE(status_shows_what_was_committed) {
  BOOST_TEST(run({"status", pipeline()}) == 0);
  BOOST_TEST(out.find("nothing was committed yet") != std::string::npos);
  BOOST_TEST(run({"run", pipeline()}) == 0);
  BOOST_TEST(run({"status", pipeline()}) == 0);
  BOOST_TEST(out == "sinks.0.line_file\nplace    done\nnumbers  3\n");
  BOOST_TEST(run({"status", pipeline(), "--json"}) == 0);
  BOOST_TEST(out.find("\"done\": 3") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(status_warns_of_the_sign_ins_that_the_pipeline_uses) {
  BOOST_TEST(run({"status", pipeline(), "--json", "--set", "source.counter.account=numbers"}) == 0);
  BOOST_TEST(err.find("numbers: the certificate ends") != std::string::npos);
  BOOST_TEST(err.find("other: the certificate ends") == std::string::npos);
  BOOST_TEST(out.find("\"warnings\": [\n    \"numbers: the certificate ends\"\n  ]") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(connect_asks_every_stage_and_names_the_place_of_a_bad_setting) {
  BOOST_TEST(run({"validate", "--connect", pipeline()}) == 0);
  BOOST_TEST(out.find("source.counter: ok\n") != std::string::npos);
  BOOST_TEST(out.find("sinks.0.line_file: has nothing to check\n") != std::string::npos);
  std::ofstream(folder + "/p.yaml", std::ios::app) << "limits: { memory: 64MiB }\n";
  BOOST_TEST(run({"validate", "--connect", pipeline(), "--set", "source.counter.last=101"}) == 78);
  BOOST_TEST(err.find("it cannot count that far") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(doctor_tells_every_step_and_writes_nothing) {
  BOOST_TEST(run({"doctor", pipeline()}) == 0);
  for (const char* line : {"PASS  config", "PASS  plugins         counter -> line_file", "PASS  sink space",
                           "PASS  sink  ", "PASS  guarantee       at least once", "FAIL  range"}) {
    BOOST_TEST((out.find(line) != std::string::npos) == (std::string_view(line) != "FAIL  range"), line << "\n" << out);
  }
  BOOST_TEST(out.find("PASS  range           numbers: up to 3") != std::string::npos, out);
  BOOST_TEST(!std::filesystem::exists(folder + "/out.txt"));
}

BOOST_AUTO_TEST_CASE(doctor_ends_with_the_code_of_the_first_failure_and_goes_on_behind_it) {
  BOOST_TEST(run({"doctor", pipeline(), "--json", "--transcript", folder + "/talk.txt", "--set",
                  "source.counter.last=101", "--set", "sinks.0.line_file.path=/nowhere/out.txt"}) == 74);
  BOOST_TEST(out.find("\"exit_code\": 74") != std::string::npos);
  BOOST_TEST(out.find("\"verdict\": \"FAIL\",\n      \"step\": \"range\"") != std::string::npos, out);
  std::ifstream file(folder + "/talk.txt");
  const std::string talk((std::istreambuf_iterator<char>(file)), {});
  BOOST_TEST(talk.find("S: too far\n") != std::string::npos);
  const auto others = std::filesystem::perms::group_all | std::filesystem::perms::others_all;
  BOOST_TEST(((std::filesystem::status(folder + "/talk.txt").permissions() & others) == std::filesystem::perms::none));
}

BOOST_AUTO_TEST_CASE(doctor_of_a_wrong_file_still_looks_at_the_machine) {
  BOOST_TEST(run({"doctor", pipeline(), "--set", "source.counter.lats=1"}) == 78);
  BOOST_TEST(out.find("FAIL  config") != std::string::npos);
  BOOST_TEST(out.find("PASS  clock") != std::string::npos);
  BOOST_TEST(out.find("SKIP  source          the config comes first") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(tables_align_wide_characters_and_show_no_control_characters) {
  BOOST_TEST(haulier::host::text_table({{"place", "n"}, {"项目", "1"}, {"a\nb", "22"}}) ==
             "place  n\n项目   1\na\\nb   22\n");
  BOOST_TEST(haulier::host::text_table({{"head"}}).empty());
}

BOOST_AUTO_TEST_CASE(a_failed_run_says_whether_it_wrote_something) {
  std::filesystem::create_directory(folder + "/count.line_file.state.json");
  BOOST_TEST(run({"run", pipeline()}) != 0);
  BOOST_TEST(err.find("this run wrote nothing") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace engine_test
