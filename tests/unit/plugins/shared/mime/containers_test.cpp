// Parts that hold parts in their own way: TNEF, opaque S/MIME signatures, yEnc.
#include <boost/test/unit_test.hpp>

#include "mime/reader.hpp"
#include "mime/smime.hpp"
#include "mime/transfer_decoder.hpp"
#include "mime_case.hpp"

namespace mime_containers_test {
using haulier::mime::DefectCode;
using haulier::mime::Email;
using haulier::mime::Reader;
using haulier::mime::TextSource;
using haulier::mime::Tnef;
using mime_test::hex;

std::string little(std::uint32_t value, int size) {
  std::string out;
  for (int i = 0; i < size; ++i) out.push_back(static_cast<char>(value >> (8 * i)));
  return out;
}
std::string attribute(char level, std::uint32_t id, const std::string& data) {
  return std::string(1, level) + little(id, 4) + little(static_cast<std::uint32_t>(data.size()), 4) + data +
         little(0, 2);
}
std::string property(std::uint32_t type, std::uint32_t id, std::string value) {
  const auto size = static_cast<std::uint32_t>(value.size());
  value.resize((value.size() + 3) / 4 * 4);
  return little(type, 2) + little(id, 2) + little(1, 4) + little(size, 4) + value;
}
std::string wide(std::string_view ascii) {
  std::string out;
  for (const char c : ascii) out += {c, '\0'};
  return out + std::string(2, '\0');
}
std::string tnef() {
  const std::string number = little(0x0003, 2) + little(0x0E20, 2) + little(3, 4);  // PidTagAttachSize
  return little(0x223E9F78, 4) + little(1, 2) + attribute(1, 0x00069007, little(1251, 4) + little(0, 4)) +
         attribute(1, 0x0002800C, "Text inside") + attribute(2, 0x00069002, std::string(14, '\0')) +
         attribute(2, 0x00018010, "LONGNA~1.TXT") + attribute(2, 0x0006800F, "abc") +
         attribute(2, 0x00069005,
                   little(3, 4) + number + property(0x1F, 0x3707, wide("long name.txt")) +
                       property(0x1E, 0x370E, std::string("TEXT/plain\0", 11))) +
         attribute(2, 0x00069002, std::string(14, '\0')) + attribute(2, 0x00018010, "\xEC\xE8\xF0.bin") +
         attribute(2, 0x0006800F, std::string("\0\1", 2));
}
std::string base64(std::string_view bytes) {
  static constexpr char kDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t group = 0;
    for (std::size_t k = 0; k < 3; ++k)
      group = group << 8 | (i + k < bytes.size() ? static_cast<unsigned char>(bytes[i + k]) : 0u);
    for (std::size_t k = 0; k < 4; ++k) out.push_back(i + k > bytes.size() ? '=' : kDigits[group >> (18 - 6 * k) & 63]);
  }
  return out;
}
std::string winmail(const std::string& text, const std::string& content) {
  return "Content-Type: multipart/mixed; boundary=b\n\n--b\n\n" + text +
         "\n--b\nContent-Type: application/ms-tnef; name=winmail.dat\nContent-Transfer-Encoding: base64\n\n" +
         base64(content) + "\n--b--\n";
}

// DER: a tag, a length of up to 65,535, a value.
std::string der(char tag, const std::string& value) {
  std::string out(1, tag);
  if (value.size() < 128)
    out.push_back(static_cast<char>(value.size()));
  else
    out += {'\x82', static_cast<char>(value.size() >> 8), static_cast<char>(value.size())};
  return out + value;
}
// SignedData without any signer, as a program makes it that only wraps.
std::string signed_data(const std::string& content) {
  const std::string data = hex("06092A864886F70D010701");
  return der('\x30',
             hex("06092A864886F70D010702") +
                 der('\xA0', der('\x30', hex("020101") + der('\x31', "") +
                                             der('\x30', data + der('\xA0', der('\x04', content))) + der('\x31', ""))));
}
std::string p7m(const std::string& type, const std::string& content) {
  return "Content-Type: application/pkcs7-mime" + type + "; name=smime.p7m\nContent-Transfer-Encoding: base64\n\n" +
         base64(content) + "\n";
}
const std::string kInner =
    "Content-Type: multipart/mixed; boundary=i\n\n--i\n\nSigned words.\n--i\nContent-Type: application/pdf; "
    "name=a.pdf\nContent-Transfer-Encoding: base64\n\nJVBERi0=\n--i--\n";

