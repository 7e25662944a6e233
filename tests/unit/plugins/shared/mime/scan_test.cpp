#include "mime/scan.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>

#include "mime_case.hpp"

namespace mime_scan_test {
namespace data = boost::unit_test::data;
using haulier::mime::DefectCode;
using haulier::mime::DefectList;
using haulier::mime::HeaderCursor;
using haulier::mime::HeaderField;
using haulier::mime::Limits;
using haulier::mime::Part;
using haulier::mime::PartFields;
using haulier::mime::PartKind;
using haulier::mime::Structure;
using mime_test::Case;

struct Scanned {
  Structure structure;
  DefectList defects;
};

std::string crlf(std::string_view text) {
  std::string out;
  for (const char c : text) out += c == '\n' ? "\r\n" : std::string(1, c);
  return out;
}

void scan_into(Scanned& out, std::string_view message, const Limits& limits = {}) {
  haulier::mime::scan(message, limits, out.structure, out.defects);
}

// `path type{body}` of each part; containers without body.
std::string shown(std::string_view message, const Structure& structure) {
  std::string out;
  for (const Part& part : structure.parts) {
    if (!out.empty()) out += " ";
    out += std::string(part.path) + ":" + std::string(part.media_type);
    if (part.kind == PartKind::leaf) out += "{" + std::string(part.body.in(message)) + "}";
  }
  return out;
}

#define MIXED "Content-Type: multipart/mixed; boundary=b\n\n"

// Line ends are LF here; each case runs with CRLF, LF and CR.
const Case kCases[] = {
    {"plain", "Subject: x\n\nbody", "1:text/plain{body}"},
    {"no_body", "Subject: x\n\n", "1:text/plain{}"},
    {"headers_only", "Subject: x\n", "1:text/plain{}"},
    {"header_without_line_end", "Subject: x", "1:text/plain{}"},
    {"empty_message", "", "1:text/plain{}"},
    {"only_a_line_end", "\n", "1:text/plain{}"},
    {"no_headers", "just text, no field\nmore", "1:text/plain{just text, no field\nmore}"},
    {"two_parts", MIXED "--b\n\none\n--b\nContent-Type: text/html\n\ntwo\n--b--\n",
     ":multipart/mixed 1:text/plain{one} 2:text/html{two}"},
    {"preamble_and_epilogue", MIXED "pre\n--b\n\none\n--b--\nepi\n", ":multipart/mixed 1:text/plain{one}"},
    {"blank_line_before_the_boundary_stays", MIXED "--b\n\none\n\n--b--", ":multipart/mixed 1:text/plain{one\n}"},
    {"empty_part", MIXED "--b\n\n--b--\n", ":multipart/mixed 1:text/plain{}"},
    {"part_without_blank_line", MIXED "--b\nContent-Type: text/html\n--b--\n", ":multipart/mixed 1:text/html{}"},
    {"part_without_anything", MIXED "--b\n--b\n--b--\n", ":multipart/mixed 1:text/plain{} 2:text/plain{}"},
    {"quoted_boundary", "Content-Type: multipart/mixed; boundary=\"b c\"\n\n--b c\n\none\n--b c--\n",
     ":multipart/mixed 1:text/plain{one}"},
    {"blanks_behind_the_boundary", MIXED "--b \t\n\none\n--b-- \n", ":multipart/mixed 1:text/plain{one}"},
    {"boundary_with_colon_unquoted", "Content-Type: multipart/mixed; boundary=a:b\n\n--a:b\n\none\n--a:b--\n",
     ":multipart/mixed 1:text/plain{one}"},
    {"boundary_that_ends_in_dashes", "Content-Type: multipart/mixed; boundary=\"b--\"\n\n--b--\n\none\n--b----\n",
     ":multipart/mixed 1:text/plain{one}"},
    {"unclosed", MIXED "--b\n\none\n--b\n\ntwo", ":multipart/mixed 1:text/plain{one} 2:text/plain{two}"},
    {"longer_line_is_no_boundary", MIXED "--b\n\none\n--bb\ntwo\n--b--\n",
     ":multipart/mixed 1:text/plain{one\n--bb\ntwo}"},
    {"boundary_in_the_middle_of_a_line", MIXED "--b\n\none --b\n--b--\n", ":multipart/mixed 1:text/plain{one --b}"},
    {"never_found", MIXED "just text\n", ":multipart/mixed 1:text/plain{just text\n}"},
    {"missing_boundary_is_guessed", "Content-Type: multipart/mixed\n\n--zz\nContent-Type: text/html\n\none\n--zz--\n",
     ":multipart/mixed 1:text/html{one}"},
    {"missing_boundary_and_no_parts", "Content-Type: multipart/mixed\n\ntext", ":multipart/mixed 1:text/plain{text}"},
    {"nested",
     MIXED
     "--b\nContent-Type: multipart/alternative; boundary=c\n\n--c\n\none\n--c\nContent-Type: text/html\n\ntwo\n--c--\n"
     "--b\n\nthree\n--b--\n",
     ":multipart/mixed 1:multipart/alternative 1.1:text/plain{one} 1.2:text/html{two} 2:text/plain{three}"},
    {"nested_unclosed",
     MIXED "--b\nContent-Type: multipart/alternative; boundary=c\n\n--c\n\none\n--b\n\nthree\n--b--\n",
     ":multipart/mixed 1:multipart/alternative 1.1:text/plain{one} 2:text/plain{three}"},
    {"inner_boundary_has_the_outer_as_prefix",
     MIXED "--b\nContent-Type: multipart/alternative; boundary=b1\n\n--b1\n\none\n--b1--\n--b\n\ntwo\n--b--\n",
     ":multipart/mixed 1:multipart/alternative 1.1:text/plain{one} 2:text/plain{two}"},
    {"inner_boundary_is_a_prefix_of_the_outer",
     "Content-Type: multipart/mixed; boundary=b1\n\n--b1\nContent-Type: multipart/alternative; "
     "boundary=b\n\n--b\n\none\n--b--\n"
     "--b1\n\ntwo\n--b1--\n",
     ":multipart/mixed 1:multipart/alternative 1.1:text/plain{one} 2:text/plain{two}"},
    {"same_boundary_inside", MIXED "--b\nContent-Type: multipart/alternative; boundary=b\n\n--b\n\none\n--b--\n--b--\n",
     ":multipart/mixed 1:multipart/alternative 1.1:text/plain{one}"},
    {"ghost_part_after_the_end", MIXED "--b\n\none\n--b--\n--b\n\nghost\n--b--\n",
     ":multipart/mixed 1:text/plain{one}"},
    {"nested_message", MIXED "--b\nContent-Type: message/rfc822\n\nSubject: in\n\nbody\n--b--\n",
     ":multipart/mixed 1:message/rfc822 1.1:text/plain{body}"},
    {"nested_message_with_parts",
     MIXED "--b\nContent-Type: message/rfc822\n\nContent-Type: multipart/mixed; "
           "boundary=c\n\n--c\n\none\n--c--\n--b\n\ntwo\n--b--\n",
     ":multipart/mixed 1:message/rfc822 1:multipart/mixed 1.1:text/plain{one} 2:text/plain{two}"},
    {"message_as_the_whole_body", "Content-Type: message/rfc822\n\nSubject: in\n\nbody",
     "1:message/rfc822 1.1:text/plain{body}"},
    {"message_in_base64_stays_closed",
     "Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\nU3ViamVjdA==",
     "1:message/rfc822{U3ViamVjdA==}"},
    {"digest_holds_messages", "Content-Type: multipart/digest; boundary=b\n\n--b\n\nSubject: in\n\nbody\n--b--\n",
     ":multipart/digest 1:message/rfc822 1.1:text/plain{body}"},
    {"from_line", "From ann@x Tue Jul  1 10:52:37 2003\nSubject: x\n\nbody", "1:text/plain{body}"},
    {"blank_first_line", "\n\nSubject: x\n\nbody", "1:text/plain{body}"},
    {"blank_first_line_without_headers", "\njust text", "1:text/plain{just text}"},
    {"junk_line_among_headers", "Subject: x\nthis is junk\nTo: a@b\n\nbody", "1:text/plain{body}"},
    {"junk_line_inside_a_folded_field", "To: Mary\n__\n <m@x.y>\nContent-Type: text/html\n\nbody", "1:text/html{body}"},
    {"missing_blank_line", "Subject: x\nHello Ann,\nhow are you", "1:text/plain{Hello Ann,\nhow are you}"},
    {"space_before_the_colon", "Content-Type : text/html\n\nbody", "1:text/html{body}"},
    {"folded_type", "Content-Type: text/html;\n\tcharset=utf-8\n\nbody", "1:text/html{body}"},
    {"capital_type", "CONTENT-TYPE: TEXT/HTML\n\nbody", "1:text/html{body}"},
    {"two_types_the_first_counts", "Content-Type: text/html\nContent-Type: text/plain\n\nbody", "1:text/html{body}"},
    {"type_without_subtype", "Content-Type: text\n\nbody", "1:text/plain{body}"},
    {"unknown_type_without_subtype", "Content-Type: pdf\n\nbody", "1:application/octet-stream{body}"},
    {"empty_type", "Content-Type:\n\nbody", "1:text/plain{body}"},
    {"type_with_comment", "Content-Type: text/html (hello); charset=x\n\nbody", "1:text/html{body}"},
};
#undef MIXED

bool has(const Scanned& scanned, DefectCode code) { return scanned.defects.has(code); }
}  // namespace mime_scan_test

