#include "mime/reader.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <fstream>
#include <iterator>

#include "mime/email_json.hpp"
#include "mime_case.hpp"

namespace mime_reader_test {
namespace data = boost::unit_test::data;
using haulier::mime::DateSource;
using haulier::mime::DefectCode;
using haulier::mime::Email;
using haulier::mime::Importance;
using haulier::mime::Limits;
using haulier::mime::Reader;
using haulier::mime::TextSource;
using mime_test::Case;

std::string sample(const std::string& name) {
  std::ifstream file(std::string(HAULIER_SOURCE_DIR) + "/tests/data/mime/" + name, std::ios::binary);
  BOOST_REQUIRE_MESSAGE(file.good(), name);
  return {std::istreambuf_iterator<char>(file), {}};
}

// `path role name(safe) type` of each row.
std::string rows(const Email& email) {
  std::string out;
  for (const auto& row : email.attachments) {
    if (!out.empty()) out += "; ";
    out += std::string(row.path) + " " + std::string(name_of(row.role)) + " " + row.file_name_safe + " " +
           std::string(row.media_type);
  }
  return out;
}

// Structures for the body selection: `t` text/plain, `h` text/html, `i` image, `n` text/plain with a name, `z` zip,
// `c` text/calendar; `A(..)` alternative, `R(..)` related, `M(..)` mixed.
std::string build(std::string_view spec, std::size_t& at, int& boundary) {
  const char c = spec[at++];
  if (c == 'A' || c == 'R' || c == 'M') {
    const std::string b = "b" + std::to_string(boundary++);
    const std::string kind = c == 'A' ? "alternative" : c == 'R' ? "related" : "mixed";
    std::string out = "Content-Type: multipart/" + kind + "; boundary=" + b + "\n\n";
    for (++at; spec[at] != ')';) out += "--" + b + "\n" + build(spec, at, boundary);
    ++at;
    return out + "--" + b + "--\n";
  }
  const std::string type = c == 't'   ? "text/plain"
                           : c == 'h' ? "text/html"
                           : c == 'i' ? "image/png"
                           : c == 'n' ? "text/plain; name=n.txt"
                           : c == 'c' ? "text/calendar"
                                      : "application/zip";
  return "Content-Type: " + type + "\n\n" + std::string(1, c) + "\n";
}

std::string letters(const std::vector<std::uint32_t>& parts, const Email& email, std::string_view message) {
  std::string out;
  for (const auto index : parts) out += email.structure.parts[index].body.in(message).substr(0, 1);
  return out;
}

// Expected: text, html and attachment lists after RFC 8621 section 4.1.4.
const Case kSelections[] = {
    {"single_text", "t", "t/t/"},
    {"single_html", "h", "h/h/"},
    {"single_image", "i", "i/i/"},
    {"single_zip", "z", "//z"},
    {"alternative", "A(th)", "t/h/"},
    {"alternative_with_calendar", "A(thc)", "t/h/c"},
    {"alternative_of_html_only", "A(h)", "h/h/"},
    {"alternative_of_text_only", "A(t)", "t/t/"},
    {"mixed_attachment", "M(tz)", "t/t/z"},
    {"mixed_two_texts", "M(tt)", "tt/tt/"},
    {"mixed_named_text_is_attached", "M(tn)", "t/t/n"},
    {"mixed_first_named_text_is_body", "M(nt)", "nt/nt/"},
    {"mixed_picture_is_body", "M(tit)", "tit/tit/"},
    {"related_picture_is_attached", "R(hi)", "h/h/i"},
    {"alternative_related", "A(tR(hi))", "t/h/i"},
    {"mixed_alternative_related", "M(A(tR(hi))z)", "t/h/iz"},
    {"related_around_alternative", "R(A(th)i)", "t/h/i"},
    {"mixed_in_alternative", "A(tM(hi))", "t/hi/i"},
    {"text_and_picture_in_alternative", "A(M(tit)h)", "tit/h/i"},
    {"footer_after_alternative", "M(A(th)t)", "tt/ht/"},
};
}  // namespace mime_reader_test

