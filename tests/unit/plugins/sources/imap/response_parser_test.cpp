#include "proto/response_parser.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "proto/capabilities.hpp"

namespace response_parser_test {
using namespace haulier::imap;

template <class T>
T parsed(std::string_view text) {
  const auto response = parse_response(text);
  const auto* value = std::get_if<T>(&response);
  if (!value) throw std::runtime_error("parsed as something else: " + std::string(text));
  return *value;
}

BOOST_AUTO_TEST_SUITE(response_parser)

BOOST_AUTO_TEST_CASE(fetch_attributes_come_in_any_order) {
  for (const char* text :
       {"* 4 FETCH (UID 17 FLAGS (\\Seen $x) RFC822.SIZE 99 MODSEQ (12) INTERNALDATE \"01-Feb-2024 03:04:05 +0100\")",
        "* 4 FETCH (RFC822.SIZE 99 INTERNALDATE \" 1-Feb-2024 03:04:05 +0100\"  FLAGS (\\Seen $x) MODSEQ (12) UID 17)",
        "* 4 fetch (rfc822.size 99 internaldate \"1-Feb-2024 03:04:05 +0100\" uid 17 flags (\\Seen $x) modseq (12))"}) {
    const auto fetch = parsed<FetchData>(text);
    BOOST_TEST(fetch.sequence == 4U);
    BOOST_REQUIRE(fetch.uid.has_value());
    BOOST_TEST(fetch.uid->value() == 17U);
    BOOST_TEST(fetch.flags.value() == "\\Seen $x");
    BOOST_TEST(fetch.size.value() == 99U);
    BOOST_TEST(fetch.modseq.value() == 12U);
    BOOST_TEST(fetch.internal_date_us.value() == 1706753045000000);
  }
}

BOOST_AUTO_TEST_CASE(fetch_ids_of_servers_are_read) {
  const auto fetch = parsed<FetchData>(
      "* 1 FETCH (EMAILID (M6d99ac) THREADID (T64b) X-GM-MSGID 1278455344230334865 X-GM-THRID 12 X-GM-LABELS (\\Inbox "
      "\"a b\") UID 1)");
  BOOST_TEST(fetch.email_id == "M6d99ac");
  BOOST_TEST(fetch.thread_id == "T64b");
  BOOST_TEST(fetch.gm_msgid == "1278455344230334865");
  BOOST_TEST(fetch.gm_labels == "\\Inbox \"a b\"");
  BOOST_TEST(parsed<FetchData>("* 1 FETCH (THREADID NIL UID 1)").thread_id.empty());
  BOOST_TEST(parsed<FetchData>("* 1 FETCH (THREADID (NIL) UID 1)").thread_id.empty());
}

BOOST_AUTO_TEST_CASE(fetch_bodies_may_be_nil_quoted_or_literal) {
  BOOST_TEST((parsed<FetchData>("* 1 FETCH (UID 1 BODY[] NIL)").body == FetchData::Body::kNil));
  BOOST_TEST(parsed<FetchData>("* 1 FETCH (UID 1 BODY[] \"a\\\"b\")").body_text.text() == "a\"b");
  BOOST_TEST(parsed<FetchData>("* 1 FETCH (UID 1 BODY[]<5> {3}\r\nabc)").body_origin.value() == 5U);
  const StreamedLiteral streamed[] = {{33, 3000}};
  const auto response = parse_response("* 1 FETCH (UID 1 BODY[] {3000}\r\n FLAGS ())", streamed);
  BOOST_TEST(std::get_if<FetchData>(&response) == nullptr);  // the offset is not the literal's
  const StreamedLiteral right[] = {{32, 3000}};
  const auto fetch = std::get<FetchData>(parse_response("* 1 FETCH (UID 1 BODY[] {3000}\r\n FLAGS ())", right));
  BOOST_TEST((fetch.body == FetchData::Body::kStreamed));
  BOOST_TEST(fetch.body_size == 3000U);
}

BOOST_AUTO_TEST_CASE(unknown_fetch_items_are_skipped) {
  const auto fetch = parsed<FetchData>(
      "* 1 FETCH (ENVELOPE (\"d\" NIL ((NIL NIL \"a\" {1}\r\nb)) NIL) BODY[HEADER.FIELDS (A B)] \"x)\" X-NEW 5 UID 9)");
  BOOST_TEST(fetch.uid.value().value() == 9U);
  BOOST_TEST((fetch.body == FetchData::Body::kAbsent));
}

BOOST_AUTO_TEST_CASE(uid_zero_and_beyond_32_bits_give_no_uid) {
  BOOST_TEST(!parsed<FetchData>("* 1 FETCH (UID 0)").uid.has_value());
  BOOST_TEST(!parsed<FetchData>("* 1 FETCH (UID 4294967296)").uid.has_value());
}

BOOST_AUTO_TEST_CASE(ten_thousand_parentheses_end_at_the_nesting_limit) {
  const std::string text = "* 1 FETCH (X " + std::string(10000, '(') + std::string(10000, ')') + " UID 1)";
  BOOST_TEST(parsed<Unknown>(text).reason == "FETCH with a bad item");
  const std::string allowed = "* 1 FETCH (X " + std::string(64, '(') + std::string(64, ')') + " UID 1)";
  BOOST_TEST(parsed<FetchData>(allowed).uid.value().value() == 1U);
}

BOOST_AUTO_TEST_CASE(list_names_in_every_form) {
  BOOST_TEST(parsed<ListEntry>("* LIST (\\HasNoChildren \\Noselect) \"/\" \"a \\\"b\\\"\"").name.text() == "a \"b\"");
  BOOST_TEST(parsed<ListEntry>("* LIST () \"/\" INBOX").name.text() == "INBOX");
  BOOST_TEST(parsed<ListEntry>("* LIST () NIL {3}\r\nx\"y").name.text() == "x\"y");
  BOOST_TEST(parsed<ListEntry>("* LIST () \".\" NIL").name.text() == "NIL");
  BOOST_TEST(parsed<ListEntry>("* LIST () \"/\" \"\xCF\xEE\"").name.text() == "\xCF\xEE");
  BOOST_TEST(parsed<ListEntry>("* LIST (\\NoSelect) \"\\\\\" a").delimiter == '\\');
  BOOST_TEST(parsed<ListEntry>("* LIST (\\NoSelect) \"/\" a").has("\\NOSELECT"));
  BOOST_TEST(!parsed<ListEntry>("* LIST () NIL a").has("\\NOSELECT"));
  BOOST_TEST(parsed<ListEntry>("* LIST () \"/\" \"a\\b\"").name.text() == "a\\b");
}

BOOST_AUTO_TEST_CASE(status_keeps_only_what_was_given) {
  const auto status =
      parsed<MailboxStatus>("* STATUS \"a\" (MESSAGES 3 UIDVALIDITY 18446744073709551615 X (1) SIZE 7 )");
  BOOST_TEST(status.messages.value() == 3U);
  BOOST_TEST(status.uidvalidity.value() == UINT64_MAX);
  BOOST_TEST(!status.uidnext.has_value());
  BOOST_TEST(status.size.value() == 7U);
}

BOOST_AUTO_TEST_CASE(empty_status_list_is_legal) {
  BOOST_TEST(parsed<MailboxStatus>("* STATUS x ()").name.text() == "x");
}

BOOST_AUTO_TEST_CASE(search_results_in_both_forms) {
  BOOST_TEST(parsed<SearchResult>("* SEARCH").all.empty());
  BOOST_TEST(parsed<SearchResult>("* SEARCH 5 1 2 3 ").all.to_text() == "1:3,5");
  BOOST_TEST(parsed<SearchResult>("* SEARCH 2 (MODSEQ 917)").modseq.value() == 917U);
  const auto extended = parsed<SearchResult>("* ESEARCH (TAG \"h7\") UID COUNT 4 ALL 1:3,9 X (a b)");
  BOOST_TEST(extended.all.to_text() == "1:3,9");
  BOOST_TEST(extended.tag == "h7");
  BOOST_TEST(parsed<SearchResult>("* ESEARCH (TAG \"h7\") UID").all.empty());
}

BOOST_AUTO_TEST_CASE(search_with_a_number_that_is_no_uid_is_not_believed) {
  BOOST_TEST(parsed<Unknown>("* SEARCH 1 0 2").reason == "SEARCH with something that is no number");
  BOOST_TEST(parsed<Unknown>("* ESEARCH UID ALL 1:*").reason == "ESEARCH with a bad set");
}

BOOST_AUTO_TEST_CASE(vanished_sets_stay_intervals) {
  const auto vanished = parsed<Vanished>("* VANISHED (EARLIER) 1:4294967295");
  BOOST_TEST(vanished.earlier);
  BOOST_TEST(vanished.uids.intervals().size() == 1U);
  BOOST_TEST(!parsed<Vanished>("* VANISHED 3").earlier);
}

struct CodeRow {
  const char* line;
  Code code;
  const char* text;
};
std::ostream& operator<<(std::ostream& out, const CodeRow& row) { return out << row.line; }
const CodeRow kCodes[] = {{"* OK [UIDVALIDITY 3857529045] UIDs valid", Code::kUidValidity, "UIDs valid"},
                          {"* OK [HIGHESTMODSEQ 7]", Code::kHighestModSeq, ""},
                          {"a NO [AUTHENTICATIONFAILED] no", Code::kAuthenticationFailed, "no"},
                          {"a no [unavailable] later", Code::kUnavailable, "later"},
                          {"a NO [X-NEW 1] text", Code::kOther, "text"},
                          {"* OK [PERMANENTFLAGS (\\* broken", Code::kNone, "[PERMANENTFLAGS (\\* broken"},
                          {"* BYE", Code::kNone, ""},
                          {"* OK Ready(10.1.2.3)", Code::kNone, "Ready(10.1.2.3)"}};
BOOST_DATA_TEST_CASE(response_codes_are_read, boost::unit_test::data::make(kCodes), row) {
  const auto line = parsed<StatusLine>(row.line);
  BOOST_TEST((line.code.code == row.code));
  BOOST_TEST(line.text == row.text);
}

BOOST_AUTO_TEST_CASE(response_code_numbers_are_kept_whole) {
  BOOST_TEST(parsed<StatusLine>("* OK [UIDVALIDITY 18446744073709551615] x").code.number.value() == UINT64_MAX);
  BOOST_TEST(!parsed<StatusLine>("* OK [UIDVALIDITY 99999999999999999999999] x").code.number.has_value());
}

BOOST_AUTO_TEST_CASE(server_id_with_nil_values) {
  const auto id = parsed<ServerId>("* ID (\"name\" \"Dovecot\" \"os\" NIL)");
  BOOST_REQUIRE_EQUAL(id.pairs.size(), 2U);
  BOOST_TEST(id.pairs[0].second == "Dovecot");
  BOOST_TEST(id.pairs[1].second.empty());
  BOOST_TEST(parsed<ServerId>("* ID NIL").pairs.empty());
}

struct DateRow {
  const char* text;
  std::int64_t seconds;  // -1: refused
};
std::ostream& operator<<(std::ostream& out, const DateRow& row) { return out << row.text; }
const DateRow kDates[] = {{"17-Jul-1996 02:44:25 -0700", 837596665},
                          {" 1-Jan-1970 00:00:00 +0000", 0},
                          {"29-Feb-2000 12:00:00 +0800", 951796800},
                          {"01-jan-2024 00:00:00 +0000", 1704067200},
                          {"32-Jan-2024 00:00:00 +0000", -1},
                          {"01-Foo-2024 00:00:00 +0000", -1},
                          {"01-Jan-2024 24:00:00 +0000", -1},
                          {"", -1},
                          {"1-", -1},
                          {"01-Jan-2024 00:00:00 +00x0", -1}};
BOOST_DATA_TEST_CASE(internal_dates_become_utc, boost::unit_test::data::make(kDates), row) {
  const auto date = parse_internal_date(row.text);
  BOOST_TEST(date.value_or(-1'000'000) == row.seconds * 1'000'000);
}

BOOST_AUTO_TEST_CASE(garbage_is_reported_not_thrown) {
  for (const char* text :
       {"*", "* ", " ", "* 1", "* 1 FETCH", "* 1 FETCH (", "* 1 FETCH (UID", "* LIST", "* STATUS", "x", "* STATUS \"x",
        "* LIST () \"/\" {9}\r\nab", "* ESEARCH (", "* ID (\"a\"", "(", "* 99999999999999999999999 FETCH ()"}) {
    BOOST_CHECK_NO_THROW((void)parse_response(text));
  }
}

BOOST_AUTO_TEST_CASE(capabilities_ignore_case_and_doubled_blanks) {
  const Capabilities capabilities(" IMAP4rev1  idle AUTH=plain ");
  BOOST_TEST(capabilities.has("IDLE"));
  BOOST_TEST(capabilities.has("AUTH=PLAIN"));
  BOOST_TEST(!capabilities.has("AUTH="));
  BOOST_TEST(!Capabilities().known());
}

BOOST_AUTO_TEST_CASE(namespaces_are_their_prefixes) {
  const auto parsed = parse_response(
      "* NAMESPACE ((\"\" \"/\")(\"INBOX.\" \".\")) NIL ((\"Public/\" \"/\" \"X\" (\"a\"))(\"#s.\" NIL))");
  const auto* spaces = std::get_if<Namespaces>(&parsed);
  BOOST_REQUIRE(spaces);
  BOOST_TEST(spaces->personal == std::vector<std::string>{"INBOX."}, boost::test_tools::per_element());
  BOOST_TEST(spaces->other_users.empty());
  BOOST_TEST(spaces->shared == (std::vector<std::string>{"Public/", "#s."}), boost::test_tools::per_element());
  for (const char* bad :
       {"* NAMESPACE", "* NAMESPACE NIL", "* NAMESPACE (a) NIL NIL", "* NAMESPACE ((\"x\" \"/\"", "* NAMESPACE x y z"})
    BOOST_TEST(std::holds_alternative<Unknown>(parse_response(bad)), bad);
}

BOOST_AUTO_TEST_CASE(quota_is_what_is_used_and_what_is_allowed) {
  const auto quota = parsed<Quota>("* QUOTA \"user root\" (storage 10 512 MESSAGE  3 20000)");
  BOOST_REQUIRE_EQUAL(quota.resources.size(), 2U);
  BOOST_TEST(quota.resources[0].name == "STORAGE");
  BOOST_TEST(quota.resources[0].used == 10U);
  BOOST_TEST(quota.resources[0].limit == 512U);
  BOOST_TEST(quota.resources[1].name == "MESSAGE");
  BOOST_TEST(quota.resources[1].limit == 20000U);
  BOOST_TEST(parsed<Quota>("* QUOTA \"\" ()").resources.empty());
  for (const char* bad :
       {"* QUOTA", "* QUOTA x", "* QUOTA x (STORAGE 1)", "* QUOTA x (STORAGE 1 2", "* QUOTA x (1 2 3 4"})
    BOOST_TEST(std::holds_alternative<Unknown>(parse_response(bad)), bad);
}

BOOST_AUTO_TEST_SUITE_END()
}  // namespace response_parser_test
