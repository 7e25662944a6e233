// What bench_rows and bench_memory share: the transforms as the host calls them, and mail from a folder.
#pragma once
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include <haulier/batch_builder.hpp>
#include <haulier/host.hpp>
#include <haulier/schema.hpp>
#include <haulier/testing/fake_host.hpp>
#include <haulier/testing/plugin_handle.hpp>

namespace haulier::bench {

class Transform {
 public:
  Transform(const std::string& folder, const char* id, const haulier_host* host, const haulier_schema* in,
            std::string_view config = "{}")
      : handle_(testing::load_descriptor(folder + "/" + id + ".so", id), host, config) {
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

inline std::vector<std::string> mails_of(const char* folder) {
  std::vector<std::string> mails;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file()) continue;
    std::ifstream file(entry.path(), std::ios::binary);
    mails.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  }
  return mails;
}

// The stream `messages` of schemas/README.md.
inline std::uint32_t declare_messages(Schema& schema) {
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

// A message as a source gives it.
inline void add_message(BatchBuilder& builder, std::uint32_t messages, std::uint64_t number, Blob raw) {
  auto record = builder.record(messages, 11, HAULIER_UPSERT, number);
  record.text(0, "me@example.org").text(1, "INBOX").integer(2, 7).integer(3, static_cast<std::int64_t>(number) + 1);
  record.blob(4, std::move(raw));
}

}  // namespace haulier::bench
