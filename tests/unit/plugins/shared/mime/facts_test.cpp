#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "mime/facts_json.hpp"
#include "mime/reader.hpp"
#include "mime_case.hpp"

namespace mime_facts_test {
namespace data = boost::unit_test::data;
using haulier::mime::Email;
using haulier::mime::MailFacts;
using haulier::mime::Reader;
using mime_test::Case;

std::string join(const std::vector<std::string_view>& list) {
  std::string out;
  for (const std::string_view item : list) out.append(out.empty() ? "" : " ").append(item);
  return out;
}

// Everything that is set, as `name=value`, so that a row of the table also says what must not be set.
std::string set_facts(const MailFacts& facts) {
  std::string out;
  const auto add = [&](std::string_view name, std::string_view value) {
    if (!value.empty()) out.append(out.empty() ? "" : "; ").append(name).append("=").append(value);
  };
  add("resent", facts.resent_message_id);
  add("return_path", facts.return_path);
  add("delivered", join(facts.delivered_to));
  add("mailer", facts.mailer);
  add("precedence", facts.precedence);
  add("feedback", facts.feedback_id);
  add("post", facts.list_post);
  add("unsubscribe", join(facts.list_unsubscribe));
  add("one_click", facts.list_one_click ? "yes" : "");
  add("spf", facts.spf);
  add("dkim", facts.dkim);
  add("dmarc", facts.dmarc);
  add("arc", facts.arc);
  add("domains", join(facts.dkim_domains));
  add("bounce", facts.is_bounce ? "yes" : "");
  add("dsn", facts.is_dsn ? "yes" : "");
  add("mdn", facts.is_mdn ? "yes" : "");
  add("autoreply", facts.is_autoreply ? "yes" : "");
  add("calendar", facts.is_calendar ? "yes" : "");
  if (!facts.spam.empty()) add("spam", facts.spam[0].value);
  return out;
}

const Case kFields[] = {
    {"nothing_special", "From: a@example.org\n\nx", ""},
    {"return_path", "Return-Path: <a@example.org>\n\nx", "return_path=a@example.org"},
    {"null_return_path", "Return-Path: <>\n\nx", "return_path=<>"},
    {"delivered_to_twice", "Delivered-To: a@example.org\nDelivered-To: <b@example.org>\n\nx",
     "delivered=a@example.org b@example.org"},
    {"resent_message_id", "Resent-Message-ID: <r@example.org>\n\nx", "resent=r@example.org"},
    {"mailer", "X-Mailer: Mail 1\n\nx", "mailer=Mail 1"},
    {"list_fields",
     "List-Post: <mailto:l@example.org>\nList-Unsubscribe: <mailto:u@example.org>,\n <https://example.org/u?a=1,2>\n"
     "List-Unsubscribe-Post: List-Unsubscribe=One-Click\nPrecedence: bulk\n\nx",
     "precedence=bulk; post=mailto:l@example.org; unsubscribe=mailto:u@example.org https://example.org/u?a=1,2; "
     "one_click=yes"},
    {"list_post_no", "List-Post: NO (posting not allowed)\n\nx", ""},
    {"feedback_id", "Feedback-ID: 1:2:3:example\n\nx", "feedback=1:2:3:example"},
    {"authentication_results",
     "Authentication-Results: mx.example.org 1; spf=pass (ok; really)\n smtp.mailfrom=a@example.org; dkim=fail "
     "reason=\"bad; key\" header.d=example.org;\n dkim=pass header.d=example.net; dmarc=none\n\nx",
     "spf=pass; dkim=pass; dmarc=none"},
    {"only_the_topmost_results_count",
     "Authentication-Results: mx.example.org; spf=fail\nAuthentication-Results: fake.example; spf=pass; "
     "dmarc=pass\n\nx",
     "spf=fail"},
    {"authentication_results_none", "Authentication-Results: mx.example.org; none\n\nx", ""},
    {"authentication_results_without_server", "Authentication-Results: spf=pass smtp.mailfrom=a.example\n\nx",
     "spf=pass"},
    {"dkim_domains",
     "DKIM-Signature: v=1; a=rsa-sha256; d=example.org;\n s=k\nDKIM-Signature: v=1; d=example.net\nDKIM-Signature: "
     "d=example.org\n\nx",
     "domains=example.org example.net"},
    {"spam_field", "X-Spam-Status: No, score=-1.0\n\nx", "spam=No, score=-1.0"},
    {"autoreply_by_field", "Auto-Submitted: auto-replied (vacation)\n\nx", "autoreply=yes"},
    {"autoreply_by_subject", "Subject: Automatic reply: x\n\nx", "autoreply=yes"},
    {"generated_is_no_autoreply", "Auto-Submitted: auto-generated\n\nx", ""},
    {"autoreply_in_chinese", "Subject: 自动回复: x\n\nx", "autoreply=yes"},
    {"bounce_by_sender_and_subject",
     "From: MAILER-DAEMON@example.org\nSubject: Undelivered Mail Returned to Sender\n\nx", "bounce=yes"},
    {"the_subject_alone_is_no_bounce", "From: ann@example.org\nSubject: Undelivered parcels\n\nx", ""},
    {"bounce_by_failed_recipients", "X-Failed-Recipients: a@example.org\n\nx", "bounce=yes"},
    {"dsn_failed",
     "Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\n\nSorry\n--b\n"
     "Content-Type: message/delivery-status\n\nReporting-MTA: dns; mx\n\nFinal-Recipient: rfc822; a@example.org\n"
     "Action: failed\nStatus: 5.1.1\n--b--\n",
     "bounce=yes; dsn=yes"},
    {"dsn_delayed_is_no_bounce",
     "Content-Type: multipart/report; boundary=b\n\n--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; "
     "mx\n\nFinal-Recipient: rfc822; a@example.org\nAction: delayed\nStatus: 4.4.1\n--b--\n",
     "dsn=yes"},
    {"mdn",
     "Content-Type: multipart/report; boundary=b\n\n--b\nContent-Type: message/disposition-notification\n\n"
     "Final-Recipient: rfc822; a@example.org\nDisposition: manual-action; displayed\n--b--\n",
     "mdn=yes"},
    {"calendar", "Content-Type: text/calendar; method=REQUEST\n\nBEGIN:VCALENDAR\nEND:VCALENDAR\n", "calendar=yes"},
};

template <class Append>
std::string json_of(Append&& append) {
  std::string out;
  append(out);
  return out;
}
}  // namespace mime_facts_test

