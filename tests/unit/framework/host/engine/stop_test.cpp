// Stopping: by request, by deadline, by force, at every step; and what the next run makes of it.
#include <boost/test/unit_test.hpp>

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <thread>

#include "world.hpp"

namespace engine_test {

using haulier::host::CrashPoints;
using haulier::host::IfLocked;
using haulier::host::PipelineRun;
using haulier::host::RunReport;
using haulier::host::to_int;

// Two sinks of both kinds over a small world with everything in it.
struct Small : Fixture {
  Small() {
    add_sink("exact", "exact");
    add_sink("flush", "flush");
    world.mailboxes = {{"a", {"1", "reject", "3", "4", "bad"}}, {"b", {"x", "drop", "source-reject", "y"}}};
    world.batch_size = 2;
    world.empty_last_batch = true;
    config.limits.commit_bytes = 1;
  }
  void check_complete() {
    for (const char* name : {"exact", "flush"}) {
      BOOST_TEST_CONTEXT(name) {
        BOOST_TEST((world.databases[name].rows == expected_rows()));
        BOOST_TEST(world.databases[name].quarantine.size() == 3u);
      }
    }
    BOOST_TEST((world.databases["exact"].states == std::map<std::string, std::int64_t>{{"a", 1005}, {"b", 1004}}));
  }
};

BOOST_AUTO_TEST_SUITE(engine_stop)

BOOST_FIXTURE_TEST_CASE(a_deadline_stops_reading_and_commits_what_was_read, OneSink) {
  world.mailboxes = {{"a", texts(1000)}};
  int reads = 0;
  world.on_source = [&](std::string_view step, haulier::Host host) {
    if (step != "read" || ++reads < 4) return;
    clock.advance(600'000'001);
    while (!host.cancelled()) std::this_thread::yield();
  };
  const RunReport report = run({.deadline_ms = 600'000});
  BOOST_TEST(to_int(report.exit_code) == 75);
  BOOST_TEST(report.failure->what == "stopped: the deadline has passed");
  BOOST_TEST(db().rows.size() == 9u);
  BOOST_TEST(db().states["a"] == 9);
}

BOOST_FIXTURE_TEST_CASE(a_sink_that_does_not_finish_in_time_is_cancelled_and_rolled_back, OneSink) {
  world.mailboxes = {{"a", texts(10)}};
  PipelineRun* running = nullptr;
  on_run = [&](PipelineRun& run) { running = &run; };
  bool rolled_back = false;
  db().on_step = [&](std::string_view step) {
    if (step == "rollback") rolled_back = true;
    if (step != "write") return;
    running->request_stop("a signal asked for it");
    // The source hears of it first; then the drain time passes while the sink is at work.
    while (!haulier::Host(world.source_host).cancelled()) std::this_thread::yield();
    clock.advance(20'000'001);
    while (!haulier::Host(world.sink_host).cancelled()) std::this_thread::yield();
    throw haulier::Error(HAULIER_CANCELLED, "cancelled");
  };
  const RunReport report = run();
  BOOST_TEST(to_int(report.exit_code) == 75);
  BOOST_TEST(rolled_back);
  BOOST_TEST(db().rows.empty());
}

BOOST_FIXTURE_TEST_CASE(stopped_at_every_step_the_next_run_completes_it, Small) {
  std::uint64_t step = 1;
  for (bool stopped = true; stopped; ++step) {
    Small fixture;
    PipelineRun* running = nullptr;
    stopped = false;
    fixture.crash_points = std::make_unique<CrashPoints>(step, "", [&](std::string_view, std::uint64_t) {
      stopped = true;
      running->request_stop("the test asked for it");
    });
    fixture.on_run = [&](PipelineRun& run) { running = &run; };
    const RunReport first = fixture.run();
    BOOST_TEST_CONTEXT("step " << step) {
      BOOST_TEST((to_int(first.exit_code) == 75 || to_int(first.exit_code) == 3));
      BOOST_TEST(first.counters.balanced());
      fixture.crash_points = std::make_unique<CrashPoints>();
      const RunReport second = fixture.run();
      BOOST_TEST((to_int(second.exit_code) == 0 || to_int(second.exit_code) == 3));
      fixture.check_complete();
    }
  }
  BOOST_TEST(step > 50u);
}

// Runs the fixture in a process of its own, whose databases are files. Returns its exit code.
int run_in_child(Small& fixture, std::uint64_t crash_at) {
  const pid_t child = ::fork();
  if (child == 0) {
    for (const char* name : {"exact", "flush"}) {
      Database& database = fixture.world.databases[name];
      const std::string file = fixture.folder + "/" + name;
      load(database, file);
      database.on_step = [&database, file](std::string_view step) {
        if (step == "fence" || step == "after_commit" || step == "flushed") save(database, file);
      };
    }
    if (crash_at > 0) fixture.crash_points = std::make_unique<CrashPoints>(crash_at, "");
    int code = 70;
    {
      const RunReport report = fixture.run();
      code = to_int(report.exit_code);
    }
    ::_exit(code);
  }
  int status = 0;
  if (::waitpid(child, &status, 0) != child || !WIFEXITED(status)) return -1;
  return WEXITSTATUS(status);
}

BOOST_AUTO_TEST_CASE(killed_at_every_step_the_next_run_completes_it) {
  std::uint64_t step = 1;
  for (int code = CrashPoints::kExitCode; code == CrashPoints::kExitCode; ++step) {
    Small fixture;
    code = run_in_child(fixture, step);
    BOOST_TEST_CONTEXT("step " << step) {
      BOOST_TEST((code == CrashPoints::kExitCode || code == 3));
      const int again = run_in_child(fixture, 0);
      BOOST_TEST((again == 0 || again == 3));
      for (const char* name : {"exact", "flush"}) load(fixture.world.databases[name], fixture.folder + "/" + name);
      fixture.check_complete();
    }
  }
  BOOST_TEST(step > 50u);
}

BOOST_FIXTURE_TEST_CASE(a_run_that_is_at_work_keeps_a_second_one_out, Small) {
  int second_code = -1;
  int skipped_code = -1;
  world.on_source = [&](std::string_view step, haulier::Host) {
    if (step != "open" || second_code >= 0) return;
    second_code = to_int(run().exit_code);
    config.if_locked = IfLocked::skip;
    skipped_code = to_int(run().exit_code);
    for (const char* name : {"exact", "flush"}) BOOST_TEST(world.databases[name].rows.empty());
  };
  BOOST_TEST(to_int(run().exit_code) == 3);
  BOOST_TEST(second_code == 75);
  BOOST_TEST(skipped_code == 0);
  check_complete();
}

BOOST_FIXTURE_TEST_CASE(a_pipeline_of_the_same_name_with_other_sinks_is_not_kept_out, Small) {
  int second_code = -1;
  world.on_source = [&](std::string_view step, haulier::Host) {
    if (step != "open" || second_code >= 0) return;
    Small other;
    other.config.state_directory = folder;
    other.config.sinks.pop_back();  // its state file goes by the name
    second_code = to_int(other.run().exit_code);
  };
  BOOST_TEST(to_int(run().exit_code) == 3);
  BOOST_TEST(second_code == 3);
}

// The first run comes to its first write; a second one takes over, in the way `arrange` makes possible, and completes.
void check_taking_over(OneSink& fixture, const std::function<void()>& arrange) {
  fixture.world.mailboxes = {{"a", {"1", "reject", "3", "4", "bad"}}, {"b", {"x", "drop", "source-reject", "y"}}};
  int second_code = -1;
  fixture.db().on_step = [&](std::string_view step) {
    if (step != "write" || second_code >= 0) return;
    second_code = 0;
    arrange();
    second_code = to_int(fixture.run().exit_code);
  };
  BOOST_TEST(to_int(fixture.run().exit_code) == 75);
  BOOST_TEST(second_code == 3);
  BOOST_TEST((fixture.db().rows == fixture.expected_rows()));
  BOOST_TEST(fixture.db().quarantine.size() == 3u);
}

BOOST_FIXTURE_TEST_CASE(a_run_that_is_taken_over_writes_nothing_more, OneSink) {
  check_taking_over(*this, [&] { config.if_locked = IfLocked::take_over; });
}

BOOST_FIXTURE_TEST_CASE(a_run_at_work_gives_signs_of_life, OneSink) {
  world.mailboxes = {{"a", texts(2)}};
  int second_code = -1;
  const auto touched_now = [&] {
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
      struct stat info {};
      if (entry.path().extension() != ".lock" || ::stat(entry.path().c_str(), &info) != 0) continue;
      if (info.st_mtim.tv_sec == clock.now_us() / 1'000'000) return true;
    }
    return false;
  };
  world.on_source = [&](std::string_view step, haulier::Host) {
    if (step != "read" || second_code >= 0) return;
    second_code = 0;
    for (int quarter = 0; quarter < 6; ++quarter) {
      clock.advance(config.lease_ms * 1000 / 4);
      for (int tries = 0; tries < 100'000 && !touched_now(); ++tries) std::this_thread::yield();
    }
    second_code = to_int(run().exit_code);
  };
  BOOST_TEST(to_int(run().exit_code) == 0);
  BOOST_TEST(second_code == 75);
}

BOOST_FIXTURE_TEST_CASE(a_run_without_a_sign_of_life_for_its_lease_is_passed_over, OneSink) {
  check_taking_over(*this, [&] { clock.advance(config.lease_ms * 1000 + 1); });
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace engine_test
