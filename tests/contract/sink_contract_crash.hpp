// The crash contract: the process is stopped at every step a sink passes, in turn; whoever opens the place next finds
// the state and rows of the last commit, and carries on to the same end as a run that was never stopped.
#pragma once

#include <sys/wait.h>

#include "sink_contract_transactions.hpp"

namespace haulier::contract {

// A sink without transactions passes fewer steps in each.
inline int batches_of(const SinkUnderTest& sink) { return sink.transactional ? 12 : 19; }
inline constexpr int kStopped = 99;
inline constexpr std::size_t kFewestSteps = 150;
// Steps of opening a place that is ready; none is passed twice by counting some of them in a new place too.
inline constexpr std::size_t kStepsOfOpening = 4;
// As many stories in one place; what they leave is read again and again.
inline constexpr std::size_t kStoriesOfPlace = 16;

// One telling of the story in a place that it shares with others: its rows carry the prefix, its state the pipeline.
struct Story {
  explicit Story(std::uint64_t number) : prefix("s" + std::to_string(number) + "."), pipeline("p" + prefix) {}
  std::string prefix, pipeline;
};

inline RecordBuilder own_thing(BatchBuilder& builder, const Story& story, int n, haulier_op op = HAULIER_UPSERT) {
  return thing(builder, story.prefix + "thing-" + std::to_string(n), n, op);
}

inline void add_content(BatchBuilder& builder, Run& run, const Story& story, int n, std::size_t size) {
  builder.record(kContents, kContentFields, HAULIER_UPSERT, 0)
      .text(kHash, story.prefix + "hash-" + std::to_string(n))
      .integer(kSize, n)
      .blob(kContent, make_blob(run.host, pattern(size, static_cast<unsigned>(n + 1))));
}

inline void add_quarantined(BatchBuilder& builder, const Story& story, int n) {
  builder.record(kQuarantine, 6, HAULIER_UPSERT, 0)
      .text(0, "me")
      .text(1, story.prefix + std::to_string(n))
      .text(2, "stage")
      .text(3, "reason")
      .timestamp(5, n);
}

// Batch `number` of 1 to batches_of(); its state is "[number]". By turns: rows that are new, contents big and small,
// rows that change, rows that are all of this at once.
inline Batch crash_batch(const SinkUnderTest& sink, Run& run, const Story& story, int number) {
  BatchBuilder builder;
  switch (number % 4) {
    case 1:
      for (int n = number; n < number + 10; ++n) own_thing(builder, story, n).text(kTitle, "new").integer(kCount, n);
      break;
    case 2:
      own_thing(builder, story, number - 1, HAULIER_UPDATE).text(kTitle, "changed");
      own_thing(builder, story, number, HAULIER_DELETE);
      add_content(builder, run, story, number, number == 2 ? sink.big_bytes : 300);
      break;
    case 3:
      own_thing(builder, story, number).text(kTitle, "again");
      add_quarantined(builder, story, number);
      break;
    default:
      for (int n = 0; n < 5; ++n) add_content(builder, run, story, number + n, 100);
      for (int n = 0; n < 3; ++n) own_thing(builder, story, number + n).text(kTitle, "mixed");
      own_thing(builder, story, number, HAULIER_UPDATE).integer(kCount, -number);
      add_quarantined(builder, story, number);
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
  return state.empty() ? 0 : std::atoi(state.c_str() + 1);
}

inline std::string without(std::string text, const std::string& part) {
  for (std::size_t at; (at = text.find(part)) != std::string::npos;) text.erase(at, part.size());
  return text;
}

// The rows of one story, as if it were the only one.
inline std::vector<Rows> rows_of(Run& run, const Story& story) {
  std::vector<Rows> out;
  for (const std::uint32_t stream : {kThings, kContents, kQuarantine}) {
    Rows& own = out.emplace_back();
    for (const auto& [key, row] : run.rows(stream)) {
      if (key.find("'" + story.prefix) == std::string::npos) continue;
      Row& plain = own[without(key, story.prefix)];
      for (const auto& [name, value] : row) plain[name] = without(value, story.prefix);
    }
  }
  return out;
}

inline void carry_on(const SinkUnderTest& sink, Run& run, const Story& story) {
  for (int number = committed(sink, run) + 1; number <= batches_of(sink); ++number) {
    run.store(crash_batch(sink, run, story, number));
  }
}

// In a child process, so that nothing is closed or flushed. True when it was stopped at that step.
inline bool stopped_at(const SinkUnderTest& sink, const std::string& folder, const Story& story, std::uint64_t step) {
  const pid_t child = ::fork();
  BOOST_REQUIRE(child >= 0);
  if (child == 0) {
    try {
      Run run(sink, folder, story.pipeline, add_contract_streams, false, [step](std::uint64_t number) {
        if (number == step) ::_exit(kStopped);
      });
      carry_on(sink, run, story);
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

// What an undisturbed run leaves: its rows after 0, 1, ... batches, and the names of its steps from 1.
struct Undisturbed {
  std::vector<std::vector<Rows>> rows;
  std::vector<std::string> steps;
};

inline Undisturbed undisturbed(const SinkUnderTest& sink, const std::string& folder, const Story& story) {
  Undisturbed out;
  Run run(sink, folder, story.pipeline);
  out.rows.push_back(rows_of(run, story));
  for (int number = 1; number <= batches_of(sink); ++number) {
    run.store(crash_batch(sink, run, story, number));
    out.rows.push_back(rows_of(run, story));
  }
  out.steps = run.host.steps;
  return out;
}

// Whoever opens the place next: finds a whole number of batches, and comes to the same end.
inline void comes_to_the_same_end(const SinkUnderTest& sink, const std::string& folder, const Story& story,
                                  const Undisturbed& expected) {
  if (sink.transactional) {
    Run looking(sink, folder, story.pipeline, add_contract_streams, true);
    BOOST_TEST(committed(sink, looking) <= batches_of(sink));
  }
  Run run(sink, folder, story.pipeline);
  if (sink.transactional) {
    const auto done = static_cast<std::size_t>(committed(sink, run));
    BOOST_TEST((rows_of(run, story) == expected.rows.at(done)));
  }
  carry_on(sink, run, story);
  BOOST_TEST((rows_of(run, story) == expected.rows.back()));
}

inline void a_stop_at_any_step_loses_and_doubles_nothing(const SinkUnderTest& sink) {
  TempFolder first;
  const Undisturbed new_place = undisturbed(sink, first.path(), Story(0));
  const Undisturbed ready_place = undisturbed(sink, first.path(), Story(1));
  BOOST_TEST((ready_place.rows == new_place.rows));
  BOOST_TEST(new_place.steps.size() >= kFewestSteps);
  const std::size_t only_once = new_place.steps.size() - ready_place.steps.size();
  // The steps that make an empty place ready each need one of their own; some of the others share one that is ready.
  std::unique_ptr<TempFolder> place;
  for (std::uint64_t step = 1; step <= new_place.steps.size(); ++step) {
    BOOST_TEST_CONTEXT("step " << step << " " << new_place.steps[step - 1]) {
      const Story story(step);
      const bool making = step <= only_once + kStepsOfOpening;
      if (making || step % kStoriesOfPlace == 0) {
        place = std::make_unique<TempFolder>();
        if (!making) Run(sink, place->path()).close();
      }
      BOOST_TEST(stopped_at(sink, place->path(), story, making ? step : step - only_once));
      comes_to_the_same_end(sink, place->path(), story, new_place);
    }
  }
  BOOST_TEST_MESSAGE(sink.plugin << ": stopped at " << new_place.steps.size() << " steps");
}

}  // namespace haulier::contract
