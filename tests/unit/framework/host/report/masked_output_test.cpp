#include "report/masked_output.hpp"

#include <boost/test/unit_test.hpp>

#include <sstream>

namespace haulier::host::masked_output_test {

std::string mask(std::string_view text) {
  std::string out(text);
  for (std::size_t at = 0; (at = out.find("hunter2", at)) != std::string::npos;) out.replace(at, 7, "***");
  return out;
}

struct Fixture {
  std::ostringstream behind;
  MaskedOutput buffer{behind, mask};
  std::ostream out{&buffer};
};

BOOST_FIXTURE_TEST_SUITE(framework_host_report_masked_output, Fixture)

BOOST_AUTO_TEST_CASE(a_secret_printed_in_pieces_is_masked) {
  for (const char* piece : {"it is h", "unt", "er", "2 today", "\nnext ", "hunter2\n"}) out << piece;
  out << 'h' << "unter" << 2 << '\n';
  BOOST_TEST(behind.str() == "it is *** today\nnext ***\n***\n");
}

BOOST_AUTO_TEST_CASE(a_whole_line_is_passed_on_at_once_and_the_rest_at_a_flush_or_the_end) {
  out << "one\ntwo";
  BOOST_TEST(behind.str() == "one\n");
  out << std::flush;
  BOOST_TEST(behind.str() == "one\ntwo");
  {
    MaskedOutput short_lived(behind, mask);
    std::ostream(&short_lived) << " end";
  }
  BOOST_TEST(behind.str() == "one\ntwo end");
}

BOOST_AUTO_TEST_CASE(a_line_without_end_is_bounded_and_masked_across_its_pieces) {
  // Every piece ends in the middle of the secret.
  const std::string piece = "nter2" + std::string(990, 'x') + "hu";
  std::string text = "hu";
  out << text;
  for (int i = 0; i < 3000; ++i) {
    out << piece;
    text += piece;
  }
  BOOST_TEST(behind.str().size() > 1000000u);
  out << std::flush;
  BOOST_TEST((behind.str() == mask(text)));
}

BOOST_AUTO_TEST_CASE(what_cannot_be_written_is_told) {
  behind.setstate(std::ios::badbit);
  out << "text\n";
  BOOST_TEST(!out.good());
}

BOOST_AUTO_TEST_CASE(without_a_mask_the_text_stays) {
  MaskedOutput open(behind, {});
  std::ostream(&open) << "hunter2" << std::flush;
  BOOST_TEST(behind.str() == "hunter2");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace haulier::host::masked_output_test
