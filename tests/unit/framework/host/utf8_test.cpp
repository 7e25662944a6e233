#include "utf8.hpp"

#include <boost/test/unit_test.hpp>

namespace haulier::host::utf8_test {

BOOST_AUTO_TEST_SUITE(framework_host_utf8)

BOOST_AUTO_TEST_CASE(every_length_is_read) {
  BOOST_TEST((utf8_at("a", 0).code == U'a'));
  BOOST_TEST((utf8_at("\xC3\xA9", 0).code == 0xE9u));
  BOOST_TEST((utf8_at("\xE9\x82\xAE", 0).code == 0x90AEu));
  BOOST_TEST((utf8_at("\xF0\x9F\x93\xA7", 0).code == 0x1F4E7u));
  BOOST_TEST(utf8_length("a\xE9\x82\xAE\xF0\x9F\x93\xA7\xFF") == 4u);
}

BOOST_AUTO_TEST_CASE(what_rfc_3629_forbids_is_invalid) {
  const char* kInvalid[] = {
      "\x80", "\xC0\xAF", "\xC1\xBF", "\xE0\x80\xAF", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80",
      "\xC3", "\xE9\x82", "\xC3(",    "\xFF"};
  for (const char* text : kInvalid) {
    BOOST_TEST(find_invalid_utf8(text) == 0u);
  }
  BOOST_TEST(find_invalid_utf8("ab\xC3\xA9\xFF") == 4u);
  BOOST_TEST(find_invalid_utf8("ab\xC3\xA9") == std::string_view::npos);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace haulier::host::utf8_test
