#include "mime/parameters.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "mime/part_details.hpp"
#include "mime/reader.hpp"
#include "mime_case.hpp"

namespace mime_parameters_test {
namespace data = boost::unit_test::data;
using haulier::mime::Arena;
using haulier::mime::Limits;
using haulier::mime::Parameters;
using mime_test::hex;

struct NameCase {
  const char* name;
  std::string header;  // fields of an attachment part
  std::string file_name;
  const char* source;
};
std::ostream& operator<<(std::ostream& out, const NameCase& c) { return out << c.name; }

#define DISPOSITION "Content-Disposition: attachment; "
#define TYPE "Content-Type: application/octet-stream; "

const NameCase kNames[] = {
    {"quoted", DISPOSITION "filename=\"a b.pdf\"", "a b.pdf", "disposition"},
    {"token", DISPOSITION "filename=a.pdf", "a.pdf", "disposition"},
    {"unquoted_blank", DISPOSITION "filename=a b.pdf; size=3", "a b.pdf", "disposition"},
    {"of_the_type", TYPE "name=\"a.pdf\"", "a.pdf", "name"},
    {"disposition_before_type", TYPE "name=old.pdf\r\n" DISPOSITION "filename=new.pdf", "new.pdf", "disposition"},
    {"rfc2231", DISPOSITION "filename*=utf-8''caf%C3%A9.pdf", "café.pdf", "rfc2231"},
    {"rfc2231_latin1", DISPOSITION "filename*=iso-8859-1'en'caf%E9.pdf", "café.pdf", "rfc2231"},
    {"rfc2231_gb18030", DISPOSITION "filename*=gb2312''%B1%B1%BE%A9.pdf", "北京.pdf", "rfc2231"},
    {"rfc2231_without_charset", DISPOSITION "filename*=caf%C3%A9.pdf", "café.pdf", "rfc2231"},
    {"rfc2231_quoted", DISPOSITION "filename*=\"utf-8''caf%C3%A9.pdf\"", "café.pdf", "rfc2231"},
    {"rfc2231_beats_plain", DISPOSITION "filename=\"caf_.pdf\"; filename*=utf-8''caf%C3%A9.pdf", "café.pdf", "rfc2231"},
    {"continued", DISPOSITION "filename*0=\"one-\"; filename*1=\"two.pdf\"", "one-two.pdf", "rfc2231"},
    {"continued_out_of_order", DISPOSITION "filename*1=two.pdf; filename*0=one-", "one-two.pdf", "rfc2231"},
    {"continued_mixed", DISPOSITION "filename*0*=utf-8''caf%C3%A9; filename*1=\" 50%.pdf\"", "café 50%.pdf", "rfc2231"},
    {"continued_character_split", DISPOSITION "filename*0*=utf-8''caf%C3; filename*1*=%A9.pdf", "café.pdf", "rfc2231"},
    {"continued_from_one", DISPOSITION "filename*1=a; filename*2=b.pdf", "ab.pdf", "rfc2231"},
    {"continued_gap_ends_the_name", DISPOSITION "filename*0=a.pdf; filename*2=zzz", "a.pdf", "rfc2231"},
    {"continued_repeated_section", DISPOSITION "filename*0=a; filename*0=x; filename*1=b.pdf", "ab.pdf", "rfc2231"},
    {"continued_over_plain", DISPOSITION "filename=x.pdf; filename*0=a; filename*1=b.pdf", "ab.pdf", "rfc2231"},
    {"rfc2047", DISPOSITION "filename=\"=?utf-8?B?Y2Fmw6kucGRm?=\"", "café.pdf", "rfc2047"},
    {"rfc2047_folded", DISPOSITION "filename=\"=?utf-8?Q?caf=C3=A9?=\r\n =?utf-8?Q?.pdf?=\"", "café.pdf", "rfc2047"},
    {"rfc2047_unquoted", DISPOSITION "filename==?utf-8?Q?caf=C3=A9.pdf?=", "café.pdf", "rfc2047"},
    {"rfc2047_inside_rfc2231_pieces", DISPOSITION "filename*0=\"=?utf-8?Q?caf\"; filename*1=\"=C3=A9.pdf?=\"",
     "café.pdf", "rfc2047"},
    {"raw_utf_8", DISPOSITION "filename=\"café.pdf\"", "café.pdf", "disposition"},
    {"raw_gbk", DISPOSITION "filename=\"" + hex("B1B1BEA9CAD0B5D8CDBC") + ".pdf\"", "北京市地图.pdf", "disposition"},
    {"escaped_quote", DISPOSITION "filename=\"a \\\"b\\\".pdf\"", "a \"b\".pdf", "disposition"},
    {"bare_quotes_inside", DISPOSITION "filename=\"a \"b\" c.pdf\"", "a \"b\" c.pdf", "disposition"},
    {"windows_path_keeps_its_backslashes", DISPOSITION "filename=\"C:\\temp\\new.pdf\"", "C:\\temp\\new.pdf",
     "disposition"},
    {"semicolon_in_quotes", DISPOSITION "filename=\"a;b.pdf\"", "a;b.pdf", "disposition"},
    {"missing_semicolon", DISPOSITION "filename=\"a.pdf\" size=3", "a.pdf", "disposition"},
    {"unclosed_quote", DISPOSITION "filename=\"a.pdf", "a.pdf", "disposition"},
    {"capital_parameter", DISPOSITION "FILENAME=a.pdf", "a.pdf", "disposition"},
    {"blanks_around_equals", DISPOSITION "filename = \"a.pdf\"", "a.pdf", "disposition"},
    {"folded_parameters", "Content-Disposition: attachment;\r\n\tfilename=\"a.pdf\";\r\n\tsize=3", "a.pdf",
     "disposition"},
    {"empty_name", DISPOSITION "filename=\"\"", "", "synthesised"},
    {"no_name", "Content-Disposition: attachment", "", "synthesised"},
    {"nul_in_the_name", DISPOSITION "filename*=utf-8''a%00b.pdf", "a\uFFFDb.pdf", "rfc2231"},
};
#undef DISPOSITION
#undef TYPE
}  // namespace mime_parameters_test

