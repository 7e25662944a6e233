// The response parser on one framed response: it must say something about any bytes, and what it reads must survive
// being asked for. Seeds: tests/data/imap/*.trace.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "proto/mailbox_name.hpp"
#include "proto/response_parser.hpp"

namespace {

using namespace haulier::imap;

struct Reader {
  void operator()(const ListEntry& entry) const {
    (void)entry.has("\\NOSELECT");
    const auto name = entry.name.text();
    (void)decode_mailbox_name(name);
  }
  void operator()(const SearchResult& result) const { check(result.all); }
  void operator()(const Vanished& vanished) const { check(vanished.uids); }
  void operator()(const FetchData& fetch) const {
    if (fetch.body == FetchData::Body::kInline) (void)fetch.body_text.text();
  }
  template <class Other>
  void operator()(const Other&) const {}

  static void check(const IntervalSet& set) {
    const auto again = IntervalSet::parse(set.to_text());
    if (!again || *again != set) std::abort();
  }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  std::visit(Reader{}, parse_response(text));
  const auto utf8 = decode_mailbox_name(text);
  // What modified UTF-7 can say must come back.
  if (decode_mailbox_name(encode_mailbox_name(utf8)) != utf8 &&
      utf8.find_first_of(std::string_view("\0\x7f", 2)) == std::string::npos) {
    for (const char c : utf8) {
      if (static_cast<unsigned char>(c) < 0x20) return 0;
    }
    std::abort();
  }
  (void)IntervalSet::parse(text, 1000);
  return 0;
}
