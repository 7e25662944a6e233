#include "report/progress.hpp"

#include <boost/test/unit_test.hpp>

#include <sstream>

namespace haulier::host::progress_test {

BOOST_AUTO_TEST_SUITE(framework_host_report_progress)

BOOST_AUTO_TEST_CASE(words_tell_share_speed_and_time_left) {
  BOOST_TEST(progress_words({.done = 1200, .total = 5000, .bytes = 40'000'000, .place = "INBOX"}, 4'000'000) ==
             "1200 of 5000 (24 %), 300/s, 10 MB/s, 12 s left  INBOX");
  BOOST_TEST(progress_words({.done = 3, .bytes = 500'000, .place = ""}, 2'000'000) == "3, 1.5/s, 0.2 MB/s");
  BOOST_TEST(progress_words({.done = 0, .total = 5, .place = ""}, 0) == "0 of 5 (0 %), 0.0/s, 0.0 MB/s");
  BOOST_TEST(progress_words({.done = 10, .total = 100'000, .place = ""}, 1'000'000).find("2 h 46 min left") !=
             std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_terminal_gets_at_most_one_line_per_second) {
  VirtualClock clock;
  std::ostringstream out;
  LogSink log(out, clock, {.terminal = true});
  Progress progress(log, clock, false);
  progress.update({.done = 1, .place = ""});
  BOOST_TEST(out.str().empty());
  clock.advance(Progress::kTerminalIntervalUs);
  progress.update({.done = 2, .place = ""});
  const std::string first = out.str();
  BOOST_TEST(first.starts_with("\r\x1b[K2, "));
  progress.update({.done = 3, .place = ""});
  BOOST_TEST(out.str() == first);
  progress.finish();
  BOOST_TEST(out.str() == first + "\r\x1b[K");
}

BOOST_AUTO_TEST_CASE(without_a_terminal_a_log_line_every_ten_seconds) {
  VirtualClock clock;
  std::ostringstream out;
  LogSink log(out, clock, {});
  Progress progress(log, clock, false);
  clock.advance(Progress::kTerminalIntervalUs);
  progress.update({.done = 1, .place = ""});
  BOOST_TEST(out.str().empty());
  clock.advance(Progress::kLogIntervalUs);
  progress.update({.done = 2, .place = ""});
  BOOST_TEST(out.str().find("info host: 2, ") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(quiet_says_nothing) {
  VirtualClock clock;
  std::ostringstream out;
  LogSink log(out, clock, {.terminal = true});
  Progress progress(log, clock, true);
  clock.advance(100 * Progress::kLogIntervalUs);
  progress.update({.done = 1, .place = ""});
  BOOST_TEST(out.str().empty());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace haulier::host::progress_test
