// What transactional sinks promise on top: all or nothing, one writer, state beside the rows.
#pragma once

#include "sink_contract_cases.hpp"

namespace haulier::contract {

inline Batch things_with_state(std::int64_t from, std::int64_t to, std::string_view state_json) {
  BatchBuilder builder;
  for (std::int64_t n = from; n < to; ++n) add_thing(builder, n);
  builder.state(kProgress, kProgressFields)
      .text(kAccount, "me")
      .text(kPlace, "INBOX")
      .integer(kDone, to)
      .json(kState, state_json);
  return builder.finish();
}

// The state column of the only state row; empty when there is none.
inline std::string state_of(Run& run) {
  const Batch state = run.load_state();
  BOOST_REQUIRE(state.view().size() <= 1u);
  return state.view().size() == 0 ? std::string() : std::string(state.view()[0].text(kState));
}

inline void rollback_leaves_nothing(const SinkUnderTest& sink) {
  TempFolder folder;
  Run run(sink, folder.path());
  run.begin();
  run.write(things_with_state(0, 5, "[1]"));
  run.rollback();
  run.rollback();  // once too often does no harm
  BOOST_TEST(run.things().empty());
  BOOST_TEST(state_of(run).empty());
  run.store(things_with_state(0, 5, "[1]"));
  BOOST_TEST(run.things().size() == 5u);
}

inline void a_run_that_ends_in_a_transaction_leaves_nothing(const SinkUnderTest& sink) {
  TempFolder folder;
  {
    Run run(sink, folder.path());
    run.begin();
    run.write(things_with_state(0, 5, "[1]"));
  }
  Run run(sink, folder.path());
  BOOST_TEST(run.things().empty());
}

inline void a_fenced_holder_writes_nothing(const SinkUnderTest& sink) {
  TempFolder folder;
  Run old_holder(sink, folder.path());
  old_holder.store(things_with_state(0, 1, "[1]"));
  Run new_holder(sink, folder.path());
  BOOST_TEST(new_holder.epoch() == old_holder.epoch() + 1);
  const haulier_status status = status_of([&] { old_holder.store(things_with_state(1, 9, "[9]")); });
  BOOST_TEST(status == HAULIER_FENCED);
  old_holder.rollback();
  BOOST_TEST(new_holder.things().size() == 1u);
  BOOST_TEST(state_of(new_holder) == "[1]");
  new_holder.store(things_with_state(1, 3, "[3]"));
  BOOST_TEST(state_of(new_holder) == "[3]");
}

inline void pipelines_do_not_fence_each_other(const SinkUnderTest& sink) {
  TempFolder folder;
  Run first(sink, folder.path(), "one");
  Run second(sink, folder.path(), "two");
  first.store(things_with_state(0, 1, "[1]"));
  second.store(things_with_state(1, 2, "[2]"));
  BOOST_TEST(state_of(first) == "[1]");
  BOOST_TEST(state_of(second) == "[2]");
}

inline void state_comes_back_as_it_was(const SinkUnderTest& sink) {
  TempFolder folder;
  {
    Run run(sink, folder.path());
    run.store(things_with_state(0, 0, R"({"seen":[[1,5]]})"));  // no record, only progress
    run.store(things_with_state(0, 2, R"({"seen":[[1,7]]})"));
    BatchBuilder other;
    other.state(kProgress, kProgressFields).text(kAccount, "a").text(kPlace, "\xE8\x8D\x89").json(kState, "null");
    run.store(other.finish());
  }
  Run run(sink, folder.path());
  const Batch state = run.load_state();
  BOOST_REQUIRE(state.view().size() == 2u);
  BOOST_TEST(state.view()[0].stream() == static_cast<std::uint32_t>(kProgress));
  BOOST_TEST(state.view()[0].text(kPlace) == "\xE8\x8D\x89");
  BOOST_TEST(state.view()[0].empty(kDone));
  BOOST_TEST(state.view()[1].text(kState) == R"({"seen":[[1,7]]})");
  BOOST_TEST(state.view()[1].integer(kDone).value() == 2);
  Run looking(sink, folder.path(), "contract", add_contract_streams, true);
  BOOST_TEST(looking.load_state().view().size() == 2u);
}

inline void outcomes_tell_what_was_there_already(const SinkUnderTest& sink) {
  TempFolder folder;
  Run run(sink, folder.path());
  const auto batch_of = [&](std::string_view title) {
    BatchBuilder builder;
    thing(builder, "a", 1).text(kTitle, title).timestamp(kFirstSeen, run.host.clock_us += 1);
    thing(builder, "b", 1).text(kTitle, "same").blob(kBytes, make_blob(run.host, pattern(sink.big_bytes, 7)));
    thing(builder, "b", 1, HAULIER_UPDATE).text(kTitle, "same");
    builder.record(kContents, kContentFields, HAULIER_UPSERT, 0)
        .text(kHash, "h")
        .integer(kSize, 1)
        .blob(kContent, make_blob(run.host, title));
    thing(builder, "nobody", 1, HAULIER_DELETE);
    return builder.finish();
  };
  const auto text = [](const std::vector<std::uint8_t>& outcomes) {
    std::string out;
    for (const std::uint8_t outcome : outcomes) out += outcome == HAULIER_WRITTEN ? 'w' : 'u';
    return out;
  };
  BOOST_TEST(text(run.store(batch_of("one"))) == "wwuwu");
  BOOST_TEST(text(run.store(batch_of("one"))) == "uuuuu");
  BOOST_TEST(text(run.store(batch_of("two"))) == "wuuuu");
}

inline void quarantine_belongs_to_its_pipeline(const SinkUnderTest& sink) {
  TempFolder folder;
  for (const char* pipeline : {"one", "two"}) {
    Run run(sink, folder.path(), pipeline);
    BatchBuilder builder;
    builder.record(kQuarantine, 6, HAULIER_UPSERT, 0)
        .text(0, "me / INBOX")
        .text(1, "{\"uid\":1}")
        .text(2, "stage")
        .text(3, pipeline)
        .blob(4, make_blob(run.host, "raw"))
        .timestamp(5, 1);
    run.store(builder.finish());
  }
  Run run(sink, folder.path(), "one");
  BOOST_TEST(run.rows(kQuarantine).size() >= 1u);
}

inline void inspecting_changes_nothing(const SinkUnderTest& sink) {
  TempFolder folder;
  Run run(sink, folder.path());
  run.store(things_with_state(0, 3, "[3]"));
  const auto with_more = [](Schema& schema) {
    add_contract_streams(schema);
    schema.add("contract_new", 0, {{"id", HAULIER_STRING, HAULIER_FIELD_KEY}});
  };
  Run looking(sink, folder.path(), "contract", with_more, true);
  BOOST_TEST(state_of(looking) == "[3]");
  const std::vector<std::string> plan = looking.plan();
  BOOST_REQUIRE(plan.size() == 1u);
  BOOST_TEST(plan[0].find("contract_new") != std::string::npos);
  run.store(things_with_state(3, 4, "[4]"));  // not fenced, not locked
  BOOST_TEST(state_of(looking) == "[4]");
}

inline void tables_grow_with_their_stream(const SinkUnderTest& sink) {
  TempFolder folder;
  const auto narrow = [](Schema& schema) { schema.add("grown", 0, {{"id", HAULIER_STRING, HAULIER_FIELD_KEY}}); };
  const auto wide = [](Schema& schema) {
    schema.add("grown", 0,
               {{"id", HAULIER_STRING, HAULIER_FIELD_KEY},
                {"note", HAULIER_STRING},
                {"size", HAULIER_INT64, HAULIER_FIELD_NOT_NULL}});
  };
  {
    Run run(sink, folder.path(), "contract", narrow);
    BatchBuilder builder;
    builder.record(0, 1, HAULIER_UPSERT, 0).text(0, "old");
    run.store(builder.finish());
  }
  Run run(sink, folder.path(), "contract", wide);
  BatchBuilder builder;
  builder.record(0, 3, HAULIER_UPSERT, 0).text(0, "new").text(1, "n").integer(2, 5);
  run.store(builder.finish());
  const Rows rows = run.rows(0);
  BOOST_TEST(rows.at("'old'").at("note") == "null");
  BOOST_TEST(rows.at("'new'").at("size") == "5");
}

inline void contradicting_streams_are_refused(const SinkUnderTest& sink) {
  TempFolder folder;
  const auto original = [](Schema& schema) {
    schema.add("grown", 0,
               {{"id", HAULIER_STRING, HAULIER_FIELD_KEY}, {"size", HAULIER_INT64, HAULIER_FIELD_NOT_NULL}});
  };
  const auto other_type = [](Schema& schema) {
    schema.add("grown", 0, {{"id", HAULIER_STRING, HAULIER_FIELD_KEY}, {"size", HAULIER_STRING}});
  };
  const auto other_key = [](Schema& schema) {
    schema.add("grown", 0, {{"id", HAULIER_STRING, HAULIER_FIELD_KEY}, {"size", HAULIER_INT64, HAULIER_FIELD_KEY}});
  };
  const auto too_little = [](Schema& schema) { schema.add("grown", 0, {{"id", HAULIER_STRING, HAULIER_FIELD_KEY}}); };
  const auto bad_name = [](Schema& schema) {
    schema.add("grown\" (x", 0, {{"id", HAULIER_STRING, HAULIER_FIELD_KEY}});
  };
  { Run run(sink, folder.path(), "contract", original); }
  for (const Run::AddStreams& streams : {Run::AddStreams(other_type), Run::AddStreams(other_key),
                                         Run::AddStreams(too_little), Run::AddStreams(bad_name)}) {
    for (const bool inspect : {false, true}) {
      const haulier_status status = status_of([&] { Run run(sink, folder.path(), "contract", streams, inspect); });
      BOOST_TEST(status == HAULIER_BAD_STATE);
    }
  }
}

inline void a_newer_schema_is_refused(const SinkUnderTest& sink) {
  TempFolder folder;
  { Run run(sink, folder.path()); }
  sink.make_newer(folder.path());
  for (const bool inspect : {false, true}) {
    const haulier_status status =
        status_of([&] { Run run(sink, folder.path(), "contract", add_contract_streams, inspect); });
    BOOST_TEST(status == HAULIER_BAD_STATE);
  }
}

inline void a_missing_unique_index_is_refused_with_its_repair(const SinkUnderTest& sink) {
  TempFolder folder;
  { Run run(sink, folder.path()); }
  sink.drop_unique_index(folder.path(), "contract_things");
  try {
    Run run(sink, folder.path());
    BOOST_ERROR("it opened");
  } catch (const Error& error) {
    BOOST_TEST(error.status() == HAULIER_BAD_STATE);
    BOOST_TEST(error.hint().find("CREATE UNIQUE INDEX") != std::string::npos);
  }
}

}  // namespace haulier::contract

#define HAULIER_TRANSACTIONAL_SINK_CONTRACT(SINK)                          \
  HAULIER_SINK_CASE(SINK, rollback_leaves_nothing)                         \
  HAULIER_SINK_CASE(SINK, a_run_that_ends_in_a_transaction_leaves_nothing) \
  HAULIER_SINK_CASE(SINK, a_fenced_holder_writes_nothing)                  \
  HAULIER_SINK_CASE(SINK, pipelines_do_not_fence_each_other)               \
  HAULIER_SINK_CASE(SINK, state_comes_back_as_it_was)                      \
  HAULIER_SINK_CASE(SINK, outcomes_tell_what_was_there_already)            \
  HAULIER_SINK_CASE(SINK, quarantine_belongs_to_its_pipeline)              \
  HAULIER_SINK_CASE(SINK, inspecting_changes_nothing)                      \
  HAULIER_SINK_CASE(SINK, tables_grow_with_their_stream)                   \
  HAULIER_SINK_CASE(SINK, contradicting_streams_are_refused)               \
  HAULIER_SINK_CASE(SINK, a_newer_schema_is_refused)                       \
  HAULIER_SINK_CASE(SINK, a_missing_unique_index_is_refused_with_its_repair)
