// bench_rows FOLDER PLUGIN_DIR [REPEAT [CONFIG]]: the two MIME transforms as the host calls them (normalise, extract,
// every row and hash; nothing is stored), over all files of FOLDER in batches. Prints bytes, processor seconds and
// messages.
#include <time.h>

#include <algorithm>
#include <iostream>

#include "rows.hpp"

namespace {

using namespace haulier;
using namespace haulier::bench;

constexpr std::size_t kBatchMessages = 200;
constexpr std::size_t kBatchBytes = 8u << 20;

double cpu_seconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) return 64;
  const std::vector<std::string> mails = mails_of(argv[1]);
  testing::FakeHost fake;
  const Host host(fake.get());
  Schema schema;
  const std::uint32_t messages = declare_messages(schema);
  Transform normalize(argv[2], "normalize_mime", fake.get(), schema.c_schema(), argc > 4 ? argv[4] : "{}");
  Transform extract(argv[2], "extract_attachments", fake.get(), normalize.schema());
  std::size_t bytes = 0;
  std::size_t rows = 0;
  double seconds = 0;
  const int repeat = argc > 3 ? std::max(1, std::stoi(argv[3])) : 1;
  for (std::size_t at = 0; at < mails.size() * static_cast<std::size_t>(repeat);) {
    BatchBuilder builder;
    std::size_t size = 0;
    for (std::size_t n = 0;
         n < kBatchMessages && size < kBatchBytes && at < mails.size() * static_cast<std::size_t>(repeat); ++n, ++at) {
      const std::string& mail = mails[at % mails.size()];
      add_message(builder, messages, at, host.copy_blob(mail));
      size += mail.size();
    }
    bytes += size;
    Batch batch = builder.finish();
    const double begin = cpu_seconds();
    Batch out = extract.apply(normalize.apply(std::move(batch)));
    rows += out.view().size();
    out = Batch();
    seconds += cpu_seconds() - begin;
  }
  std::cout << bytes << ' ' << seconds << ' ' << mails.size() * static_cast<std::size_t>(repeat) << ' ' << rows << '\n';
}
