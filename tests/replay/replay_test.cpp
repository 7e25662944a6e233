// Every trace of tests/data/imap is replayed twice: through a bare session, and through the whole source. Each is then
// done again with the server's octets cut at every place, and one by one; nothing may come out differently.
#include <algorithm>
#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <fstream>
#include <set>

#include "event_text.hpp"
#include "source_run.hpp"

namespace replay {
namespace {

const std::string kFolder = std::string(HAULIER_SOURCE_DIR) + "/tests/data/imap";

std::vector<std::string> read_lines(const std::string& path) {
  std::vector<std::string> lines;
  std::ifstream in(path);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

// State rows by mailbox from the header "# state MAILBOX: {json}".
std::vector<std::pair<std::string, std::string>> state_of(const std::string& path) {
  std::vector<std::pair<std::string, std::string>> state;
  for (const auto& line : read_lines(path)) {
    if (!line.starts_with("# state ")) continue;
    const auto colon = line.find(": ");
    state.emplace_back(line.substr(8, colon - 8), line.substr(colon + 2));
  }
  return state;
}

std::vector<std::string> lines_of(const RunResult& result) {
  auto lines = result.records;
  lines.push_back(result.end);
  // A body holds line ends; one record is one line of the golden file.
  for (auto& line : lines) {
    for (std::size_t at = 0; (at = line.find_first_of("\r\n", at)) != std::string::npos;)
      line.replace(at, 1, line[at] == '\r' ? "\\r" : "\\n");
  }
  return lines;
}

// Messages with all their octets, as they are handed over.
std::set<std::string> messages_of(const RunResult& result) {
  std::set<std::string> messages;
  for (const auto& line : result.records)
    if (line.starts_with("upsert")) messages.insert(line);
  return messages;
}

// A trace file, read once for its many runs.
struct Replay {
  explicit Replay(const std::string& path)
      : trace(load_trace(path)), config(trace_header(path, "config")), state(state_of(path)) {}

  [[nodiscard]] RunResult run(Cuts cuts) const { return run_source(trace, config, cuts, state); }

  Trace trace;
  std::string config;
  std::vector<std::pair<std::string, std::string>> state;
};

std::string expected_path(const std::string& path) { return path.substr(0, path.rfind('.')) + ".expected"; }

// With HAULIER_UPDATE_GOLDEN set, what came out is written down as what is expected; the diff is then for a person.
void check_golden(const std::string& path, const std::vector<std::string>& lines) {
  if (std::getenv("HAULIER_UPDATE_GOLDEN")) {
    std::ofstream out(expected_path(path));
    for (const auto& line : lines) out << line << '\n';
  }
  BOOST_TEST(lines == read_lines(expected_path(path)), boost::test_tools::per_element());
}

}  // namespace

BOOST_AUTO_TEST_SUITE(replay_imap)

BOOST_DATA_TEST_CASE(source_gives_what_the_golden_file_says, boost::unit_test::data::make(list_traces(kFolder)), path) {
  const auto result = Replay(path).run({});
  check_golden(path, lines_of(result));
  const auto round_trips = trace_header(path, "round trips");
  if (!round_trips.empty()) BOOST_TEST(result.round_trips == std::stod(round_trips));
}

BOOST_DATA_TEST_CASE(source_does_not_see_how_the_stream_is_split, boost::unit_test::data::make(list_traces(kFolder)),
                     path) {
  const Replay replay(path);
  const auto whole = lines_of(replay.run({}));
  std::size_t size = 0;
  for (const auto& connection : replay.trace.connections) size += server_size(connection);
  BOOST_TEST(lines_of(replay.run({SIZE_MAX, 1})) == whole, boost::test_tools::per_element());
  for (std::size_t cut = 1; cut < size; ++cut) BOOST_REQUIRE(lines_of(replay.run({cut, SIZE_MAX})) == whole);
}

// The server goes away behind any octet, and nobody connects again.
BOOST_DATA_TEST_CASE(state_is_never_ahead_of_what_was_handed_over, boost::unit_test::data::make(list_traces(kFolder)),
                     path) {
  Replay replay(path);
  std::size_t size = 0;
  for (const auto& connection : replay.trace.connections) size += server_size(connection);
  const auto whole = messages_of(replay.run({}));
  replay.config.insert(1, "\"reconnects\":0,");
  for (std::size_t end = 0; end < size; ++end) {
    Cuts cuts;
    cuts.ends_at = end;
    const auto result = replay.run(cuts);
    BOOST_REQUIRE_EQUAL(result.ahead, "");
    const auto some = messages_of(result);
    BOOST_REQUIRE(std::includes(whole.begin(), whole.end(), some.begin(), some.end()));
  }
}

BOOST_DATA_TEST_CASE(session_does_not_see_how_the_stream_is_split, boost::unit_test::data::make(list_traces(kFolder)),
                     path) {
  for (const auto& connection : load_trace(path).connections) {
    const auto whole = session_events(connection, SIZE_MAX, SIZE_MAX);
    BOOST_TEST(!whole.empty());
    BOOST_TEST(session_events(connection, SIZE_MAX, 1) == whole, boost::test_tools::per_element());
    for (std::size_t cut = 1; cut < server_size(connection); ++cut) {
      BOOST_REQUIRE(session_events(connection, cut, SIZE_MAX) == whole);
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
}  // namespace replay
