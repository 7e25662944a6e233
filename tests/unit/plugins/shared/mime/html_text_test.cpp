#include "mime/html_text.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "mime/utf8.hpp"
#include "mime_case.hpp"

namespace mime_html_test {
namespace data = boost::unit_test::data;
using mime_test::Case;

std::string text_of(std::string_view html, std::size_t bytes = 1u << 20, std::size_t tags = 1000000) {
  std::string out;
  haulier::mime::append_html_text(out, html, {bytes, tags});
  return out;
}

const Case kCases[] = {
    {"plain", "Hello", "Hello"},
    {"blanks_collapse", "a  b\n\tc", "a b c"},
    {"paragraphs", "<p>one</p><p>two</p>", "one\n\ntwo"},
    {"line_breaks", "one<br>two<BR/>three", "one\ntwo\nthree"},
    {"divs", "<div>one</div><div>two</div>", "one\ntwo"},
    {"empty_divs_leave_nothing", "<div></div><div>one</div><div> </div><div>two</div>", "one\ntwo"},
    {"headings", "<h1>Title</h1>text", "Title\n\ntext"},
    {"inline_tags", "a<b>b</b><i>c</i> d", "abc d"},
    {"script_and_style", "a<script>if (1 < 2) alert('</p>')</script><style>p { color: red }</style>b", "ab"},
    {"title_is_dropped", "<html><head><title>T</title></head><body>b</body></html>", "b"},
    {"comment", "a<!-- <p>x</p> -->b", "ab"},
    {"conditional_comment", "a<!--[if mso]><p>outlook</p><![endif]-->b", "ab"},
    {"downlevel_revealed", "a<!--[if !mso]><!--><b>x</b><!--<![endif]-->c", "axc"},
    {"bogus_comment", "a<![if !mso]>b<![endif]>c", "abc"},
    {"unclosed_comment", "a<!-- b > c", "a c"},
    {"display_none", "a<div style=\"display:none\">secret<div>x</div></div>b", "ab"},
    {"display_none_spaced", "a<span style='color:red; DISPLAY : none !important'>s</span>b", "ab"},
    {"visibility_hidden", "a<span style=\"visibility:hidden\">s</span>b", "ab"},
    {"mso_hide", "a<span style=\"mso-hide:all\">s</span>b", "ab"},
    {"max_height_zero", "a<div style=\"max-height:0px;overflow:hidden\">s</div>b", "ab"},
    {"opacity_one_is_shown", "a<span style=\"opacity:0.9\">s</span>b", "asb"},
    {"hidden_attribute", "a<p hidden>s</p>b", "ab"},
    {"hidden_paragraph_ends_at_the_next", "<p hidden>s<p>b", "b"},
    {"hidden_that_never_ends_is_shown", "a<div style=\"display:none\">b", "ab"},
    {"font_size_zero_is_layout", "<td style=\"font-size:0\">a</td>", "a"},
    {"link", "<a href=\"https://x.y/z\">click</a>", "click <https://x.y/z>"},
    {"link_with_entity", "<a href=\"https://x.y/?a=1&amp;b=2\">click</a>", "click <https://x.y/?a=1&b=2>"},
    {"link_with_bare_ampersand", "<a href=\"https://x.y/?a=1&lt=2&copy=3\">click</a>",
     "click <https://x.y/?a=1&lt=2&copy=3>"},
    {"link_that_shows_itself", "<a href=\"https://x.y/\">x.y</a>", "x.y"},
    {"link_without_text", "<a href=\"https://x.y\"><img src=\"l.png\"></a>", "<https://x.y>"},
    {"link_with_picture", "<a href=\"https://x.y\"><img alt=\"Logo\"></a>", "Logo <https://x.y>"},
    {"mailto", "<a href=\"mailto:a@b.c?subject=x\">a@b.c</a>", "a@b.c"},
    {"mailto_with_name", "<a href=\"mailto:a@b.c\">Ann</a>", "Ann <a@b.c>"},
    {"anchor_is_no_link", "<a href=\"#top\">up</a> <a name=x>y</a>", "up y"},
    {"script_link_is_dropped", "<a href=\"javascript:alert(1)\">x</a>", "x"},
    {"unclosed_link", "<a href=\"https://x.y\">one <a href=\"https://z\">two</a>", "one <https://x.y> two <https://z>"},
    {"list", "<ul><li>one</li><li>two</li></ul>after", "- one\n- two\nafter"},
    {"ordered_list", "<ol><li>one<li>two</ol>", "1. one\n2. two"},
    {"nested_list", "<ul><li>a<ul><li>b</li></ul></li><li>c</li></ul>", "- a\n  - b\n- c"},
    {"table", "<table><tr><td>a</td><td>b</td></tr><tr><td>c</td><td>d</td></tr></table>", "a\tb\nc\td"},
    {"layout_table", "<table><tr><td><table><tr><td>a</td></tr></table></td></tr></table>", "a"},
    {"blockquote", "a<blockquote>b<br>c</blockquote>d", "a\n> b\n> c\nd"},
    {"ruler", "a<hr>b", "a\n---\nb"},
    {"pre", "<pre>a  b\n  c</pre>", "a  b\n  c"},
    {"named_entities", "&lt;a&gt; &amp; &quot;b&quot; &eacute;&euro;&hellip;", "<a> & \"b\" é€…"},
    {"numeric_entities", "&#233;&#xE9;&#128512;", "éé😀"},
    {"windows_entities", "&#150;&#x93;", "–“"},
    {"entity_without_semicolon", "&copy 2020 &amp x", "© 2020 & x"},
    {"unknown_entity", "&nosuch; & &; &#; &#x;", "&nosuch; & &; &#; &#x;"},
    {"invalid_code_points", "&#0;&#xD800;&#x110000;", "\uFFFD\uFFFD\uFFFD"},
    {"nbsp_is_a_blank", "a&nbsp;&nbsp;b\u00A0c", "a b c"},
    {"filler_is_dropped", "a\u00AD\u034F\u200B\uFEFFb &zwnj;&nbsp;&zwnj;&nbsp;c", "ab c"},
    {"joiners_inside_words_stay", "می\u200Cخواهم", "می\u200Cخواهم"},
    {"emoji_sequence_stays", "👨\u200D👩", "👨\u200D👩"},
    {"less_than_in_text", "1 < 2 <3 a<b", "1 < 2 <3 a"},
    {"attribute_with_greater_than", "<img title=\"a>b\">c", "c"},
    {"unclosed_attribute", "<p title=\"a>b</p>c", "b\n\nc"},
    {"unclosed_tag", "a<p", "a"},
    {"unquoted_attribute", "<a href=https://x.y>c</a>", "c <https://x.y>"},
    {"select_is_dropped", "a<select><option>b</option></select>c", "ac"},
    {"image_text", "a <img alt=\"b &amp; c\"> d", "a b & c d"},
    {"word_office_namespace", "<o:p>x</o:p>", "x"},
    {"processing_instruction", "<?xml version=\"1.0\"?>a", "a"},
};
}  // namespace mime_html_test

