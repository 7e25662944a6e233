#include "io/connection.hpp"

#include <boost/test/unit_test.hpp>
#include <deque>

namespace connection_test {
using namespace haulier::imap;
using std::chrono::milliseconds;

// The other end as a list of things that happen.
struct Script {
  struct Step {
    std::string bytes;       // to be read
    milliseconds waited{0};  // before that
    bool ends = false;
  };
  std::deque<Step> steps;
  std::string written;
  std::size_t takes = SIZE_MAX;  // octets per write
};

class ScriptStream : public ByteStream {
 public:
  explicit ScriptStream(Script& script) : script_(script) {}
  Read read(std::span<char> into) override {
    if (script_.steps.empty()) return {};
    auto& step = script_.steps.front();
    if (step.waited.count() > 0) return {};
    if (step.ends) return {0, true};
    const auto size = std::min(into.size(), step.bytes.size());
    std::copy_n(step.bytes.data(), size, into.data());
    step.bytes.erase(0, size);
    if (step.bytes.empty()) script_.steps.pop_front();
    return {size, false};
  }
  std::size_t write(std::string_view bytes) override {
    const auto size = std::min(bytes.size(), script_.takes);
    script_.written += bytes.substr(0, size);
    return size;
  }
  milliseconds wait(bool, milliseconds timeout) override {
    if (script_.steps.empty() || script_.steps.front().waited > timeout) {
      throw IoError(IoError::Kind::kTimeout, "no answer in time");
    }
    return std::exchange(script_.steps.front().waited, milliseconds(0));
  }
  std::string description() const override { return "script"; }

 private:
  Script& script_;
};

Connection connect(Script& script, Timeouts timeouts = {}) {
  Session::Options options;
  options.tag_prefix = "c";
  options.secure = true;
  return Connection(std::make_unique<ScriptStream>(script), options, timeouts);
}

IoError::Kind failure(Connection& connection) {
  try {
    for (;;) (void)connection.next();
  } catch (const IoError& error) {
    return error.kind();
  }
}

BOOST_AUTO_TEST_SUITE(connection)

BOOST_AUTO_TEST_CASE(events_come_across_reads) {
  Script script;
  script.steps = {{"* OK he"}, {"llo\r", milliseconds(5)}, {"\n* OK [ALERT] x\r\n"}};
  auto connection = connect(script);
  BOOST_TEST(std::holds_alternative<Greeted>(connection.next()));
  BOOST_TEST(std::holds_alternative<Alerted>(connection.next()));
  BOOST_TEST(connection.received_bytes() == 28U);
}

BOOST_AUTO_TEST_CASE(what_was_submitted_is_sent_before_reading) {
  Script script;
  script.steps = {{"* OK hello\r\n"}, {"c1 OK\r\n"}};
  auto connection = connect(script);
  (void)connection.session().submit(Command::noop());
  (void)connection.next();
  BOOST_TEST(std::holds_alternative<Completed>(connection.next()));
  BOOST_TEST(script.written == "c1 NOOP\r\n");
}

BOOST_AUTO_TEST_CASE(slow_writes_are_finished) {
  Script script;
  script.takes = 1;
  script.steps = {{"* OK hello\r\n"}, {"c1 OK\r\n", milliseconds(1)}};
  auto connection = connect(script);
  (void)connection.session().submit(Command::noop());
  (void)connection.next();
  (void)connection.next();
  BOOST_TEST(script.written == "c1 NOOP\r\n");
}

BOOST_AUTO_TEST_CASE(silence_ends_at_the_response_limit) {
  Script script;
  script.steps = {{"* OK hello\r\n"}, {"* OK late\r\n", milliseconds(60'001)}};
  auto connection = connect(script);
  BOOST_TEST((failure(connection) == IoError::Kind::kTimeout));
}

BOOST_AUTO_TEST_CASE(one_octet_a_second_is_cut_off) {
  Script script;
  script.steps.push_back({"* OK hello\r\n"});
  for (int i = 0; i < 400; ++i) script.steps.push_back({"x", milliseconds(1000)});
  auto connection = connect(script);
  BOOST_TEST((failure(connection) == IoError::Kind::kTimeout));
  BOOST_TEST(script.steps.size() > 90U);  // after 300 s, not at the end
}

BOOST_AUTO_TEST_CASE(answered_commands_start_the_stall_window_anew) {
  Script script;
  script.steps.push_back({"* OK hello\r\n"});
  for (int i = 1; i <= 100; ++i) script.steps.push_back({"c" + std::to_string(i) + " OK\r\n", milliseconds(10'000)});
  script.steps.push_back({"", milliseconds(0), true});
  auto connection = connect(script);
  for (int i = 0; i < 100; ++i) (void)connection.session().submit(Command::noop());
  BOOST_TEST((failure(connection) == IoError::Kind::kClosed));
}

// Fast enough for the minimum rate, and no answer among it.
BOOST_AUTO_TEST_CASE(talk_that_answers_nothing_is_cut_off) {
  Script script;
  script.steps.push_back({"* OK hello\r\n"});
  const std::string noise = "* OK " + std::string(20'000, '.') + "\r\n";
  for (int i = 0; i < 400; ++i) script.steps.push_back({noise, milliseconds(10'000)});
  auto connection = connect(script);
  BOOST_TEST((failure(connection) == IoError::Kind::kTimeout));
  BOOST_TEST(script.steps.size() < 50U);  // after an hour, 360 of them
  BOOST_TEST(script.steps.size() > 30U);
}

BOOST_AUTO_TEST_CASE(fast_bodies_are_no_stall) {
  Script script;
  script.steps.push_back({"* OK hello\r\n"});
  script.steps.push_back({"* 1 FETCH (BODY[] {1000000}\r\n"});
  for (int i = 0; i < 10; ++i) script.steps.push_back({std::string(100'000, 'x'), milliseconds(50'000)});
  script.steps.push_back({"", milliseconds(0), true});
  auto connection = connect(script);
  BOOST_TEST((failure(connection) == IoError::Kind::kClosed));
}

BOOST_AUTO_TEST_SUITE_END()
}  // namespace connection_test
