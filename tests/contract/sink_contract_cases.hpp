// The contract of sinks, case by case. Each takes the sink under test; sinks run them with the macros at the end, and
// nobody copies them. What only transactional sinks promise is in sink_contract_transactions.hpp.
#pragma once

#include <limits>

#include "sink_contract.hpp"

namespace haulier::contract {

inline void upsert_is_idempotent(const SinkUnderTest& sink) {
  TempFolder folder;
  Run run(sink, folder.path());
  for (int round = 0; round < 2; ++round) {
    BatchBuilder builder;
    for (int n = 0; n < 20; ++n) add_thing(builder, n);
    run.store(builder.finish());
  }
  BOOST_TEST(run.things().size() == 20u);
}

inline void upsert_replaces_the_whole_row(const SinkUnderTest& sink) {
  TempFolder folder;
  Run run(sink, folder.path());
  BatchBuilder builder;
  add_thing(builder, 1);
  thing(builder, "thing-1", 1).text(kTitle, "new");
  run.store(builder.finish());
  const Row row = run.things().at("'thing-1'|1");
  BOOST_TEST(row.at("title") == "'new'");
  BOOST_TEST(row.at("count") == "null");
}

// Rows that were there before turn up after many that were new: each is found, none is doubled, and a bad one among
// them is still named.
inline void rows_that_are_there_are_found_after_many_new_ones(const SinkUnderTest& sink) {
  TempFolder folder;
  Run run(sink, folder.path());
  const auto batch_of = [&](int from, int to, const char* title) {
    BatchBuilder builder;
    for (int n = from; n < to; ++n) {
      auto record = thing(builder, "thing-" + std::to_string(n), n);
      if (title != nullptr || n != to - 1) record.text(kTitle, title ? title : "new");
    }
    return builder.finish();
  };
  for (int from = 0; from < 100; from += 20) run.store(batch_of(from, from + 20, "old"));
  std::vector<std::uint8_t> outcomes = run.store(batch_of(90, 110, "old"));
  if (sink.transactional) {
    const std::vector<std::uint8_t> half_known(10, HAULIER_UNCHANGED), half_new(10, HAULIER_WRITTEN);
    BOOST_TEST(std::vector<std::uint8_t>(outcomes.begin(), outcomes.begin() + 10) == half_known);
    BOOST_TEST(std::vector<std::uint8_t>(outcomes.begin() + 10, outcomes.end()) == half_new);
  }
  run.store(batch_of(110, 130, "old"));
  run.begin();
  BOOST_CHECK_EXCEPTION(run.write(batch_of(120, 140, nullptr)), Error, [](const Error& error) {
    return error.status() == HAULIER_BAD_RECORD && error.record_index() == 19;
  });
  run.rollback();
  run.store(batch_of(120, 140, "new"));
  const Rows rows = run.things();
  BOOST_TEST(rows.size() == 140u);
  BOOST_TEST(rows.at("'thing-125'|125").at("title") == "'new'");
  BOOST_TEST(rows.at("'thing-115'|115").at("title") == "'old'");
}

inline void update_touches_only_the_given_fields(const SinkUnderTest& sink) {
  TempFolder folder;
  Run run(sink, folder.path());
  BatchBuilder builder;
  add_thing(builder, 1);
  thing(builder, "thing-1", 1, HAULIER_UPDATE).text(kTitle, "new").null(kDoc);
  run.store(builder.finish());
  const Row row = run.things().at("'thing-1'|1");
  BOOST_TEST(row.at("title") == "'new'");
  BOOST_TEST(row.at("doc") == "null");
  BOOST_TEST(row.at("count") == "10");
  BOOST_TEST(row.at("flag") == "true");
}

inline void update_of_a_missing_row_does_nothing(const SinkUnderTest& sink) {
  TempFolder folder;
  Run run(sink, folder.path());
  BatchBuilder builder;
  thing(builder, "nobody", 1, HAULIER_UPDATE).text(kTitle, "new");
  thing(builder, "nobody", 2, HAULIER_UPDATE);
  run.store(builder.finish());
  BOOST_TEST(run.things().empty());
}

inline void delete_removes_the_row_of_its_key(const SinkUnderTest& sink) {
  TempFolder folder;
  Run run(sink, folder.path());
  BatchBuilder builder;
  add_thing(builder, 1);
  add_thing(builder, 2);
  thing(builder, "thing-1", 1, HAULIER_DELETE);
  thing(builder, "thing-2", 99, HAULIER_DELETE);
  run.store(builder.finish());
  const Rows rows = run.things();
  BOOST_TEST(rows.size() == 1u);
  BOOST_TEST(rows.count("'thing-2'|2") == 1u);
}

inline void insert_only_fields_are_kept(const SinkUnderTest& sink) {
  TempFolder folder;
  Run run(sink, folder.path());
  BatchBuilder builder;
  thing(builder, "a", 1).text(kTitle, "old").timestamp(kFirstSeen, 111);
  thing(builder, "a", 1).text(kTitle, "new").timestamp(kFirstSeen, 222);
  run.store(builder.finish());
  const Row row = run.things().at("'a'|1");
  BOOST_TEST(row.at("first_seen") == "111");
  BOOST_TEST(row.at("title") == "'new'");
}

inline void immutable_rows_are_never_changed(const SinkUnderTest& sink) {
  TempFolder folder;
  Run run(sink, folder.path());
  BatchBuilder builder;
  for (const char* content : {"first", "second"}) {
    builder.record(kContents, kContentFields, HAULIER_UPSERT, 0)
        .text(kHash, "h")
        .integer(kSize, 5)
        .blob(kContent, make_blob(run.host, content));
  }
  run.store(builder.finish());
  BOOST_TEST(run.rows(kContents).at("'h'").at("content") == hash_text("first"));
}

inline void every_type_comes_back_as_it_was(const SinkUnderTest& sink) {
  TempFolder folder;
  Run run(sink, folder.path());
  const std::string emoji =
      "\xF0\x9F\x93\xA7 Gr\xC3\xBC\xC3\x9F"
      "e \xE4\xBD\xA0\xE5\xA5\xBD \" \\ / \t\n\r\x01\x7F";
  const std::string big = pattern(20 * 1024 * 1024, 1);
  BatchBuilder builder;
  const auto extremes = [&](std::int64_t part, std::int64_t n, double ratio, std::int64_t at) {
    return thing(builder, emoji, part).integer(kCount, n).boolean(kFlag, n > 0).real(kRatio, ratio).timestamp(kAt, at);
  };
  using Int = std::numeric_limits<std::int64_t>;
  extremes(1, Int::min(), -0.1, -62'167'219'200'000'000).text(kTitle, "").json(kDoc, "[]");  // 0000-01-01
  extremes(2, Int::max(), 1e300, 253'402'300'799'999'999).text(kTitle, emoji).json(kDoc, R"({"a":[1,null,"\u0007"]})");
  extremes(3, 0, 5e-324, -1).text(kTitle, "x").blob(kBytes, make_blob(run.host, ""));
  extremes(4, -1, 0.0, 951'782'400'000'001).text(kTitle, "x").blob(kBytes, make_blob(run.host, big));  // 2000-02-29
  extremes(5, 1, 1.0, 0).text(kTitle, "x").blob(kBytes, make_blob(run.host, pattern(70'001, 2)));
  const Batch batch = builder.finish();
  run.store(batch);

  const Rows rows = run.things();
  BOOST_TEST(rows.size() == batch.view().size());
  static constexpr const char* kNames[] = {"id", "part", "count", "flag", "ratio", "at", "title", "doc", "bytes"};
  for (std::uint64_t i = 0; i < batch.view().size(); ++i) {
    const RecordView record = batch.view()[i];
    const Row& row = rows.at("'" + emoji + "'|" + std::to_string(i + 1));
    for (std::uint32_t field = 0; field < std::size(kNames); ++field) {
      // JSON may be spelt differently; one spelling is compared.
      if (field == kDoc && i == 1) continue;
      BOOST_TEST(row.at(kNames[field]) == canonical(record[field]), "row " << i << " field " << kNames[field]);
    }
  }
}

inline void big_blobs_are_replaced_and_recognised(const SinkUnderTest& sink) {
  TempFolder folder;
  Run run(sink, folder.path());
  const std::string first = pattern(2 * sink.big_bytes + 17, 1);
  std::string second = first;
  second.back() ^= 1;
  for (const std::string& content : {first, second, second}) {
    BatchBuilder builder;
    thing(builder, "a", 1).text(kTitle, "t").blob(kBytes, make_blob(run.host, content));
    builder.record(kContents, kContentFields, HAULIER_UPSERT, 0)
        .text(kHash, hash_text(content))
        .integer(kSize, static_cast<std::int64_t>(content.size()))
        .blob(kContent, make_blob(run.host, content));
    run.store(builder.finish());
    BOOST_TEST(run.things().at("'a'|1").at("bytes") == hash_text(content));
  }
  BOOST_TEST(run.rows(kContents).size() == 2u);
}

// A record that cannot be written is named, and the others of its batch can be written afterwards.
inline void a_bad_record_is_named_and_the_rest_goes_on(const SinkUnderTest& sink) {
  const auto title_missing = [](RecordBuilder record) { record.null(kTitle); };
  const auto key_missing = [](RecordBuilder record) { record.text(kTitle, "t").null(kId); };
  const auto wrong_type = [](RecordBuilder record) { record.integer(kTitle, 7); };
  const auto nul = [](RecordBuilder record) { record.text(kTitle, std::string_view("a\0b", 3)); };
  const auto too_late = [](RecordBuilder record) { record.text(kTitle, "t").timestamp(kAt, 253'402'300'800'000'000); };
  const auto absent = [](RecordBuilder record) { record.text(kTitle, "t").value(kCount, haulier_value{}); };
  using Spoil = void (*)(RecordBuilder);
  for (const Spoil spoil :
       {Spoil(title_missing), Spoil(key_missing), Spoil(wrong_type), Spoil(nul), Spoil(too_late), Spoil(absent)}) {
    TempFolder folder;
    Run run(sink, folder.path());
    const auto batch_of = [&](bool with_bad) {
      BatchBuilder builder;
      add_thing(builder, 1);
      add_thing(builder, 2);
      if (with_bad) spoil(thing(builder, "bad", 3));
      add_thing(builder, 4);
      return builder.finish();
    };
    run.begin();
    bool named = false;
    try {
      run.write(batch_of(true));
    } catch (const Error& error) {
      named = error.status() == HAULIER_BAD_RECORD && error.record_index() == 2;
      BOOST_TEST_MESSAGE(error.what());
    }
    BOOST_TEST(named);
    run.rollback();
    run.store(batch_of(false));
    BOOST_TEST(run.things().size() == 3u);
  }
}

inline void reopening_finds_the_rows(const SinkUnderTest& sink) {
  TempFolder folder;
  for (int n = 0; n < 3; ++n) {
    Run run(sink, folder.path());
    BatchBuilder builder;
    add_thing(builder, n);
    run.store(builder.finish());
    BOOST_TEST(run.things().size() == static_cast<std::size_t>(n + 1));
  }
}

inline void transient_streams_are_not_written(const SinkUnderTest& sink) {
  TempFolder folder;
  Run run(sink, folder.path());
  BatchBuilder builder;
  builder.record(kDrafts, 2, HAULIER_UPSERT, 0).text(0, "x").text(1, "secret draft");
  add_thing(builder, 1);
  run.store(builder.finish());
  run.close();
  for (const auto& file : std::filesystem::directory_iterator(folder.path())) {
    const std::string command = "grep -q 'secret draft' '" + file.path().string() + "'";
    BOOST_TEST(std::system(command.c_str()) != 0);
  }
}

inline void no_blob_is_kept_after_the_batch(const SinkUnderTest& sink) {
  TempFolder folder;
  Run run(sink, folder.path());
  {
    BatchBuilder builder;
    for (int n = 0; n < 3; ++n) {
      thing(builder, "a", n).text(kTitle, "t").blob(kBytes, make_blob(run.host, pattern(sink.big_bytes, 3)));
    }
    const Batch batch = builder.finish();
    run.store(batch);
  }
  BOOST_TEST(run.host.live_blobs == 0);
}

inline void a_missing_folder_is_told_in_words(const SinkUnderTest& sink) {
  TempFolder folder;
  try {
    Run run(sink, folder.path() + "/missing");
    BOOST_ERROR("it opened");
  } catch (const Error& error) {
    BOOST_TEST(error.status() == HAULIER_LOCAL_IO);
    BOOST_TEST(error.hint().find("mkdir") != std::string::npos);
  }
}

inline void files_are_private(const SinkUnderTest& sink) {
  TempFolder folder;
  Run run(sink, folder.path());
  BatchBuilder builder;
  add_thing(builder, 1);
  run.begin();
  run.write(builder.finish());
  const auto others = std::filesystem::perms::group_all | std::filesystem::perms::others_all;
  for (const auto& file : std::filesystem::directory_iterator(folder.path())) {
    BOOST_TEST(((file.status().permissions() & others) == std::filesystem::perms::none), file.path());
  }
  run.rollback();
}

inline void inspecting_an_empty_place_creates_nothing(const SinkUnderTest& sink) {
  TempFolder folder;
  Run run(sink, folder.path(), "contract", add_contract_streams, true);
  BOOST_TEST(std::filesystem::is_empty(folder.path()));
}

}  // namespace haulier::contract

#define HAULIER_SINK_CASE(SINK, NAME) \
  BOOST_AUTO_TEST_CASE(NAME) { haulier::contract::NAME(SINK); }

// Inside a test suite of the sink's own name.
#define HAULIER_SINK_CONTRACT(SINK)                                          \
  HAULIER_SINK_CASE(SINK, upsert_is_idempotent)                              \
  HAULIER_SINK_CASE(SINK, upsert_replaces_the_whole_row)                     \
  HAULIER_SINK_CASE(SINK, rows_that_are_there_are_found_after_many_new_ones) \
  HAULIER_SINK_CASE(SINK, update_touches_only_the_given_fields)              \
  HAULIER_SINK_CASE(SINK, update_of_a_missing_row_does_nothing)              \
  HAULIER_SINK_CASE(SINK, delete_removes_the_row_of_its_key)                 \
  HAULIER_SINK_CASE(SINK, insert_only_fields_are_kept)                       \
  HAULIER_SINK_CASE(SINK, immutable_rows_are_never_changed)                  \
  HAULIER_SINK_CASE(SINK, every_type_comes_back_as_it_was)                   \
  HAULIER_SINK_CASE(SINK, big_blobs_are_replaced_and_recognised)             \
  HAULIER_SINK_CASE(SINK, a_bad_record_is_named_and_the_rest_goes_on)        \
  HAULIER_SINK_CASE(SINK, reopening_finds_the_rows)                          \
  HAULIER_SINK_CASE(SINK, transient_streams_are_not_written)                 \
  HAULIER_SINK_CASE(SINK, no_blob_is_kept_after_the_batch)

// For sinks whose place is a file or a folder.
#define HAULIER_FILE_SINK_CONTRACT(SINK)                     \
  HAULIER_SINK_CASE(SINK, a_missing_folder_is_told_in_words) \
  HAULIER_SINK_CASE(SINK, files_are_private)                 \
  HAULIER_SINK_CASE(SINK, inspecting_an_empty_place_creates_nothing)
