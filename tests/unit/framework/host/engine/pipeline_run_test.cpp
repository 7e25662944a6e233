// The engine as a whole, over a World: order, state, counters, quarantine.
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <atomic>
#include <thread>

#include "world.hpp"

namespace engine_test {

using haulier::Error;
using haulier::host::RunReport;
using haulier::host::to_int;

BOOST_FIXTURE_TEST_SUITE(engine_pipeline_run, OneSink)

BOOST_AUTO_TEST_CASE(everything_arrives_once_and_the_counters_balance) {
  world.mailboxes = {{"a", texts(10)}, {"b", {"x", "drop", "reject", "bad", "source-reject", "y"}}};
  const RunReport report = run();
  BOOST_TEST(to_int(report.exit_code) == 3);
  BOOST_TEST((db().rows == expected_rows()));
  BOOST_TEST(report.counters.read == 16);
  BOOST_TEST(report.counters.written == 12);
  BOOST_TEST(report.counters.filtered == 1);
  BOOST_TEST(report.counters.quarantined == 3);
  BOOST_TEST(report.counters.balanced());
  BOOST_TEST(report.guarantee == "exactly once");
  BOOST_TEST(world.live_instances == 0);
  BOOST_REQUIRE(report.partitions.size() == 2u);
  BOOST_TEST(report.partitions[0].counters.read == 10);
  BOOST_TEST(report.partitions[1].counters.quarantined == 3);
}

BOOST_AUTO_TEST_CASE(a_second_run_goes_on_after_the_first) {
  world.mailboxes = {{"a", texts(7)}};
  BOOST_TEST(to_int(run().exit_code) == 0);
  const RunReport second = run();
  BOOST_TEST(second.counters.read == 0);
  BOOST_TEST(db().epoch == 2u);
  world.mailboxes["a"].push_back("new");
  BOOST_TEST(run().counters.written == 1);
}

BOOST_AUTO_TEST_CASE(quarantine_rows_name_the_stage_and_the_reason) {
  world.mailboxes = {{"p", {"reject", "source-reject", "bad"}}};
  (void)run();
  const std::map<std::string, std::string> wanted{
      {"p|{\"n\":0}", "rows: no good"},
      {"p|{\"n\":1}", "lines: the source cannot read it"},
      {"p|{\"stream\":\"rows\",\"key\":{\"partition\":\"p\",\"number\":2}}", "exact: the database says no"}};
  BOOST_TEST((db().quarantine == wanted));
  BOOST_TEST((db().states == std::map<std::string, std::int64_t>{{"p", 3}}));
}

BOOST_AUTO_TEST_CASE(the_order_of_the_source_is_kept_with_many_workers) {
  for (const char* name : {"a", "b", "c"}) world.mailboxes[name] = texts(60, name);
  world.batch_size = 1;
  config.limits.workers = 4;
  std::atomic<unsigned> calls{0};
  world.on_transform = [&](std::string_view) {
    for (unsigned i = (++calls * 2654435761u) % 300; i > 0; --i) std::this_thread::yield();
  };
  BOOST_TEST(to_int(run().exit_code) == 0);
  std::map<std::string, std::size_t> next;
  for (const std::string& key : db().write_order) {
    const std::string partition = key.substr(0, 1);
    BOOST_TEST(key == partition + "/" + std::to_string(next[partition]++));
  }
  BOOST_TEST(db().write_order.size() == 180u);
}

BOOST_AUTO_TEST_CASE(an_empty_batch_moves_the_state_alone) {
  world.mailboxes = {{"a", texts(4)}, {"empty", {}}};
  world.empty_last_batch = true;
  const RunReport report = run();
  BOOST_TEST(to_int(report.exit_code) == 0);
  BOOST_TEST((db().states == std::map<std::string, std::int64_t>{{"a", 1004}, {"empty", 1000}}));
  BOOST_TEST(report.counters.read == 4);
}

BOOST_AUTO_TEST_CASE(a_batch_whose_records_are_all_filtered_moves_the_state) {
  world.mailboxes = {{"a", {"drop", "drop", "drop", "drop"}}};
  const RunReport report = run();
  BOOST_TEST(to_int(report.exit_code) == 0);
  BOOST_TEST(report.counters.filtered == 4);
  BOOST_TEST(db().states["a"] == 4);
}

BOOST_AUTO_TEST_CASE(the_source_hears_what_is_durable) {
  world.mailboxes = {{"a", texts(9)}, {"b", texts(2)}};
  (void)run();
  BOOST_TEST((world.committed == std::map<std::string, std::uint64_t>{{"a", 3}, {"b", 1}}));
}

BOOST_AUTO_TEST_CASE(small_batches_share_a_transaction) {
  world.mailboxes = {{"a", texts(100)}};
  world.batch_size = 1;
  (void)run();
  BOOST_TEST(db().commit_sizes.size() < 50u);
}

BOOST_AUTO_TEST_CASE(a_transaction_ends_when_it_is_big_enough) {
  world.mailboxes = {{"a", texts(20)}};
  world.batch_size = 1;
  config.limits.commit_bytes = 1;
  (void)run();
  BOOST_TEST(db().commit_sizes.size() == 20u);
}

BOOST_AUTO_TEST_CASE(without_transforms_the_sink_gets_nothing_of_a_transient_stream) {
  without_transform();
  world.mailboxes = {{"a", texts(5)}};
  const RunReport report = run();
  BOOST_TEST(to_int(report.exit_code) == 0);
  BOOST_TEST(report.counters.filtered == 5);
  BOOST_TEST(db().rows.empty());
}

BOOST_AUTO_TEST_CASE(many_bad_records_cost_only_themselves) {
  std::vector<std::string> mails = texts(40);
  for (const std::size_t bad : {0u, 1u, 5u, 17u, 18u, 19u, 39u}) mails[bad] = "bad";
  world.mailboxes = {{"a", mails}};
  world.batch_size = 10;
  const RunReport report = run();
  BOOST_TEST(to_int(report.exit_code) == 3);
  BOOST_TEST((db().rows == expected_rows()));
  BOOST_TEST(db().quarantine.size() == 7u);
  BOOST_TEST(report.counters.quarantined == 7);
  BOOST_TEST(report.counters.written == 33);
}

BOOST_AUTO_TEST_CASE(a_row_that_others_use_stays_when_the_record_that_brought_it_is_set_aside) {
  for (const char* first : {"bad-share:x", "reject-share:x"}) {
    OneSink fixture;
    fixture.world.mailboxes = {{"a", {first, "share:x", "share:y"}}};
    BOOST_TEST_CONTEXT(first) {
      BOOST_TEST(to_int(fixture.run().exit_code) == 3);
      const std::map<std::string, std::string> wanted{
          {"a/1", "share:x"}, {"a/2", "share:y"}, {"shares/x", "x"}, {"shares/y", "y"}};
      BOOST_TEST((fixture.db().rows == wanted));
      BOOST_TEST(fixture.db().quarantine.size() == 1u);
    }
  }
}

BOOST_FIXTURE_TEST_CASE(a_row_that_nobody_else_uses_goes_with_the_record_that_brought_it, OneSink) {
  world.mailboxes = {{"a", {"bad-share:x", "1", "share:y"}}};
  BOOST_TEST(to_int(run().exit_code) == 3);
  BOOST_TEST((db().rows == std::map<std::string, std::string>{{"a/1", "1"}, {"a/2", "share:y"}, {"shares/y", "y"}}));
}

BOOST_FIXTURE_TEST_CASE(who_uses_a_row_that_is_refused_is_set_aside_with_it, OneSink) {
  world.mailboxes = {{"a", {"share:x", "1", "share:x"}}};
  db().refused = {"x"};
  BOOST_TEST(to_int(run().exit_code) == 3);
  BOOST_TEST((db().rows == std::map<std::string, std::string>{{"a/1", "1"}}));
  BOOST_TEST(db().quarantine.size() == 2u);
}

BOOST_AUTO_TEST_CASE(on_error_stop_ends_the_run_before_the_bad_record) {
  config.on_error = haulier::host::OnError::stop;
  for (const char* bad : {"bad", "reject", "source-reject"}) {
    world.databases.clear();
    world.mailboxes = {{"a", {"1", "2", "3", "4", bad, "6"}}};
    const RunReport report = run();
    BOOST_TEST_CONTEXT(bad) {
      BOOST_TEST(to_int(report.exit_code) == 65);
      BOOST_TEST(db().quarantine.empty());
      BOOST_TEST((db().states["a"] == 0 || db().states["a"] == 3));
      BOOST_TEST(!db().rows.count("a/4"));
    }
  }
}

BOOST_AUTO_TEST_CASE(unchanged_records_are_counted_as_such) {
  world.mailboxes = {{"a", texts(6)}};
  db().rows = {{"a/1", "t1"}, {"a/2", "old"}, {"a/4", "t4"}};
  const RunReport report = run();
  BOOST_TEST(report.counters.unchanged == 2);
  BOOST_TEST(report.counters.written == 4);
}

BOOST_AUTO_TEST_CASE(blobs_beyond_the_budget_flow_through) {
  config.limits.memory_bytes = 1 << 20;
  config.limits.spill_bytes = 64 * 1024;
  std::vector<std::string> mails;
  for (std::size_t i = 0; i < 400; ++i) mails.push_back("blob:" + std::to_string(i % 7 == 0 ? 200'000 : 50'000));
  world.mailboxes = {{"a", mails}};
  const RunReport report = run();
  BOOST_TEST(to_int(report.exit_code) == 0);
  BOOST_TEST(report.counters.written == 400);
  BOOST_TEST((db().rows == expected_rows()));
}

BOOST_AUTO_TEST_CASE(a_limit_ends_after_the_batch_that_reaches_it) {
  world.mailboxes = {{"a", texts(30)}};
  const RunReport report = run({.limit = 10});
  BOOST_TEST(to_int(report.exit_code) == 0);
  BOOST_TEST(report.counters.read == 12);
  BOOST_TEST(db().rows.size() == 12u);
  BOOST_TEST(run().counters.read == 18);
}

BOOST_AUTO_TEST_CASE(progress_follows_the_commits) {
  world.mailboxes = {{"a", texts(9)}};
  config.limits.commit_bytes = 1;
  std::vector<std::int64_t> done;
  (void)run({.progress = [&](const haulier::host::ProgressState& state) { done.push_back(state.done); }});
  BOOST_TEST(done == (std::vector<std::int64_t>{3, 6, 9}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(an_at_least_once_sink_goes_on_from_the_hosts_state) {
  config.sinks.clear();
  add_sink("flush", "db");
  world.mailboxes = {{"a", texts(5)}, {"b", texts(4)}};
  const RunReport first = run();
  BOOST_TEST(first.guarantee == "at least once");
  BOOST_TEST((db().rows == expected_rows()));
  world.mailboxes["b"].push_back("new");
  const RunReport second = run();
  BOOST_TEST(second.counters.read == 1);
  BOOST_TEST((db().rows == expected_rows()));
}

BOOST_AUTO_TEST_CASE(a_lost_state_makes_the_source_start_anew) {
  world.mailboxes = {{"a", texts(5)}};
  (void)run();
  db().states.clear();
  const RunReport again = run();
  BOOST_TEST(again.counters.unchanged == 5);
}

BOOST_FIXTURE_TEST_CASE(the_source_prepares_before_the_sinks_are_opened, OneSink) {
  std::vector<std::string> order;
  world.on_source = [&](std::string_view step, haulier::Host) { order.push_back("source " + std::string(step)); };
  db().on_step = [&](std::string_view step) { order.push_back("sink " + std::string(step)); };
  (void)run();
  BOOST_REQUIRE(order.size() > 2u);
  BOOST_TEST(order[0] == "source prepare");
  BOOST_TEST(order[1] == "sink open");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace engine_test
