// The optional abilities that came after the first release: found from the methods of the class.
#include <boost/test/unit_test.hpp>

#include "haulier/sink.hpp"
#include "haulier/source.hpp"
#include "haulier/testing/fake_host.hpp"
#include "haulier/testing/fake_rows.hpp"
#include "haulier/testing/plugin_handle.hpp"

namespace abilities_test {

using haulier::testing::FakeHost;
using haulier::testing::FakeRows;
using haulier::testing::kNull;
using haulier::testing::PluginHandle;

class Plain {
 public:
  Plain(haulier::Config, haulier::Host) {}
  void declare(haulier::Schema&) {}
  void open(const haulier::SourceOptions&, haulier::BatchView) {}
  std::optional<haulier::Batch> read() { return std::nullopt; }
};

class Counting : public Plain {
 public:
  using Plain::Plain;
  const haulier::Comparison& comparison() { return comparison_; }
  void start_enumeration(std::uint64_t contents) { left_ = contents; }
  std::optional<haulier::PlacePage> next_places() {
    if (left_ == 0) return std::nullopt;
    haulier::PlacePage page;
    haulier::BatchBuilder places, key;
    places.record(0, 2, HAULIER_UPSERT, 0).text(0, "a").integer(1, static_cast<std::int64_t>(left_--));
    key.record(0, 2, HAULIER_UPSERT, 0).text(0, "a");
    page.standings.push_back(HAULIER_PLACE_ARRIVED);
    page.last = left_ == 0;
    page.places = places.finish();
    page.key = key.finish();
    return page;
  }
  void recheck() { throw haulier::Error(HAULIER_UNSUPPORTED, "not this time"); }
  void prepare() { throw haulier::Error(HAULIER_FATAL, "too early"); }

 private:
  const haulier::Comparison comparison_{{.places = "things"}, 1, {{"p", HAULIER_STRING, 1}, {"n", HAULIER_INT64, 1}}};
  std::uint64_t left_ = 0;
};

constexpr haulier_descriptor kPlain = haulier::source<Plain>("plain", "1.0.0", "plain", "{}");
constexpr haulier_descriptor kCounting = haulier::source<Counting>("counting", "1.0.0", "counts", "{}");

BOOST_AUTO_TEST_SUITE(sdk_abilities)

BOOST_AUTO_TEST_CASE(a_source_without_the_methods_has_not_the_abilities) {
  FakeHost host;
  const PluginHandle plain(kPlain, host.get(), "{}");
  BOOST_TEST(!plain.has(HAULIER_ABILITY_ENUMERATE));
  BOOST_TEST(!plain.has(HAULIER_ABILITY_RECHECK));
  BOOST_TEST(!plain.has(HAULIER_ABILITY_PREPARE));
  BOOST_TEST(plain.has(HAULIER_ABILITY_SOURCE));
}

BOOST_AUTO_TEST_CASE(pages_of_places_keep_what_they_lend_until_the_next_one) {
  FakeHost host;
  const PluginHandle plugin(kCounting, host.get(), "{}");
  const auto& ability = plugin.ability<haulier_enumerate>(HAULIER_ABILITY_ENUMERATE);
  const haulier_enumerate_options options{sizeof options, 0, 2};
  PluginHandle::call([&](haulier_error* e) { return ability.start(plugin.self(), &options, e); });
  for (int i = 2; i > 0; --i) {
    haulier_place_page page{};
    PluginHandle::call([&](haulier_error* e) { return ability.next(plugin.self(), &page, e); });
    const haulier::Batch places(page.places);
    BOOST_TEST(places.view()[0].integer(1).value() == i);
    BOOST_TEST(haulier::view(page.key[0].v.s) == "a");
    BOOST_TEST(page.standings[0] == HAULIER_PLACE_ARRIVED);
    BOOST_TEST(page.last == (i == 1 ? 1u : 0u));
  }
  haulier_place_page page{};
  BOOST_TEST(PluginHandle::call([&](haulier_error* e) { return ability.next(plugin.self(), &page, e); }) ==
             HAULIER_END);
}

BOOST_AUTO_TEST_CASE(recheck_tells_its_errors) {
  FakeHost host;
  const PluginHandle plugin(kCounting, host.get(), "{}");
  const auto& ability = plugin.ability<haulier_recheck>(HAULIER_ABILITY_RECHECK);
  haulier_error error = haulier::detail::new_error();
  BOOST_TEST(ability.recheck(plugin.self(), &error) == HAULIER_UNSUPPORTED);
}

BOOST_AUTO_TEST_CASE(prepare_tells_its_errors) {
  FakeHost host;
  const PluginHandle plugin(kCounting, host.get(), "{}");
  const auto& ability = plugin.ability<haulier_prepare>(HAULIER_ABILITY_PREPARE);
  haulier_error error = haulier::detail::new_error();
  BOOST_TEST(ability.prepare(plugin.self(), &error) == HAULIER_FATAL);
}

BOOST_AUTO_TEST_CASE(rows_of_the_sink_are_looked_up_through_the_host) {
  FakeHost host;
  BOOST_TEST(!haulier::SinkRows::of(haulier::Host(host.get())).has_value());
  FakeRows rows;
  rows.lend(host);
  rows.streams["things"] = {{"p", "n"}, {{"n", HAULIER_INT64}}, {}};
  for (const int n : {10, 9, 8}) {
    rows.streams["things"].rows.push_back({{"p", "a"}, {"n", std::to_string(n)}, {"x", n == 9 ? kNull : "y"}});
  }
  const auto sink = haulier::SinkRows::of(haulier::Host(host.get()));
  BOOST_REQUIRE(sink.has_value());
  haulier::Lookup lookup("things", 2);
  lookup.equals("p", "a").fields({"n", "x"});
  const haulier::Batch first = sink->find(lookup);
  BOOST_REQUIRE(first.view().size() == 2u);
  BOOST_TEST(first.view()[0].integer(0).value() == 8);
  BOOST_TEST(first.view()[1].empty(1));
  const haulier::Batch second = sink->find(lookup.after({haulier::text_value("a"), haulier::number_value(9)}));
  BOOST_REQUIRE(second.view().size() == 1u);
  BOOST_TEST(second.view()[0].text(1) == "y");
  rows.fault = HAULIER_RETRY;
  try {
    static_cast<void>(sink->find(lookup));
    BOOST_FAIL("found");
  } catch (const haulier::Error& error) {
    BOOST_TEST(error.status() == HAULIER_RETRY);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace abilities_test
