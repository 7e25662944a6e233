#include "report/run_report.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <fstream>
#include <iterator>

namespace haulier::host::run_report_test {

RunReport sample() {
  RunReport report;
  report.haulier_version = "0.1.0";
  report.pipeline = "mailbox";
  report.run_id = "r1";
  report.guarantee = "exactly once";
  report.exit_code = ExitCode::quarantined;
  report.started_at_us = 1'700'000'000'000'000;
  report.ended_at_us = 1'700'000'001'500'000;
  report.duration_us = 1'500'000;
  report.counters = {.read = 10, .written = 6, .filtered = 1, .quarantined = 2, .unchanged = 1};
  report.source = {"imap", "1.0.0", {{"bytes", 1234}}};
  report.transforms = {{"normalize_mime", "1.0.0", {}}};
  report.sinks = {{"sqlite", "1.0.0", {{"rows", 6}, {"seconds", 0.25}}}};
  report.partitions = {{"me / INBOX", {.read = 10, .written = 10}, ""}, {"me / Sent", {}, "gone"}};
  report.peak_memory_bytes = 1 << 20;
  report.warnings = {"a \"warning\""};
  return report;
}

std::string read_file(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

BOOST_AUTO_TEST_SUITE(framework_host_report_run_report)

BOOST_AUTO_TEST_CASE(the_report_is_as_it_always_was) {
  const auto golden = std::filesystem::path(HAULIER_SOURCE_DIR) / "tests/data/report/run_report.expected.json";
  BOOST_TEST(run_report_json(sample()) == read_file(golden));
}

BOOST_AUTO_TEST_CASE(counters_that_do_not_balance_are_told) {
  RunReport report = sample();
  report.counters.read = 11;
  BOOST_TEST(!report.counters.balanced());
  BOOST_TEST(run_report_json(report).find("\"balanced\": false") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_failure_stands_in_the_report) {
  RunReport report = sample();
  report.failure = Failure{.exit_code = ExitCode::needs_auth, .what = "sign in", .command = "haulier auth login"};
  BOOST_TEST(run_report_json(report).find("\"what\": \"sign in\"") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(peak_memory_is_known) { BOOST_TEST(peak_memory_bytes() > 1'000'000); }

BOOST_AUTO_TEST_CASE(a_file_is_replaced_as_a_whole) {
  const auto folder = std::filesystem::temp_directory_path() / ("haulier_report_" + std::to_string(::getpid()));
  std::filesystem::create_directory(folder);
  const auto file = folder / "report.json";
  write_file_atomically(file, "old", Durable::yes);
  write_file_atomically(file, "new", Durable::no);
  BOOST_TEST(read_file(file) == "new");
  const auto files = std::distance(std::filesystem::directory_iterator(folder), std::filesystem::directory_iterator());
  BOOST_TEST(files == 1);
  BOOST_CHECK_EXCEPTION(write_file_atomically(folder / "no/report.json", "x", Durable::yes), Failed,
                        [](const Failed& failed) { return failed.failure().exit_code == ExitCode::local_io; });
  std::filesystem::create_directory(folder / "taken");
  BOOST_CHECK_THROW(write_file_atomically(folder / "taken", "x", Durable::yes), Failed);
  std::filesystem::remove_all(folder);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace haulier::host::run_report_test
