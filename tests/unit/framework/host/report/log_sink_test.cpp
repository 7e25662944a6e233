#include "report/log_sink.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <sstream>
#include <thread>

namespace haulier::host::log_sink_test {

const std::string kTime = "2023-11-14T22:13:20.000000Z";

struct Fixture {
  VirtualClock clock;
  std::ostringstream out;
};

std::string replaced(std::string text, std::string_view what) {
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what)) text.replace(at, what.size(), "***");
  return text;
}

BOOST_AUTO_TEST_SUITE(framework_host_report_log_sink)

BOOST_FIXTURE_TEST_CASE(a_text_line_has_time_level_component_and_fields, Fixture) {
  LogSink log(out, clock, {});
  log.set_context({{"run_id", "r1"}});
  log.log(LogLevel::warning, "imap", "mailbox is gone", {{"mailbox", "INBOX"}, {"n", "2"}});
  BOOST_TEST(out.str() == kTime + " warning imap: mailbox is gone  run_id=r1 mailbox=INBOX n=2\n");
}

BOOST_FIXTURE_TEST_CASE(text_from_a_mail_cannot_fake_a_line_or_move_the_cursor, Fixture) {
  LogSink log(out, clock, {});
  log.log(LogLevel::info, "imap", "subject \x1b[2J\n" + kTime + " error fake", {{"name", "a\rb"}});
  const std::string text = out.str();
  BOOST_TEST(std::count(text.begin(), text.end(), '\n') == 1);
  BOOST_TEST(text.find('\x1b') == std::string::npos);
  BOOST_TEST(text.find('\r') == std::string::npos);
}

BOOST_FIXTURE_TEST_CASE(a_json_line_is_one_object, Fixture) {
  LogSink log(out, clock, {.format = LogFormat::json});
  log.log(LogLevel::error, "imap", "a\n\"b\"\xFF", {{"mailbox", "邮"}, {"level", "x"}});
  BOOST_TEST(out.str() == "{\"time\":\"" + kTime +
                              "\",\"level\":\"error\",\"component\":\"imap\",\"message\":\"a\\n\\\"b\\\"\xEF\xBF\xBD\","
                              "\"mailbox\":\"邮\",\"level_\":\"x\"}\n");
}

BOOST_FIXTURE_TEST_CASE(levels_below_the_chosen_one_are_dropped, Fixture) {
  LogSink log(out, clock, {.level = LogLevel::warning});
  log.log(LogLevel::info, "x", "no");
  BOOST_TEST(!log.enabled(LogLevel::info));
  BOOST_TEST(log.enabled(LogLevel::error));
  log.logger().information("no");
  BOOST_TEST(out.str().empty());
  LogSink none(out, clock, {.level = LogLevel::none});
  none.log(LogLevel::error, "x", "no");
  none.logger().error("no");
  BOOST_TEST(out.str().empty());
}

BOOST_FIXTURE_TEST_CASE(colour_only_when_asked_for, Fixture) {
  LogSink log(out, clock, {.color = true});
  log.log(LogLevel::error, "x", "m");
  BOOST_TEST(out.str() == kTime + " \x1b[31merror\x1b[0m x: m\n");
}

BOOST_FIXTURE_TEST_CASE(redaction_comes_last_and_sees_the_whole_line, Fixture) {
  for (const LogFormat format : {LogFormat::text, LogFormat::json}) {
    LogSink log(out, clock, {.format = format, .terminal = true});
    log.set_redact([](std::string_view line) { return replaced(std::string(line), "hunter2"); });
    log.log(LogLevel::info, "hunter2", "hunter2", {{"hunter2", "hunter2"}});
    log.logger().error("hunter2");
    log.set_progress("hunter2");
    log.write_raw("hunter2\n");
  }
  BOOST_TEST(out.str().find("hunter2") == std::string::npos);
  BOOST_TEST(out.str().find("***") != std::string::npos);
}

BOOST_FIXTURE_TEST_CASE(the_progress_line_is_redrawn_below_log_lines, Fixture) {
  LogSink log(out, clock, {.terminal = true});
  log.set_progress("5 of 10");
  out.str("");
  log.log(LogLevel::info, "x", "m");
  BOOST_TEST(out.str() == "\r\x1b[K" + kTime + " info x: m\n5 of 10");
  out.str("");
  log.set_progress("");
  log.log(LogLevel::info, "x", "m");
  BOOST_TEST(out.str() == "\r\x1b[K" + kTime + " info x: m\n");
}

BOOST_FIXTURE_TEST_CASE(without_a_terminal_there_is_no_progress_line, Fixture) {
  LogSink log(out, clock, {});
  log.set_progress("5 of 10");
  BOOST_TEST(out.str().empty());
}

BOOST_FIXTURE_TEST_CASE(lines_of_many_threads_stay_whole, Fixture) {
  LogSink log(out, clock, {});
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&log] {
      for (int i = 0; i < 100; ++i) log.log(LogLevel::info, "x", "0123456789");
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::istringstream lines(out.str());
  std::string line;
  int count = 0;
  while (std::getline(lines, line)) {
    ++count;
    BOOST_TEST(line == kTime + " info x: 0123456789");
  }
  BOOST_TEST(count == 400);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace haulier::host::log_sink_test
