// What a sink promises that can be looked into (haulier.sink.lookup/1). A sink joins with HAULIER_LOOKUP_SINK_CONTRACT.
#pragma once

#include <thread>

#include "haulier/lookup.hpp"
#include "sink_contract.hpp"

namespace haulier::contract {

// The rows of every page as texts, fields joined with '|'.
inline std::vector<std::string> looked_up(Run& run, Lookup lookup,
                                          const std::function<std::vector<haulier_value>(RecordView)>& key = {}) {
  std::vector<std::string> out;
  while (true) {
    const Batch page = run.lookup(lookup.c());
    for (std::uint64_t i = 0; i < page.view().size(); ++i) {
      std::string text;
      for (std::uint32_t k = 0; k < page.view()[i].size(); ++k) text += (k ? "|" : "") + canonical(page.view()[i][k]);
      out.push_back(text);
    }
    if (!key || page.view().size() < lookup.c().limit) return out;
    lookup.after(key(page.view()[page.view().size() - 1]));
  }
}

inline haulier_status lookup_status(Run& run, Lookup lookup) {
  return status_of([&] { static_cast<void>(run.lookup(lookup.c())); });
}

// Ids "b", "a", "Z", "é", each with parts 3, 1, 2.
inline void store_grid(Run& run) {
  BatchBuilder builder;
  for (const char* id : {"b", "a", "Z", "\xC3\xA9"}) {
    for (const std::int64_t part : {3, 1, 2}) {
      thing(builder, id, part)
          .integer(kCount, part * 10)
          .boolean(kFlag, part == 1)
          .text(kTitle, "t")
          .timestamp(kAt, part);
    }
  }
  run.store(builder.finish());
}

inline void rows_come_in_the_order_of_their_key_page_by_page(const SinkUnderTest& sink) {
  TempFolder folder;
  Run run(sink, folder.path());
  store_grid(run);
  const std::vector<std::string> wanted{"'Z'|1", "'Z'|2", "'Z'|3", "'a'|1",        "'a'|2",        "'a'|3",
                                        "'b'|1", "'b'|2", "'b'|3", "'\xC3\xA9'|1", "'\xC3\xA9'|2", "'\xC3\xA9'|3"};
  const auto key = [](RecordView row) { return std::vector<haulier_value>{row[0], row[1]}; };
  for (const std::uint32_t limit : {1u, 5u, 12u, 100u}) {
    const auto rows = looked_up(run, Lookup("contract_things", limit).fields({"id", "part"}), key);
    BOOST_TEST(rows == wanted, boost::test_tools::per_element());
  }
}

inline void matches_narrow_and_fields_come_as_asked(const SinkUnderTest& sink) {
  TempFolder folder;
  Run run(sink, folder.path());
  store_grid(run);
  using Texts = std::vector<std::string>;
  const auto a = looked_up(run, Lookup("contract_things").equals("id", "a").fields({"count", "bytes", "flag"}));
  BOOST_TEST(a == (Texts{"10|null|true", "20|null|false", "30|null|false"}), boost::test_tools::per_element());
  const auto some = looked_up(run, Lookup("contract_things")
                                       .any_of("id", Texts{"b", "Z", "nobody"})
                                       .equals("flag", true)
                                       .any_of("at", {number_value(1, HAULIER_TIMESTAMP)})
                                       .fields({"id", "at"}));
  BOOST_TEST(some == (Texts{"'Z'|1", "'b'|1"}), boost::test_tools::per_element());
  BOOST_TEST(looked_up(run, Lookup("contract_things").any_of("id", Texts{}).fields({"id"})).empty());
  // The page behind the only row that fits.
  const auto one = looked_up(run, Lookup("contract_things")
                                      .equals("id", "a")
                                      .equals("part", std::int64_t{2})
                                      .fields({"id"})
                                      .after({text_value("a"), number_value(2)}));
  BOOST_TEST(one.empty());
}

inline void only_committed_rows_are_seen_beside_an_open_transaction(const SinkUnderTest& sink) {
  TempFolder folder;
  Run run(sink, folder.path());
  BatchBuilder first;
  add_thing(first, 1);
  run.store(first.finish());
  run.begin();
  BatchBuilder second;
  add_thing(second, 2);
  const Batch batch = second.finish();
  run.write(batch);
  // On a thread of its own, as a source's.
  std::size_t rows = 0;
  std::thread reader([&] { rows = looked_up(run, Lookup("contract_things").fields({"id"})).size(); });
  reader.join();
  BOOST_TEST(rows == 1u);
  run.commit(batch);
  BOOST_TEST(looked_up(run, Lookup("contract_things").fields({"id"})).size() == 2u);
}

// The host tries a passing fault again; its clock here does not wait, so a lock may look as if it were held for long.
template <class F>
void with_retries(F&& f) {
  for (int attempt = 0; attempt < 10'000; ++attempt) {
    if (status_of(f) == HAULIER_OK) return;
    std::this_thread::yield();
  }
  throw std::runtime_error("the other one held the lock all the time");
}

inline void a_reader_and_the_writer_let_each_other_through(const SinkUnderTest& sink) {
  TempFolder folder;
  Run run(sink, folder.path());
  std::thread reader([&] {
    for (int i = 0; i < 50; ++i) {
      with_retries([&] { static_cast<void>(looked_up(run, Lookup("contract_things").fields({"title"}))); });
    }
  });
  for (int n = 0; n < 20; ++n) {
    BatchBuilder builder;
    add_thing(builder, n);
    const Batch batch = builder.finish();
    with_retries([&] {
      run.rollback();
      run.store(batch);
    });
  }
  reader.join();
  BOOST_TEST(looked_up(run, Lookup("contract_things").fields({"id"})).size() == 20u);
}

inline void state_and_quarantine_are_those_of_the_pipeline(const SinkUnderTest& sink) {
  TempFolder folder;
  for (const char* pipeline : {"contract", "another"}) {
    Run run(sink, folder.path(), pipeline);
    BatchBuilder builder;
    builder.record(kQuarantine, 6, HAULIER_UPSERT, 0)
        .text(0, "me / INBOX")
        .text(1, std::string("{\"of\":\"") + pipeline + "\"}")
        .text(2, "stage")
        .text(3, "reason")
        .timestamp(5, 1);
    run.store(builder.finish());
  }
  Run run(sink, folder.path());
  const auto rows = looked_up(run, Lookup("quarantine").equals("partition", "me / INBOX").fields({"origin"}));
  BOOST_TEST(rows == std::vector<std::string>{"'{\"of\":\"contract\"}'"}, boost::test_tools::per_element());
}

inline void what_cannot_be_looked_up_is_refused(const SinkUnderTest& sink) {
  TempFolder folder;
  Run run(sink, folder.path());
  const auto refused = [&](Lookup lookup) { BOOST_TEST(lookup_status(run, std::move(lookup)) == HAULIER_UNSUPPORTED); };
  refused(Lookup("nothing").fields({"id"}));
  refused(Lookup("contract_drafts").fields({"id"}));
  refused(Lookup("contract_things").fields({"nothing"}));
  refused(Lookup("contract_things"));
  refused(Lookup("contract_things").equals("pipeline", "contract").fields({"id"}));
  refused(Lookup("contract_things").equals("part", "1").fields({"id"}));
  refused(Lookup("contract_things").equals("doc", "1").fields({"id"}));
  refused(Lookup("contract_things", 0).fields({"id"}));
  refused(Lookup("contract_things", HAULIER_LOOKUP_MAX_ROWS + 1).fields({"id"}));
  refused(Lookup("contract_things").fields({"id"}).after({text_value("a")}));
  const std::vector<std::string> many(HAULIER_LOOKUP_MAX_VALUES + 1, "x");
  refused(Lookup("contract_things").any_of("id", many).fields({"id"}));
}

inline void what_no_run_has_made_holds_no_rows(const SinkUnderTest& sink) {
  TempFolder folder;
  Run run(sink, folder.path(), "contract", add_contract_streams, true);
  BOOST_TEST(looked_up(run, Lookup("contract_things").fields({"id"})).empty());
}

}  // namespace haulier::contract

#define HAULIER_LOOKUP_SINK_CONTRACT(SINK)                                         \
  HAULIER_SINK_CASE(SINK, rows_come_in_the_order_of_their_key_page_by_page)        \
  HAULIER_SINK_CASE(SINK, matches_narrow_and_fields_come_as_asked)                 \
  HAULIER_SINK_CASE(SINK, only_committed_rows_are_seen_beside_an_open_transaction) \
  HAULIER_SINK_CASE(SINK, a_reader_and_the_writer_let_each_other_through)          \
  HAULIER_SINK_CASE(SINK, state_and_quarantine_are_those_of_the_pipeline)          \
  HAULIER_SINK_CASE(SINK, what_cannot_be_looked_up_is_refused)                     \
  HAULIER_SINK_CASE(SINK, what_no_run_has_made_holds_no_rows)
