// A source that has nothing to do with mail: streams of its own with every type, in the shape that its config asks for.
#include <limits>
#include <string>

#include <haulier/source.hpp>

namespace {

using haulier::BatchBuilder;
using haulier::Error;
using haulier::Schema;

constexpr std::uint32_t kKey = HAULIER_FIELD_KEY;

class OwnStreams {
 public:
  OwnStreams(haulier::Config config, haulier::Host host) : host_(host), shape_(config.text("shape")) {}

  void declare(Schema& streams) {
    if (shape_ == "hostile_stream") {
      streams.add("readings\"; DROP TABLE readings; --", 0, {{"id", HAULIER_INT64, kKey}});
    } else if (shape_ == "hostile_field") {
      streams.add("readings", 0, {{"id", HAULIER_INT64, kKey}, {"a` INT); DROP TABLE readings; --", HAULIER_STRING}});
    } else if (shape_ == "system_field") {
      streams.add("readings", 0, {{"id", HAULIER_INT64, kKey}, {"rowid", HAULIER_INT64}});
    } else if (shape_ == "view") {
      streams.add("v_messages", 0, {{"id", HAULIER_INT64, kKey}});
    } else if (shape_ == "other_type") {
      streams.add("readings", 0,
                  {{"id", HAULIER_INT64, kKey}, {"group", HAULIER_STRING, kKey}, {"flag", HAULIER_STRING}});
    } else if (shape_ == "other_key") {
      streams.add("readings", 0,
                  {{"id", HAULIER_INT64, kKey}, {"group", HAULIER_STRING, kKey}, {"count", HAULIER_INT64, kKey}});
    } else {
      add_readings(streams);
    }
    streams.add("reading_progress", HAULIER_STREAM_STATE,
                {{"place", HAULIER_STRING, kKey}, {"done", HAULIER_INT64}, {"state", HAULIER_JSON}});
  }

  void open(const haulier::SourceOptions&, haulier::BatchView state) {
    if (state.size() > 0) done_ = *state[0].integer(1);
  }

  // Three readings; a grown one comes behind them.
  std::optional<haulier::Batch> read() {
    const std::int64_t end = shape_ == "grown" ? 4 : 3;
    if (done_ >= end) return std::nullopt;
    BatchBuilder batch;
    std::uint64_t origin = 0;
    for (; done_ < end; ++done_) add_reading(batch, done_ + 1, origin++);
    batch.partition("readings");
    batch.counts(origin, origin);
    batch.state(1, 3).text(0, "readings").integer(1, done_).json(2, "{}");
    return batch.finish();
  }

 private:
  // The names are words of SQL, and fit all the same: the sinks quote them.
  void add_readings(Schema& streams) {
    if (shape_ == "grown") {
      streams.add("readings", 0,
                  {{"id", HAULIER_INT64, kKey},
                   {"group", HAULIER_STRING, kKey},
                   {"flag", HAULIER_BOOL},
                   {"count", HAULIER_INT64},
                   {"order", HAULIER_DOUBLE},
                   {"at", HAULIER_TIMESTAMP},
                   {"select", HAULIER_STRING},
                   {"doc", HAULIER_JSON},
                   {"bytes", HAULIER_BLOB},
                   {"nothing", HAULIER_STRING},
                   {"where", HAULIER_STRING},
                   {"more", HAULIER_INT64, HAULIER_FIELD_NOT_NULL}});
      return;
    }
    streams.add("readings", 0,
                {{"id", HAULIER_INT64, kKey},
                 {"group", HAULIER_STRING, kKey},
                 {"flag", HAULIER_BOOL},
                 {"count", HAULIER_INT64},
                 {"order", HAULIER_DOUBLE},
                 {"at", HAULIER_TIMESTAMP},
                 {"select", HAULIER_STRING},
                 {"doc", HAULIER_JSON},
                 {"bytes", HAULIER_BLOB},
                 {"nothing", HAULIER_STRING}});
  }

  void add_reading(BatchBuilder& batch, std::int64_t id, std::uint64_t origin) {
    const bool grown = shape_ == "grown";
    auto record = batch.record(0, grown ? 12 : 10, HAULIER_UPSERT, origin);
    record.integer(0, id).text(1, "it's \"quoted\"; DROP TABLE readings; --").boolean(2, id == 2);
    record.integer(3, std::numeric_limits<std::int64_t>::max() - id).real(4, 0.1 * static_cast<double>(id));
    record.timestamp(5, 1'700'000'000'123'456 + id)
        .text(6,
              "Gr\xC3\xBC\xC3\x9F"
              "e \xF0\x9F\x93\xA7 \\ '");
    record.json(7, R"({"a": [1, null, true]})").blob(8, host_.copy_blob(std::string("\0\1\xFF", 3)));
    if (grown) record.text(10, "new").integer(11, 7);
  }

  haulier::Host host_;
  const std::string shape_;
  std::int64_t done_ = 0;
};

constexpr char kConfig[] =
    R"({"type":"object","properties":{"shape":{"type":"string","default":"first","description":"which streams"}}})";

}  // namespace

HAULIER_EXPORT(haulier::source<OwnStreams>("own_streams", "1.0.0", "streams of its own, for tests", kConfig));
