// What a sink promises that can erase (haulier.sink.erase/1). A sink joins with HAULIER_ERASE_SINK_CONTRACT.
#pragma once

#include <set>

#include "haulier/erase.hpp"
#include "haulier/lookup.hpp"
#include "sink_contract_crash.hpp"

namespace haulier::contract {

// Letters of accounts; a letter lies at spots, has pieces, which use bodies and files; a letter may lie in another.
enum EraseStream : std::uint32_t { kLetters, kSpots, kPieces, kBodies, kInner, kFiles, kMarks, kSetAside };

inline void add_erase_streams(Schema& schema) {
  constexpr auto K = HAULIER_FIELD_KEY | HAULIER_FIELD_NOT_NULL;
  constexpr auto N = HAULIER_FIELD_NOT_NULL;
  schema.add(
      "erase_letters", 0,
      {{"id", HAULIER_STRING, K}, {"account", HAULIER_STRING, N}, {"print", HAULIER_STRING}, {"text", HAULIER_STRING}});
  schema.relate(kLetters, {HAULIER_RELATION_GROUP, {"account"}});
  schema.relate(kLetters, {HAULIER_RELATION_IDENTITY, {"id"}});
  schema.relate(kLetters, {HAULIER_RELATION_IDENTITY, {"account", "print"}});
  schema.add("erase_spots", 0,
             {{"account", HAULIER_STRING, K},
              {"n", HAULIER_INT64, K},
              {"letter", HAULIER_STRING, N},
              {"at", HAULIER_TIMESTAMP}});
  schema.relate(kSpots, {HAULIER_RELATION_GROUP, {"account"}});
  schema.relate(kSpots, {HAULIER_RELATION_IDENTITY, {"account", "n"}});
  schema.relate(kSpots, {HAULIER_RELATION_PART_OF, {"letter"}, "erase_letters"});
  schema.add(
      "erase_pieces", 0,
      {{"letter", HAULIER_STRING, K}, {"n", HAULIER_INT64, K}, {"hash", HAULIER_STRING}, {"file", HAULIER_STRING}});
  schema.add("erase_bodies", HAULIER_STREAM_IMMUTABLE, {{"hash", HAULIER_STRING, K}, {"content", HAULIER_BLOB, N}});
  schema.add("erase_inner", 0, {{"letter", HAULIER_STRING, K}, {"outer", HAULIER_STRING, N}});
  schema.add("erase_files", HAULIER_STREAM_IMMUTABLE | HAULIER_STREAM_OUTSIDE,
             {{"hash", HAULIER_STRING, K}, {"path", HAULIER_STRING, N}});
  schema.relate(kPieces, {HAULIER_RELATION_PART_OF, {"letter"}, "erase_letters"});
  schema.relate(kPieces, {HAULIER_RELATION_USES, {"hash"}, "erase_bodies"});
  schema.relate(kPieces, {HAULIER_RELATION_USES, {"file"}, "erase_files"});
  schema.relate(kInner, {HAULIER_RELATION_PART_OF, {"outer"}, "erase_letters"});
  schema.relate(kInner, {HAULIER_RELATION_USES, {"letter"}, "erase_letters"});
  schema.add("erase_marks", HAULIER_STREAM_STATE, {{"account", HAULIER_STRING, K}, {"state", HAULIER_JSON, N}});
  schema.relate(kMarks, {HAULIER_RELATION_GROUP, {"account"}});
  schema.add("quarantine", 0,
             {{"partition", HAULIER_STRING, K},
              {"origin", HAULIER_STRING, K},
              {"stage", HAULIER_STRING, N},
              {"reason", HAULIER_STRING, N},
              {"raw", HAULIER_BLOB},
              {"quarantined_at", HAULIER_TIMESTAMP, N | HAULIER_FIELD_INSERT_ONLY}});
}

// One origin's records.
class Letters {
 public:
  explicit Letters(Run& run) : run_(run) {}
  Letters& letter(std::uint64_t origin, std::string_view id, std::string_view account = "me",
                  std::string_view print = {}) {
    auto record = builder_.record(kLetters, 4, HAULIER_UPSERT, origin);
    record.text(0, id).text(1, account).text(3, "text of " + std::string(id));
    if (!print.empty()) record.text(2, print);
    return *this;
  }
  Letters& spot(std::uint64_t origin, std::string_view letter, std::int64_t n, std::int64_t at,
                std::string_view account = "me") {
    builder_.record(kSpots, 4, HAULIER_UPSERT, origin).text(0, account).integer(1, n).text(2, letter).timestamp(3, at);
    return *this;
  }
  Letters& piece(std::uint64_t origin, std::string_view letter, std::string_view hash, std::string_view file = {}) {
    auto record = builder_.record(kPieces, 4, HAULIER_UPSERT, origin);
    record.text(0, letter).integer(1, ++pieces_).text(2, hash);
    if (!file.empty()) record.text(3, file);
    return *this;
  }
  Letters& body(std::uint64_t origin, std::string_view hash, std::size_t size = 100) {
    builder_.record(kBodies, 2, HAULIER_UPSERT, origin).text(0, hash).blob(1, make_blob(run_.host, pattern(size, 1)));
    return *this;
  }
  Letters& file(std::uint64_t origin, std::string_view hash) {
    builder_.record(kFiles, 2, HAULIER_UPSERT, origin).text(0, hash).text(1, "path");
    return *this;
  }
  Letters& inner(std::uint64_t origin, std::string_view letter, std::string_view outer) {
    builder_.record(kInner, 2, HAULIER_UPSERT, origin).text(0, letter).text(1, outer);
    return *this;
  }
  std::vector<std::uint8_t> store() {
    builder_.state(kMarks, 2).text(0, "me").json(1, "{}");
    return run_.store(builder_.finish());
  }