BOOST_AUTO_TEST_SUITE(mime_html_text)

using namespace mime_html_test;

BOOST_DATA_TEST_CASE(html_becomes_readable_text, data::make(kCases), row) {
  const std::string text = text_of(row.input);
  BOOST_TEST(text == row.expected);
  BOOST_TEST(haulier::mime::is_utf8(text));
}

BOOST_AUTO_TEST_CASE(output_is_cut_at_the_limit) {
  std::string out;
  const auto done = haulier::mime::append_html_text(out, "<p>中文中文</p><p>more</p>", {8, 1000});
  BOOST_TEST(done.cut);
  BOOST_TEST(out == "中文");
}

BOOST_AUTO_TEST_CASE(reading_stops_after_so_many_tags) {
  std::string out;
  const auto done = haulier::mime::append_html_text(out, "<b>a</b><b>b</b><b>c</b>", {1000, 3});
  BOOST_TEST(done.tag_limit);
  BOOST_TEST(out == "a");
}

BOOST_AUTO_TEST_CASE(every_prefix_gives_valid_text) {
  const std::string html =
      "<div style='display:none'>x</div><ul><li>é&eacute;<a href=\"https://x\">中</a><!-- c --></ul><pre>\n a";
  for (std::size_t size = 0; size <= html.size(); ++size) {
    const std::string prefix(haulier::mime::cut_utf8(html, size));
    BOOST_REQUIRE(haulier::mime::is_utf8(text_of(prefix)));
  }
}

BOOST_AUTO_TEST_SUITE_END()