BOOST_AUTO_TEST_SUITE(mime_facts)

using namespace mime_facts_test;

BOOST_DATA_TEST_CASE(what_fields_say_is_read, data::make(kFields), row) {
  Reader reader;
  BOOST_TEST(set_facts(reader.read(row.input).facts) == row.expected);
}

BOOST_AUTO_TEST_CASE(authentication_results_keep_their_order_and_properties) {
  Reader reader;
  const Email& email = reader.read(
      "Authentication-Results: mx.example.org; spf=pass (a) smtp.mailfrom=a@example.org;\n dkim=pass "
      "header.d=x.example "
      "header.b=\"ab=\"\nAuthentication-Results: other.example; none\n\nx");
  BOOST_TEST(
      json_of([&](std::string& out) { append_auth_json(out, email.facts); }) ==
      R"([{"server":"mx.example.org","results":[{"method":"spf","result":"pass","properties":[["smtp.mailfrom","a@example.org"]]},)"
      R"({"method":"dkim","result":"pass","properties":[["header.d","x.example"],["header.b","ab="]]}]},)"
      R"({"server":"other.example","results":[]}])");
}

BOOST_AUTO_TEST_CASE(the_way_of_a_message_is_read) {
  Reader reader;
  const Email& email = reader.read(
      "Received: from mx.example.org (mx.example.org [192.0.2.1])\n by in.example.net (Postfix) with ESMTPS id 1\n for "
      "<a@example.net>; Tue, 1 Jul 2003 10:53:00 +0200\nReceived: from [IPv6:2001:db8::1] by mx.example.org with HTTP; "
      "Tue, 1 Jul 2003 10:52:40 +0200\nDate: Tue, 1 Jul 2003 10:52:37 +0200\n\nx");
  BOOST_TEST(
      json_of([&](std::string& out) { append_received_json(out, email.facts); }) ==
      R"([{"from":"mx.example.org","by":"in.example.net","with":"ESMTPS","ip":"192.0.2.1","time_us":1057049580000000,"tls":true},)"
      R"({"from":"[IPv6:2001:db8::1]","by":"mx.example.org","with":"HTTP","ip":"2001:db8::1","time_us":1057049560000000,"tls":false}])");
  BOOST_TEST(email.facts.received_first_us.value() == 1057049560000000);
  BOOST_TEST(email.facts.date_skew_s.value() == -3);
}

