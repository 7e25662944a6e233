// A source that counts to three and remembers it: a real shared library for the tests of the registry and the commands.
#include <haulier/source.hpp>

namespace {

class Counter {
 public:
  Counter(haulier::Config config, haulier::Host) : last_(config.integer("last")) {}
  void declare(haulier::Schema& streams) {
    streams.add("numbers", 0, {{"n", HAULIER_INT64, HAULIER_FIELD_KEY}, {"word", HAULIER_STRING}});
    streams.add("count", HAULIER_STREAM_STATE,
                {{"place", HAULIER_STRING, HAULIER_FIELD_KEY}, {"done", HAULIER_INT64}, {"state", HAULIER_JSON}});
  }
  void open(const haulier::SourceOptions& options, haulier::BatchView state) {
    if (options.watch) ++last_;  // "what is new"
    if (state.size() > 0) n_ = *state[0].integer(1);
  }
  std::optional<haulier::Batch> read() {
    if (n_ >= last_) return std::nullopt;
    ++n_;
    haulier::BatchBuilder batch;
    batch.record(0, 2, HAULIER_UPSERT, 0).integer(0, n_).text(1, std::string(static_cast<std::size_t>(n_) * 150, 'w'));
    batch.partition("numbers");
    batch.counts(1, 8);
    batch.state(1, 3).text(0, "numbers").integer(1, n_).json(2, "{}");
    return batch.finish();
  }
  void check() {
    if (last_ > 100) throw haulier::Error::bad_config("/last", "it cannot count that far");
  }
  void diagnose(haulier::Diagnosis& diagnosis) {
    diagnosis.subject("numbers");
    if (last_ <= 100) return diagnosis.pass("range", "up to " + std::to_string(last_));
    diagnosis.transcript("S: too far");
    diagnosis.fail("range", HAULIER_BAD_CONFIG, "it cannot count that far", "set last to 100 at most");
  }
  void plan(haulier::PlanLines& lines) {
    lines("{\"place\":\"numbers\",\"to_read\":" + std::to_string(last_ - n_) + "}");
  }

 private:
  std::int64_t last_;
  std::int64_t n_ = 0;
};

constexpr char kConfig[] =
    R"({"type":"object","properties":{"last":{"type":"integer","default":3,"description":"how far"},)"
    R"("account":{"type":"string","description":"of nobody"}}})";

}  // namespace

HAULIER_EXPORT(haulier::source<Counter>("counter", "1.2.3", "counts to three", kConfig));
