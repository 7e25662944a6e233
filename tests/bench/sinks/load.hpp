// Load: the rows that are written, made by the real transforms from mails that are the same in every run.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <haulier/batch.hpp>
#include <haulier/host.hpp>
#include <haulier/schema.hpp>
#include <haulier/testing/fake_host.hpp>
#include <haulier/testing/plugin_handle.hpp>

namespace haulier::bench {

// What one mail is made of, and how many of them go into one write and one transaction.
struct Shape {
  std::size_t text_bytes = 0;
  std::size_t attachment_bytes = 0;  // 0: none
  std::size_t mails_per_write = 0;
  std::size_t writes_per_commit = 0;
};

// mail: 6 KB of text mail; files: one attachment of 200 KB; small: about 1 KB, many more of them in a transaction.
[[nodiscard]] Shape shape_of(std::string_view name);

// The host of the transforms and sinks: memory blobs, and nothing that costs time or grows.
class QuietHost {
 public:
  QuietHost();
  [[nodiscard]] const haulier_host* get() const noexcept { return &c_; }

 private:
  testing::FakeHost fake_;
  haulier_host c_;
};

// The batches of one transaction; their bytes are those of all values.
struct Group {
  std::vector<Batch> batches;
  std::uint64_t mails = 0, rows = 0, bytes = 0;
};

class Load {
 public:
  Load(const std::string& plugins, const QuietHost& host, Shape shape, std::uint64_t mails);

  // The streams of the last transform, the state's and the quarantine's: what a sink is opened with.
  [[nodiscard]] const haulier_schema* schema() noexcept { return schema_.c_schema(); }
  [[nodiscard]] std::uint32_t state_stream() const noexcept { return state_; }
  [[nodiscard]] bool left() const noexcept { return at_ < mails_; }
  [[nodiscard]] Group next();
  // The state row after the last group.
  [[nodiscard]] Batch state() const;

 private:
  class Transform;
  [[nodiscard]] std::string date(std::uint64_t number);
  [[nodiscard]] std::string mail(std::uint64_t number);
  [[nodiscard]] std::uint64_t random() noexcept;
  void append_words(std::string& out, std::size_t bytes);
  void append_attachment(std::string& out);
  [[nodiscard]] Batch transformed(std::uint64_t count);

  Host host_;
  Shape shape_;
  std::uint64_t mails_ = 0, at_ = 0, random_ = 88172645463325252u;
  Schema messages_, schema_;
  testing::PluginHandle normalize_, extract_;
  std::uint32_t state_ = 0;
};

}  // namespace haulier::bench
