// What verify finds: a source in memory against a sink in memory, joined by key, page by page.
#include "engine/place_check.hpp"

#include <boost/test/unit_test.hpp>

#include <map>
#include <set>

#include "cli/verify_text.hpp"
#include "haulier/testing/fake_rows.hpp"
#include "world.hpp"

namespace place_check_test {

using haulier::testing::FakeRow;
using haulier::testing::kNull;
using namespace haulier::host;

struct Place {
  std::int64_t size = 0;
  std::string hash = "";  // not read when empty
  std::uint8_t standing = HAULIER_PLACE_SETTLED;
};

// Partition -> number -> place; and what the sink holds. Pages of two places.
struct Scene {
  std::map<std::string, std::map<std::int64_t, Place>> places;
  haulier::testing::FakeRows rows;
  std::uint64_t contents = 0;
  int faults = 0;  // so often next_places() fails passingly
};
Scene* scene = nullptr;  // of the test that runs: a plugin is made by its descriptor alone

class Places {
 public:
  Places(haulier::Config, haulier::Host) {}
  void declare(haulier::Schema& streams) { streams.add("drafts", HAULIER_STREAM_TRANSIENT, {{"n", HAULIER_INT64, 1}}); }
  void open(const haulier::SourceOptions&, haulier::BatchView) {}
  std::optional<haulier::Batch> read() { return std::nullopt; }

  const haulier::Comparison& comparison() { return comparison_; }
  void start_enumeration(std::uint64_t contents) { scene->contents = contents; }
  std::optional<haulier::PlacePage> next_places() {
    if (scene->faults-- > 0) throw haulier::Error::retry("away");
    if (scene->places.empty()) return std::nullopt;
    auto& [name, left] = *scene->places.begin();
    haulier::PlacePage page;
    haulier::BatchBuilder places, key;
    places.partition(name);
    while (!left.empty() && places.record_count() < 2) {
      const auto& [number, place] = *left.begin();
      auto record = places.record(0, 4, HAULIER_UPSERT, 0);
      record.text(0, name).integer(1, number).integer(2, place.size);
      if (!place.hash.empty()) record.text(3, place.hash);
      page.standings.push_back(place.standing);
      left.erase(left.begin());
    }
    key.record(0, 4, HAULIER_UPSERT, 0).text(0, name);
    page.last = left.empty();
    page.places = places.finish();
    page.key = key.finish();
    if (page.last) scene->places.erase(scene->places.begin());
    return page;
  }

