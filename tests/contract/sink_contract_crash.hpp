// The crash contract: the process is stopped at every step a sink passes, in turn; whoever opens the place next finds
// the state and rows of the last commit, and carries on to the same end as a run that was never stopped.
#pragma once

#include <sys/wait.h>

#include "sink_contract_transactions.hpp"

namespace haulier::contract {

inline constexpr int kBatches = 3;
inline constexpr int kStopped = 99;

// Batch `number` of 1 to kBatches; its state is "[number]".
inline Batch crash_batch(const SinkUnderTest& sink, Run& run, int number) {
  BatchBuilder builder;
  if (number == 1) {
    for (int n = 0; n < 10; ++n) add_thing(builder, n);
  } else if (number == 2) {
    thing(builder, "thing-0", 0, HAULIER_UPDATE).text(kTitle, "changed");
    thing(builder, "thing-1", 1, HAULIER_DELETE);
    builder.record(kContents, kContentFields, HAULIER_UPSERT, 0)
        .text(kHash, "h")
        .integer(kSize, 1)
        .blob(kContent, make_blob(run.host, pattern(sink.big_bytes, 5)));
  } else {
    thing(builder, "thing-2", 2).text(kTitle, "again");
    builder.record(kQuarantine, 6, HAULIER_UPSERT, 0)
        .text(0, "me")
        .text(1, "1")
        .text(2, "stage")
        .text(3, "reason")
        .timestamp(5, 1);
  }
  builder.state(kProgress, kProgressFields)
      .text(kAccount, "me")
      .text(kPlace, "INBOX")
      .json(kState, "[" + std::to_string(number) + "]");
  return builder.finish();
}

// Number of the last committed batch; a sink without state starts at the beginning.
inline int committed(const SinkUnderTest& sink, Run& run) {
  const std::string state = sink.transactional ? state_of(run) : std::string();
  return state.empty() ? 0 : state[1] - '0';
}

inline std::vector<Rows> all_rows(Run& run) { return {run.rows(kThings), run.rows(kContents), run.rows(kQuarantine)}; }

inline void carry_on(const SinkUnderTest& sink, Run& run) {
  for (int number = committed(sink, run) + 1; number <= kBatches; ++number) run.store(crash_batch(sink, run, number));
}

// In a child process, so that nothing is closed or flushed. True when it was stopped at that step.
inline bool stopped_at(const SinkUnderTest& sink, const std::string& folder, std::uint64_t step) {
  const pid_t child = ::fork();
  BOOST_REQUIRE(child >= 0);
  if (child == 0) {
    try {
      Run run(sink, folder, "contract", add_contract_streams, false, [step](std::uint64_t number) {
        if (number == step) ::_exit(kStopped);
      });
      carry_on(sink, run);
    } catch (...) {
      ::_exit(1);
    }
    ::_exit(0);
  }
  int status = 0;
  BOOST_REQUIRE(::waitpid(child, &status, 0) == child);
  BOOST_REQUIRE(WIFEXITED(status));
  BOOST_REQUIRE((WEXITSTATUS(status) == kStopped || WEXITSTATUS(status) == 0));
  return WEXITSTATUS(status) == kStopped;
}

inline void a_stop_at_any_step_loses_and_doubles_nothing(const SinkUnderTest& sink) {
  std::vector<std::vector<Rows>> expected;  // after 0, 1, ... batches
  std::vector<std::string> names;           // of the steps, from 1
  {
    TempFolder folder;
    Run run(sink, folder.path());
    expected.push_back(all_rows(run));
    for (int number = 1; number <= kBatches; ++number) {
      run.store(crash_batch(sink, run, number));
      expected.push_back(all_rows(run));
    }
    names = run.host.steps;
  }
  BOOST_TEST(names.size() >= static_cast<std::size_t>(kBatches));
  for (std::uint64_t step = 1; step <= names.size(); ++step) {
    BOOST_TEST_CONTEXT("step " << step << " " << names[step - 1]) {
      TempFolder folder;
      BOOST_TEST(stopped_at(sink, folder.path(), step));
      if (sink.transactional) {
        Run looking(sink, folder.path(), "contract", add_contract_streams, true);
        BOOST_TEST(committed(sink, looking) <= kBatches);
      }
      Run run(sink, folder.path());
      if (sink.transactional) {
        const auto done = static_cast<std::size_t>(committed(sink, run));
        BOOST_TEST((all_rows(run) == expected[done]));
      }
      carry_on(sink, run);
      BOOST_TEST((all_rows(run) == expected.back()));
    }
  }
  BOOST_TEST_MESSAGE(sink.plugin << ": stopped at " << names.size() << " steps");
}

}  // namespace haulier::contract
