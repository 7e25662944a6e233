#include "mime/subject.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "mime/message_ids.hpp"
#include "mime_case.hpp"

namespace mime_subject_test {
namespace data = boost::unit_test::data;
using mime_test::Case;

// Expected: base, then R for a reply and F for a forward after a bar.
const Case kCases[] = {
    {"plain", "Hello", "Hello|"},
    {"re", "Re: Hello", "Hello|R"},
    {"re_re", "Re: RE: re: Hello", "Hello|R"},
    {"numbered", "Re[2]: Hello", "Hello|R"},
    {"numbered_round", "Re (3): Hello", "Hello|R"},
    {"numbered_caret", "Re^2: Hello", "Hello|R"},
    {"blank_before_the_colon", "AW : Hello", "Hello|R"},
    {"german", "AW: WG: Hello", "Hello|RF"},
    {"swedish", "SV: VB: Hello", "Hello|RF"},
    {"french", "RE: TR: Hello", "Hello|RF"},
    {"polish", "Odp: Hello", "Hello|R"},
    {"spanish", "RV: Hello", "Hello|F"},
    {"dutch", "Antw: Hello", "Hello|R"},
    {"chinese_reply", "答复: 你好", "你好|R"},
    {"chinese_reply_full_width_colon", "回复：你好", "你好|R"},
    {"chinese_forward", "转发: 你好", "你好|F"},
    {"chinese_traditional", "回覆: 轉寄: 你好", "你好|RF"},
    {"japanese_forward", "転送: 件名", "件名|F"},
    {"list_tag", "[dev] Hello", "Hello|"},
    {"list_tag_and_re", "Re: [dev] Re: Hello", "Hello|R"},
    {"re_inside_list_tag", "[dev] Re: Hello", "Hello|R"},
    {"only_a_list_tag", "[dev]", "[dev]|"},
    {"fwd_suffix", "Hello (fwd)", "Hello|F"},
    {"fwd_brackets", "[Fwd: Hello]", "Hello|F"},
    {"no_tag_in_a_word", "Rest: Hello", "Rest: Hello|"},
    {"no_tag_in_the_middle", "Hello Re: you", "Hello Re: you|"},
    {"only_tags", "Re: Fwd:", "|RF"},
    {"ideographic_space", "Re:\u3000你好", "你好|R"},
    {"empty", "", "|"},
};

const Case kIds[] = {
    {"one", "<a@b>", "a@b"},
    {"several", "<a@b> <c@d>\r\n\t<e@f>", "a@b,c@d,e@f"},
    {"without_blanks", "<a@b><c@d>", "a@b,c@d"},
    {"text_between", "Message from Ann <a@b> of today", "a@b"},
    {"no_brackets", "a@b c@d", "a@b,c@d"},
    {"only_word", "abc", "abc"},
    {"words_without_at", "from last week", ""},
    {"unclosed", "<a@b", "a@b"},
    {"blanks_inside", "< a@b >", "a@b"},
    {"empty_brackets", "<>", ""},
    {"double_brackets", "<<a@b>>", "a@b"},
};
}  // namespace mime_subject_test

BOOST_AUTO_TEST_SUITE(mime_subject)

using namespace mime_subject_test;

BOOST_DATA_TEST_CASE(the_base_is_what_remains_without_tags, data::make(kCases), row) {
  const auto base = haulier::mime::base_subject(row.input);
  BOOST_TEST(std::string(base.base) + "|" + (base.is_reply ? "R" : "") + (base.is_forward ? "F" : "") == row.expected);
}

BOOST_DATA_TEST_CASE(message_ids_are_found, data::make(kIds), row) {
  std::vector<std::string_view> ids;
  haulier::mime::read_message_ids(row.input, 100, ids);
  std::string joined;
  for (const auto id : ids) joined += (joined.empty() ? "" : ",") + std::string(id);
  BOOST_TEST(joined == row.expected);
}

BOOST_AUTO_TEST_CASE(ids_above_the_limit_are_left_out) {
  std::vector<std::string_view> ids;
  haulier::mime::read_message_ids("<a@b><c@d><e@f>", 2, ids);
  BOOST_TEST(ids.size() == 2u);
}

BOOST_AUTO_TEST_SUITE_END()
