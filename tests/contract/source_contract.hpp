// The contract of sources. Every source runs it with HAULIER_SOURCE_CONTRACT; nobody copies it.
#pragma once

#include <stdlib.h>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <deque>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "haulier/abi/enumerate.h"
#include "haulier/batch_builder.hpp"
#include "haulier/json.hpp"
#include "haulier/schema.hpp"
#include "haulier/testing/fake_host.hpp"
#include "haulier/testing/plugin_handle.hpp"
#include "stream_rules.hpp"

namespace haulier::contract {

// One source, as the contract sees it.
struct SourceUnderTest {
  std::string plugin;  // id and file name
  // Puts something to read into an empty folder: at least two partitions, or two batches, with that config.
  std::function<void(const std::string& folder)> fill;
  // Adds at least one record to a filled folder.
  std::function<void(const std::string& folder)> add;
  std::function<std::string(const std::string& folder)> config;  // small batches
};

class SourceFolder {
 public:
  explicit SourceFolder(const SourceUnderTest& source)
      : path_((std::filesystem::temp_directory_path() / "haulier-source-XXXXXX").string()) {
    BOOST_REQUIRE(::mkdtemp(path_.data()) != nullptr);
    source.fill(path_);
  }
  SourceFolder(const SourceFolder&) = delete;
  SourceFolder& operator=(const SourceFolder&) = delete;
  ~SourceFolder() { std::filesystem::remove_all(path_); }
  const std::string& path() const noexcept { return path_; }

 private:
  std::string path_;
};

// State rows by their key, as the host would keep them.
using KeptState = std::map<std::string, std::vector<std::pair<std::uint32_t, std::string>>>;

// One run of the source with a host of its own.
class SourceRun {
 public:
  SourceRun(const SourceUnderTest& source, const std::string& folder)
      : plugin_(std::make_unique<testing::PluginHandle>(
            testing::load_descriptor(std::string(HAULIER_PLUGIN_DIR) + "/" + source.plugin + ".so", source.plugin),
            host.get(), source.config(folder))) {
    call([&](haulier_error* e) { return plugin_->source().schema(plugin_->self(), &schema_, e); });
    BOOST_REQUIRE(schema_);
  }

  void open(const KeptState& state = {}) {
    BatchBuilder rows;
    for (const auto& [key, values] : state) {
      const auto stream = state_stream();
      BOOST_REQUIRE(stream.has_value());
      auto row = rows.record(*stream, static_cast<std::uint32_t>(values.size()), HAULIER_UPSERT, 0);
      for (std::uint32_t i = 0; i < values.size(); ++i) set(row, i, values[i].first, values[i].second);
    }
    const Batch batch = rows.finish();
    const haulier_source_options options{sizeof options, 0, 0};
    call([&](haulier_error* e) {
      return plugin_->source().open(plugin_->self(), &options, &batch.view().c_batch(), e);
    });
  }
  // Empty: END.
  Batch read() {
    haulier_batch out{};
    const int32_t status = call([&](haulier_error* e) { return plugin_->source().read(plugin_->self(), &out, e); });
    return status == HAULIER_END ? Batch() : Batch(out);
  }
  void committed(std::string_view partition, std::uint64_t n) {
    if (plugin_->source().committed) plugin_->source().committed(plugin_->self(), str(partition), n);
  }
  void keep_state(KeptState& state, const Batch& batch) const {
    const haulier_record* row = batch.view().c_batch().state;
    if (!row) return;
    std::string key;
    std::vector<std::pair<std::uint32_t, std::string>> values;
    for (std::uint32_t i = 0; i < row->n_values; ++i) {
      const haulier_value& value = row->values[i];
      const bool is_text = value.type == HAULIER_STRING || value.type == HAULIER_JSON;
      values.emplace_back(value.type, is_text ? std::string(view(value.v.s)) : std::to_string(value.v.i));
      const haulier_stream& stream = *schema_->streams[row->stream];
      if (stream.fields[i].flags & HAULIER_FIELD_KEY) key += values.back().second + "\n";
    }
    state[key] = std::move(values);
  }
  std::optional<std::uint32_t> state_stream() const {
    for (std::uint32_t i = 0; i < schema_->n_streams; ++i) {
      if (schema_->streams[i]->flags & HAULIER_STREAM_STATE) return i;
    }
    return std::nullopt;
  }
  const haulier_schema& schema() const { return *schema_; }
  const testing::PluginHandle& plugin() const { return *plugin_; }
  void close() { plugin_.reset(); }
  template <class F>
  static int32_t call(F&& f) {
    return testing::PluginHandle::call(std::forward<F>(f));
  }