std::string rows(const Email& email, std::string_view message) {
  std::string out;
  for (const auto& row : email.attachments) {
    out.append(out.empty() ? "" : "; ").append(row.path).append(" ").append(name_of(row.role)).append(" ");
    out.append(row.file_name_safe).append(" ").append(row.media_type);
    if (row.bytes.data() != nullptr) out.append(" ").append(row.encoded(message));
  }
  return out;
}
}  // namespace mime_containers_test

BOOST_AUTO_TEST_SUITE(mime_containers)

using namespace mime_containers_test;

BOOST_AUTO_TEST_CASE(attachments_in_a_winmail_dat_become_rows) {
  Reader reader;
  const std::string mail = winmail("Outside", tnef());
  const Email& email = reader.read(mail);
  BOOST_TEST(rows(email, mail) ==
             "2 tnef_container winmail.dat application/ms-tnef; 2.t1 tnef_child long name.txt text/plain abc; "
             "2.t2 tnef_child мир.bin application/octet-stream " +
                 std::string("\0\1", 2));
  BOOST_TEST(email.attachment_count == 2u);
  BOOST_TEST(email.text == "Outside");
  BOOST_TEST((email.text_source == TextSource::plain));
}

BOOST_AUTO_TEST_CASE(the_body_of_a_winmail_dat_is_used_when_there_is_no_other) {
  Reader reader;
  const std::string mail = winmail("", tnef());
  const Email& email = reader.read(mail);
  BOOST_TEST(email.text == "Text inside");
  BOOST_TEST((email.text_source == TextSource::tnef));
  BOOST_TEST(email.preview == "Text inside");
}

BOOST_AUTO_TEST_CASE(a_damaged_winmail_dat_gives_what_is_whole) {
  Reader reader;
  const std::string whole = tnef();
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const std::string mail = winmail("Outside", whole.substr(0, size));
    const Email& email = reader.read(mail);
    BOOST_TEST(email.text == "Outside");
    BOOST_TEST(email.attachments.size() >= 1u);
    BOOST_TEST(email.attachments.size() <= 3u);
  }
  const std::string mail = winmail("Outside", whole.substr(0, whole.size() - 5));
  const Email& email = reader.read(mail);
  BOOST_TEST(email.attachments.size() == 3u);
  BOOST_TEST(email.defects.has(DefectCode::tnef_damaged));
}

BOOST_AUTO_TEST_CASE(hostile_counts_in_a_winmail_dat_end_it) {
  Tnef out;
  const std::string head = little(0x223E9F78, 4) + little(1, 2);
  BOOST_TEST(
      haulier::mime::read_tnef(head + attribute(1, 0x00069003, little(0xFFFFFFFF, 4) + std::string(40, '\xFF')), out));
  BOOST_TEST(out.damaged);
  BOOST_TEST(haulier::mime::read_tnef(head + "\1" + little(0x0006800F, 4) + little(0xFFFFFFFF, 4), out));
  BOOST_TEST(out.damaged);
  BOOST_TEST(!haulier::mime::read_tnef("PK\3\4", out));
}

BOOST_AUTO_TEST_CASE(an_opaque_signature_is_unwrapped) {
  Reader reader;
  const std::string mail = "Subject: x\n" + p7m("; smime-type=signed-data", signed_data(kInner));
  const Email& email = reader.read(mail);
  BOOST_TEST(email.subject == "x");
  BOOST_TEST(email.text == "Signed words.");
  BOOST_TEST(email.preview == "Signed words.");
  BOOST_TEST(email.is_signed);
  BOOST_TEST(!email.is_encrypted);
  BOOST_TEST(rows(email, mail) ==
             "1 signature smime.p7m application/pkcs7-mime; 1.s.2 attachment a.pdf application/pdf JVBERi0=");
  BOOST_TEST((email.attachments[1].encoding == haulier::mime::TransferEncoding::base64));
  BOOST_TEST(email.attachment_count == 1u);
}

BOOST_AUTO_TEST_CASE(a_signature_without_smime_type_is_known_by_its_content) {
  Reader reader;
  const std::string mail = p7m("", signed_data(kInner));
  BOOST_TEST(reader.read(mail).text == "Signed words.");
  BOOST_TEST(reader.read(mail).is_signed);
  BOOST_TEST(!reader.read(mail).is_encrypted);
}

