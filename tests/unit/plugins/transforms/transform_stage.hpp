#pragma once
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include <haulier/batch_builder.hpp>
#include <haulier/host.hpp>
#include <haulier/schema.hpp>
#include <haulier/testing/fake_host.hpp>
#include <haulier/testing/plugin_handle.hpp>

namespace transform_test {

// One built transform plugin with what comes before it, driven through the C table.
class Stage {
 public:
  Stage(const char* id, haulier::testing::FakeHost& host, const haulier_schema* in, std::string_view config = "{}")
      : handle_(haulier::testing::load_descriptor(std::string(HAULIER_PLUGIN_DIR) + "/" + id + ".so", id), host.get(),
                config) {
    handle_.call([&](haulier_error* error) { return handle_.transform().schema(handle_.self(), in, &out_, error); });
  }
  haulier::Batch apply(haulier::Batch in) {
    haulier_batch raw_in;
    in.move_to(&raw_in);
    haulier_batch raw_out{};
    handle_.call(
        [&](haulier_error* error) { return handle_.transform().apply(handle_.self(), &raw_in, &raw_out, error); });
    return haulier::Batch(raw_out);
  }
  const haulier_schema* schema() const { return out_; }

 private:
  haulier::testing::PluginHandle handle_;
  const haulier_schema* out_ = nullptr;
};

// Reads records of a batch by the names of their stream and fields.
class Rows {
 public:
  Rows(const haulier::Batch& batch, const haulier_schema* schema, std::string_view stream)
      : view_(batch.view()),
        stream_(haulier::SchemaView(schema).find(stream).value()),
        fields_(haulier::SchemaView(schema)[stream_]) {}

  std::size_t size() const {
    std::size_t count = 0;
    for (std::uint64_t i = 0; i < view_.size(); ++i) count += view_[i].stream() == stream_ ? 1 : 0;
    return count;
  }
  haulier::RecordView operator[](std::size_t n) const {
    for (std::uint64_t i = 0; i < view_.size(); ++i) {
      if (view_[i].stream() == stream_ && n-- == 0) return view_[i];
    }
    throw std::out_of_range("no such row");
  }
  std::uint32_t field(std::string_view name) const { return haulier::find_field(fields_, name).value(); }
  std::string text(std::size_t row, std::string_view name) const { return std::string((*this)[row].text(field(name))); }
  std::int64_t integer(std::size_t row, std::string_view name) const {
    return (*this)[row].integer(field(name)).value();
  }
  bool empty(std::size_t row, std::string_view name) const { return (*this)[row].empty(field(name)); }
  bool absent(std::size_t row, std::string_view name) const { return (*this)[row].absent(field(name)); }
  std::string bytes(std::size_t row, std::string_view name) const {
    return std::string((*this)[row].blob(field(name)).bytes());
  }

 private:
  haulier::BatchView view_;
  std::uint32_t stream_;
  const haulier_stream& fields_;
};

// The stream `messages` of schemas/README.md, and one more that has to pass through.
class MessageSource {
 public:
  MessageSource() {
    other_ = schema_.add("other", 0, {{"id", HAULIER_INT64, HAULIER_FIELD_KEY}, {"note", HAULIER_STRING}});
    constexpr auto key = HAULIER_FIELD_KEY | HAULIER_FIELD_NOT_NULL;
    messages_ = schema_.add("messages", HAULIER_STREAM_TRANSIENT,
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
  const haulier_schema* schema() { return schema_.c_schema(); }
  haulier::RecordBuilder message(haulier::BatchBuilder& batch, haulier_op op, std::int64_t uid, std::uint64_t origin) {
    auto record = batch.record(messages_, 11, op, origin);
    record.text(0, "me@example.org").text(1, "INBOX").integer(2, 7).integer(3, uid);
    return record;
  }
  haulier::RecordBuilder other(haulier::BatchBuilder& batch, std::uint64_t origin) {
    auto record = batch.record(other_, 2, HAULIER_UPSERT, origin);
    record.integer(0, 1).text(1, "untouched");
    return record;
  }

 private:
  haulier::Schema schema_;
  std::uint32_t messages_ = 0;
  std::uint32_t other_ = 0;
};

}  // namespace transform_test