  testing::FakeHost host;

 private:
  static void set(RecordBuilder& row, std::uint32_t i, std::uint32_t type, const std::string& text) {
    switch (type) {
      case HAULIER_STRING:
        row.text(i, text);
        break;
      case HAULIER_JSON:
        row.json(i, text);
        break;
      case HAULIER_INT64:
        row.integer(i, std::stoll(text));
        break;
      case HAULIER_BOOL:
        row.boolean(i, text == "1");
        break;
      case HAULIER_TIMESTAMP:
        row.timestamp(i, std::stoll(text));
        break;
      default:
        row.null(i);
    }
  }

  std::unique_ptr<testing::PluginHandle> plugin_;
  const haulier_schema* schema_ = nullptr;
};

// Keys of the records that a run gives, with the state after every batch.
struct SourceReading {
  std::vector<std::string> records;  // as text, without their origin
  std::vector<KeptState> states;     // after each batch
  std::vector<bool> with_state;      // whether that batch carried one
  std::vector<std::size_t> counts;   // records so far, after each batch
};

inline SourceReading read_all(const SourceUnderTest& source, const std::string& folder, const KeptState& from = {}) {
  SourceReading out;
  SourceRun run(source, folder);
  run.open(from);
  KeptState state = from;
  for (Batch batch = run.read(); batch; batch = run.read()) {
    for (std::uint64_t i = 0; i < batch.view().size(); ++i) {
      haulier_record record = batch.view()[i].c_record();
      record.origin = 0;
      out.records.push_back(record_text(record));
    }
    run.keep_state(state, batch);
    out.states.push_back(state);
    out.with_state.push_back(batch.view().c_batch().state != nullptr);
    out.counts.push_back(out.records.size());
  }
  return out;
}

// ---- the cases

inline void declares_sound_streams(const SourceUnderTest& source) {
  const SourceFolder folder(source);
  const SourceRun run(source, folder.path());
  check_schema(run.schema());
}

inline void every_batch_keeps_the_rules(const SourceUnderTest& source) {
  const SourceFolder folder(source);
  SourceRun run(source, folder.path());
  run.open();
  std::size_t batches = 0;
  for (Batch batch = run.read(); batch; batch = run.read(), ++batches) {
    const haulier_batch& c = batch.view().c_batch();
    check_batch(batch, run.schema(), c.origin_count);
    BOOST_TEST(!view(c.partition).empty());
    BOOST_TEST(c.n_records + c.n_rejects >= (c.origin_count > 0 ? 1u : 0u));
    if (c.state) {
      check_record(*c.state, run.schema());
      BOOST_TEST((run.state_stream() && c.state->stream == *run.state_stream()));
    }
    run.committed(view(c.partition), 1);
  }
  BOOST_TEST(batches >= 2u);
}

inline void gives_every_blob_back(const SourceUnderTest& source) {
  const SourceFolder folder(source);
  SourceRun run(source, folder.path());
  run.open();
  std::deque<Batch> kept;
  for (Batch batch = run.read(); batch; batch = run.read()) kept.push_back(std::move(batch));
  // Also when batches live longer than the calls that made them.
  while (!kept.empty()) kept.pop_back();
  run.close();
  BOOST_TEST(run.host.live_blobs == 0);
}

inline void reading_twice_gives_the_same(const SourceUnderTest& source) {
  const SourceFolder folder(source);
  const SourceReading first = read_all(source, folder.path());
  const SourceReading second = read_all(source, folder.path());
  BOOST_TEST(!first.records.empty());
  BOOST_TEST((std::multiset<std::string>(first.records.begin(), first.records.end()) ==
              std::multiset<std::string>(second.records.begin(), second.records.end())));
}

inline void from_the_last_state_nothing_comes_twice(const SourceUnderTest& source) {
  const SourceFolder folder(source);
  const SourceReading first = read_all(source, folder.path());
  BOOST_REQUIRE(!first.states.empty());
  BOOST_TEST(read_all(source, folder.path(), first.states.back()).records.empty());
  source.add(folder.path());
  const SourceReading news = read_all(source, folder.path(), first.states.back());
  BOOST_TEST(!news.records.empty());
  BOOST_TEST(news.records.size() < first.records.size());
}

// A batch without a state may come again after a stop (its keys make that harmless), but it may not be lost.
inline void from_every_state_the_rest_comes_and_nothing_is_lost(const SourceUnderTest& source) {
  const SourceFolder folder(source);
  const SourceReading whole = read_all(source, folder.path());
  for (std::size_t i = 0; i < whole.states.size(); ++i) {
    const SourceReading rest = read_all(source, folder.path(), whole.states[i]);
    std::vector<std::string> together(whole.records.begin(),
                                      whole.records.begin() + static_cast<std::ptrdiff_t>(whole.counts[i]));
    together.insert(together.end(), rest.records.begin(), rest.records.end());
    std::sort(together.begin(), together.end());
    std::vector<std::string> wanted = whole.records;
    std::sort(wanted.begin(), wanted.end());
    if (!whole.with_state[i]) together.erase(std::unique(together.begin(), together.end()), together.end());
    BOOST_TEST_CONTEXT("after batch " << i + 1) { BOOST_TEST(together == wanted, boost::test_tools::per_element()); }
  }
}

inline void a_state_it_cannot_read_is_refused(const SourceUnderTest& source) {
  const SourceFolder folder(source);
  SourceReading first = read_all(source, folder.path());
  BOOST_REQUIRE(!first.states.empty());
  for (const std::string damage : {"", "{", "[]", "\"x\"", "{\"v\":999999}"}) {
    KeptState state = first.states.back();
    for (auto& [key, values] : state) {
      for (auto& [type, text] : values) {
        if (type == HAULIER_JSON) text = damage;
      }
    }
    SourceRun run(source, folder.path());
    haulier_status status = HAULIER_OK;
    try {
      run.open(state);
      while (run.read()) {
      }
    } catch (const Error& error) {
      status = error.status();
    }
    BOOST_TEST_CONTEXT("state " << damage) { BOOST_TEST(status == HAULIER_BAD_STATE); }
  }
}

inline void cancelling_ends_the_reading(const SourceUnderTest& source) {
  const SourceFolder folder(source);
  SourceRun run(source, folder.path());
  run.open();
  run.host.cancel();
  std::size_t more = 0;
  try {
    while (run.read()) BOOST_REQUIRE(++more < 3);
  } catch (const Error& error) {
    BOOST_TEST(error.status() == HAULIER_CANCELLED);
  }
}

inline void may_be_destroyed_at_any_time(const SourceUnderTest& source) {
  const SourceFolder folder(source);
  { SourceRun never_opened(source, folder.path()); }
  SourceRun half_read(source, folder.path());
  half_read.open();
  (void)half_read.read();
  half_read.close();
  BOOST_TEST(half_read.host.live_blobs == 0);
}

inline void tells_its_plan_in_json(const SourceUnderTest& source) {
  const SourceFolder folder(source);
  SourceRun run(source, folder.path());
  if (!run.plugin().has(HAULIER_ABILITY_PLAN)) return;
  run.open();
  std::vector<std::string> lines;
  const auto& plan = run.plugin().ability<haulier_plan>(HAULIER_ABILITY_PLAN);
  SourceRun::call([&](haulier_error* e) {
    return plan.plan(
        run.plugin().self(),
        [](void* user, haulier_str line) { static_cast<std::vector<std::string>*>(user)->emplace_back(view(line)); },
        &lines, e);
  });
  BOOST_TEST(!lines.empty());
  for (const std::string& line : lines) BOOST_TEST(!Json::parse(line).members().empty());
}

// The keys of the places it tells, by standing; checks their order and the pages.
inline std::map<std::uint8_t, std::set<std::string>> enumerated(SourceRun& run, std::uint64_t contents) {
  const auto& ability = run.plugin().ability<haulier_enumerate>(HAULIER_ABILITY_ENUMERATE);
  const haulier_comparison* comparison = nullptr;
  SourceRun::call([&](haulier_error* e) { return ability.comparison(run.plugin().self(), &comparison, e); });
  const haulier_stream& stream = *comparison->places;
  const haulier_enumerate_options options{sizeof options, 0, contents};
  SourceRun::call([&](haulier_error* e) { return ability.start(run.plugin().self(), &options, e); });
  std::map<std::uint8_t, std::set<std::string>> out;
  const auto hash = find_field(stream, view(comparison->hash));
  std::int64_t before = INT64_MIN;
  std::uint64_t hashed = 0;
  while (true) {
    haulier_place_page page{};
    page.struct_size = sizeof page;
    if (SourceRun::call([&](haulier_error* e) { return ability.next(run.plugin().self(), &page, e); }) == HAULIER_END) {
      return out;
    }
    const Batch places(page.places);
    for (std::uint64_t i = 0; i < places.view().size(); ++i) {
      const RecordView place = places.view()[i];
      std::string key;
      for (std::uint32_t k = 0; k < stream.n_fields; ++k) {
        if (!(stream.fields[k].flags & HAULIER_FIELD_KEY)) continue;
        BOOST_TEST((place[k].type == stream.fields[k].type));
        key += place[k].type == HAULIER_STRING ? std::string(place.text(k)) : std::to_string(place[k].v.i);
        key += "|";
        if (k < comparison->n_partition_fields) BOOST_TEST(place.text(k) == view(page.key[k].v.s));
        // The sources of this contract have one number behind uidvalidity, and no page of another epoch.
        if (k + 1 < stream.n_fields && !(stream.fields[k + 1].flags & HAULIER_FIELD_KEY)) {
          BOOST_TEST(place[k].v.i > before);
          before = place[k].v.i;
        }
      }
      BOOST_TEST(out[page.standings[i]].insert(key).second);
      hashed += hash && !place.empty(*hash) ? 1 : 0;
    }
    if (!page.last) continue;
    BOOST_TEST((contents == 0 ? hashed == 0 : contents == UINT64_MAX || hashed >= 1 || places.view().size() == 0));
    before = INT64_MIN;
    hashed = 0;
  }
}

inline void tells_what_is_there_by_what_was_settled(const SourceUnderTest& source) {
  const SourceFolder folder(source);
  SourceRun first(source, folder.path());
  if (!first.plugin().has(HAULIER_ABILITY_ENUMERATE)) return;
  first.open();
  const auto fresh = enumerated(first, UINT64_MAX);
  BOOST_TEST(fresh.count(HAULIER_PLACE_SETTLED) == 0u);
  BOOST_TEST(fresh.count(HAULIER_PLACE_ARRIVED) == 0u);
  const SourceReading reading = read_all(source, folder.path());
  BOOST_TEST(fresh.at(HAULIER_PLACE_WAITING).size() == reading.records.size());
  source.add(folder.path());
  SourceRun second(source, folder.path());
  second.open(reading.states.back());
  auto later = enumerated(second, 1);
  BOOST_TEST((later[HAULIER_PLACE_SETTLED] == fresh.at(HAULIER_PLACE_WAITING)));
  BOOST_TEST(!later[HAULIER_PLACE_ARRIVED].empty());
}

}  // namespace haulier::contract