BOOST_AUTO_TEST_SUITE(mime_reader)

using namespace mime_reader_test;

BOOST_DATA_TEST_CASE(bodies_are_selected_as_jmap_says, data::make(kSelections), row) {
  std::size_t at = 0;
  int boundary = 0;
  const std::string message = build(row.input, at, boundary);
  Reader reader;
  const Email& email = reader.read(message);
  BOOST_TEST(letters(email.bodies.text, email, message) + "/" + letters(email.bodies.html, email, message) + "/" +
                 letters(email.bodies.attachments, email, message) ==
             row.expected);
}

BOOST_AUTO_TEST_CASE(a_plain_mail_is_read) {
  Reader reader;
  const std::string mail = sample("plain.eml");
  const Email& email = reader.read(mail);
  BOOST_TEST(email.subject == "Lunch");
  BOOST_TEST(email.message_id == "plain@example.org");
  BOOST_REQUIRE(email.from.size() == 1u);
  BOOST_TEST(email.from[0].name == "Ann Other");
  BOOST_TEST(email.from[0].address == "ann@example.org");
  BOOST_TEST(email.from_raw == "Ann Other <ann@example.org>");
  BOOST_REQUIRE(email.sent.has_value());
  BOOST_TEST(email.sent->utc_us == 1057049557000000);
  BOOST_TEST(email.text == "Shall we go at noon? Grüße\n");
  BOOST_TEST(email.preview == "Shall we go at noon? Grüße");
  BOOST_TEST((email.text_source == TextSource::plain));
  BOOST_TEST(!email.has_html);
  BOOST_TEST(email.charset_declared == "utf-8");
  BOOST_TEST(email.charset_used == "utf-8");
  BOOST_TEST(email.defects.size() == 0u);
  BOOST_TEST(email.headers.size() == 8u);
  BOOST_TEST(email.headers[5].name == "Subject");
}

BOOST_AUTO_TEST_CASE(lines_that_lost_their_fold_do_not_end_the_header) {
  Reader reader;
  BOOST_TEST(reader.read("Received: from a\nby b\nid 1\nfor c\nSubject: s\n\nx").subject == "s");
  BOOST_TEST(reader.read("Subject: s\nwords\nmore\n\nFrom: x\n").text == "words\nmore\n\nFrom: x\n");
}

BOOST_AUTO_TEST_CASE(text_before_the_end_of_a_multipart_without_parts_is_not_lost) {
  haulier::mime::Reader reader;
  const std::string head = "Content-Type: multipart/mixed; boundary=b\n\n";
  BOOST_TEST(reader.read(head + "--b and junk\n\nfirst\n--b--\nend\n").text == "--b and junk\n\nfirst");
  BOOST_TEST(reader.read(head + "\n--b--\n").structure.parts.size() == 1u);
  BOOST_TEST(reader.read(head + "preamble\n--b\n\npart\n--b--\n").text == "part");
}

BOOST_AUTO_TEST_CASE(a_message_whose_time_is_up_keeps_headers_and_structure) {
  const std::string mail =
      "From: Ann <a@b.c>\nSubject: hi\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\ntext\n"
      "--b\nContent-Type: text/html\n\n<p>x\n--b\nContent-Type: a/b\nContent-Disposition: attachment\n\nz\n--b--\n";
  haulier::mime::Reader reader;
  int asked = 0;
  const Email& email = reader.read(mail, {}, [&] { return ++asked > 0; });
  BOOST_TEST(email.subject == "hi");
  BOOST_TEST(email.from.size() == 1u);
  BOOST_TEST(email.structure.parts.size() == 4u);
  BOOST_TEST(email.attachments.size() == 1u);
  BOOST_TEST(email.text.empty());
  BOOST_TEST(email.defects.has(haulier::mime::DefectCode::time_limit));
  BOOST_TEST(asked == 1);
  BOOST_TEST(reader.read(mail).text == "text\nx");
  BOOST_TEST(!reader.read(mail).defects.has(haulier::mime::DefectCode::time_limit));
}

