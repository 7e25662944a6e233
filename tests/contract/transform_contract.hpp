// The contract of transforms. Every transform runs it with HAULIER_TRANSFORM_CONTRACT; nobody copies it.
#pragma once

#include <boost/test/unit_test.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "haulier/batch_builder.hpp"
#include "haulier/host.hpp"
#include "haulier/testing/fake_host.hpp"
#include "haulier/testing/plugin_handle.hpp"
#include "stream_rules.hpp"

namespace haulier::contract {

// One transform, as the contract sees it.
struct TransformUnderTest {
  std::string plugin;  // id and file name
  std::string config;  // JSON
  // The streams it needs, added to an empty schema.
  std::function<void(Schema& streams)> streams;
  // Records of those streams from origin 0 on: ordinary ones, odd ones and damaged ones. Returns how many origins.
  std::function<std::uint64_t(BatchBuilder& batch, Host host)> fill;
};

// One instance with a host of its own. The streams before it, then one that it does not know, then a state stream.
class TransformRun {
 public:
  explicit TransformRun(const TransformUnderTest& transform, bool with_streams = true) : under_test_(transform) {
    if (with_streams) transform.streams(in_);
    other_ = in_.add("contract_other", 0, {{"id", HAULIER_INT64, HAULIER_FIELD_KEY}, {"text", HAULIER_STRING}});
    in_.add("contract_state", HAULIER_STREAM_STATE,
            {{"id", HAULIER_STRING, HAULIER_FIELD_KEY}, {"state", HAULIER_JSON}});
    const std::string file = std::string(HAULIER_PLUGIN_DIR) + "/" + transform.plugin + ".so";
    plugin_ = std::make_unique<testing::PluginHandle>(testing::load_descriptor(file, transform.plugin), host.get(),
                                                      transform.config);
    testing::PluginHandle::call(
        [&](haulier_error* e) { return plugin_->transform().schema(plugin_->self(), in_.c_schema(), &out_, e); });
    BOOST_REQUIRE(out_);
  }

  // The batch of the transform, with two records of the unknown stream at the end.
  Batch input(std::uint64_t& origins) {
    BatchBuilder builder;
    origins = under_test_.fill(builder, Host(host.get()));
    builder.record(other_, 2, HAULIER_UPSERT, origins).integer(0, 1).text(1, "first");
    builder.record(other_, 2, HAULIER_UPDATE, origins + 1).integer(0, 2);
    origins += 2;
    builder.partition("contract");
    builder.counts(origins, 1000);
    return builder.finish();
  }
  Batch apply(Batch&& batch) {
    haulier_batch in{};
    haulier_batch out{};
    batch.move_to(&in);
    testing::PluginHandle::call(
        [&](haulier_error* e) { return plugin_->transform().apply(plugin_->self(), &in, &out, e); });
    took_input_ = took_input_ && !in.release;  // no assertion here: some cases call this on other threads
    return Batch(out);
  }
  bool took_input() const noexcept { return took_input_; }
  Batch apply_all(std::uint64_t& origins) { return apply(input(origins)); }
  const haulier_schema& in() { return *in_.c_schema(); }
  const haulier_schema& out() const { return *out_; }
  void close() { plugin_.reset(); }

  testing::FakeHost host;