 private:
  Run& run_;
  BatchBuilder builder_;
  std::int64_t pieces_ = 0;
};

using Told = std::map<std::string, std::uint64_t>;  // rows by stream

inline Told erase(Run& run, std::string_view stream, std::string_view field, const std::vector<std::string>& texts) {
  std::vector<haulier_value> values;
  for (const std::string& text : texts) values.push_back(text_value(text));
  haulier_erase_request request{};
  request.struct_size = sizeof request;
  request.group = stream.empty() ? 1 : 0;
  request.stream = str(stream);
  request.match = {str(field), values.data(), values.size()};
  return run.erase(request);
}

inline Told erase_and_commit(Run& run, std::string_view stream, std::string_view field,
                             const std::vector<std::string>& texts) {
  run.begin();
  const Told told = erase(run, stream, field, texts);
  run.commit(Batch(BatchBuilder().finish()));
  return told;
}

inline std::set<std::string> keys(Run& run, std::uint32_t stream) {
  std::set<std::string> out;
  for (const auto& [key, row] : run.rows(stream)) out.insert(key);
  return out;
}

using Keys = std::set<std::string>;

// a and b share the body h; a has one of its own, and c inside it, which has another one.
inline void store_letters(Run& run) {
  Letters(run)
      .letter(0, "a", "me", "pa")
      .spot(0, "a", 1, 100)
      .spot(0, "a", 2, 300)
      .piece(0, "a", "h", "f")
      .piece(0, "a", "ha")
      .body(0, "h")
      .body(0, "ha", 5000)
      .file(0, "f")
      .letter(0, "c", "me", "pc")
      .inner(0, "c", "a")
      .piece(0, "c", "hc")
      .body(0, "hc")
      .letter(1, "b", "me", "pb")
      .spot(1, "b", 3, 200)
      .piece(1, "b", "h")
      .letter(2, "other", "you", "pa")
      .spot(2, "other", 1, 50, "you")
      .store();
}

inline void a_row_goes_with_its_parts_and_what_nothing_else_uses(const SinkUnderTest& sink) {
  TempFolder folder;
  Run run(sink, folder.path(), "contract", add_erase_streams);
  store_letters(run);
  const Told told = erase_and_commit(run, "erase_letters", "id", {"a"});
  const Told wanted{{"erase_letters", 2}, {"erase_spots", 2}, {"erase_pieces", 3},
                    {"erase_bodies", 2},  {"erase_inner", 1}, {"erase_files", 1}};
  BOOST_TEST((told == wanted));
  BOOST_TEST((keys(run, kLetters) == Keys{"'b'", "'other'"}));
  BOOST_TEST((keys(run, kSpots) == Keys{"'me'|3", "'you'|1"}));
  BOOST_TEST((keys(run, kBodies) == Keys{"'h'"}));
  BOOST_TEST(keys(run, kInner).empty());
  BOOST_TEST(run.erased_bytes > 5100u);
  BOOST_TEST((erase_and_commit(run, "erase_letters", "id", {"a"}).empty()));
}

inline void what_was_erased_is_left_out_when_it_comes_again(const SinkUnderTest& sink) {
  TempFolder folder;
  {
    Run run(sink, folder.path(), "contract", add_erase_streams);
    store_letters(run);
    erase_and_commit(run, "erase_letters", "id", {"a"});
  }
  Run run(sink, folder.path(), "contract", add_erase_streams);
  const auto outcomes = Letters(run)
                            .letter(0, "a")
                            .spot(0, "a", 9, 1)
                            .body(0, "new")  // itself; a content that origin 3 uses
                            .letter(1, "a2", "me", "pa")
                            .spot(1, "a2", 10, 1)  // under another id
                            .spot(2, "a", 11, 1)   // at another place
                            .letter(3, "d", "me", "pd")
                            .piece(3, "d", "new")
                            .letter(3, "e", "me", "pa")
                            .inner(3, "e", "d")
                            .letter(4, "c", "me", "pc")  // was inside it, and comes by itself
                            .store();
  constexpr std::uint8_t F = HAULIER_FILTERED, W = HAULIER_WRITTEN;
  const std::vector<std::uint8_t> wanted{F, F, F, F, F, F, W, W, W, W, W};
  BOOST_TEST(outcomes == wanted, boost::test_tools::per_element());
  BOOST_TEST((keys(run, kLetters) == Keys{"'b'", "'c'", "'d'", "'e'", "'other'"}));
  BOOST_TEST((keys(run, kSpots) == Keys{"'me'|3", "'you'|1"}));
  BOOST_TEST((keys(run, kBodies) == Keys{"'h'", "'new'"}));
}

inline void a_group_goes_with_its_state_and_stays_away(const SinkUnderTest& sink) {
  TempFolder folder;
  Run run(sink, folder.path(), "contract", add_erase_streams);
  store_letters(run);
  const Told told = erase_and_commit(run, "", "account", {"me"});
  BOOST_TEST(told.at("erase_letters") == 3u);
  BOOST_TEST(told.at("erase_marks") == 1u);
  BOOST_TEST((keys(run, kLetters) == Keys{"'other'"}));
  BOOST_TEST((keys(run, kSpots) == Keys{"'you'|1"}));
  BOOST_TEST(keys(run, kBodies).empty());
  BOOST_TEST(keys(run, kMarks).empty());
  const auto outcomes = Letters(run).letter(0, "z").letter(1, "y", "you").store();
  BOOST_TEST((outcomes == std::vector<std::uint8_t>{HAULIER_FILTERED, HAULIER_WRITTEN}));
}

inline void old_rows_go_by_their_newest_part_and_some_at_a_time(const SinkUnderTest& sink) {
  TempFolder folder;
  Run run(sink, folder.path(), "contract", add_erase_streams);
  store_letters(run);
  Letters(run).letter(0, "old1").spot(0, "old1", 20, 10).letter(1, "old2").spot(1, "old2", 21, 20).store();
  const std::vector<haulier_value> accounts{text_value("me")};
  const haulier_erase_age age{str("erase_spots"), str("at"), 250, {str("account"), accounts.data(), 1}};
  haulier_erase_request request{};
  request.struct_size = sizeof request;
  request.stream = str("erase_letters");
  request.age = &age;
  request.limit = 2;
  std::uint64_t rows = 0;
  for (int i = 0; i < 3; ++i) {
    run.begin();
    const Told told = run.erase(request);
    run.commit(Batch(BatchBuilder().finish()));
    if (told.count("erase_letters") != 0) rows += told.at("erase_letters");
    BOOST_TEST(rows == (i == 0 ? 2u : 3u));
  }
  // a has a spot at 300, c none, and "other" belongs to somebody else.
  BOOST_TEST((keys(run, kLetters) == Keys{"'a'", "'c'", "'other'"}));
}

inline void what_was_erased_is_told(const SinkUnderTest& sink) {
  TempFolder folder;
  Run run(sink, folder.path(), "contract", add_erase_streams);
  store_letters(run);
  erase_and_commit(run, "erase_letters", "id", {"a"});
  const auto erased = [&](std::string_view stream, std::vector<std::string_view> fields,
                          const std::vector<haulier_value>& values) { return run.erased(stream, fields, values); };
  using Bytes = std::vector<std::uint8_t>;
  BOOST_TEST((erased("erase_letters", {"id"}, {text_value("a"), text_value("b"), text_value("c")}) == Bytes{1, 0, 0}));
  BOOST_TEST((erased("erase_letters", {"account", "print"},
                     {text_value("me"), text_value("pa"), text_value("you"), text_value("pa")}) == Bytes{1, 0}));
  BOOST_TEST((erased("erase_spots", {"account", "n"},
                     {text_value("me"), number_value(2), text_value("me"), number_value(3)}) == Bytes{1, 0}));
  BOOST_TEST((erased("erase_letters", {"account"}, {text_value("me")}) == Bytes{0}));
  erase_and_commit(run, "", "account", {"me"});
  BOOST_TEST((erased("erase_marks", {"account"}, {text_value("me"), text_value("you")}) == Bytes{1, 0}));
  BOOST_TEST((status_of([&] { static_cast<void>(erased("erase_letters", {"text"}, {text_value("a")})); }) ==
              HAULIER_UNSUPPORTED));
}

inline void bytes_outside_are_asked_for_until_they_are_gone(const SinkUnderTest& sink) {
  TempFolder folder;
  Run run(sink, folder.path(), "contract", add_erase_streams);
  store_letters(run);
  Letters(run).letter(0, "g").piece(0, "g", "hg", "f2").file(0, "f2").store();
  erase_and_commit(run, "erase_letters", "id", {"a", "g"});
  run.begin();
  BOOST_TEST(run.outside().size() == 2u);
  run.rollback();  // stopped before they were taken away
  Letters(run).file(0, "f").store();
  run.begin();
  BOOST_TEST((run.outside() == std::vector<std::string>{"f2"}));
  run.commit(Batch(BatchBuilder().finish()));
  run.begin();
  BOOST_TEST(run.outside().empty());
  run.rollback();
}

inline void a_rolled_back_erasure_has_erased_nothing(const SinkUnderTest& sink) {
  TempFolder folder;
  Run run(sink, folder.path(), "contract", add_erase_streams);
  store_letters(run);
  const Keys before = keys(run, kLetters);
  run.begin();
  erase(run, "erase_letters", "id", {"a"});
  run.rollback();
  BOOST_TEST((keys(run, kLetters) == before));
  BOOST_TEST((run.erased("erase_letters", {"id"}, {text_value("a")}) == std::vector<std::uint8_t>{0}));
}

inline void another_run_keeps_an_erasure_from_its_commit(const SinkUnderTest& sink) {
  TempFolder folder;
  Run run(sink, folder.path(), "contract", add_erase_streams);
  store_letters(run);
  const Run later(sink, folder.path(), "contract", add_erase_streams);
  run.begin();
  erase(run, "erase_letters", "id", {"a"});
  BOOST_TEST((status_of([&] { run.commit(Batch(BatchBuilder().finish())); }) == HAULIER_FENCED));
  BOOST_TEST(keys(run, kLetters).count("'a'") == 1u);
}

// In a child that is stopped at each step in turn: all of it is there afterwards, or nothing.
inline void an_erasure_that_is_stopped_is_done_or_not(const SinkUnderTest& sink) {
  for (std::uint64_t step = 1, stopped = 1; stopped != 0; ++step) {
    TempFolder folder;
    std::uint64_t ready = 0;
    {
      Run run(sink, folder.path(), "contract", add_erase_streams);
      store_letters(run);
    }
    { ready = Run(sink, folder.path(), "contract", add_erase_streams).host.steps.size(); }
    const pid_t child = ::fork();
    BOOST_REQUIRE(child >= 0);
    if (child == 0) {
      try {
        Run run(sink, folder.path(), "contract", add_erase_streams, false, [&](std::uint64_t number) {
          if (number == ready + step) ::_exit(kStopped);
        });
        erase_and_commit(run, "erase_letters", "id", {"a"});
      } catch (...) {
        ::_exit(1);
      }
      ::_exit(0);
    }
    int status = 0;
    BOOST_REQUIRE(::waitpid(child, &status, 0) == child);
    stopped = WEXITSTATUS(status) == kStopped ? 1 : 0;
    BOOST_REQUIRE((WIFEXITED(status) && (stopped != 0 || WEXITSTATUS(status) == 0)));
    Run run(sink, folder.path(), "contract", add_erase_streams);
    const bool there = keys(run, kLetters).count("'a'") != 0;
    BOOST_TEST((run.erased("erase_letters", {"id"}, {text_value("a")})[0] == (there ? 0 : 1)));
    BOOST_TEST(keys(run, kBodies).size() == (there ? 3u : 1u));
    BOOST_TEST(keys(run, kSpots).size() == (there ? 4u : 2u));
    erase_and_commit(run, "erase_letters", "id", {"a"});
    BOOST_TEST(keys(run, kBodies).size() == 1u);
  }
}

}  // namespace haulier::contract

#define HAULIER_ERASE_SINK_CONTRACT(SINK)                                       \
  HAULIER_SINK_CASE(SINK, a_row_goes_with_its_parts_and_what_nothing_else_uses) \
  HAULIER_SINK_CASE(SINK, what_was_erased_is_left_out_when_it_comes_again)      \
  HAULIER_SINK_CASE(SINK, a_group_goes_with_its_state_and_stays_away)           \
  HAULIER_SINK_CASE(SINK, old_rows_go_by_their_newest_part_and_some_at_a_time)  \
  HAULIER_SINK_CASE(SINK, what_was_erased_is_told)                              \
  HAULIER_SINK_CASE(SINK, bytes_outside_are_asked_for_until_they_are_gone)      \
  HAULIER_SINK_CASE(SINK, a_rolled_back_erasure_has_erased_nothing)             \
  HAULIER_SINK_CASE(SINK, another_run_keeps_an_erasure_from_its_commit)         \
  HAULIER_SINK_CASE(SINK, an_erasure_that_is_stopped_is_done_or_not)