BOOST_AUTO_TEST_SUITE(mime_scan)

using namespace mime_scan_test;

BOOST_DATA_TEST_CASE(structure_is_found_with_every_line_end, data::make(kCases), row) {
  const auto with = [](std::string text, std::string_view line_end) {
    std::string out;
    for (const char c : text) out += c == '\n' ? std::string(line_end) : std::string(1, c);
    return out;
  };
  for (const std::string_view line_end : {"\n", "\r\n", "\r"}) {
    BOOST_TEST_CONTEXT(line_end.size() << " bytes, first " << static_cast<int>(line_end[0])) {
      const std::string message = with(row.input, line_end);
      Scanned scanned;
      scan_into(scanned, message);
      BOOST_TEST(shown(message, scanned.structure) == with(row.expected, line_end));
    }
  }
}

BOOST_AUTO_TEST_CASE(damage_is_told) {
  const std::pair<DefectCode, std::string> rows[] = {
      {DefectCode::mbox_from_line, "From a\nA: b\n\nx"},
      {DefectCode::leading_blank_lines, "\nSubject: b\n\nx"},
      {DefectCode::no_headers, "no header here\nx"},
      {DefectCode::missing_header_separator, "Subject: x\nHello\nyou"},
      {DefectCode::malformed_header, "Subject: x\njunk\nTo: y\n\n"},
      {DefectCode::space_before_colon, "Subject : x\n\n"},
      {DefectCode::duplicate_header, "Content-Type: text/html\nContent-Type: text/plain\n\n"},
      {DefectCode::bare_cr_line_ends, "Subject: x\r\rbody"},
      {DefectCode::missing_boundary, "Content-Type: multipart/mixed\n\nx"},
      {DefectCode::boundary_not_found, "Content-Type: multipart/mixed; boundary=b\n\nx"},
      {DefectCode::boundary_unclosed, "Content-Type: multipart/mixed; boundary=b\n\n--b\n\nx"},
      {DefectCode::boundary_too_long, "Content-Type: multipart/mixed; boundary=" + std::string(71, 'b') + "\n\nx"},
      {DefectCode::part_after_close, "Content-Type: multipart/mixed; boundary=b\n\n--b\n\nx\n--b--\n--b\n\ny"},
      {DefectCode::multipart_encoding,
       "Content-Type: multipart/mixed; boundary=b\nContent-Transfer-Encoding: base64\n\n--b\n\nx\n--b--"},
      {DefectCode::invalid_content_type, "Content-Type: nonsense\n\nx"},
      {DefectCode::unknown_encoding, "Content-Transfer-Encoding: rot13\n\nx"},
      {DefectCode::encoded_message, "Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\nx"},
  };
  for (const auto& [code, message] : rows) {
    Scanned scanned;
    scan_into(scanned, message);
    BOOST_TEST(has(scanned, code), name_of(code));
  }
  Scanned clean;
  scan_into(clean, "Content-Type: multipart/mixed; boundary=b\n\n--b\n\nx\n--b--\n");
  BOOST_TEST(clean.defects.size() == 0u);
}