 private:
  const TransformUnderTest under_test_;
  Schema in_;
  std::uint32_t other_ = 0;
  const haulier_schema* out_ = nullptr;
  bool took_input_ = true;
  std::unique_ptr<testing::PluginHandle> plugin_;
};

// ---- the cases

inline void declares_sound_streams(const TransformUnderTest& transform) {
  const TransformRun run(transform);
  check_schema(run.out());
}

inline void streams_it_does_not_know_pass_through(const TransformUnderTest& transform) {
  TransformRun run(transform);
  const SchemaView out(&run.out());
  const auto other = out.find("contract_other");
  const auto state = out.find("contract_state");
  BOOST_REQUIRE((other && state));
  BOOST_TEST(out[*other].n_fields == 2u);
  BOOST_TEST((out[*state].flags & HAULIER_STREAM_STATE) != 0u);
  std::uint64_t origins = 0;
  const Batch batch = run.apply_all(origins);
  std::vector<std::string> passed;
  for (std::uint64_t i = 0; i < batch.view().size(); ++i) {
    const RecordView record = batch.view()[i];
    if (record.stream() == *other) passed.push_back(std::to_string(record.origin()) + std::string(record.text(1)));
    if (record.stream() == *other && record.op() == HAULIER_UPDATE) BOOST_TEST(record.absent(1));
  }
  const std::vector<std::string> wanted{std::to_string(origins - 2) + "first", std::to_string(origins - 1)};
  BOOST_TEST(passed == wanted, boost::test_tools::per_element());
}

inline void a_missing_stream_is_a_config_fault(const TransformUnderTest& transform) {
  haulier_status status = HAULIER_OK;
  try {
    const TransformRun run(transform, false);
  } catch (const Error& error) {
    status = error.status();
  }
  BOOST_TEST(status == HAULIER_BAD_CONFIG);
}

inline void every_batch_keeps_the_rules(const TransformUnderTest& transform) {
  TransformRun run(transform);
  std::uint64_t origins = 0;
  const Batch batch = run.apply_all(origins);
  check_batch(batch, run.out(), origins);
  BOOST_TEST(run.took_input());
}

inline void no_record_goes_away_in_silence(const TransformUnderTest& transform) {
  TransformRun run(transform);
  std::uint64_t origins = 0;
  const Batch batch = run.apply_all(origins);
  std::vector<bool> seen(origins);
  for (std::uint64_t i = 0; i < batch.view().size(); ++i) seen[batch.view()[i].origin()] = true;
  const haulier_batch& c = batch.view().c_batch();
  for (std::uint64_t i = 0; i < c.n_rejects; ++i) seen[c.rejects[i].origin] = true;
  for (std::uint64_t i = 0; i < origins; ++i) {
    BOOST_TEST_CONTEXT("origin " << i) { BOOST_TEST(seen[i]); }
  }
}

inline void the_same_input_gives_the_same_output(const TransformUnderTest& transform) {
  TransformRun run(transform);
  TransformRun other(transform);
  std::uint64_t origins = 0;
  const std::vector<std::string> first = batch_text(run.apply_all(origins));
  BOOST_TEST((first == batch_text(run.apply_all(origins))));
  BOOST_TEST((first == batch_text(other.apply_all(origins))));
}

inline void instances_run_in_parallel(const TransformUnderTest& transform) {
  constexpr int kThreads = 4;
  std::vector<std::unique_ptr<TransformRun>> runs;
  std::vector<std::vector<std::string>> texts(kThreads);
  std::vector<Batch> inputs;
  std::uint64_t origins = 0;
  for (int i = 0; i < kThreads; ++i) {
    runs.push_back(std::make_unique<TransformRun>(transform));
    inputs.push_back(runs.back()->input(origins));
  }
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < kThreads; ++i) {
    threads.emplace_back([&, i] { texts[i] = batch_text(runs[i]->apply(std::move(inputs[i]))); });
  }
  for (std::thread& thread : threads) thread.join();
  for (const auto& text : texts) BOOST_TEST((text == texts[0]));
}

inline void everything_is_given_back(const TransformUnderTest& transform) {
  TransformRun run(transform);
  std::uint64_t origins = 0;
  std::vector<Batch> kept;
  for (int i = 0; i < 3; ++i) kept.push_back(run.apply_all(origins));
  const std::vector<std::string> first = batch_text(kept[0]);
  // What the first one borrows must not depend on the ones after it.
  kept.pop_back();
  kept.pop_back();
  BOOST_TEST((batch_text(kept[0]) == first));
  kept.clear();
  run.close();
  BOOST_TEST(run.host.live_blobs == 0);
}

inline void an_empty_batch_stays_empty(const TransformUnderTest& transform) {
  TransformRun run(transform);
  BatchBuilder nothing;
  nothing.partition("contract");
  const Batch out = run.apply(nothing.finish());
  BOOST_TEST(out.view().size() == 0u);
  BOOST_TEST(out.view().c_batch().n_rejects == 0u);
}

}  // namespace haulier::contract

#define HAULIER_TRANSFORM_CASE(TRANSFORM, CASE) \
  BOOST_AUTO_TEST_CASE(CASE) { haulier::contract::CASE(TRANSFORM); }

// Inside a BOOST_AUTO_TEST_SUITE of the transform's own.
#define HAULIER_TRANSFORM_CONTRACT(TRANSFORM)                              \
  HAULIER_TRANSFORM_CASE(TRANSFORM, declares_sound_streams)                \
  HAULIER_TRANSFORM_CASE(TRANSFORM, streams_it_does_not_know_pass_through) \
  HAULIER_TRANSFORM_CASE(TRANSFORM, a_missing_stream_is_a_config_fault)    \
  HAULIER_TRANSFORM_CASE(TRANSFORM, every_batch_keeps_the_rules)           \
  HAULIER_TRANSFORM_CASE(TRANSFORM, no_record_goes_away_in_silence)        \
  HAULIER_TRANSFORM_CASE(TRANSFORM, the_same_input_gives_the_same_output)  \
  HAULIER_TRANSFORM_CASE(TRANSFORM, instances_run_in_parallel)             \
  HAULIER_TRANSFORM_CASE(TRANSFORM, everything_is_given_back)              \
  HAULIER_TRANSFORM_CASE(TRANSFORM, an_empty_batch_stays_empty)
