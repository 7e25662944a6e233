#include "mime/json_text.hpp"

#include <boost/test/unit_test.hpp>
#include <string>

namespace mime_json_text_test {
using namespace haulier::mime;

std::string written(std::string_view text) {
  std::string out;
  JsonText(out).string(text);
  return out;
}

BOOST_AUTO_TEST_SUITE(mime_json_text)

BOOST_AUTO_TEST_CASE(what_needs_an_escape_gets_it_at_every_place) {
  struct Escape {
    char byte;
    std::string_view json;
  };
  for (const Escape& escape : {Escape{'"', "\\\""}, Escape{'\\', "\\\\"}, Escape{'\n', "\\n"}, Escape{'\r', "\\r"},
                               Escape{'\t', "\\t"}, Escape{'\0', "\\u0000"}, Escape{'\x1F', "\\u001f"}}) {
    for (std::size_t size = 1; size < 40; ++size) {
      for (std::size_t at = 0; at < size; ++at) {
        std::string text(size, 'a');
        text[at] = escape.byte;
        const std::string expected =
            '"' + std::string(at, 'a') + std::string(escape.json) + std::string(size - at - 1, 'a') + '"';
        BOOST_TEST(written(text) == expected);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(everything_else_is_written_as_it_is) {
  for (int c = 0x20; c < 0x100; ++c) {
    if (c == '"' || c == '\\') continue;
    const std::string text(33, static_cast<char>(c));
    BOOST_TEST(written(text) == '"' + text + '"');
  }
  BOOST_TEST(written("") == "\"\"");
}

BOOST_AUTO_TEST_CASE(long_texts_of_escapes_only_have_room) {
  for (const std::size_t size : {100u, 1000u, 100'000u}) {
    std::string expected = "\"";
    for (std::size_t i = 0; i < size; ++i) expected += "\\u0001";
    BOOST_TEST((written(std::string(size, '\1')) == expected + '"'));
  }
}

BOOST_AUTO_TEST_CASE(the_string_ends_where_the_json_ends_whenever_nothing_is_open) {
  std::string out = "before ";
  JsonText json(out);
  json.begin_array();
  json.end_array();
  BOOST_TEST(out == "before []");
  std::string members;
  JsonText object(members);
  object.begin_object().member("a", "b").member("n", std::int64_t{-7}).optional_member("none", "");
  object.key("list").begin_array().boolean(true).null().begin_object().end_object().end_array().end_object();
  BOOST_TEST(members == R"({"a":"b","n":-7,"list":[true,null,{}]})");
}

BOOST_AUTO_TEST_SUITE_END()
}  // namespace mime_json_text_test
