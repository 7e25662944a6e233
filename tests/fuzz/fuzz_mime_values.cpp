// The readers of single values: HAULIER_FUZZ_READER names the one that this program is built for.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "mime/addresses.hpp"
#include "mime/dates.hpp"
#include "mime/email_json.hpp"
#include "mime/header_fields.hpp"
#include "mime/header_text.hpp"
#include "mime/html_text.hpp"
#include "mime/message_ids.hpp"
#include "mime/parameters.hpp"
#include "mime/reply_text.hpp"
#include "mime/smime.hpp"
#include "mime/subject.hpp"
#include "mime/tnef.hpp"
#include "mime/trace_fields.hpp"
#include "mime/utf8.hpp"

namespace {

using namespace haulier::mime;

void require(bool holds) {
  if (!holds) std::abort();
}
void require_text(std::string_view text) {
  require(is_utf8(text));
  require(text.find('\0') == std::string_view::npos);
}
// Whatever text the readers of text get is valid already.
std::string valid(std::string_view bytes) {
  std::string text;
  append_repaired_utf8(text, bytes);
  replace_nul(text);
  return text;
}

struct Tools {
  Limits limits;
  DefectList defects;
  Charsets charsets;
  HeaderText text{charsets, limits, defects};
};

[[maybe_unused]] void address(std::string_view input, Tools& tools) {
  Arena arena;
  std::vector<Address> list;
  AddressReader(tools.text, arena, tools.limits, tools.defects).read(input, 0, list);
  require(list.size() <= 2 * input.size() + 2);
  std::string json;
  append_addresses_json(json, list);
  require_text(json);
}

// Fields, and the structured values that hold no people: parameters, ids, results, hops.
[[maybe_unused]] void header(std::string_view input, Tools& tools) {
  for (const char line_end : {'\n', '\r'}) {
    HeaderCursor cursor(input, line_end);
    std::size_t read = 0;
    for (HeaderField field; cursor.next(field); ++read) {
      Arena arena;
      Parameters parameters;
      parameters.parse(field.value, arena, tools.limits);
      for (const std::string_view name : {"filename", "name", "charset", "boundary"})
        require(parameters.find(name).bytes.size() <= field.value.size());
      std::vector<std::string_view> ids;
      read_message_ids(field.value, 100, ids);
      require(ids.size() <= 100);
    }
    require(read <= input.size());
  }
  const std::string line = valid(input);
  std::vector<AuthItem> items;
  read_authentication_results(line, 100, items);
  require(items.size() <= 100);
  const ReceivedHop hop = read_received(line);
  for (const std::string_view view : {hop.from, hop.by, hop.with, hop.ip, tag_value(line, "d")}) require_text(view);
}

// RFC 2047 and RFC 2231.
[[maybe_unused]] void text_header(std::string_view input, Tools& tools) {
  std::string out;
  tools.text.append(out, input, 0);
  require_text(out);
  require_text(base_subject(out).base);
  Arena arena;
  Parameters parameters;
  parameters.parse(input, arena, tools.limits);
  const Parameters::Value name = parameters.find("name");
  std::string converted;
  tools.charsets.begin_message();
  tools.charsets.append(converted, name.bytes, name.charset);
  require(is_utf8(converted));
}

[[maybe_unused]] void date(std::string_view input, Tools&) {
  for (const auto& found : {parse_date(input), parse_received_date(input)}) {
    if (!found) continue;
    require(found->offset_min > -24 * 60 * 2 && found->offset_min < 24 * 60 * 2);
    require(found->utc_us > -62'200'000'000'000'000 && found->utc_us < 253'500'000'000'000'000);
  }
}

[[maybe_unused]] void html(std::string_view input, Tools&) {
  const std::string page = valid(input);
  for (const std::size_t bytes : {std::size_t{1} << 20, std::size_t{30}}) {
    std::string out;
    append_html_text(out, page, {bytes, bytes});
    require_text(out);
    ReplySplit reply;
    split_reply(out, reply);
    require_text(reply.reply);
    require_text(reply.signature);
    require(reply.reply.size() <= out.size() + 1);
  }
}

[[maybe_unused]] void container(std::string_view input, Tools&) {
  Tnef tnef;
  read_tnef(input, tnef);
  for (const Tnef::Child& child : tnef.children) {
    require(child.content.empty() || (child.content.data() >= input.data() &&
                                      child.content.data() + child.content.size() <= input.data() + input.size()));
  }
  std::string out;
  unwrap_signed(input, out);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static Tools tools;
  tools.defects.clear();
  tools.charsets.begin_message();
  HAULIER_FUZZ_READER(std::string_view(reinterpret_cast<const char*>(data), size), tools);
  return 0;
}