// As HeaderCursor finds them, whether the scan kept them or not.
void check_fields(std::string_view message, const Limits& limits = {}) {
  Structure structure;
  DefectList defects;
  scan(message, limits, structure, defects);
  for (const Part& part : structure.parts) {
    if (part.message_depth != 0) continue;
    PartFields fields(message, structure, part, limits);
    HeaderCursor cursor(part.header.in(message).substr(0, limits.header_block_bytes), structure.line_end);
    HeaderField field;
    HeaderField expected;
    for (std::size_t i = 0; i <= limits.header_count; ++i) {
      const bool more = cursor.next(expected);
      BOOST_REQUIRE(fields.next(field) == more);
      if (!more) break;
      BOOST_TEST((field.name.data() == expected.name.data() && field.name.size() == expected.name.size()));
      BOOST_TEST(field.value == expected.value);
    }
  }
}

BOOST_AUTO_TEST_CASE(kept_fields_are_those_that_the_header_has) {
  check_fields("A: 1\r\nB : two\r\n  folds\r\n\tmore \r\n junk\r\nC:\r\n\r\nbody\r\n");
  check_fields(" folded first\nFrom: a\njunk line\n folded\nSubject: x\n y\nno field\nTo: b\n");
  check_fields("From: a\rTo: b\r c\r\rbody");
  const std::string many =
      "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\n x\nX: 1\n\none\n--b\nContent-Id: "
      "<a>\n--b--\n";
  check_fields(many);
  for (std::size_t size = 0; size < many.size(); ++size) check_fields(many.substr(0, size));
}

