#include "mime/addresses.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "mime/email_json.hpp"
#include "mime_case.hpp"

namespace mime_addresses_test {
namespace data = boost::unit_test::data;
using haulier::mime::Address;
using mime_test::Case;
using mime_test::hex;

struct Fixture {
  haulier::mime::Charsets charsets;
  haulier::mime::Limits limits;
  haulier::mime::DefectList defects;
  haulier::mime::Arena arena;
  haulier::mime::HeaderText text{charsets, limits, defects};
  haulier::mime::AddressReader reader{text, arena, limits, defects};

  std::vector<Address> read(std::string_view value) {
    std::vector<Address> out;
    reader.read(value, 0, out);
    return out;
  }
  // `name|address` separated by blanks and semicolons; groups as `name:(...)`.
  std::string shown(std::string_view value) {
    std::string out;
    bool in_group = false;
    for (const Address& address : read(value)) {
      if (in_group && address.group == Address::kNoGroup) {
        out += ") ";
        in_group = false;
      }
      if (address.is_group) {
        out += std::string(address.name) + ":(";
        in_group = true;
        continue;
      }
      if (!out.empty() && out.back() != '(' && out.back() != ' ') out += "; ";
      out += std::string(address.name) + "|" + std::string(address.address);
    }
    return in_group ? out + ")" : out;
  }
};

const Case kCases[] = {
    {"bare", "a@b.c", "|a@b.c"},
    {"angle", "Ann <a@b.c>", "Ann|a@b.c"},
    {"angle_only", "<a@b.c>", "|a@b.c"},
    {"quoted_name", "\"Doe, John\" <j@x.y>", "Doe, John|j@x.y"},
    {"unquoted_comma", "Doe, John <j@x.y>", "Doe, John|j@x.y"},
    {"two", "a@b.c, Ann <d@e.f>", "|a@b.c; Ann|d@e.f"},
    {"comment_is_the_name", "a@b.c (Ann Other)", "Ann Other|a@b.c"},
    {"comment_beside_a_name", "Ann (work) <a@b.c>", "Ann|a@b.c"},
    {"nested_comments", "a@b.c (Ann (the (first)))", "Ann (the (first))|a@b.c"},
    {"group", "Team: a@b.c, Ann <d@e.f>;", "Team:(|a@b.c; Ann|d@e.f)"},
    {"group_and_more", "Team: a@b.c; x@y.z", "Team:(|a@b.c) |x@y.z"},
    {"empty_group", "undisclosed-recipients:;", "undisclosed-recipients:()"},
    {"unclosed_group", "Team: a@b.c", "Team:(|a@b.c)"},
    {"unquoted_at", "j@x.y <j@x.y>", "j@x.y|j@x.y"},
    {"quoted_local_part", "\"john doe\"@x.y", "|\"john doe\"@x.y"},
    {"quoted_local_part_in_angle", "J <\"a@b\"@x.y>", "J|\"a@b\"@x.y"},
    {"route", "J <@r1,@r2:a@b.c>", "J|a@b.c"},
    {"encoded_name", "=?utf-8?Q?Andr=C3=A9?= <a@b.c>", "André|a@b.c"},
    {"encoded_name_in_quotes", "\"=?utf-8?B?5Lit5paH?=\" <a@b.c>", "中文|a@b.c"},
    {"encoded_quotes", "=?utf-8?Q?=22Doe=22?= <a@b.c>", "Doe|a@b.c"},
    {"raw_utf_8_name", "André <a@b.c>", "André|a@b.c"},
    {"raw_gbk_name", hex("D6D0CEC4D3CABCFE") + " <a@b.c>", "中文邮件|a@b.c"},
    {"bracket_that_was_never_opened", "a@b.c>", "|a@b.c"},
    {"comments_inside_the_address", "Pete <pete(his account)@silly.test(his host)>", "Pete|pete@silly.test"},
    {"open_parenthesis_inside_the_address", "Pete <pe(te @b.c>", "Pete|pe(te@b.c"},
    {"unclosed_angle", "Ann <a@b.c", "Ann|a@b.c"},
    {"unclosed_angle_before_comma", "Ann <a@b.c, d@e.f", "Ann|a@b.c; |d@e.f"},
    {"double_angle", "Ann <<a@b.c>>", "Ann|a@b.c"},
    {"semicolon_separates", "a@b.c; d@e.f", "|a@b.c; |d@e.f"},
    {"empty_elements", ", a@b.c,, ,d@e.f,", "|a@b.c; |d@e.f"},
    {"name_without_address", "Ann Other", "Ann Other|"},
    {"name_without_brackets", "Ann Other a@b.c", "Ann Other|a@b.c"},
    {"mailto", "mailto:a@b.c", "|a@b.c"},
    {"mailto_in_angle", "Ann <mailto:a@b.c>", "Ann|a@b.c"},
    {"blanks_in_the_address", "Ann < a @ b . c >", "Ann|a@b.c"},
    {"blanks_in_a_bare_address", "a @ b.c", "|a@b.c"},
    {"folded", "Ann\r\n Other <a@b.c>,\r\n\td@e.f", "Ann Other|a@b.c; |d@e.f"},
    {"escaped_quote", "\"A \\\"B\\\" C\" <a@b.c>", "A \"B\" C|a@b.c"},
    {"unclosed_quote", "\"Ann <a@b.c>", "Ann|a@b.c"},
    {"unclosed_comment_is_text", "Ann (x <a@b.c>", "Ann (x|a@b.c"},
    {"comment_deeper_than_the_limit_is_text", "((((((((((((((((((x)))))))))))))))))) a@b.c",
     "((((((((((((((((((x))))))))))))))))))|a@b.c"},
    {"no_domain", "Ann <root>", "Ann|root"},
    {"empty_angle", "MAILER-DAEMON <>", "MAILER-DAEMON|"},
    {"empty", "", ""},
};
}  // namespace mime_addresses_test