BOOST_AUTO_TEST_CASE(blanks_and_comments_are_no_part_of_an_id) {
  Reader reader;
  const Email& email = reader.read("Message-ID: <1234   @   local(blah)  .machine .example>\n\nx");
  BOOST_TEST(email.message_id == "1234@local.machine.example");
}

BOOST_AUTO_TEST_CASE(what_people_see_decides_between_inline_and_attachment) {
  Reader reader;
  const std::string mail = sample("alternative_related.eml");
  const Email& email = reader.read(mail);
  BOOST_TEST(email.subject == "一个测试");
  BOOST_TEST(email.text == "Plain words.");
  BOOST_TEST(email.html == "<p>HTML <b>words</b>.</p><img src=\"cid:logo@example.org\">");
  // The picture says attachment and is shown; the PDF says inline and is not.
  BOOST_TEST(rows(email) == "1.2 inline logo.png image/png; 2 attachment offer.pdf application/pdf");
  BOOST_TEST(email.attachments[0].cid_referenced);
  BOOST_TEST(email.attachment_count == 1u);
  BOOST_TEST(email.inline_count == 1u);
}

BOOST_AUTO_TEST_CASE(structure_is_written_as_jmap_has_it) {
  Reader reader;
  const std::string mail = sample("nested_message.eml");
  const Email& email = reader.read(mail);
  std::string json;
  haulier::mime::append_structure_json(json, email);
  BOOST_TEST(
      json ==
      R"({"partId":null,"type":"multipart/mixed","size":405,"encoding":"7bit","subParts":[)"
      R"({"partId":"1","type":"text/plain","size":22,"encoding":"7bit"},)"
      R"({"partId":"2","type":"message/rfc822","size":247,"encoding":"7bit","name":"inner.eml","disposition":"attachment"}]})");
}

BOOST_AUTO_TEST_CASE(a_nested_message_is_one_row) {
  Reader reader;
  const std::string mail = sample("nested_message.eml");
  const Email& email = reader.read(mail);
  BOOST_TEST(email.text == "See the message below.");
  BOOST_TEST(rows(email) == "2 nested_message inner.eml message/rfc822");
  BOOST_TEST(email.structure.parts.size() == 6u);
  BOOST_TEST(email.structure.parts[5].path == "2.2");
  BOOST_TEST(email.is_forward);
  BOOST_TEST(email.subject_base == "see below");
}