BOOST_AUTO_TEST_CASE(fields_beyond_what_is_kept_are_found_again) {
  Limits limits;
  limits.header_block_bytes = 50;
  std::string long_header;
  for (int i = 0; i < 20; ++i) long_header += "Field" + std::to_string(i) + ": value\n";
  check_fields(long_header + "\nbody", limits);
  limits = {};
  limits.header_count = 5;
  check_fields(long_header + "\nbody", limits);
  // More than the scan keeps of all parts together.
  std::string parts = "Content-Type: multipart/mixed; boundary=b\n\n";
  for (int i = 0; i < 30; ++i) {
    parts += "--b\n";
    for (int field = 0; field < 3000; ++field) parts += "a:" + std::to_string(i) + "\n";
    parts += "\nx\n";
  }
  check_fields(parts + "--b--\n");
}

BOOST_AUTO_TEST_CASE(too_deep_multiparts_stay_one_opaque_part) {
  std::string message;
  for (int i = 0; i < 10; ++i) {
    const std::string b = "b" + std::to_string(i);
    message += "Content-Type: multipart/mixed; boundary=" + b + "\n\n--" + b + "\n";
  }
  message += "\nleaf";
  Limits limits;
  limits.multipart_depth = 3;
  Scanned scanned;
  scan_into(scanned, message, limits);
  BOOST_TEST(scanned.structure.parts.size() == 4u);
  BOOST_TEST((scanned.structure.parts.back().kind == PartKind::leaf));
  BOOST_TEST(scanned.structure.parts.back().body.end == message.size());
  BOOST_TEST(has(scanned, DefectCode::depth_limit));
}

