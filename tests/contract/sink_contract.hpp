// What the contract of sinks needs: the streams it uses, a run that drives one sink as the host does, and canonical
// rows to compare. The cases are in sink_contract_cases.hpp; a sink joins with one SinkUnderTest.
#pragma once

#include <unistd.h>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "haulier/abi/erase.h"
#include "haulier/abi/lookup.h"
#include "haulier/abi/upkeep.h"
#include "haulier/batch_builder.hpp"
#include "haulier/host.hpp"
#include "haulier/schema.hpp"
#include "haulier/testing/fake_host.hpp"
#include "haulier/testing/plugin_handle.hpp"

namespace haulier::contract {

// One row: field name to text (see canonical()). Rows are found by the texts of their keys, joined with '|'.
using Row = std::map<std::string, std::string>;
using Rows = std::map<std::string, Row>;

// A folder that is removed with the object.
class TempFolder {
 public:
  TempFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "haulier-sink-XXXXXX").string();
    BOOST_REQUIRE(mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;
  ~TempFolder() { std::filesystem::remove_all(path_); }
  const std::string& path() const noexcept { return path_; }

 private:
  std::string path_;
};

// One sink plugin, as the contract sees it.
struct SinkUnderTest {
  std::string plugin;  // id and file name
  bool transactional = false;
  std::size_t big_bytes = 0;  // a blob of this size goes another way than a small one
  // Its config as JSON, for a folder of its own.
  std::function<std::string(const std::string& folder)> config;
  // What a reader finds in that folder for a stream; non-transactional sinks: after replaying the lines.
  std::function<Rows(const std::string& folder, const haulier_stream& stream)> rows;
  // Transactional sinks: damage to an existing database.
  std::function<void(const std::string& folder)> make_newer;
  std::function<void(const std::string& folder, const std::string& table)> drop_unique_index;
};

// ---- canonical texts
// -------------------------------------------------------------------------------------------------

inline std::string hash_text(std::string_view bytes) {
  return std::to_string(bytes.size()) + ":" + std::to_string(std::hash<std::string_view>()(bytes));
}

inline std::string number_text(double value) {
  char text[32];
  return {text, std::to_chars(text, text + sizeof text, value).ptr};
}

inline std::string canonical(const haulier_value& value) {
  switch (value.type) {
    case HAULIER_BOOL:
      return value.v.i ? "true" : "false";
    case HAULIER_INT64:
    case HAULIER_TIMESTAMP:
      return std::to_string(value.v.i);
    case HAULIER_DOUBLE:
      return number_text(value.v.d);
    case HAULIER_STRING:
    case HAULIER_JSON:
      return "'" + std::string(view(value.v.s)) + "'";
    case HAULIER_BLOB:
      return hash_text({reinterpret_cast<const char*>(value.v.b->data), static_cast<std::size_t>(value.v.b->size)});
    default:
      return "null";
  }
}

// Key of a row from its fields.
inline std::string key_of(const haulier_stream& stream, const Row& row) {
  std::string out;
  for (std::uint32_t i = 0; i < stream.n_fields; ++i) {
    const haulier_field& field = stream.fields[i];
    if (field.flags & HAULIER_FIELD_KEY) out += (out.empty() ? "" : "|") + row.at(std::string(view(field.name)));
  }
  return out;
}

// ---- the streams of the contract
// -------------------------------------------------------------------------------------

enum Stream : std::uint32_t { kThings, kContents, kDrafts, kProgress, kQuarantine };
enum ThingField : std::uint32_t {
  kId,
  kPart,
  kCount,
  kFlag,
  kRatio,
  kAt,
  kTitle,
  kDoc,
  kBytes,
  kFirstSeen,
  kThingFields
};
enum ContentField : std::uint32_t { kHash, kSize, kContent, kContentFields };
enum ProgressField : std::uint32_t { kAccount, kPlace, kDone, kState, kProgressFields };

inline void add_contract_streams(Schema& schema) {
  constexpr auto K = HAULIER_FIELD_KEY | HAULIER_FIELD_NOT_NULL;
  constexpr auto N = HAULIER_FIELD_NOT_NULL;
  schema.add("contract_things", 0,
             {{"id", HAULIER_STRING, K},
              {"part", HAULIER_INT64, K},
              {"count", HAULIER_INT64},
              {"flag", HAULIER_BOOL},
              {"ratio", HAULIER_DOUBLE},
              {"at", HAULIER_TIMESTAMP},
              {"title", HAULIER_STRING, N},
              {"doc", HAULIER_JSON},
              {"bytes", HAULIER_BLOB},
              {"first_seen", HAULIER_TIMESTAMP, HAULIER_FIELD_INSERT_ONLY}});
  schema.add("contract_contents", HAULIER_STREAM_IMMUTABLE,
             {{"hash", HAULIER_STRING, K}, {"size", HAULIER_INT64, N}, {"content", HAULIER_BLOB, N}});
  schema.add("contract_drafts", HAULIER_STREAM_TRANSIENT, {{"id", HAULIER_STRING, K}, {"text", HAULIER_STRING}});
  schema.add("contract_progress", HAULIER_STREAM_STATE,
             {{"account", HAULIER_STRING, K},
              {"place", HAULIER_STRING, K},
              {"done", HAULIER_INT64},
              {"state", HAULIER_JSON, N}});
  schema.add("quarantine", 0,
             {{"partition", HAULIER_STRING, K},
              {"origin", HAULIER_STRING, K},
              {"stage", HAULIER_STRING, N},
              {"reason", HAULIER_STRING, N},
              {"raw", HAULIER_BLOB},
              {"quarantined_at", HAULIER_TIMESTAMP, N | HAULIER_FIELD_INSERT_ONLY}});
}

// ---- records
// ---------------------------------------------------------------------------------------------------------

inline RecordBuilder thing(BatchBuilder& builder, std::string_view id, std::int64_t part,
                           haulier_op op = HAULIER_UPSERT) {
  RecordBuilder record = builder.record(kThings, kThingFields, op, 0);
  record.text(kId, id).integer(kPart, part);
  return record;
}

// A thing with most fields set from a number.
inline void add_thing(BatchBuilder& builder, std::int64_t n) {
  thing(builder, "thing-" + std::to_string(n), n)
      .integer(kCount, n * 10)
      .boolean(kFlag, n % 2 == 1)
      .text(kTitle, "title " + std::to_string(n))
      .json(kDoc, R"(["a",{"n":1}])")
      .timestamp(kFirstSeen, 1'700'000'000'000'000 + n);
}

inline std::string pattern(std::size_t size, unsigned seed) {
  std::string out(size, '\0');
  std::minstd_rand random(seed);
  for (std::size_t at = 0; at < size; at += 3) {
    const auto word = static_cast<std::uint32_t>(random());
    std::memcpy(&out[at], &word, std::min<std::size_t>(3, size - at));
  }
  return out;
}

inline Blob make_blob(testing::FakeHost& host, std::string_view bytes) { return Host(host.get()).copy_blob(bytes); }

// The status of whatever f throws; HAULIER_OK when it does not throw.
template <class F>
haulier_status status_of(F&& f) {
  try {
    f();
  } catch (const Error& error) {
    return error.status();
  }
  return HAULIER_OK;
}

// ---- a run
// -----------------------------------------------------------------------------------------------------------

// One opened sink with its own host, driven through the C table. The host outlives the plugin.
class Run {
 public:
  using AddStreams = std::function<void(Schema&)>;

  Run(SinkUnderTest sink, std::string folder, std::string_view pipeline = "contract",
      const AddStreams& add_streams = add_contract_streams, bool inspect = false,
      std::function<void(std::uint64_t)> on_step = {})
      : host(std::string(pipeline)), sink_(std::move(sink)), folder_(std::move(folder)) {
    host.on_step = std::move(on_step);
    add_streams(schema_);
    const std::string file = std::string(HAULIER_PLUGIN_DIR) + "/" + sink_.plugin + ".so";
    plugin_ = std::make_unique<testing::PluginHandle>(testing::load_descriptor(file, sink_.plugin), host.get(),
                                                      sink_.config(folder_));
    const haulier_sink_options options{sizeof(haulier_sink_options), inspect ? 1u : 0u};
    call([&](haulier_error* e) { return plugin_->sink().open(plugin_->self(), schema_.c_schema(), &options, e); });
    if (sink_.transactional && !inspect) {
      call([&](haulier_error* e) { return plugin_->transaction().fence(plugin_->self(), &epoch_, e); });
    }
  }

  void begin() {
    if (sink_.transactional) call([&](haulier_error* e) { return plugin_->transaction().begin(plugin_->self(), e); });
  }
  std::vector<std::uint8_t> write(const Batch& batch) {
    const haulier_batch& c = batch.view().c_batch();
    std::vector<std::uint8_t> outcomes(c.n_records);
    call([&](haulier_error* e) { return plugin_->sink().write(plugin_->self(), &c, outcomes.data(), e); });
    return outcomes;
  }
  // With the state that the batch carries, if any; without a transaction: flush.
  void commit(const Batch& batch) {
    const haulier_record* state = batch.view().c_batch().state;
    if (!sink_.transactional) {
      call([&](haulier_error* e) { return plugin_->sink().flush(plugin_->self(), e); });
      return;
    }
    call([&](haulier_error* e) { return plugin_->transaction().commit(plugin_->self(), state, state ? 1 : 0, e); });
  }
  void rollback() {
    if (sink_.transactional)
      call([&](haulier_error* e) { return plugin_->transaction().rollback(plugin_->self(), e); });
  }
  std::vector<std::uint8_t> store(const Batch& batch) {
    begin();
    std::vector<std::uint8_t> outcomes = write(batch);
    commit(batch);
    return outcomes;
  }
  Batch load_state() {
    haulier_batch out{};
    call([&](haulier_error* e) { return plugin_->transaction().load_state(plugin_->self(), &out, e); });
    return Batch(out);
  }
  Batch lookup(const haulier_lookup_request& request) {
    haulier_batch out{};
    const auto& ability = plugin_->ability<haulier_lookup>(HAULIER_ABILITY_LOOKUP);
    call([&](haulier_error* e) { return ability.lookup(plugin_->self(), &request, &out, e); });
    return Batch(out);
  }
  // Rows by stream.
  std::map<std::string, std::uint64_t> erase(const haulier_erase_request& request) {
    std::map<std::string, std::uint64_t> out;
    std::pair<std::map<std::string, std::uint64_t>*, std::uint64_t*> user{&out, &erased_bytes};
    const auto tell = [](void* to, haulier_str stream, std::uint64_t rows, std::uint64_t bytes) {
      auto* sums = static_cast<decltype(user)*>(to);
      (*sums->first)[std::string(view(stream))] += rows;
      *sums->second += bytes;
    };
    const auto& ability = plugin_->ability<haulier_erase>(HAULIER_ABILITY_ERASE);
    call([&](haulier_error* e) { return ability.erase(plugin_->self(), &request, tell, &user, e); });
    return out;
  }
  std::vector<std::uint8_t> erased(std::string_view stream, const std::vector<std::string_view>& fields,
                                   const std::vector<haulier_value>& values) {
    std::vector<haulier_str> names;
    for (const std::string_view field : fields) names.push_back(str(field));
    std::vector<std::uint8_t> out(values.size() / names.size());
    const haulier_erased_query query{
        sizeof query, static_cast<std::uint32_t>(names.size()), str(stream), names.data(), values.data(), out.size()};
    const auto& ability = plugin_->ability<haulier_erase>(HAULIER_ABILITY_ERASE);
    call([&](haulier_error* e) { return ability.erased(plugin_->self(), &query, out.data(), e); });
    return out;
  }
  // The keys, which are the first fields of their streams.
  std::vector<std::string> outside() {
    haulier_batch out{};
    const auto& ability = plugin_->ability<haulier_erase>(HAULIER_ABILITY_ERASE);
    call([&](haulier_error* e) { return ability.outside(plugin_->self(), &out, e); });
    const Batch batch(out);
    std::vector<std::string> keys;
    for (std::uint64_t i = 0; i < batch.view().size(); ++i) keys.emplace_back(batch.view()[i].text(0));
    return keys;
  }
  [[nodiscard]] bool has(const char* ability) const { return plugin_->has(ability); }
  // The commands that it advises.
  std::vector<std::string> upkeep() {
    std::vector<std::string> commands;
    const auto tell = [](void* user, const haulier_advice* advice) {
      BOOST_TEST(!view(advice->words).empty());
      static_cast<std::vector<std::string>*>(user)->emplace_back(view(advice->command));
    };
    const auto& ability = plugin_->ability<haulier_upkeep>(HAULIER_ABILITY_UPKEEP);
    call([&](haulier_error* e) { return ability.upkeep(plugin_->self(), tell, &commands, e); });
    return commands;
  }
  std::vector<std::string> plan() {
    std::vector<std::string> lines;
    const auto& ability = plugin_->ability<haulier_plan>(HAULIER_ABILITY_PLAN);
    call([&](haulier_error* e) {
      return ability.plan(
          plugin_->self(),
          [](void* user, haulier_str line) { static_cast<std::vector<std::string>*>(user)->emplace_back(view(line)); },
          &lines, e);
    });
    return lines;
  }

  Rows rows(std::uint32_t stream) { return sink_.rows(folder_, *schema_.c_schema()->streams[stream]); }
  Rows things() { return rows(kThings); }
  std::uint64_t epoch() const noexcept { return epoch_; }
  void close() { plugin_.reset(); }

  testing::FakeHost host;
  std::uint64_t erased_bytes = 0;

 private:
  template <class F>
  static void call(F&& f) {
    testing::PluginHandle::call(std::forward<F>(f));
  }

  SinkUnderTest sink_;
  std::string folder_;
  Schema schema_;
  std::uint64_t epoch_ = 0;
  std::unique_ptr<testing::PluginHandle> plugin_;  // uses schema and host
};

}  // namespace haulier::contract