BOOST_AUTO_TEST_CASE(a_delivery_report_is_read) {
  Reader reader;
  const Email& email = reader.read(
      "Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\n\nSorry\n"
      "--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example.org\n\n"
      "Final-Recipient: rfc822; <a@example.org>\nAction: failed\nStatus: 5.1.1\nStatus: 2.0.0\n"
      "Diagnostic-Code: smtp; 550 no\n such user\n\nFinal-Recipient: rfc822;b@example.org\nAction: delivered\n"
      "--b\nContent-Type: message/rfc822\n\nMessage-ID: <sent@example.org>\n\nold\n--b--\n");
  BOOST_TEST(
      json_of([&](std::string& out) { append_report_json(out, email.facts); }) ==
      R"({"kind":"delivery","message_id":"sent@example.org","reporting_mta":"mx.example.org","recipients":[)"
      R"({"final_recipient":"a@example.org","action":"failed","status":"5.1.1","diagnostic":"550 no  such user"},)"
      R"({"final_recipient":"b@example.org","action":"delivered"}]})");
}

BOOST_AUTO_TEST_CASE(an_invitation_is_read) {
  Reader reader;
  const Email& email = reader.read(
      "Content-Type: text/calendar; charset=utf-8; method=REQUEST\n\nBEGIN:VCALENDAR\r\nMETHOD:request\r\n"
      "BEGIN:VTIMEZONE\r\nTZID:X\r\nEND:VTIMEZONE\r\nBEGIN:VEVENT\r\nUID:u1\r\nSEQUENCE:2\r\n"
      "DTSTART;TZID=\"Europe/Berlin\":20261122T100000\r\nDTEND:20261122T110000Z\r\n"
      "SUMMARY:Gr\xC3\r\n \xBC\xC3\x9F"
      "e\\, \\nall\r\nORGANIZER;CN=\"A: B\":MAILTO:ann@example.org\r\n"
      "ATTENDEE;PARTSTAT=ACCEPTED:mailto:bob@example.org\r\nBEGIN:VALARM\r\nSUMMARY:no\r\nUID:no\r\nEND:VALARM\r\n"
      "LOCATION:Here\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nUID:u2\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n");
  BOOST_TEST(json_of([&](std::string& out) { append_calendar_json(out, email.facts.calendar); }) ==
             R"({"method":"REQUEST","component":"VEVENT","uid":"u1","sequence":"2","start":"20261122T100000",)"
             R"("end":"20261122T110000Z","tzid":"Europe/Berlin","summary":"Grüße, \nall","location":"Here",)"
             R"("organizer":"ann@example.org","attendees":[{"address":"bob@example.org","status":"ACCEPTED"}]})");
}

BOOST_AUTO_TEST_CASE(the_reply_belongs_to_the_text) {
  Reader reader;
  const Email& email = reader.read(
      "Content-Type: text/html\n\n<p>Yes.</p><p>On Tue, Ann wrote:</p><blockquote>May "
      "I?</blockquote>");
  BOOST_TEST(email.facts.reply.cut);
  BOOST_TEST(email.facts.reply.reply == "Yes.\n");
  BOOST_TEST(reader.read("a: b\n\ntwo words 中文").facts.word_count == 4u);
}

BOOST_AUTO_TEST_SUITE_END()