BOOST_AUTO_TEST_CASE(gb2312_is_read_as_gb18030) {
  Reader reader;
  const std::string mail = sample("gb2312.eml");
  const Email& email = reader.read(mail);
  BOOST_TEST(email.subject == "镕基先生");
  BOOST_TEST(email.text == "您好，朱镕基先生。\n");
  BOOST_TEST(email.charset_declared == "gb2312");
  BOOST_TEST(email.charset_used == "gb18030");
  std::string headers;
  haulier::mime::append_headers_json(headers, email.headers);
  BOOST_TEST(headers.find("[\"X-Raw\",\"原始标题\"]") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(iso_2022_jp_is_read_with_nec_characters) {
  Reader reader;
  const std::string mail = sample("iso2022jp.eml");
  const Email& email = reader.read(mail);
  BOOST_TEST(email.subject == "日本語の件名");
  BOOST_TEST(email.text == "こんにちは\n①\n");
}

BOOST_AUTO_TEST_CASE(raw_headers_follow_the_body) {
  Reader reader;
  const std::string mail = sample("koi8r_raw_headers.eml");
  const Email& email = reader.read(mail);
  BOOST_TEST(email.subject == "Привет из Москвы");
  BOOST_REQUIRE(email.from.size() == 1u);
  BOOST_TEST(email.from[0].name == "Иван");
  BOOST_TEST(email.text == "Текст письма\n");
  BOOST_TEST(email.defects.has(DefectCode::header_8bit));
  BOOST_TEST(email.defects.has(DefectCode::message_id_missing));
}

BOOST_AUTO_TEST_CASE(text_is_made_of_html_when_there_is_no_other) {
  Reader reader;
  const std::string mail = sample("html_only.eml");
  const Email& email = reader.read(mail);
  BOOST_TEST((email.text_source == TextSource::html));
  BOOST_TEST(email.text == "Neues für Sie\n\nZum Angebot <https://example.org/a>");
  BOOST_TEST(email.preview == "Neues für Sie Zum Angebot <https://example.org/a>");
  BOOST_TEST(email.html.find("Neues für Sie") != std::string::npos);
  BOOST_TEST(email.charset_used == "windows-1252");
  BOOST_TEST(email.list_id == "news.example.org");
}

BOOST_AUTO_TEST_CASE(blank_plain_text_gives_way_to_html) {
  Reader reader;
  const std::string mail =
      "Content-Type: multipart/alternative; boundary=b\n\n--b\n\n  \n--b\nContent-Type: text/html\n\n<p>words\n--b--\n";
  const Email& email = reader.read(mail);
  BOOST_TEST(email.text == "words");
  BOOST_TEST((email.text_source == TextSource::html));
}

BOOST_AUTO_TEST_CASE(text_follows_the_order_of_the_parts) {
  Reader reader;
  const std::string mail =
      "Content-Type: multipart/mixed; boundary=b\n\n--b\n\none\n--b\nContent-Type: "
      "text/html\n\n<p>two</p>\n--b\n\nthree\n--b--\n";
  const Email& email = reader.read(mail);
  BOOST_TEST(email.text == "one\ntwo\nthree");
  BOOST_TEST(email.html == "<p>two</p>");
  BOOST_TEST((email.text_source == TextSource::html));
}

BOOST_AUTO_TEST_CASE(flowed_text_is_joined) {
  Reader reader;
  const std::string mail = sample("flowed.eml");
  const Email& email = reader.read(mail);
  BOOST_TEST(email.text == "> You wrote a long line.\nThis one is long, too.\n");
  BOOST_TEST(email.is_reply);
  BOOST_REQUIRE(email.references.size() == 2u);
  BOOST_TEST(email.references[0] == "zero@example.org");
  BOOST_REQUIRE(email.in_reply_to.size() == 1u);
  BOOST_TEST(email.in_reply_to[0] == "first@example.org");
}

BOOST_AUTO_TEST_CASE(a_uuencoded_file_is_a_row_and_no_text) {
  Reader reader;
  const std::string mail = sample("uuencode.eml");
  const Email& email = reader.read(mail);
  BOOST_TEST(email.text == "Here it is:\nBye.\n");
  BOOST_TEST(rows(email) == "1.uu1 attachment cat.txt application/octet-stream");
  BOOST_TEST(email.attachments[0].content.in(mail) == "begin 644 cat.txt\r\n#0V%T\r\n`\r\nend\r\n");
}

BOOST_AUTO_TEST_CASE(roles_follow_the_type) {
  Reader reader;
  const std::string calendar = sample("calendar.eml");
  BOOST_TEST(rows(reader.read(calendar)) == "2 calendar part-2.ics text/calendar");
  const std::string signed_mail = sample("signed.eml");
  const Email& email = reader.read(signed_mail);
  BOOST_TEST(rows(email) == "2 signature signature.asc application/pgp-signature");
  BOOST_TEST(email.is_signed);
  BOOST_TEST(!email.is_encrypted);
  const std::string report = sample("report.eml");
  const Email& bounce = reader.read(report);
  BOOST_TEST(rows(bounce) == "2 inline part-2.txt message/delivery-status; 3 inline part-3.txt text/rfc822-headers");
  BOOST_TEST(bounce.auto_submitted == "auto-replied");
  const std::string encrypted = "Content-Type: application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m\n\nx";
  const Email& closed = reader.read(encrypted);
  BOOST_TEST(rows(closed) == "1 encrypted smime.p7m application/pkcs7-mime");
  BOOST_TEST(closed.is_encrypted);
}

BOOST_AUTO_TEST_CASE(a_damaged_mail_becomes_a_row_with_defects) {
  Reader reader;
  const std::string mail = sample("damaged.eml");
  const Email& email = reader.read(mail);
  BOOST_TEST(email.subject == "broken");
  BOOST_TEST(email.text == "Hello, world");
  BOOST_REQUIRE(email.from.size() == 1u);
  BOOST_TEST(email.from[0].address == "a@b");
  BOOST_TEST(!email.sent.has_value());
  BOOST_TEST((email.date_source == DateSource::none));
  BOOST_TEST(rows(email) == "2 attachment a.bin application/octet-stream");
  for (const auto code : {DefectCode::mbox_from_line, DefectCode::malformed_header, DefectCode::nul_replaced,
                          DefectCode::date_invalid, DefectCode::duplicate_header, DefectCode::unknown_charset,
                          DefectCode::base64_dirty, DefectCode::boundary_unclosed}) {
    BOOST_TEST(email.defects.has(code), name_of(code));
  }
}

BOOST_AUTO_TEST_CASE(a_text_without_headers_is_all_text) {
  Reader reader;
  const std::string mail = sample("no_headers.eml");
  const Email& email = reader.read(mail);
  BOOST_TEST(email.text == mail);
  BOOST_TEST(email.defects.has(DefectCode::no_headers));
  BOOST_TEST(!email.has_subject);
}

BOOST_AUTO_TEST_CASE(nothing_is_read_of_nothing) {
  Reader reader;
  const Email& email = reader.read("");
  BOOST_TEST(email.structure.parts.size() == 1u);
  BOOST_TEST(email.text.empty());
  BOOST_TEST(email.attachments.empty());
}

BOOST_AUTO_TEST_CASE(a_reader_keeps_nothing_of_the_message_before) {
  Reader used;
  for (const char* name : {"alternative_related.eml", "damaged.eml", "gb2312.eml", "uuencode.eml"})
    (void)used.read(sample(name));
  const std::string mail = sample("plain.eml");
  const auto json = [](const Email& email) {
    std::string out;
    haulier::mime::append_headers_json(out, email.headers);
    haulier::mime::append_structure_json(out, email);
    haulier::mime::append_addresses_json(out, email.from);
    return out + email.text + email.html + email.preview + rows(email) + std::string(email.charset_used) +
           std::to_string(email.defects.size());
  };
  Reader fresh;
  BOOST_TEST(json(used.read(mail)) == json(fresh.read(mail)));
}

BOOST_AUTO_TEST_CASE(long_text_is_cut_with_a_flag) {
  Limits limits;
  limits.text_bytes = 1000;
  Reader reader(limits);
  std::string mail = "Content-Type: text/plain; charset=utf-8\n\n";
  for (int i = 0; i < 1000; ++i) mail += "中";
  const Email& email = reader.read(mail);
  BOOST_TEST(email.truncated);
  BOOST_TEST(email.text.size() <= 1000u);
  BOOST_TEST(email.text.size() >= 990u);
  BOOST_TEST(email.defects.has(DefectCode::text_truncated));
}

BOOST_AUTO_TEST_CASE(long_encoded_text_is_cut_without_being_decoded_further) {
  Limits limits;
  limits.text_bytes = 1000;
  Reader reader(limits);
  std::string mail = "Content-Type: text/plain\nContent-Transfer-Encoding: base64\n\n";
  for (int i = 0; i < 100000; ++i) mail += "QUJD";
  const Email& email = reader.read(mail);
  BOOST_TEST(email.truncated);
  BOOST_TEST(email.text.size() == 1000u);
}

BOOST_AUTO_TEST_CASE(headers_above_the_limits_are_left_out) {
  Limits limits;
  limits.header_count = 3;
  limits.header_bytes = 20;
  Reader reader(limits);
  const Email& email = reader.read("A: 1\nB: " + std::string(100, 'x') + "\nC: 3\nD: 4\nSubject: late\n\nbody");
  BOOST_TEST(email.headers.size() == 3u);
  BOOST_TEST(email.headers[1].value.size() == 20u);
  BOOST_TEST(!email.has_subject);
  BOOST_TEST(email.text == "body");
  BOOST_TEST(email.defects.has(DefectCode::header_limit));
}

BOOST_AUTO_TEST_CASE(a_folded_field_is_one_line_wherever_the_fold_stands) {
  haulier::mime::Reader reader;
  for (std::size_t size = 1; size < 40; ++size) {
    for (std::size_t at = 1; at < size; ++at) {
      const std::string left(at, 'a');
      const std::string right(size - at, 'b');
      const auto value = [&](std::string_view between) {
        const std::string message = "X: " + left + std::string(between) + right + "\n\n";
        return std::string(reader.read(message).headers.at(0).value);
      };
      BOOST_TEST(value("\r\n ") == left + " " + right);
      BOOST_TEST(value(" \n\t \r\n  ") == left + "  " + right);
      BOOST_TEST(value("\tx\ty\n z") == left + " x y z" + right);
      BOOST_TEST(value("\x7F\x01\n ") == left + "\x7F\x01 " + right);
      BOOST_TEST(value(std::string("\0\n ", 3)) == left + "\xEF\xBF\xBD " + right);
      BOOST_TEST(value("\xC3\xA4\n ") == left + "\xC3\xA4 " + right);
    }
  }
}

BOOST_AUTO_TEST_CASE(importance_is_folded_into_three) {
  Reader reader;
  const std::pair<const char*, Importance> pairs[] = {{"X-Priority: 1 (Highest)", Importance::high},
                                                      {"X-Priority: 3", Importance::normal},
                                                      {"X-Priority: 5", Importance::low},
                                                      {"Importance: High", Importance::high},
                                                      {"Importance: low", Importance::low},
                                                      {"Priority: urgent", Importance::high},
                                                      {"Priority: non-urgent", Importance::low},
                                                      {"X-MSMail-Priority: High", Importance::high}};
  for (const auto& [field, importance] : pairs) {
    const std::string mail = std::string(field) + "\n\nx";
    BOOST_TEST((reader.read(mail).importance == importance), field);
  }
}

BOOST_AUTO_TEST_CASE(the_date_falls_back_to_the_oldest_hop) {
  Reader reader;
  const std::string mail =
      "Received: from b; Tue, 1 Jul 2003 11:00:00 +0200\nReceived: from a; Tue, 1 Jul 2003 10:52:37 +0200\nDate: x\n\n";
  const Email& email = reader.read(mail);
  BOOST_REQUIRE(email.sent.has_value());
  BOOST_TEST(email.sent->utc_us == 1057049557000000);
  BOOST_TEST((email.date_source == DateSource::received));
  BOOST_TEST(email.date_raw == "x");
}

BOOST_AUTO_TEST_CASE(nul_never_comes_through) {
  Reader reader;
  using namespace std::string_literals;
  const std::string mail =
      "Subject: a\0b\nFrom: \"a\0\" <b\0@c>\nMessage-ID: <a\0b>\nContent-Type: text/plain; name=\"x\0y\"\n\nte\0xt"s;
  const Email& email = reader.read(mail);
  std::string all =
      email.text + std::string(email.subject) + std::string(email.message_id) + std::string(email.from_raw);
  haulier::mime::append_addresses_json(all, email.from);
  haulier::mime::append_structure_json(all, email);
  haulier::mime::append_headers_json(all, email.headers);
  BOOST_TEST(all.find('\0') == std::string::npos);
  BOOST_TEST(email.text == "te\uFFFDxt");
  BOOST_TEST(email.subject == "a\uFFFDb");
}

BOOST_AUTO_TEST_SUITE_END()
