// The state that the host keeps for sinks that cannot, and the rule for sinks that differ.
#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <fstream>

#include "cli/failure.hpp"
#include "engine/state_order.hpp"
#include "engine/state_store.hpp"
#include "world.hpp"

namespace engine_test {

using haulier::host::CrashPoints;
using haulier::host::Failed;
using haulier::host::key_json;
using haulier::host::OwnedRecord;
using haulier::host::Resume;
using haulier::host::resume_from;
using haulier::host::StateOrder;
using haulier::host::StateRows;
using haulier::host::StateStore;
using haulier::host::VirtualClock;

struct States {
  States() { folder = scratch_folder(); }
  ~States() {
    std::error_code ignored;
    std::filesystem::remove_all(folder, ignored);
  }
  OwnedRecord row(const std::string& mailbox, const std::string& state, std::int64_t total = 7) const {
    OwnedRecord out(3, 6);
    out.text(0, HAULIER_STRING, mailbox);
    out.integer(1, HAULIER_INT64, total);
    out.text(2, HAULIER_JSON, state);
    out.integer(3, HAULIER_TIMESTAMP, 1'700'000'000'123'456);
    out.real(4, 0.1);
    return out;
  }
  StateRows rows(const std::vector<std::pair<std::string, std::string>>& all) const {
    StateRows out;
    for (const auto& [mailbox, state] : all) {
      OwnedRecord one = row(mailbox, state);
      std::string key = key_json(one.c(), stream);
      out.emplace(std::move(key), std::move(one));
    }
    return out;
  }
  StateStore store(const std::string& pipeline = "p") {
    return {folder + "/deep/er", pipeline, "jsonl", stream, 3, clock, crash_points};
  }
  static int exit_code(const std::function<void()>& f) {
    try {
      f();
    } catch (const Failed& failed) {
      return haulier::host::to_int(failed.failure().exit_code);
    }
    return 0;
  }

  static constexpr haulier_str name(std::string_view text) { return {text.data(), text.size()}; }
  haulier_field fields[6] = {{name("mailbox"), HAULIER_STRING, HAULIER_FIELD_KEY},
                             {name("total"), HAULIER_INT64, 0},
                             {name("state"), HAULIER_JSON, 0},
                             {name("at"), HAULIER_TIMESTAMP, 0},
                             {name("share"), HAULIER_DOUBLE, 0},
                             {name("error"), HAULIER_STRING, 0}};
  haulier_stream stream{sizeof(haulier_stream), HAULIER_STREAM_STATE, name("progress"), fields, 6, 0, nullptr};
  std::string folder;
  VirtualClock clock;
  CrashPoints crash_points;
};

const std::string kA = "{\"mailbox\":\"a\"}";
const std::string kB = "{\"mailbox\":\"b\"}";

std::string state_of(const StateRows& rows) {
  return rows.empty() ? "none" : std::string(haulier::host::view(rows.begin()->second[2].v.s));
}

BOOST_FIXTURE_TEST_SUITE(engine_state, States)

BOOST_AUTO_TEST_CASE(rows_come_back_with_every_type_as_they_were_saved) {
  const std::string odd = "{\"a\": [1, 2],  \"b\":\"\\u00e4\"}";
  {
    StateStore store = this->store();
    BOOST_TEST(store.fence() == 1u);
    store.save(rows({{"INBOX", odd}}));
    store.save(rows({{"Sent \"x\"", "2"}}));
  }
  StateStore again = store();
  const StateRows found = again.load();
  BOOST_REQUIRE(found.size() == 2u);
  const StateRows wanted = rows({{"INBOX", odd}, {"Sent \"x\"", "2"}});
  for (const auto& [key, row] : wanted) {
    BOOST_REQUIRE(found.count(key) == 1u);
    BOOST_TEST(haulier::host::same_row(found.at(key), row));
  }
}

BOOST_AUTO_TEST_CASE(each_run_raises_the_epoch_and_keeps_the_rows) {
  for (std::uint64_t epoch = 1; epoch <= 3; ++epoch) {
    StateStore store = this->store();
    BOOST_TEST(store.fence() == epoch);
    BOOST_TEST(store.load().size() == (epoch == 1 ? 0u : 1u));
    store.save(rows({{"INBOX", "1"}}));
  }
}

BOOST_AUTO_TEST_CASE(a_run_that_was_taken_over_saves_nothing_more) {
  StateStore first = store();
  StateStore second = store();
  (void)first.fence();
  first.save(rows({{"INBOX", "1"}}));
  BOOST_TEST(second.fence() == 2u);
  BOOST_TEST(exit_code([&] { first.save(rows({{"INBOX", "2"}})); }) == 75);
  second.save(rows({{"INBOX", "3"}}));
  BOOST_TEST(exit_code([&] { first.save(rows({{"INBOX", "4"}})); }) == 75);
  const StateRows found = store().load();
  BOOST_TEST(std::string(haulier::host::view(found.begin()->second[2].v.s)) == "3");
}

BOOST_AUTO_TEST_CASE(a_damaged_newer_or_foreign_file_is_refused_and_left_alone) {
  StateStore store = this->store();
  (void)store.fence();
  for (const std::string text :
       {"{", "[]", "{\"version\":2}", "{\"version\":1,\"pipeline\":\"other\",\"epoch\":1}",
        "{\"version\":1,\"pipeline\":\"p\",\"epoch\":1,\"rows\":[{\"mailbox\":\"a\",\"total\":\"x\"}]}"}) {
    std::ofstream(store.file()) << text;
    BOOST_TEST_CONTEXT(text) {
      BOOST_TEST(exit_code([&] { (void)store.load(); }) == 65);
      BOOST_TEST(exit_code([&] { (void)store.fence(); }) == 65);
      std::ifstream in(store.file());
      std::string now;
      std::getline(in, now, '\0');
      BOOST_TEST(now == text);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_stop_while_saving_leaves_the_old_or_the_new_rows) {
  struct Stop {};
  for (std::uint64_t at = 1; at <= 2; ++at) {
    StateStore setup = store();
    (void)setup.fence();
    setup.save(rows({{"INBOX", "1"}}));
    CrashPoints stopping(at + 2, "", [](std::string_view, std::uint64_t) { throw Stop{}; });
    StateStore store(folder + "/deep/er", "p", "jsonl", stream, 3, clock, stopping);
    (void)store.fence();
    BOOST_CHECK_THROW(store.save(rows({{"INBOX", "2"}})), Stop);
    const StateRows found = this->store().load();
    BOOST_TEST(std::string(haulier::host::view(found.begin()->second[2].v.s)) == (at == 1 ? "1" : "2"));
  }
}

BOOST_AUTO_TEST_CASE(the_folder_follows_the_setting_then_the_environment) {
  using haulier::host::state_folder;
  BOOST_TEST(state_folder("set", "p", {"x", "h"}) == "set");
  BOOST_TEST(state_folder("", "p", {"/x", "/h"}) == "/x/haulier/p");
  BOOST_TEST(state_folder("", "p", {"", "/h"}) == "/h/.local/state/haulier/p");
  BOOST_TEST(state_folder("", "p", {nullptr, "/h"}) == "/h/.local/state/haulier/p");
}

BOOST_AUTO_TEST_CASE(a_row_that_a_sink_lacks_is_not_given_to_the_source) {
  std::vector<StateRows> sinks;
  sinks.push_back(rows({{"a", "1"}, {"b", "1"}}));
  sinks.push_back(rows({{"b", "1"}, {"c", "1"}}));
  const Resume resume = resume_from(sinks, nullptr);
  BOOST_TEST(resume.rows.size() == 1u);
  BOOST_TEST(resume.rows.count(kB) == 1u);
  BOOST_TEST(resume.unknown.empty());
  BOOST_TEST(resume.lacking.size() == 2u);
}

BOOST_AUTO_TEST_CASE(of_rows_that_differ_the_one_of_the_earlier_batch_counts_whoever_committed_first) {
  const std::string file = folder + "/p.order";
  {
    StateOrder order(file);
    order.begin({}, 3);
    // The first sink is fast and makes one transaction of what the second takes in two.
    order.note(0, rows({{"a", "10"}}), {{kA, 4}});
    order.note(1, rows({{"a", "8"}}), {{kA, 2}});
    order.note(2, rows({{"a", "9"}}), {{kA, 3}});
  }
  const StateOrder order(file);
  std::vector<StateRows> sinks;
  for (const char* state : {"10", "8", "9"}) sinks.push_back(rows({{"a", state}}));
  const Resume resume = resume_from(sinks, &order);
  BOOST_REQUIRE(resume.rows.size() == 1u);
  BOOST_TEST(state_of(resume.rows) == "8");
  BOOST_TEST(state_of(resume.resets[0]) == "8");
  BOOST_TEST(resume.resets[1].empty());
  BOOST_TEST(state_of(resume.resets[2]) == "8");
}

BOOST_AUTO_TEST_CASE(the_row_that_a_run_began_with_is_older_than_all_of_the_run) {
  StateOrder order(folder + "/p.order");
  order.begin(rows({{"a", "5"}}), 2);
  order.note(0, rows({{"a", "6"}}), {{kA, 1}});
  std::vector<StateRows> sinks;
  sinks.push_back(rows({{"a", "6"}}));
  sinks.push_back(rows({{"a", "5"}}));
  BOOST_TEST(state_of(resume_from(sinks, &order).rows) == "5");
}

BOOST_AUTO_TEST_CASE(rows_that_differ_in_an_unknown_order_are_read_again) {
  std::vector<StateRows> sinks;
  sinks.push_back(rows({{"a", "9"}, {"b", "1"}}));
  sinks.push_back(rows({{"a", "10"}, {"b", "1"}}));
  StateOrder order(folder + "/p.order");
  order.begin({}, 2);
  order.note(1, rows({{"a", "10"}}), {{kA, 1}});
  const Resume resume = resume_from(sinks, &order);
  BOOST_TEST(resume.rows.size() == 1u);
  BOOST_TEST(resume.unknown == std::vector<std::string>{kA}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_row_that_came_back_is_neither_before_nor_behind_what_was_between) {
  StateOrder order(folder + "/p.order");
  order.begin({}, 2);
  std::uint64_t position = 0;
  for (const char* state : {"plain", "flagged", "plain"}) order.note(0, rows({{"a", state}}), {{kA, ++position}});
  std::vector<StateRows> sinks;
  sinks.push_back(rows({{"a", "plain"}}));
  sinks.push_back(rows({{"a", "flagged"}}));
  BOOST_TEST(resume_from(sinks, &order).unknown.size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_run_begins_a_new_order) {
  StateOrder order(folder + "/p.order");
  order.begin({}, 2);
  order.note(0, rows({{"a", "1"}}), {{kA, 1}});
  order.begin({}, 2);
  const StateRows known = rows({{"a", "1"}});
  BOOST_TEST(!order.find(kA, known.at(kA)).has_value());
}

BOOST_AUTO_TEST_CASE(the_file_stays_small_and_keeps_what_the_sinks_may_hold) {
  const std::string file = folder + "/p.order";
  StateOrder order(file);
  order.begin(rows({{"a", "begin"}}), 2);
  order.note(1, rows({{"a", "s1"}}), {{kA, 1}});
  for (std::uint64_t i = 1; i <= 20'000; ++i) {
    order.note(0, rows({{"a", "s" + std::to_string(i)}}), {{kA, i}});
  }
  BOOST_TEST(std::filesystem::file_size(file) < 400'000u);
  const StateOrder again(file);
  for (const char* state : {"begin", "s1", "s19999", "s20000"}) {
    const StateRows held = rows({{"a", state}});
    BOOST_TEST(again.find(kA, held.at(kA)).has_value(), state);
  }
}

BOOST_AUTO_TEST_CASE(damaged_lines_of_the_order_are_none) {
  const std::string file = folder + "/p.order";
  const StateRows known = rows({{"a", "1"}});
  {
    StateOrder order(file);
    order.begin({}, 2);
    order.note(0, known, {{kA, 17}});
  }
  std::filesystem::resize_file(file, std::filesystem::file_size(file) - 2);  // says 1 now, without an end
  BOOST_TEST(!StateOrder(file).find(kA, known.at(kA)).has_value());
  std::ofstream(file) << "rubbish\nmore rubbish";
  StateOrder order(file);
  order.begin({}, 2);
  order.note(0, known, {{kA, 1}});
  BOOST_TEST(StateOrder(file).find(kA, known.at(kA)).has_value());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace engine_test