BOOST_AUTO_TEST_CASE(too_deep_messages_stay_one_opaque_part) {
  std::string message;
  for (int i = 0; i < 20; ++i) message += "Content-Type: message/rfc822\n\n";
  Limits limits;
  limits.nested_messages = 5;
  Scanned scanned;
  scan_into(scanned, message, limits);
  BOOST_TEST(scanned.structure.parts.size() == 6u);
  BOOST_TEST(has(scanned, DefectCode::nested_message_limit));
}

BOOST_AUTO_TEST_CASE(the_last_part_that_fits_holds_the_rest) {
  std::string message = "Content-Type: multipart/mixed; boundary=b\n\n";
  for (int i = 0; i < 50; ++i) message += "--b\n\npart " + std::to_string(i) + "\n";
  Limits limits;
  limits.parts = 10;
  Scanned scanned;
  scan_into(scanned, message, limits);
  BOOST_TEST(scanned.structure.parts.size() == 10u);
  BOOST_TEST(scanned.structure.parts.back().body.end == message.size());
  BOOST_TEST(scanned.structure.parts.back().media_type == "application/octet-stream");
  BOOST_TEST(has(scanned, DefectCode::part_limit));
}

BOOST_AUTO_TEST_CASE(an_overlong_boundary_is_not_used) {
  const std::string b(300, 'b');
  const std::string message = "Content-Type: multipart/mixed; boundary=" + b + "\n\n--" + b + "\n\nx\n--" + b + "--\n";
  Scanned scanned;
  scan_into(scanned, message);
  BOOST_TEST(scanned.structure.parts.size() == 2u);
  BOOST_TEST(has(scanned, DefectCode::boundary_too_long));
}

BOOST_AUTO_TEST_CASE(an_oversized_message_is_read_with_a_defect) {
  Limits limits;
  limits.message_bytes = 10;
  Scanned scanned;
  scan_into(scanned, "Subject: hello\n\nbody", limits);
  BOOST_TEST(has(scanned, DefectCode::message_too_large));
  BOOST_TEST(scanned.structure.parts.size() == 1u);
}

BOOST_AUTO_TEST_CASE(progress_grows_in_steps_and_ends_at_the_size) {
  std::string message = "Content-Type: multipart/mixed; boundary=b\n\n--b\n\n";
  for (int i = 0; i < 60000; ++i) message += "a line of ordinary length that fills a few megabytes in the end\n";
  message += "--b\n\n" + std::string(5u << 20, 'x') + "\n--b--\n";  // one line of 5 MiB
  std::vector<std::uint64_t> seen;
  Scanned scanned;
  haulier::mime::scan(message, {}, scanned.structure, scanned.defects, [&](std::uint64_t at) { seen.push_back(at); });
  BOOST_REQUIRE(seen.size() >= 7u);
  BOOST_TEST(std::is_sorted(seen.begin(), seen.end()));
  BOOST_TEST(seen.back() == message.size());
  for (std::size_t i = 1; i < seen.size(); ++i) BOOST_TEST(seen[i] - seen[i - 1] <= (2u << 20) + 100);
}

BOOST_AUTO_TEST_CASE(every_prefix_of_a_message_is_read) {
  const std::string message = crlf(
      "From: a@b\nContent-Type: multipart/mixed; boundary=b\n\npre\n--b\nContent-Type: message/rfc822\n\n"
      "Content-Type: multipart/alternative; boundary=c\n\n--c\n\none\n--c\nContent-Type: text/html\n\ntwo\n--c--\n"
      "--b\nContent-Transfer-Encoding: base64\n\nQUJD\n--b--\nepi\n");
  for (std::size_t size = 0; size <= message.size(); ++size) {
    const std::string prefix = message.substr(0, size);
    Scanned scanned;
    scan_into(scanned, prefix);
    BOOST_REQUIRE(!scanned.structure.parts.empty());
    for (const Part& part : scanned.structure.parts) {
      BOOST_REQUIRE(part.header.begin <= part.header.end);
      BOOST_REQUIRE(part.header.end <= part.body.begin);
      BOOST_REQUIRE(part.body.begin <= part.body.end);
      BOOST_REQUIRE(part.body.end <= prefix.size());
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
