// bench_rows FOLDER PLUGIN_DIR [REPEAT [CONFIG]]: the two MIME transforms as the host calls them (normalise, extract,
// every row and hash; nothing is stored), over all files of FOLDER in batches. Prints bytes, processor seconds and
// messages.
#include <time.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include <haulier/batch_builder.hpp>
#include <haulier/host.hpp>
#include <haulier/schema.hpp>
#include <haulier/testing/fake_host.hpp>
#include <haulier/testing/plugin_handle.hpp>

namespace {

using namespace haulier;

constexpr std::size_t kBatchMessages = 200;
constexpr std::size_t kBatchBytes = 8u << 20;

class Transform {
 public:
  Transform(const std::string& folder, const char* id, testing::FakeHost& host, const haulier_schema* in,
            std::string_view config = "{}")
      : handle_(testing::load_descriptor(folder + "/" + id + ".so", id), host.get(), config) {
    handle_.call([&](haulier_error* error) { return handle_.transform().schema(handle_.self(), in, &out_, error); });
  }
  Batch apply(Batch in) {
    haulier_batch raw_in;
    in.move_to(&raw_in);
    haulier_batch raw_out{};
    handle_.call(
        [&](haulier_error* error) { return handle_.transform().apply(handle_.self(), &raw_in, &raw_out, error); });
    return Batch(raw_out);
  }
  [[nodiscard]] const haulier_schema* schema() const { return out_; }

 private:
  testing::PluginHandle handle_;
  const haulier_schema* out_ = nullptr;
};

double cpu_seconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

std::vector<std::string> mails_of(const char* folder) {
  std::vector<std::string> mails;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file()) continue;
    std::ifstream file(entry.path(), std::ios::binary);
    mails.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  }
  return mails;
}

// The stream `messages` of schemas/README.md.
std::uint32_t declare_messages(Schema& schema) {
  constexpr auto key = HAULIER_FIELD_KEY | HAULIER_FIELD_NOT_NULL;
  return schema.add("messages", HAULIER_STREAM_TRANSIENT,
                    {{"account", HAULIER_STRING, key},
                     {"mailbox", HAULIER_STRING, key},
                     {"uidvalidity", HAULIER_INT64, key},
                     {"uid", HAULIER_INT64, key},
                     {"raw", HAULIER_BLOB},
                     {"internal_date", HAULIER_TIMESTAMP},
                     {"flags", HAULIER_JSON},
                     {"modseq", HAULIER_INT64},
                     {"server_id", HAULIER_STRING},
                     {"thread_server_id", HAULIER_STRING},
                     {"vanished_at", HAULIER_TIMESTAMP}});
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) return 64;
  const std::vector<std::string> mails = mails_of(argv[1]);
  testing::FakeHost fake;
  const Host host(fake.get());
  Schema schema;
  const std::uint32_t messages = declare_messages(schema);
  Transform normalize(argv[2], "normalize_mime", fake, schema.c_schema(), argc > 4 ? argv[4] : "{}");
  Transform extract(argv[2], "extract_attachments", fake, normalize.schema());
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
      auto record = builder.record(messages, 11, HAULIER_UPSERT, at);
      record.text(0, "me@example.org").text(1, "INBOX").integer(2, 7).integer(3, static_cast<std::int64_t>(at) + 1);
      record.blob(4, host.copy_blob(mail));
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