BOOST_AUTO_TEST_CASE(a_damaged_signature_stays_an_attachment_with_a_defect) {
  Reader reader;
  const std::string whole = signed_data(kInner);
  for (std::size_t size = 0; size < whole.size(); size += 7) {
    const std::string mail = p7m("; smime-type=signed-data", whole.substr(0, size));
    const Email& email = reader.read(mail);
    BOOST_TEST(email.attachments.size() == 1u);
    BOOST_TEST(email.defects.has(DefectCode::smime_unreadable));
  }
  std::string out;
  BOOST_TEST(!haulier::mime::unwrap_signed("", out));
}

BOOST_AUTO_TEST_CASE(a_signature_in_a_signature_is_opened_once) {
  Reader reader;
  const std::string mail =
      p7m("; smime-type=signed-data", signed_data(p7m("; smime-type=signed-data", signed_data(kInner))));
  const Email& email = reader.read(mail);
  BOOST_TEST(email.attachments.size() == 2u);
  BOOST_TEST(email.attachments[1].path == "1.s.1");
}

BOOST_AUTO_TEST_CASE(the_footer_of_a_list_stays_below_the_signed_text) {
  Reader reader;
  const std::string mail = "Content-Type: multipart/mixed; boundary=b\n\n--b\n" +
                           p7m("; smime-type=signed-data", signed_data("\nSigned.\n")) + "--b\n\nList footer\n--b--\n";
  BOOST_TEST(reader.read(mail).text == "Signed.\nList footer");
}

BOOST_AUTO_TEST_CASE(what_is_too_large_is_not_opened) {
  haulier::mime::Limits limits;
  limits.container_bytes = 20;
  Reader reader(limits);
  const std::string mail = winmail("Outside", tnef());
  BOOST_TEST(reader.read(mail).attachments.size() == 1u);
  BOOST_TEST(reader.read(mail).defects.has(DefectCode::container_limit));
}

BOOST_AUTO_TEST_CASE(a_yenc_file_in_a_text_becomes_a_row) {
  Reader reader;
  const std::string mail =
      "Subject: x\n\nBefore\n=ybegin line=128 size=3 name=a b.bin\n\x8B\x8C\x8D\n=yend size=3\nAfter\n";
  const Email& email = reader.read(mail);
  BOOST_TEST(email.text == "Before\nAfter\n");
  BOOST_REQUIRE(email.attachments.size() == 1u);
  BOOST_TEST(email.attachments[0].path == "1.y1");
  BOOST_TEST(email.attachments[0].file_name == "a b.bin");
  BOOST_TEST(name_of(email.attachments[0].encoding) == "x-yenc");
}

BOOST_AUTO_TEST_CASE(yenc_is_decoded_however_it_is_cut) {
  // "a", NUL, LF, "=", CR, "." at the beginning of a line.
  const std::string in = "=ybegin line=128 size=6 name=x\r\n\x8B\x2A=n\r\n=w}=r\r\n=}\x58\r\n=yend size=6\r\nmore\r\n";
  std::string whole;
  for (std::size_t cut = 0; cut <= in.size(); ++cut) {
    haulier::mime::TransferDecoder decoder(haulier::mime::TransferEncoding::yenc);
    std::string out(in.size() + 2 * haulier::mime::TransferDecoder::kSlack, '\0');
    std::size_t size = decoder.feed(std::string_view(in).substr(0, cut), out.data());
    size += decoder.feed(std::string_view(in).substr(cut), out.data() + size);
    size += decoder.finish(out.data() + size);
    out.resize(size);
    if (cut == 0) whole = out;
    BOOST_TEST(out == whole);
    BOOST_TEST(!decoder.yenc_truncated());
  }
  BOOST_TEST(whole.substr(0, 3) == std::string("a\0\x04", 3));
  BOOST_TEST(whole.size() == 8u);
}

BOOST_AUTO_TEST_CASE(every_byte_survives_yenc) {
  std::string bytes;
  for (int i = 0; i < 256; ++i) bytes.push_back(static_cast<char>(i));
  std::string in = "=ybegin line=128 size=256 name=x\n";
  for (const char c : bytes) {
    auto e = static_cast<unsigned char>(c + 42);
    if (e == 0 || e == '\n' || e == '\r' || e == '=') {
      in.push_back('=');
      e = static_cast<unsigned char>(e + 64);
    }
    in.push_back(static_cast<char>(e));
  }
  haulier::mime::TransferDecoder decoder(haulier::mime::TransferEncoding::yenc);
  std::string out(in.size() + haulier::mime::TransferDecoder::kSlack, '\0');
  out.resize(decoder.feed(in, out.data()));
  BOOST_TEST(out == bytes);
  BOOST_TEST(decoder.yenc_truncated());
}

BOOST_AUTO_TEST_SUITE_END()
