// Whole messages, from the bytes to one column each: what the tables beside this file test reader by reader has to
// come out of the row, too. The last case counts all of them.
#include <boost/test/data/test_case.hpp>
#include <boost/test/tree/traverse.hpp>
#include <boost/test/tree/visitor.hpp>
#include <boost/test/unit_test.hpp>

#include <iostream>

#include "mime/reader.hpp"
#include "mime_case.hpp"

namespace mime_conformance_test {
namespace data = boost::unit_test::data;
using haulier::mime::Email;
using haulier::mime::Reader;
using mime_test::hex;

enum class Column { subject, from, text, html, rows, defects, id, date };

struct Conformance {
  const char* name;
  Column column;
  std::string message;
  std::string expected;
};
std::ostream& operator<<(std::ostream& out, const Conformance& c) { return out << c.name; }

std::string column(const Email& email, Column which) {
  std::string out;
  switch (which) {
    case Column::subject:
      return std::string(email.subject);
    case Column::text:
      return email.text;
    case Column::id:
      return std::string(email.message_id);
    case Column::date:
      return email.sent ? std::to_string(email.sent->utc_us / 1'000'000) : "";
    case Column::html:
      return email.html;
    case Column::from:
      for (const auto& a : email.from) out += std::string(a.name) + "<" + std::string(a.address) + ">";
      return out;
    case Column::rows:
      for (const auto& row : email.attachments) {
        if (!out.empty()) out += "; ";
        out += std::string(row.path) + " " + std::string(name_of(row.role)) + " " + row.file_name_safe;
      }
      return out;
    case Column::defects:
      for (const auto& defect : email.defects) {
        if (defect.code == haulier::mime::DefectCode::date_missing) continue;
        if (defect.code == haulier::mime::DefectCode::message_id_missing) continue;
        out += (out.empty() ? "" : " ") + std::string(name_of(defect.code));
      }
      return out;
  }
  return out;
}

std::string mixed(const std::string& part) {
  return "Content-Type: multipart/mixed; boundary=b\n\n--b\n\nwords\n--b\n" + part + "\n--b--\n";
}
std::string pdf(const std::string& disposition) {
  return mixed("Content-Type: application/pdf\nContent-Disposition: " + disposition + "\n\nx");
}
std::string picture(const std::string& html, const std::string& fields) {
  return "Content-Type: multipart/related; boundary=b\n\n--b\nContent-Type: text/html\n\n" + html +
         "\n--b\nContent-Type: image/png\n" + fields + "\n\nx\n--b--\n";
}

const Conformance kCases[] = {
    // Damage to lines and headers
    {"only_cr_as_line_end", Column::text, "Subject: x\r\rone\rtwo\r", "one\ntwo\n"},
    {"only_lf_as_line_end", Column::text, "Subject: x\n\none\ntwo\n", "one\ntwo\n"},
    {"mixed_line_ends", Column::text, "Subject: x\r\n\none\r\ntwo\n", "one\ntwo\n"},
    {"cr_only_is_a_defect", Column::defects, "Subject: x\r\rone\r", "bare_cr_line_ends"},
    {"nul_in_subject", Column::subject, std::string("Subject: a\0b\n\nx", 15), "a\uFFFDb"},
    {"nul_in_text", Column::text, std::string("Subject: a\n\nx\0y", 15), "x\uFFFDy"},
    {"mbox_line", Column::subject, "From a@b Tue Jul 1 2003\nSubject: s\n\nx", "s"},
    {"mbox_line_is_a_defect", Column::defects, "From a@b Tue Jul 1 2003\nSubject: s\n\nx", "mbox_from_line"},
    {"byte_order_mark_first", Column::subject, "\xEF\xBB\xBFSubject: s\n\nx", "s"},
    {"no_headers_at_all", Column::text, "just words\n", "just words\n"},
    {"no_body_at_all", Column::text, "Subject: s\n", ""},
    {"junk_among_headers", Column::subject, "A: b\njunk line\nSubject: s\n\nx", "s"},
    {"space_before_colon", Column::subject, "Subject : s\n\nx", "s"},
    {"several_lines_without_their_fold", Column::subject, "Received: from a\nby b\nid 1\nfor c\nSubject: s\n\nx", "s"},
    {"a_text_that_quotes_a_field_later", Column::text, "Subject: s\nwords\nmore\n\nFrom: x\n",
     "words\nmore\n\nFrom: x\n"},
    {"comments_and_blanks_in_an_id", Column::id, "Message-ID: <1234   @   local(blah)  .machine .example>\n\nx",
     "1234@local.machine.example"},
    {"comments_and_blanks_in_a_time", Column::date, "Date: Fri, 21 Nov 1997 09(comment):   55  :  06 -0600\n\nx",
     "880127706"},
    {"two_subjects_the_first_counts", Column::subject, "Subject: a\nSubject: b\n\nx", "a"},
    {"two_froms_are_a_defect", Column::defects, "From: a@b\nFrom: c@d\n\nx", "duplicate_header"},
    {"empty_subject", Column::subject, "Subject:\n\nx", ""},
    // Characters
    {"raw_utf_8_subject", Column::subject,
     "Subject: Gr\xC3\xBC\xC3\x9F"
     "e\n\nx",
     "Grüße"},
    {"raw_gbk_subject_by_the_body", Column::subject,
     "Subject: " + hex("D6D0CEC4") + "\nContent-Type: text/plain; charset=gb2312\n\n" + hex("D6D0CEC4"), "中文"},
    {"encoded_word_split_in_a_character", Column::subject, "Subject: =?utf-8?B?5LiA5Lg=?= =?utf-8?B?gOS4qg==?=\n\nx",
     "一一个"},
    {"label_with_semicolon", Column::text, "Content-Type: text/plain; charset=\"utf-8;\"\n\n\xC3\xA9", "é"},
    {"label_utf8", Column::text, "Content-Type: text/plain; charset=utf8\n\n\xC3\xA9", "é"},
    {"label_unknown", Column::text, "Content-Type: text/plain; charset=x-unknown\n\n\xC3\xA9", "é"},
    {"label_134_is_gb2312", Column::text,
     "Content-Type: text/plain; charset=134\n\n" + hex("D6D0B9FAC8CBC3F1D4DAB1B1BEA9CAD0"), "中国人民在北京市"},
    {"html_meta_label", Column::html, "Content-Type: text/html\n\n<meta charset=windows-1251>" + hex("CFF0E8E2E5F2"),
     "<meta charset=windows-1251>Привет"},
    {"utf_16_in_base64", Column::text,
     "Content-Type: text/plain; charset=utf-16le\nContent-Transfer-Encoding: base64\n\nLU6HZQ==", "中文"},
    // Transfer encodings
    {"base64_truncated", Column::text, "Content-Transfer-Encoding: base64\n\naGVsbG8gd29ybA", "hello worl"},
    {"base64_dirty", Column::text, "Content-Transfer-Encoding: base64\n\naGV*sbG8=", "hello"},
    {"base64_concatenated", Column::text, "Content-Transfer-Encoding: base64\n\naGVsbG8=IHdvcmxk", "hello world"},
    {"base64_in_long_and_short_lines", Column::text, "Content-Transfer-Encoding: base64\n\naG\nVs\n\nbG8=\n", "hello"},
    {"qp_bad_escape", Column::text, "Content-Transfer-Encoding: quoted-printable\n\na=ZZb=3D", "a=ZZb="},
    {"qp_trailing_blanks", Column::text, "Content-Transfer-Encoding: quoted-printable\n\na  \nb", "a\nb"},
    {"qp_soft_break_at_the_end", Column::text, "Content-Transfer-Encoding: quoted-printable\n\na=", "a"},
    {"encoding_in_capitals", Column::text, "Content-Transfer-Encoding: BASE64\n\naGk=", "hi"},
    {"encoding_unknown_is_left", Column::text, "Content-Transfer-Encoding: x-strange\n\na=3D", "a=3D"},
    // Boundaries
    {"boundary_unclosed", Column::rows,
     "Content-Type: multipart/mixed; boundary=b\n\n--b\n\nx\n--b\nContent-Type: a/b\n\ny", "2 attachment part-2.bin"},
    {"boundary_never_found", Column::text, "Content-Type: multipart/mixed; boundary=b\n\nwords", "words"},
    {"ghost_part", Column::defects, mixed("Content-Type: a/b\n\nx") + "\n--b\n\nghost\n", "part_after_close"},
    {"multipart_without_boundary", Column::text,
     "Content-Type: multipart/mixed\n\n--zz\nContent-Type: text/plain\n\nfound\n--zz--\n", "found"},
    // Attachments
    {"pdf_attached", Column::rows, pdf("attachment; filename=a.pdf"), "2 attachment a.pdf"},
    {"pdf_marked_inline_is_attached", Column::rows, pdf("inline; filename=a.pdf"), "2 attachment a.pdf"},
    {"pdf_without_name", Column::rows, pdf("attachment"), "2 attachment part-2.pdf"},
    {"picture_shown_by_cid", Column::rows, picture("<img src=cid:p@x>", "Content-ID: <p@x>"), "2 inline part-2.png"},
    {"picture_shown_though_attached", Column::rows,
     picture("<img src='cid:p@x'>", "Content-ID: <p@x>\nContent-Disposition: attachment; filename=p.png"),
     "2 inline p.png"},
    {"picture_with_cid_that_nothing_shows", Column::rows, picture("<p>x</p>", "Content-ID: <p@x>"),
     "2 attachment part-2.png"},
    {"cid_with_percent_escapes", Column::rows, picture("<img src=\"cid:p%40x\">", "Content-ID: <p@x>"),
     "2 inline part-2.png"},
    {"name_with_path", Column::rows, pdf("attachment; filename=\"../../etc/passwd\""), "2 attachment passwd"},
    {"name_with_bidi_trick", Column::rows, pdf("attachment; filename*=utf-8''a%E2%80%AEfdp.exe"),
     "2 attachment afdp.exe"},
    {"name_reserved", Column::rows, pdf("attachment; filename=con.txt"), "2 attachment _con.txt"},
    {"name_of_250_bytes", Column::rows, pdf("attachment; filename=" + std::string(250, 'a') + ".pdf"),
     "2 attachment " + std::string(176, 'a') + ".pdf"},
    {"names_twice", Column::rows,
     "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: a/b; name=x.z\n\n1\n--b\nContent-Type: a/b; "
     "name=x.z\n\n2\n--b--\n",
     "1 attachment x.z; 2 attachment x (2).z"},
    {"name_in_2047", Column::rows, pdf("attachment; filename=\"=?utf-8?B?5Lit?=.pdf\""), "2 attachment 中.pdf"},
    {"name_raw_gbk_by_the_body", Column::rows,
     "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain; charset=gb2312\n\nx\n--b\n"
     "Content-Type: a/b; name=\"" +
         hex("D6D0CEC4") + ".pdf\"\n\n1\n--b--\n",
     "2 attachment 中文.pdf"},
    {"calendar_beside_the_body", Column::rows, mixed("Content-Type: text/calendar\n\nBEGIN:VCALENDAR"),
     "2 calendar part-2.ics"},
    {"signature_of_pgp", Column::rows, mixed("Content-Type: application/pgp-signature; name=s.asc\n\nx"),
     "2 signature s.asc"},
    {"external_body_is_never_fetched", Column::defects,
     mixed("Content-Type: message/external-body; access-type=URL; URL=\"http://x\"\n\nContent-Type: a/b\n"),
     "external_body"},
    {"digest_parts_are_messages", Column::rows,
     "Content-Type: multipart/digest; boundary=b\n\n--b\n\nSubject: one\n\nx\n--b\n\nSubject: two\n\ny\n--b--\n",
     "1 nested_message part-1.eml; 2 nested_message part-2.eml"},
    {"message_in_base64_is_a_row", Column::rows,
     mixed("Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\nU3ViamVjdDogeA0KDQp5"),
     "2 nested_message part-2.eml"},
    {"uuencoded_file", Column::rows, "Subject: x\n\nhi\nbegin 644 cat.txt\n#0V%T\n`\nend\n",
     "1.uu1 attachment cat.txt"},
    // People
    {"group", Column::from, "From: Team: a@b, C <c@d>;\n\nx", "Team<><a@b>C<c@d>"},
    {"unquoted_comma", Column::from, "From: Doe, John <j@x>\n\nx", "Doe, John<j@x>"},
    {"raw_8_bit_name", Column::from, "From: J\xC3\xBCrgen <j@x>\n\nx", "Jürgen<j@x>"},
    {"no_address_at_all", Column::from, "From: undisclosed\n\nx", "undisclosed<>"},
};

struct Counter : boost::unit_test::test_tree_visitor {
  std::size_t rows = 0;
  bool visit(const boost::unit_test::test_unit& unit) override {
    // A row of a table is called _0, _1, ... under the name of its test.
    if (unit.p_type == boost::unit_test::TUT_CASE && unit.p_name->starts_with("_")) ++rows;
    return true;
  }
};
}  // namespace mime_conformance_test

BOOST_AUTO_TEST_SUITE(mime_conformance)

using namespace mime_conformance_test;

BOOST_DATA_TEST_CASE(a_message_gives_this_column, data::make(kCases), row) {
  Reader reader;
  BOOST_TEST(column(reader.read(row.message), row.column) == row.expected);
}

BOOST_AUTO_TEST_CASE(there_are_at_least_150_named_cases) {
  Counter counter;
  boost::unit_test::traverse_test_tree(boost::unit_test::framework::master_test_suite(), counter, true);
  std::cout << counter.rows << " named cases in tables, " << std::size(kCases) << " of whole messages\n";
  BOOST_TEST(counter.rows >= 150u);
}

BOOST_AUTO_TEST_SUITE_END()
