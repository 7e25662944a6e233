#include "haulier/plugin.hpp"

#include <boost/test/unit_test.hpp>

#include "haulier/sink.hpp"
#include "haulier/source.hpp"
#include "haulier/testing/fake_host.hpp"
#include "haulier/testing/plugin_handle.hpp"
#include "haulier/transform.hpp"

namespace {

using haulier::testing::FakeHost;
using haulier::testing::PluginHandle;

// Throws what its config asks for.
class Thrower {
 public:
  Thrower(haulier::Config config, haulier::Host) : what_(config.text("throw")), config_(std::move(config)) {
    if (what_ == "create") throw config_.error("throw", "not in the constructor");
  }
  void open(haulier::SchemaView, const haulier::SinkOptions&) {}
  void write(haulier::BatchView, haulier::Outcomes) {
    if (what_ == "retry") throw haulier::Error::retry("busy", 1500);
    if (what_ == "record") throw haulier::Error::bad_record(3, "too long");
    if (what_ == "std") throw std::out_of_range("a bug");
    if (what_ == "int") throw 5;
  }
  void flush() {}

 private:
  std::string what_;
  haulier::Config config_;
};

class Ledger : public Thrower {
 public:
  using Thrower::Thrower;
  std::uint64_t fence() { return 7; }
  haulier::Batch load_state() { return haulier::BatchBuilder().finish(); }
  void begin() {}
  void commit(haulier::StateRows states) { states_ = states.size(); }
  void rollback() {}
  void check() { throw haulier::Error(HAULIER_NEEDS_AUTH, "sign in", "haulier auth login me"); }

 private:
  std::uint64_t states_ = 0;
};

class Two {
 public:
  Two(haulier::Config, haulier::Host) {}
  void declare(haulier::Schema& streams) { streams.add("numbers", 0, {{"n", HAULIER_INT64, HAULIER_FIELD_KEY}}); }
  void open(const haulier::SourceOptions& options, haulier::BatchView) { left_ = options.max_records; }
  std::optional<haulier::Batch> read() {
    if (left_ == 0) return std::nullopt;
    haulier::BatchBuilder builder;
    builder.record(0, 1, HAULIER_UPSERT, 0).integer(0, static_cast<std::int64_t>(left_--));
    return builder.finish();
  }

 private:
  std::uint64_t left_ = 0;
};

constexpr haulier_descriptor kThrower = haulier::sink<Thrower>("thrower", "1.0.0", "throws", "{}");
constexpr haulier_descriptor kLedger = haulier::sink<Ledger>("ledger", "1.0.0", "transactional", "{}");
constexpr haulier_descriptor kTwo = haulier::source<Two>("two", "1.0.0", "counts down", "{}");

haulier_error write_with(const char* what) {
  FakeHost host;
  PluginHandle plugin(kThrower, host.get(), std::string("{\"throw\":\"") + what + "\"}");
  haulier_error error = haulier::detail::new_error();
  haulier::BatchBuilder builder;
  const haulier::Batch batch = builder.finish();
  plugin.sink().write(plugin.self(), &batch.view().c_batch(), nullptr, &error);
  return error;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(sdk_plugin)

BOOST_AUTO_TEST_CASE(every_exception_becomes_a_status_and_words) {
  BOOST_TEST(write_with("retry").status == HAULIER_RETRY);
  BOOST_TEST(write_with("retry").retry_after_ms == 1500u);
  BOOST_TEST(write_with("record").status == HAULIER_BAD_RECORD);
  BOOST_TEST(write_with("record").record_index == 3u);
  BOOST_TEST(write_with("std").status == HAULIER_FATAL);
  BOOST_TEST(std::string(write_with("std").message) == "a bug");
  BOOST_TEST(write_with("int").status == HAULIER_FATAL);
}

BOOST_AUTO_TEST_CASE(a_constructor_that_throws_leaves_no_instance) {
  FakeHost host;
  try {
    PluginHandle plugin(kThrower, host.get(), R"({"throw":"create"})");
    BOOST_FAIL("created");
  } catch (const haulier::Error& error) {
    BOOST_TEST(error.status() == HAULIER_BAD_CONFIG);
    BOOST_TEST(error.pointer() == "/throw");
  }
}

BOOST_AUTO_TEST_CASE(abilities_are_found_from_the_methods_of_the_class) {
  FakeHost host;
  const PluginHandle plain(kThrower, host.get(), "{}");
  const PluginHandle ledger(kLedger, host.get(), "{}");
  BOOST_TEST(!plain.has(HAULIER_ABILITY_TRANSACTION));
  BOOST_TEST(!plain.has(HAULIER_ABILITY_CHECK));
  BOOST_TEST(ledger.has(HAULIER_ABILITY_TRANSACTION));
  BOOST_TEST(ledger.has(HAULIER_ABILITY_CHECK));
  BOOST_TEST(!ledger.has("haulier.sink.transaction/2"));
  std::uint64_t epoch = 0;
  PluginHandle::call([&](haulier_error* e) { return ledger.transaction().fence(ledger.self(), &epoch, e); });
  BOOST_TEST(epoch == 7u);
}

BOOST_AUTO_TEST_CASE(long_messages_are_cut_at_a_character) {
  haulier_error error = haulier::detail::new_error();
  std::string message(1022, 'x');
  message += "\xE4\xB8\xAD";
  haulier::detail::fill_error(&error, HAULIER_FATAL, message);
  BOOST_TEST(std::string(error.message) == std::string(1022, 'x'));
}

// Under UBSan a copy from no address stops the test, also one of 0 bytes.
BOOST_AUTO_TEST_CASE(an_empty_message_without_an_address_is_an_empty_text) {
  haulier_error error = haulier::detail::new_error();
  haulier::detail::fill_error(&error, HAULIER_FATAL, "before");
  haulier::detail::fill_error(&error, HAULIER_FATAL, std::string_view());
  BOOST_TEST(std::string(error.message) == "");
}

BOOST_AUTO_TEST_CASE(a_source_ends_when_it_has_nothing_more) {
  FakeHost host;
  const PluginHandle plugin(kTwo, host.get(), "{}");
  haulier::BatchBuilder builder;
  const haulier::Batch no_state = builder.finish();
  const haulier_source_options options{sizeof(haulier_source_options), 0, 2};
  PluginHandle::call(
      [&](haulier_error* e) { return plugin.source().open(plugin.self(), &options, &no_state.view().c_batch(), e); });
  int batches = 0;
  haulier_batch c{};
  while (PluginHandle::call([&](haulier_error* e) { return plugin.source().read(plugin.self(), &c, e); }) ==
         HAULIER_OK) {
    const haulier::Batch batch(c);
    ++batches;
  }
  BOOST_TEST(batches == 2);
}

BOOST_AUTO_TEST_SUITE_END()