BOOST_AUTO_TEST_SUITE(mime_addresses)

using namespace mime_addresses_test;

BOOST_DATA_TEST_CASE(address_lists_are_read, data::make(kCases), row) {
  Fixture f;
  BOOST_TEST(f.shown(row.input) == row.expected);
}

BOOST_AUTO_TEST_CASE(addresses_above_the_limit_are_left_out) {
  Fixture f;
  f.limits.addresses = 3;
  BOOST_TEST(f.read("a@b, c@d, e@f, g@h, i@j").size() == 3u);
  BOOST_TEST(f.defects.has(haulier::mime::DefectCode::address_limit));
}

BOOST_AUTO_TEST_CASE(groups_keep_their_members_in_json) {
  Fixture f;
  std::string json;
  haulier::mime::append_addresses_json(json, f.read("Team: a@b, \"Q\\\"\" <c@d>;, x@y"));
  BOOST_TEST(
      json ==
      R"([{"group":"Team","members":[{"name":null,"address":"a@b"},{"name":"Q\"","address":"c@d"}]},{"name":null,"address":"x@y"}])");
}

BOOST_AUTO_TEST_CASE(internationalised_domains_have_both_forms) {
  Fixture f;
  const auto domain = [&](std::string_view value) {
    const Address address = f.read(value).at(0);
    return std::string(address.domain_ascii) + "|" + std::string(address.domain_unicode);
  };
  BOOST_TEST(domain("a@b\xC3\xBC"
                    "cher.example") == "xn--bcher-kva.example|");
  BOOST_TEST(domain("a@XN--bcher-kva.example") ==
             "|b\xC3\xBC"
             "cher.example");
  BOOST_TEST(domain("a@\xE4\xBE\x8B\xE5\xAD\x90.\xE6\xB5\x8B\xE8\xAF\x95") == "xn--fsqu00a.xn--0zwm56d|");
  BOOST_TEST(domain("a@example.org") == "|");
  BOOST_TEST(domain("a@xn--\xC3\xBC.x") == "|");  // no name in either form
  BOOST_TEST(domain("a@" + std::string(5000, 'x') + "\xC3\xBC") == "|");
  std::string json;
  haulier::mime::append_addresses_json(json, f.read("<a@xn--bcher-kva.example>"));
  BOOST_TEST(json ==
             "[{\"name\":null,\"address\":\"a@xn--bcher-kva.example\",\"domain_unicode\":\"b\xC3\xBC"
             "cher.example\"}]");
}

BOOST_AUTO_TEST_SUITE_END()
