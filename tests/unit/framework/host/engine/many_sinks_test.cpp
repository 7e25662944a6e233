// Several sinks in one pipeline: whatever stopped the runs before, in the end each holds what one alone would hold.
#include <boost/test/unit_test.hpp>

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <random>
#include <thread>

#include "world.hpp"

namespace engine_test {

using haulier::Error;
using haulier::host::CrashPoints;
using haulier::host::PluginUse;
using haulier::host::RunReport;
using haulier::host::to_int;

namespace {

const std::vector<std::pair<std::string, std::string>> kSinks{
    {"exact", "one"}, {"exact", "two"}, {"flush", "lines"}, {"flush", "more-lines"}};

// Four sinks of both kinds, of which a run may use some only; databases lie in files, so that processes can be killed.
struct Four : Fixture {
  explicit Four(std::uint64_t seed) : random_choice(seed) {
    for (const auto& [id, database] : kSinks) add_sink(id, database);
    all = config.sinks;
    world.mailboxes = {{"a", texts(9)}, {"b", {"x", "drop", "source-reject", "y", "bad", "z"}}, {"c", texts(4, "c")}};
    world.databases["two"].refused = {"t3", "c1"};
    world.batch_size = 1 + pick(3);
    world.empty_last_batch = pick(2) == 0;
  }
  std::uint64_t pick(std::uint64_t n) { return random_choice() % n; }
  std::string file(const std::string& database) const { return folder + "/" + database; }

  // Some of the sinks in any order.
  void choose_sinks() {
    config.sinks = all;
    std::shuffle(config.sinks.begin(), config.sinks.end(), random_choice);
    config.sinks.resize(1 + pick(all.size()));
  }
  // A sink takes its time, so that others are ahead of it, and all make transactions of different sizes.
  void choose_paces() {
    config.limits.commit_bytes = static_cast<std::int64_t>(1 + (pick(3) == 0 ? 0 : pick(8000)));
    for (const auto& [id, database] : kSinks) paces[database] = pick(3) == 0 ? 700 + pick(1000) : pick(50);
  }

  // In a process of its own; its exit code.
  int run_apart(std::uint64_t crash_at) {
    const pid_t child = ::fork();
    if (child == 0) {
      for (const auto& [id, database] : kSinks) attach(database);
      if (crash_at > 0) crash_points = std::make_unique<CrashPoints>(crash_at, "");
      int code = 70;
      {
        const RunReport report = run();
        code = to_int(report.exit_code);
      }
      ::_exit(code);
    }
    int status = 0;
    if (::waitpid(child, &status, 0) != child || !WIFEXITED(status)) return -1;
    return WEXITSTATUS(status);
  }
  void attach(const std::string& name) {
    Database& database = world.databases[name];
    load(database, file(name));
    database.on_step = [this, &database, name](std::string_view step) {
      if (step == "write") take_time(paces.at(name));
      if (step == "fence" || step == "after_commit" || step == "flushed") save(database, file(name));
    };
  }
  // Time that passes ends transactions at other batches than the other sinks' ones.
  void take_time(std::uint64_t pace) {
    clock.advance(static_cast<std::int64_t>(pace) * 1000);
    for (std::uint64_t i = 0; i < pace; ++i) std::this_thread::yield();
  }
  void check_complete() {
    for (const auto& [id, name] : kSinks) {
      load(world.databases[name], file(name));
      BOOST_TEST_CONTEXT(name) {
        std::map<std::string, std::string> rows = expected_rows();
        std::erase_if(
            rows, [&, &sink = name](const auto& row) { return world.databases[sink].refused.contains(row.second); });
        BOOST_TEST((world.databases[name].rows == rows));
        BOOST_TEST(world.databases[name].quarantine.size() == 2u + world.databases[name].refused.size());
      }
    }
    BOOST_TEST((world.databases["one"].states == world.databases["two"].states));
  }

