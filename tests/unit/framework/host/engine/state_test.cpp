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
using haulier::host::oldest_rows;
using haulier::host::OwnedRecord;
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
  haulier_stream stream{sizeof(haulier_stream), HAULIER_STREAM_STATE, name("progress"), fields, 6, 0};
  std::string folder;
  VirtualClock clock;
  CrashPoints crash_points;
};

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
  BOOST_TEST(state_folder("set", "p", "x", "h") == "set");
  BOOST_TEST(state_folder("", "p", "/x", "/h") == "/x/haulier/p");
  BOOST_TEST(state_folder("", "p", "", "/h") == "/h/.local/state/haulier/p");
  BOOST_TEST(state_folder("", "p", nullptr, "/h") == "/h/.local/state/haulier/p");
}

BOOST_AUTO_TEST_CASE(a_row_that_a_sink_lacks_is_not_given_to_the_source) {
  std::vector<StateRows> sinks;
  sinks.push_back(rows({{"a", "1"}, {"b", "1"}}));
  sinks.push_back(rows({{"b", "1"}, {"c", "1"}}));
  std::vector<std::string> unknown;
  const StateRows oldest = oldest_rows(sinks, nullptr, unknown);
  BOOST_TEST(oldest.size() == 1u);
  BOOST_TEST(oldest.count("{\"mailbox\":\"b\"}") == 1u);
  BOOST_TEST(unknown.empty());
}

BOOST_AUTO_TEST_CASE(of_rows_that_differ_the_one_noted_first_counts_also_after_a_restart) {
  std::vector<StateRows> sinks;
  sinks.push_back(rows({{"a", "9"}}));
  sinks.push_back(rows({{"a", "10"}}));
  sinks.push_back(rows({{"a", "8"}}));
  const std::string file = folder + "/p.order";
  {
    StateOrder order(file);
    order.keep_only({});
    for (const char* state : {"7", "8", "9", "10"}) order.note(rows({{"a", state}}));
  }
  StateOrder order(file);
  std::vector<std::string> unknown;
  const StateRows oldest = oldest_rows(sinks, &order, unknown);
  BOOST_REQUIRE(oldest.size() == 1u);
  BOOST_TEST(std::string(haulier::host::view(oldest.begin()->second[2].v.s)) == "8");
  order.keep_only(sinks);
  BOOST_TEST(order.number(sinks[0].begin()->first, sinks[0].begin()->second).has_value());
}

BOOST_AUTO_TEST_CASE(rows_that_differ_in_an_unknown_order_are_read_again) {
  std::vector<StateRows> sinks;
  sinks.push_back(rows({{"a", "9"}, {"b", "1"}}));
  sinks.push_back(rows({{"a", "10"}, {"b", "1"}}));
  StateOrder order(folder + "/p.order");
  order.keep_only(sinks);
  order.note(rows({{"a", "10"}}));
  std::vector<std::string> unknown;
  const StateRows oldest = oldest_rows(sinks, &order, unknown);
  BOOST_TEST(oldest.size() == 1u);
  BOOST_TEST(unknown == std::vector<std::string>{"{\"mailbox\":\"a\"}"}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_damaged_order_file_is_an_empty_one) {
  const std::string file = folder + "/p.order";
  std::ofstream(file) << "rubbish\nmore rubbish";
  StateOrder order(file);
  order.keep_only({});
  order.note(rows({{"a", "1"}}));
  const StateRows known = rows({{"a", "1"}});
  BOOST_TEST(StateOrder(file).number(known.begin()->first, known.begin()->second).has_value());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace engine_test
