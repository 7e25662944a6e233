// Faults of every stage: what the run does, what it says, what is in the sink afterwards.
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <thread>

#include "world.hpp"

namespace engine_test {

using haulier::Error;
using haulier::host::RunReport;
using haulier::host::to_int;

// A status that ends a run, and its exit code.
struct EndingStatus {
  haulier_status status;
  int exit_code;
};
std::ostream& operator<<(std::ostream& out, const EndingStatus& it) { return out << "status " << it.status; }
const EndingStatus kEnding[] = {{HAULIER_BAD_CONFIG, 78}, {HAULIER_NEEDS_AUTH, 77},  {HAULIER_BAD_STATE, 65},
                                {HAULIER_LOCAL_IO, 74},   {HAULIER_PROTOCOL, 76},    {HAULIER_FATAL, 70},
                                {HAULIER_FENCED, 75},     {HAULIER_UNSUPPORTED, 78}, {HAULIER_CANCELLED, 75}};

BOOST_AUTO_TEST_SUITE(engine_faults)

BOOST_DATA_TEST_CASE(a_status_of_any_call_ends_the_run_with_its_exit_code, boost::unit_test::data::make(kEnding)) {
  for (const std::string step : {"open", "fence", "load_state", "begin", "write", "commit"}) {
    OneSink fixture;
    fixture.world.mailboxes = {{"a", texts(5)}};
    fixture.db().on_step = failing(step, 1, Error(sample.status, "words of the plugin"));
    const RunReport report = fixture.run();
    BOOST_TEST_CONTEXT(step) {
      BOOST_TEST(to_int(report.exit_code) == sample.exit_code);
      BOOST_REQUIRE(report.failure.has_value());
      BOOST_TEST(report.failure->what.find("words of the plugin") != std::string::npos);
      BOOST_TEST(fixture.db().rows.empty());
      BOOST_TEST(fixture.world.live_instances == 0);
    }
  }
}

BOOST_DATA_TEST_CASE(a_failing_source_leaves_what_it_gave_before_committed, boost::unit_test::data::make(kEnding)) {
  OneSink fixture;
  fixture.world.mailboxes = {{"a", texts(30)}};
  int reads = 0;
  fixture.world.on_source = [&](std::string_view step, haulier::Host) {
    if (step == "read" && ++reads == 4) throw Error(sample.status, "gone");
  };
  const RunReport report = fixture.run();
  BOOST_TEST(to_int(report.exit_code) == sample.exit_code);
  BOOST_TEST(fixture.db().rows.size() == 9u);
  BOOST_TEST(fixture.db().states["a"] == 9);
  BOOST_TEST(report.counters.read == 9);
  BOOST_TEST(report.counters.balanced());
  fixture.world.on_source = nullptr;
  BOOST_TEST(to_int(fixture.run().exit_code) == 0);
  BOOST_TEST((fixture.db().rows == fixture.expected_rows()));
}

BOOST_FIXTURE_TEST_CASE(a_failing_transform_leaves_the_batches_before_it_committed, OneSink) {
  std::vector<std::string> mails = texts(30);
  mails[16] = "explode";
  world.mailboxes = {{"a", mails}};
  world.on_transform = [](std::string_view text) {
    if (text == "explode") throw std::runtime_error("it exploded");
  };
  const RunReport report = run();
  BOOST_TEST(to_int(report.exit_code) == 70);
  BOOST_TEST(report.failure->what.find("transforms.0.rows: it exploded") != std::string::npos);
  BOOST_TEST(db().rows.size() == 15u);
  BOOST_TEST(db().states["a"] == 15);
}

BOOST_FIXTURE_TEST_CASE(passing_faults_are_waited_for, OneSink) {
  for (const std::string step : {"open", "fence", "load_state", "begin", "write", "written", "commit"}) {
    world.databases.clear();
    world.mailboxes = {{"a", texts(10)}};
    db().on_step = failing(step, 3, Error::retry("busy"));
    const std::int64_t before = clock.paused_us();
    const RunReport report = run();
    BOOST_TEST_CONTEXT(step) {
      BOOST_TEST(to_int(report.exit_code) == 0);
      BOOST_TEST((db().rows == expected_rows()));
      BOOST_TEST(report.counters.written == 10);
      BOOST_TEST(clock.paused_us() > before);
    }
  }
}

BOOST_FIXTURE_TEST_CASE(a_servers_wish_to_wait_is_obeyed, OneSink) {
  world.mailboxes = {{"a", texts(3)}};
  int reads = 0;
  world.on_source = [&](std::string_view step, haulier::Host) {
    if (step == "read" && ++reads == 1) throw Error::retry("throttled", 120'000);
  };
  BOOST_TEST(to_int(run().exit_code) == 0);
  BOOST_TEST(clock.paused_us() >= 120'000'000);
}

BOOST_FIXTURE_TEST_CASE(faults_that_do_not_pass_end_with_try_again_after_the_configured_attempts, OneSink) {
  config.retry.attempts = 4;
  world.mailboxes = {{"a", texts(3)}};
  int begins = 0;
  db().on_step = [&](std::string_view step) {
    if (step != "begin") return;
    ++begins;
    throw Error::retry("the database is down");
  };
  const RunReport report = run();
  BOOST_TEST(to_int(report.exit_code) == 75);
  BOOST_TEST(begins == 4);
  BOOST_TEST(db().rows.empty());
}

BOOST_FIXTURE_TEST_CASE(progress_starts_the_attempts_anew, OneSink) {
  config.retry.attempts = 3;
  config.limits.commit_bytes = 1;
  world.mailboxes = {{"a", texts(30)}};
  int writes = 0;
  db().on_step = [&](std::string_view step) {
    if (step == "write" && ++writes % 3 != 0) throw Error::retry("flaky");
  };
  BOOST_TEST(to_int(run().exit_code) == 0);
  BOOST_TEST((db().rows == expected_rows()));
}

BOOST_FIXTURE_TEST_CASE(giving_up_after_a_time_counts_the_waits, OneSink) {
  config.retry.attempts = 0;
  config.retry.give_up_after_ms = 600'000;
  world.mailboxes = {{"a", texts(3)}};
  world.on_source = [](std::string_view step, haulier::Host) {
    if (step == "read") throw Error::retry("down", 100'000);
  };
  BOOST_TEST(to_int(run().exit_code) == 75);
  BOOST_TEST(clock.paused_us() >= 400'000'000);
  BOOST_TEST(clock.paused_us() <= 600'000'000);
}

BOOST_FIXTURE_TEST_CASE(an_unknown_commit_that_happened_is_not_repeated, OneSink) {
  world.mailboxes = {{"a", texts(10)}};
  db().on_step = failing("after_commit", 1, Error(HAULIER_COMMIT_UNKNOWN, "connection lost"));
  const RunReport report = run();
  BOOST_TEST(to_int(report.exit_code) == 0);
  BOOST_TEST((db().rows == expected_rows()));
  BOOST_TEST(db().write_order.size() == 10u);
  BOOST_TEST(report.counters.written == 10);
}

BOOST_FIXTURE_TEST_CASE(an_unknown_commit_that_did_not_happen_is_repeated, OneSink) {
  world.mailboxes = {{"a", texts(10)}};
  db().on_step = failing("commit", 2, Error(HAULIER_COMMIT_UNKNOWN, "connection lost"));
  const RunReport report = run();
  BOOST_TEST(to_int(report.exit_code) == 0);
  BOOST_TEST((db().rows == expected_rows()));
  BOOST_TEST(report.counters.written == 10);
}

BOOST_FIXTURE_TEST_CASE(an_unknown_commit_without_new_state_is_repeated, OneSink) {
  // The state row equals the one from before: finding it proves nothing.
  world.mailboxes = {{"a", texts(2)}};
  db().states["a"] = 2;
  world.ignore_state = true;
  db().on_step = failing("commit", 1, Error(HAULIER_COMMIT_UNKNOWN, "connection lost"));
  BOOST_TEST(to_int(run().exit_code) == 0);
  BOOST_TEST((db().rows == expected_rows()));
}

BOOST_FIXTURE_TEST_CASE(a_lost_fence_ends_the_run_and_writes_nothing, OneSink) {
  world.mailboxes = {{"a", texts(10)}};
  db().on_step = [this](std::string_view step) {
    if (step == "write") ++db().epoch;
  };
  const RunReport report = run();
  BOOST_TEST(to_int(report.exit_code) == 75);
  BOOST_TEST(db().rows.empty());
  BOOST_TEST(db().states.empty());
}

BOOST_FIXTURE_TEST_CASE(what_a_plugin_may_not_do_is_a_bug_with_words, OneSink) {
  world.mailboxes = {{"a", {"t"}}};
  // An outcome beyond the batch: the sink refuses a record that is not there.
  db().on_step = failing("write", 1, Error::bad_record(999, "no such record"));
  const RunReport report = run();
  BOOST_TEST(to_int(report.exit_code) == 70);
  BOOST_TEST(report.failure->what.find("refused record 999 of 1") != std::string::npos);
  BOOST_TEST(db().rows.empty());
}

BOOST_AUTO_TEST_SUITE_END()

// Several sinks.

struct TwoSinks : Fixture {
  TwoSinks() {
    add_sink("exact", "first");
    add_sink("flush", "second");
    world.mailboxes = {{"a", texts(20)}, {"b", {"x", "bad", "drop", "reject", "y"}}};
    config.limits.commit_bytes = 1;
  }
  Database& first() { return world.databases["first"]; }
  Database& second() { return world.databases["second"]; }
};

BOOST_FIXTURE_TEST_SUITE(engine_several_sinks, TwoSinks)

BOOST_AUTO_TEST_CASE(every_sink_gets_everything) {
  const RunReport report = run();
  BOOST_TEST(to_int(report.exit_code) == 3);
  BOOST_TEST((first().rows == expected_rows()));
  BOOST_TEST((second().rows == expected_rows()));
  BOOST_TEST(first().quarantine.size() == 2u);
  BOOST_TEST(second().quarantine.size() == 2u);
  BOOST_TEST(report.guarantee == "at least once");
  BOOST_TEST((world.committed == std::map<std::string, std::uint64_t>{{"a", 7}, {"b", 2}}));
}

BOOST_AUTO_TEST_CASE(when_one_fails_the_other_keeps_what_was_read_and_the_next_run_makes_them_equal) {
  int writes = 0;
  second().on_step = [&](std::string_view step) {
    if (step == "write" && ++writes == 3) throw Error(HAULIER_LOCAL_IO, "disk full");
  };
  const RunReport report = run();
  BOOST_TEST(to_int(report.exit_code) == 74);
  BOOST_TEST(first().rows.size() > second().rows.size());
  second().on_step = nullptr;
  const RunReport next = run();
  BOOST_TEST(to_int(next.exit_code) == 3);
  // One batch of three had arrived everywhere: it is not read again, although the sinks' states differed.
  BOOST_TEST(next.counters.read == 22);
  BOOST_TEST((first().rows == expected_rows()));
  BOOST_TEST((second().rows == expected_rows()));
}

BOOST_AUTO_TEST_CASE(a_new_sink_gets_everything_from_the_start) {
  (void)run();
  add_sink("exact", "third");
  (void)run();
  BOOST_TEST((world.databases["third"].rows == expected_rows()));
}

BOOST_AUTO_TEST_CASE(the_source_hears_only_what_is_durable_everywhere) {
  second().on_step = failing("flush", 1, Error(HAULIER_LOCAL_IO, "disk full"));
  (void)run();
  BOOST_TEST(world.committed.empty());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace engine_test