  std::mt19937_64 random_choice;
  std::vector<PluginUse> all;
  std::map<std::string, std::uint64_t> paces;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(engine_many_sinks)

BOOST_AUTO_TEST_CASE(killed_anywhere_with_any_sinks_behind_the_next_run_makes_all_of_them_whole) {
  int killed = 0;
  for (std::uint64_t seed = 1; seed <= 150; ++seed) {
    BOOST_TEST_CONTEXT("seed " << seed) {
      Four fixture(seed);
      for (std::uint64_t runs = 1 + fixture.pick(5); runs > 0; --runs) {
        fixture.choose_sinks();
        fixture.choose_paces();
        killed += fixture.run_apart(1 + fixture.pick(120)) == CrashPoints::kExitCode;
      }
      fixture.config.sinks = fixture.all;
      const int code = fixture.run_apart(0);
      BOOST_TEST((code == 0 || code == 3));
      fixture.check_complete();
    }
  }
  BOOST_TEST(killed > 150);
}

BOOST_AUTO_TEST_SUITE_END()

// Two transactional sinks in one process.
struct Pair : Fixture {
  Pair() {
    add_sink("exact", "first");
    add_sink("exact", "second");
    world.mailboxes = {{"a", texts(30)}};
    config.limits.commit_bytes = 1;
  }
  Database& first() { return world.databases["first"]; }
  Database& second() { return world.databases["second"]; }
  // Lets `database` fail in its n-th commit of the next run.
  RunReport run_failing(Database& database, int n) {
    int commits = 0;
    database.on_step = [&commits, n](std::string_view step) {
      if (step == "commit" && ++commits == n) throw Error(HAULIER_LOCAL_IO, "disk full");
    };
    RunReport report = run();
    database.on_step = nullptr;
    return report;
  }
};

BOOST_FIXTURE_TEST_SUITE(engine_two_sinks, Pair)

BOOST_AUTO_TEST_CASE(a_sink_that_stays_behind_in_run_after_run_misses_nothing) {
  for (int i = 0; i < 6; ++i) BOOST_TEST(to_int(run_failing(second(), 2).exit_code) == 74);
  BOOST_TEST(to_int(run().exit_code) == 0);
  BOOST_TEST((first().rows == expected_rows()));
  BOOST_TEST((second().rows == expected_rows()));
}

BOOST_AUTO_TEST_CASE(a_sink_that_was_ahead_and_failed_at_once_is_no_reason_to_read_from_the_start) {
  std::atomic<int> commits{0};
  first().on_step = [&](std::string_view step) { commits += step == "after_commit"; };
  int tries = 0;
  second().on_step = [&](std::string_view step) {
    if (step != "commit" || ++tries < 5) return;
    while (commits < 8) std::this_thread::yield();
    throw Error(HAULIER_LOCAL_IO, "disk full");
  };
  BOOST_TEST(to_int(run().exit_code) == 74);
  BOOST_TEST(second().rows.size() == 12u);
  // The second goes on from there, the first does not come to a commit of its own.
  tries = 3;
  commits = 8;
  int begins = 0;
  first().on_step = [&](std::string_view step) {
    // The first time it goes back to where the other is.
    if (step == "begin" && ++begins > 1) throw Error(HAULIER_LOCAL_IO, "disk full");
  };
  BOOST_TEST(to_int(run().exit_code) == 74);
  first().on_step = nullptr;
  second().on_step = nullptr;
  BOOST_TEST(second().rows.size() == 15u);
  const RunReport last = run();
  BOOST_TEST(to_int(last.exit_code) == 0);
  BOOST_TEST(last.counters.read == 18);
  BOOST_TEST(log_text.str().find("nobody knows") == std::string::npos);
  BOOST_TEST((first().rows == expected_rows()));
  BOOST_TEST((second().rows == expected_rows()));
}

BOOST_AUTO_TEST_CASE(one_that_is_down_at_the_start_costs_the_other_no_fence) {
  first().epoch = 7;
  second().on_step = failing("open", 100, Error(HAULIER_LOCAL_IO, "no such folder"));
  BOOST_TEST(to_int(run().exit_code) == 74);
  BOOST_TEST(first().epoch == 7u);
  BOOST_TEST(first().rows.empty());
}

BOOST_AUTO_TEST_CASE(fenced_in_one_sink_stops_the_run) {
  int commits = 0;
  second().on_step = [&](std::string_view step) {
    if (step == "commit" && ++commits == 2) ++second().epoch;
  };
  const RunReport report = run();
  BOOST_TEST(to_int(report.exit_code) == 75);
  BOOST_TEST(report.failure->what.find("took over") != std::string::npos);
  BOOST_TEST(second().rows.size() == 3u);
}

BOOST_AUTO_TEST_CASE(what_one_refuses_is_in_its_quarantine_and_in_the_other_sink) {
  second().refused = {"t4", "t20"};
  const RunReport report = run();
  BOOST_TEST(to_int(report.exit_code) == 3);
  BOOST_TEST((first().rows == expected_rows()));
  BOOST_TEST(first().quarantine.empty());
  BOOST_TEST(second().rows.size() == 28u);
  BOOST_TEST(second().quarantine.size() == 2u);
  BOOST_REQUIRE(report.sinks.size() == 2u);
  BOOST_TEST(report.sinks[0].counters->written == 30);
  BOOST_TEST(report.sinks[1].counters->written == 28);
  BOOST_TEST(report.sinks[1].counters->quarantined == 2);
  BOOST_TEST(report.sinks[1].name == "second");
  BOOST_TEST(report.sinks[1].guarantee == "exactly once");
}

BOOST_AUTO_TEST_CASE(a_sink_that_was_left_out_for_a_while_gets_what_it_missed) {
  (void)run();
  const PluginUse second_use = config.sinks[1];
  config.sinks.pop_back();
  world.mailboxes["a"] = texts(40);
  BOOST_TEST(to_int(run().exit_code) == 0);
  config.sinks.push_back(second_use);
  BOOST_TEST(to_int(run().exit_code) == 0);
  BOOST_TEST((second().rows == expected_rows()));
  BOOST_TEST((first().rows == expected_rows()));
}

BOOST_AUTO_TEST_CASE(a_commit_of_unknown_outcome_while_going_back_is_done_again) {
  (void)run_failing(second(), 2);
  first().on_step = failing("commit", 1, Error(HAULIER_COMMIT_UNKNOWN, "the connection is gone"));
  BOOST_TEST(to_int(run().exit_code) == 0);
  BOOST_TEST((second().rows == expected_rows()));
}

BOOST_AUTO_TEST_CASE(a_slow_sink_makes_the_source_wait_and_memory_stays_within_its_limit) {
  config.limits.memory_bytes = 1 << 20;  // the least budget: 8 MiB
  world.mailboxes["a"] = std::vector<std::string>(60, "blob:900000");
  world.batch_size = 1;
  std::atomic<int> ahead{0};
  int most = 0;
  first().on_step = [&](std::string_view step) { ahead += step == "after_commit"; };
  second().on_step = [&](std::string_view step) {
    for (int i = 0; step == "write" && i < 2000; ++i) std::this_thread::yield();
    most = std::max(most, ahead.load());
    ahead -= step == "after_commit";
  };
  BOOST_TEST(to_int(run().exit_code) == 0);
  BOOST_TEST(first().rows.size() == 60u);
  BOOST_TEST(second().rows.size() == 60u);
  // 8 MiB hold nine of them; the source may be one ahead, and each writer holds one.
  BOOST_TEST(most <= 14);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace engine_test
