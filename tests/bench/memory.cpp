// bench_memory FOLDER PLUGIN_DIR: what both MIME transforms allocate for one message, above its bytes and the blobs of
// the decoded contents (which the host counts, and spills from 1 MiB on). One message after another through one pair of
// instances, as a worker does it; counted at operator new. Prints for messages above 1 MiB: the number, the most that
// one needed, its size, its largest decoded part, and how many needed more than their largest part; then the most that
// a smaller one needed.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <new>

#include "rows.hpp"

namespace {

struct alignas(16) Header {
  std::size_t counted;
};
std::size_t live = 0;
std::size_t peak = 0;
bool is_blob = false;  // while the host makes a blob

}  // namespace

void* operator new(std::size_t size) {
  auto* header = static_cast<Header*>(std::malloc(size + sizeof(Header)));
  if (header == nullptr) throw std::bad_alloc();
  header->counted = is_blob ? 0 : size;
  live += header->counted;
  peak = std::max(peak, live);
  return header + 1;
}
namespace {

// Not inlined: the compiler would take the pairs of new and free for a mistake.
[[gnu::noinline]] void give_back(void* memory) noexcept {
  if (memory == nullptr) return;
  Header* header = static_cast<Header*>(memory) - 1;
  live -= header->counted;
  std::free(header);
}

}  // namespace

void operator delete(void* memory) noexcept { give_back(memory); }
void operator delete(void* memory, std::size_t) noexcept { give_back(memory); }

namespace {

using namespace haulier;
using namespace haulier::bench;

constexpr std::size_t kBig = 1u << 20;

struct Need {
  std::size_t above = 0;    // bytes allocated
  std::size_t message = 0;  // its size
  std::size_t largest = 0;  // decoded part
};

// The host's functions with the blob flag around them.
struct CountedHost {
  explicit CountedHost(testing::FakeHost& fake) : c(*fake.get()) {
    original = fake.get();
    c.blob_new = [](void* ctx, uint64_t expected, haulier_blob** out, haulier_error* error) -> int32_t {
      is_blob = true;
      const int32_t status = original->blob_new(ctx, expected, out, error);
      is_blob = false;
      return status;
    };
    c.blob_append = [](void* ctx, haulier_blob* blob, const void* data, uint64_t size, haulier_error* e) -> int32_t {
      is_blob = true;
      const int32_t status = original->blob_append(ctx, blob, data, size, e);
      is_blob = false;
      return status;
    };
  }
  haulier_host c;
  static inline const haulier_host* original = nullptr;
};

// Text, HTML and attachments as the rows have them.
std::size_t largest_part(const Batch& out) {
  std::size_t largest = 0;
  const BatchView view = out.view();
  for (std::uint64_t i = 0; i < view.size(); ++i) {
    for (std::uint32_t field = 0; field < view[i].size(); ++field) {
      const haulier_value& value = view[i][field];
      if (value.type == HAULIER_BLOB && value.v.b) largest = std::max<std::size_t>(largest, value.v.b->size);
      if (value.type == HAULIER_STRING) largest = std::max<std::size_t>(largest, value.v.s.size);
    }
  }
  return largest;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) return 64;
  testing::FakeHost fake;
  CountedHost counted(fake);
  const Host host(&counted.c);
  Schema schema;
  const std::uint32_t messages = declare_messages(schema);
  Transform normalize(argv[2], "normalize_mime", &counted.c, schema.c_schema());
  Transform extract(argv[2], "extract_attachments", &counted.c, normalize.schema());
  Need worst;
  std::size_t big = 0;
  std::size_t above_part = 0;
  std::size_t small_worst = 0;
  const std::vector<std::string> mails = mails_of(argv[1]);
  for (std::size_t at = 0; at < mails.size(); ++at) {
    BatchBuilder builder;
    add_message(builder, messages, at, host.copy_blob(mails[at]));
    Batch batch = builder.finish();
    const std::size_t before = live;
    peak = live;
    const Batch out = extract.apply(normalize.apply(std::move(batch)));
    const Need need{peak - std::min(peak, before), mails[at].size(), largest_part(out)};
    if (need.message < kBig) {
      small_worst = std::max(small_worst, need.above);
      continue;
    }
    ++big;
    if (need.above > need.largest) ++above_part;
    if (need.above > worst.above) worst = need;
  }
  std::cout << big << ' ' << worst.above << ' ' << worst.message << ' ' << worst.largest << ' ' << above_part << ' '
            << small_worst << '\n';
}