 private:
  const haulier::Comparison comparison_{
      {.places = "things",
       .gone = "gone_at",
       .detail = "bodies",
       .detail_ref = "body",
       .detail_key = "id",
       .size = "size",
       .hash = "hash"},
      1,
      {{"place", HAULIER_STRING, 3}, {"n", HAULIER_INT64, 3}, {"size", HAULIER_INT64}, {"hash", HAULIER_STRING}}};
};

class Things {
 public:
  Things(haulier::Config, haulier::Host) {}
  void declare(haulier::SchemaView, haulier::Schema& out) {
    out.add("things", 0,
            {{"place", HAULIER_STRING, 3},
             {"n", HAULIER_INT64, 3},
             {"body", HAULIER_STRING},
             {"gone_at", HAULIER_TIMESTAMP}});
    out.add("bodies", 0, {{"id", HAULIER_STRING, 3}, {"size", HAULIER_INT64}, {"hash", HAULIER_STRING}});
  }
  haulier::Batch apply(haulier::Batch in) { return in; }
};

class Store {
 public:
  Store(haulier::Config, haulier::Host) {}
  void open(haulier::SchemaView, const haulier::SinkOptions&) {}
  void write(haulier::BatchView, haulier::Outcomes) {}
  void flush() {}
  haulier::Batch lookup(haulier::LookupView request) { return scene->rows.find(request); }
};

constexpr haulier_descriptor kPlaces = haulier::source<Places>("places", "1.0.0", "places", "{}");
constexpr haulier_descriptor kThings = haulier::transform<Things>("things", "1.0.0", "things", "{}");
constexpr haulier_descriptor kStore = haulier::sink<Store>("store", "1.0.0", "rows", "{}");

PluginUse use_of(PluginKind kind, const std::string& id) {
  PluginUse use;
  use.kind = kind;
  use.id = id;
  use.path = id;
  use.checked.json = "{}";
  return use;
}

struct Fixture : engine_test::Fixture, Scene {
  Fixture() {
    scene = this;
    for (const haulier_descriptor* descriptor : {&kPlaces, &kThings, &kStore}) registry.add(*descriptor);
    config.source = use_of(PluginKind::source, "places");
    config.transforms.clear();
    config.transforms.push_back(use_of(PluginKind::transform, "things"));
    config.sinks.push_back(use_of(PluginKind::sink, "store"));
    rows.streams["things"] = {{"place", "n"}, {{"n", HAULIER_INT64}, {"gone_at", HAULIER_TIMESTAMP}}, {}};
    rows.streams["bodies"] = {{"id"}, {{"size", HAULIER_INT64}}, {}};
    rows.streams["quarantine"] = {{"partition", "origin"}, {}, {}};
  }
  void row(const std::string& place, std::int64_t n, const std::string& body, bool gone = false) {
    rows.streams["things"].rows.push_back(
        {{"place", place}, {"n", std::to_string(n)}, {"body", body}, {"gone_at", gone ? "1" : kNull}});
  }
  void body(const std::string& id, std::int64_t size, const std::string& hash) {
    rows.streams["bodies"].rows.push_back({{"id", id}, {"size", std::to_string(size)}, {"hash", hash}});
  }
  void quarantine(const std::string& partition, const std::string& origin) {
    rows.streams["quarantine"].rows.push_back({{"partition", partition}, {"origin", origin}});
  }
  PlaceResult check(std::uint64_t contents_wanted = 0) {
    MemoryBudget budget({.memory_bytes = 1 << 20, .spill_bytes = 1 << 20});
    BlobStore blobs({.spill_from = 1 << 20, .directory = folder}, budget);
    RunServices services = parts().services(blobs, "test");
    Cancellation cancel;
    Pipeline pipeline(config, registry, services, cancel, cancel, 1, {});
    BOOST_REQUIRE(pipeline.source().comparison() != nullptr);
    const ComparedFields fields(*pipeline.source().comparison(), pipeline.schema(), config.source);
    const Retried retried = [](const std::function<void()>& f) {
      for (int i = 0; i < 5; ++i) {
        try {
          return f();
        } catch (const PluginFault& fault) {
          if (fault.status() != HAULIER_RETRY) throw;
        }
      }
    };
    PlaceCheck check(pipeline.source(), {pipeline.sinks()[0].instance.get()}, fields, retried);
    return std::move(check.run(contents_wanted)[0]);
  }
};

BOOST_FIXTURE_TEST_SUITE(place_check, Fixture)

BOOST_AUTO_TEST_CASE(what_is_there_on_both_sides_is_present) {
  for (std::int64_t n = -3; n < 1200; ++n) {  // more than a page of rows
    places["a"][n] = {10, "", HAULIER_PLACE_SETTLED};
    row("a", n, "body");
  }
  body("body", 10, "h");
  faults = 2;
  const PlaceResult result = check(7);
  BOOST_TEST(result.total.on_source == 1203u);
  BOOST_TEST(result.total.present == 1203u);
  BOOST_TEST(result.total.missing + result.total.extra + result.total.gone + result.total.other_size == 0u);
  BOOST_TEST(contents == 7u);
}

BOOST_AUTO_TEST_CASE(every_kind_of_difference_is_counted_once_and_told) {
  body("good", 10, "h");
  body("other", 11, "x");
  places["a"] = {{1, {10, "h"}},
                 {2, {}},
                 {3, {10, "", HAULIER_PLACE_ARRIVED}},
                 {4, {10, "", HAULIER_PLACE_WAITING}},
                 {6, {10, "h"}},
                 {7, {}},
                 {8, {}}};
  row("a", 0, "good");        // extra, before the first
  row("a", 1, "good");        // present
  row("a", 5, "good", true);  // gone
  row("a", 6, "other");       // other size, other hash
  row("a", 7, "nobody");      // no body: missing
  row("a", 8, "good", true);  // marked as gone and there: missing
  row("a", 9, "good");        // extra, behind the last
  row("b", 1, "good");        // another partition
  const PlaceResult result = check(1);
  BOOST_TEST(result.partitions.size() == 1u);
  BOOST_TEST(result.total.on_source == 7u);
  BOOST_TEST(result.total.present == 2u);
  BOOST_TEST(result.total.missing == 3u);
  BOOST_TEST(result.total.arrived == 1u);
  BOOST_TEST(result.total.waiting == 1u);
  BOOST_TEST(result.total.extra == 2u);
  BOOST_TEST(result.total.gone == 1u);
  BOOST_TEST(result.total.other_size == 1u);
  BOOST_TEST(result.total.hashed == 2u);
  BOOST_TEST(result.total.other_hash == 1u);
  const auto& missing = result.first[static_cast<std::size_t>(PlaceFault::missing)];
  BOOST_REQUIRE(missing.size() == 3u);
  BOOST_TEST(missing[0].place == "{\"n\":2}");
  BOOST_TEST(missing[1].words == "has a row, but none in bodies that it names");
  BOOST_TEST(missing[2].words == "is marked as gone and is at the source");
}

BOOST_AUTO_TEST_CASE(quarantined_places_are_accounted_for) {
  places["a"] = {{1, {}}, {2, {}}, {3, {}}, {4, {}}};
  quarantine("a", R"({"place":"a","n":1})");
  quarantine("a", R"({"stream":"things","key":{"place":"a","n":2}})");
  quarantine("a", R"({"stream":"bodies","key":{"id":"x"},"also":{"things":{"place":"a","n":3}}})");
  quarantine("a", "no JSON");
  quarantine("a", R"({"stream":"bodies","key":{"id":"y"}})");
  quarantine("b", R"({"place":"b","n":4})");
  const PlaceResult result = check();
  BOOST_TEST(result.total.quarantined == 3u);
  BOOST_TEST(result.total.missing == 1u);
}

BOOST_AUTO_TEST_CASE(a_partition_that_is_no_more_leaves_extra_rows) {
  places["a"];
  row("a", 1, "good");
  row("a", 2, "good", true);
  const PlaceResult result = check();
  BOOST_TEST(result.total.extra == 1u);
  BOOST_TEST(result.total.gone == 1u);
  BOOST_TEST(result.total.on_source == 0u);
}

BOOST_AUTO_TEST_CASE(only_the_first_findings_are_kept) {
  for (std::int64_t n = 0; n < 30; ++n) places["a"][n] = {};
  const PlaceResult result = check();
  BOOST_TEST(result.total.missing == 30u);
  BOOST_TEST(result.first[0].size() == PlaceCheck::kFirst);
  const std::vector<VerifiedSink> sinks{{"sinks.0", result}};
  const std::string text = verify_text(sinks, verdict_of(sinks, "p.yaml"), false);
  BOOST_TEST(text.find("and 25 more") != std::string::npos);
  BOOST_TEST(text.find("run: haulier run p.yaml --recheck") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_pipeline_without_those_streams_is_told_so) {
  config.transforms.clear();
  try {
    check();
    BOOST_FAIL("compared");
  } catch (const Failed& failed) {
    BOOST_TEST((failed.failure().exit_code == ExitCode::bad_config));
  }
}

BOOST_AUTO_TEST_CASE(the_verdict_is_the_worst_that_was_found) {
  const auto code = [](PlaceCounts counts) {
    std::vector<VerifiedSink> sinks(1);
    sinks[0].result.total = counts;
    return to_int(verdict_of(sinks, "p").exit_code);
  };
  BOOST_TEST(code({}) == 0);
  BOOST_TEST(code({.arrived = 1, .extra = 1, .other_size = 1}) == 0);
  BOOST_TEST(code({.waiting = 1}) == 75);
  BOOST_TEST(code({.missing = 1, .waiting = 1}) == 65);
  BOOST_TEST(code({.other_hash = 1}) == 65);
}

BOOST_AUTO_TEST_SUITE_END()

// What the source sees of the sink in a run.
BOOST_FIXTURE_TEST_SUITE(lookup_desk, engine_test::OneSink)

BOOST_AUTO_TEST_CASE(a_source_looks_up_what_is_committed) {
  world.mailboxes["a"] = engine_test::texts(4);
  BOOST_TEST(to_int(run().exit_code) == 0);
  // In a run that writes nothing, so that nobody changes the rows meanwhile.
  std::size_t seen = 0;
  world.on_source = [&](std::string_view step, haulier::Host host) {
    if (step != "end") return;
    const auto rows = haulier::SinkRows::of(host);
    BOOST_REQUIRE(rows.has_value());
    haulier::Lookup lookup("rows");
    seen = rows->find(lookup.fields({"partition"})).view().size();
  };
  BOOST_TEST(to_int(run().exit_code) == 0);
  BOOST_TEST(seen == 4u);
}

BOOST_AUTO_TEST_CASE(with_several_sinks_only_what_all_of_them_have_is_there) {
  add_sink("exact", "second");
  add_sink("exact", "third");
  world.mailboxes["a"] = engine_test::texts(30);
  BOOST_TEST(to_int(run().exit_code) == 0);
  for (int n = 0; n < 20; ++n) world.databases["second"].rows.erase("a/" + std::to_string(n));
  world.databases["third"].rows["a/25"] = "another text";
  world.databases["third"].rows.erase("a/29");
  for (int n = 100; n < 110; ++n) world.databases["third"].rows["A/" + std::to_string(n)] = "somebody else's";
  std::vector<std::int64_t> seen;
  std::size_t pages = 0;
  world.on_source = [&](std::string_view step, haulier::Host host) {
    if (step != "end") return;
    const auto rows = haulier::SinkRows::of(host);
    BOOST_REQUIRE(rows.has_value());
    haulier::Lookup lookup("rows", 3);
    lookup.fields({"text", "number", "partition"});
    for (bool more = true; more; ++pages) {
      const haulier::Batch page = rows->find(lookup);
      for (std::uint64_t i = 0; i < page.view().size(); ++i) {
        BOOST_TEST(page.view()[i].size() == 3u);
        seen.push_back(*page.view()[i].integer(1));
      }
      more = page.view().size() == 3;
      haulier_value number{};
      number.type = HAULIER_INT64;
      number.v.i = seen.back();
      if (more) lookup.after({haulier::text_value("a"), number});
    }
  };
  BOOST_TEST(to_int(run().exit_code) == 0);
  BOOST_TEST(seen == (std::vector<std::int64_t>{20, 21, 22, 23, 24, 26, 27, 28}), boost::test_tools::per_element());
  BOOST_TEST(pages == 3u);
}

BOOST_AUTO_TEST_CASE(with_a_sink_that_cannot_be_looked_into_there_is_nothing_to_look_into) {
  add_sink("flush", "second");
  world.mailboxes["a"] = engine_test::texts(1);
  bool asked = false;
  world.on_source = [&](std::string_view, haulier::Host host) {
    asked = true;
    BOOST_TEST(!haulier::SinkRows::of(host).has_value());
  };
  BOOST_TEST(to_int(run().exit_code) == 0);
  BOOST_TEST(asked);
}

BOOST_AUTO_TEST_CASE(a_source_that_cannot_check_again_says_so) {
  RunOptions options;
  options.recheck = true;
  BOOST_TEST(to_int(run(std::move(options)).exit_code) == 78);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace place_check_test
