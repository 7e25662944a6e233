// A source that counts to three: a real shared library for the registry's tests.
#include <haulier/source.hpp>

namespace {

class Counter {
 public:
  Counter(haulier::Config, haulier::Host) {}
  void declare(haulier::Schema& streams) { streams.add("numbers", 0, {{"n", HAULIER_INT64, HAULIER_FIELD_KEY}}); }
  void open(const haulier::SourceOptions&, haulier::BatchView) {}
  std::optional<haulier::Batch> read() {
    if (++n_ > 3) return std::nullopt;
    haulier::BatchBuilder batch;
    batch.record(0, 1, HAULIER_UPSERT, 0).integer(0, n_);
    batch.partition("numbers");
    batch.counts(1, 8);
    return batch.finish();
  }

 private:
  std::int64_t n_ = 0;
};

}  // namespace

HAULIER_EXPORT(haulier::source<Counter>("counter", "1.2.3", "counts to three", "{\"type\":\"object\"}"));