#define HAULIER_SOURCE_CASE(SOURCE, CASE) \
  BOOST_AUTO_TEST_CASE(CASE) { haulier::contract::CASE(SOURCE); }

// Inside a BOOST_AUTO_TEST_SUITE of the source's own.
#define HAULIER_SOURCE_CONTRACT(SOURCE)                                            \
  HAULIER_SOURCE_CASE(SOURCE, declares_sound_streams)                              \
  HAULIER_SOURCE_CASE(SOURCE, every_batch_keeps_the_rules)                         \
  HAULIER_SOURCE_CASE(SOURCE, gives_every_blob_back)                               \
  HAULIER_SOURCE_CASE(SOURCE, reading_twice_gives_the_same)                        \
  HAULIER_SOURCE_CASE(SOURCE, from_the_last_state_nothing_comes_twice)             \
  HAULIER_SOURCE_CASE(SOURCE, from_every_state_the_rest_comes_and_nothing_is_lost) \
  HAULIER_SOURCE_CASE(SOURCE, a_state_it_cannot_read_is_refused)                   \
  HAULIER_SOURCE_CASE(SOURCE, cancelling_ends_the_reading)                         \
  HAULIER_SOURCE_CASE(SOURCE, may_be_destroyed_at_any_time)                        \
  HAULIER_SOURCE_CASE(SOURCE, tells_its_plan_in_json)                              \
  HAULIER_SOURCE_CASE(SOURCE, tells_what_is_there_by_what_was_settled)