BOOST_AUTO_TEST_SUITE(mime_parameters)

using namespace mime_parameters_test;

BOOST_DATA_TEST_CASE(file_names_are_found_in_every_form, data::make(kNames), row) {
  const std::string mail = "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\ntext\r\n--b\r\n" + row.header +
                           "\r\n\r\ndata\r\n--b--\r\n";
  haulier::mime::Reader reader;
  const auto& email = reader.read(mail);
  BOOST_REQUIRE(email.attachments.size() == 1u);
  BOOST_TEST(email.attachments[0].file_name == row.file_name);
  BOOST_TEST(name_of(email.attachments[0].file_name_source) == row.source);
}

BOOST_AUTO_TEST_CASE(the_main_value_stands_alone) {
  Arena arena;
  Parameters parameters;
  BOOST_TEST(parameters.parse(" text/plain ; charset=x", arena, {}) == "text/plain");
  BOOST_TEST(parameters.find("charset").bytes == "x");
  BOOST_TEST(parameters.parse("text/plain", arena, {}) == "text/plain");
  BOOST_TEST(!parameters.find("charset").found);
  BOOST_TEST(parameters.parse(";;;=;a;b=", arena, {}) == "");
  BOOST_TEST(parameters.find("b").bytes == "");
}

BOOST_AUTO_TEST_CASE(the_first_of_two_equal_parameters_counts) {
  Arena arena;
  Parameters parameters;
  parameters.parse("text/plain; charset=a; charset=b", arena, {});
  BOOST_TEST(parameters.find("charset").bytes == "a");
}

BOOST_AUTO_TEST_CASE(parameters_and_segments_above_the_limit_are_left_out) {
  Arena arena;
  Parameters parameters;
  Limits limits;
  limits.parameters = 2;
  parameters.parse("x/y; a=1; b=2; c=3", arena, limits);
  BOOST_TEST(parameters.truncated());
  BOOST_TEST(parameters.find("b").found);
  BOOST_TEST(!parameters.find("c").found);
  limits = {};
  limits.parameter_segments = 2;
  parameters.parse("x/y; n*0=a; n*1=b; n*2=c", arena, limits);
  BOOST_TEST(parameters.truncated());
  BOOST_TEST(parameters.find("n").bytes == "ab");
}

BOOST_AUTO_TEST_SUITE_END()
