#include "mime/transfer_decoder.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "mime_case.hpp"

namespace mime_transfer_test {
namespace data = boost::unit_test::data;
using haulier::mime::TransferDecoder;
using haulier::mime::TransferEncoding;
using mime_test::Case;

// Fed in pieces of `step` bytes: the result must not depend on it.
std::string decode(std::string_view input, TransferEncoding encoding, std::size_t step,
                   TransferDecoder* used = nullptr) {
  TransferDecoder own(encoding);
  TransferDecoder& decoder = used ? *used : own;
  std::string out;
  std::string buffer(step + TransferDecoder::kSlack, '\0');
  for (; !input.empty(); input.remove_prefix(std::min(step, input.size()))) {
    out.append(buffer.data(), decoder.feed(input.substr(0, step), buffer.data()));
  }
  out.append(buffer.data(), decoder.finish(buffer.data()));
  return out;
}

const Case kBase64[] = {
    {"plain", "SGVsbG8sIHdvcmxkIQ==", "Hello, world!"},
    {"lines", "SGVsbG8s\r\nIHdvcmxk\r\nIQ==\r\n", "Hello, world!"},
    {"lines_of_odd_length", "SGVsb\nG8sIHdv\ncmxk\nIQ==", "Hello, world!"},
    {"without_padding", "SGVsbG8sIHdvcmxkIQ", "Hello, world!"},
    {"truncated_group", "SGVsbG8sIHdvcmxkI", "Hello, world"},
    {"concatenated", "SGVsbG8=SGVsbG8=", "HelloHello"},
    {"dirty",
     "SGVs*bG8-s!IHdv\x80"
     "cmxkIQ==",
     "Hello, world!"},
    {"remark_behind_the_padding", "SGVsbG8= ignored\nSGVsbG8=", "HelloHello"},
    {"padding_only", "====", ""},
    {"empty", "", ""},
    {"long_enough_for_vectors", "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWZnaGlqa2xtbm9wcXJzdHV2d3h5ejAxMjM0NTY3ODk=",
     "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"},
};

const Case kQuotedPrintable[] = {
    {"escapes", "caf=C3=A9", "caf\u00E9"},
    {"small_digits", "caf=c3=a9", "caf\u00E9"},
    {"soft_break", "one=\r\ntwo=\nthree", "onetwothree"},
    {"soft_break_with_blanks", "one= \t\r\ntwo", "onetwo"},
    {"soft_break_of_cr_alone", "one=\rtwo", "onetwo"},
    {"trailing_blanks_go", "one  \t\r\ntwo ", "one\r\ntwo"},
    {"inner_blanks_stay", "one  two", "one  two"},
    {"encoded_trailing_blank_stays", "one=20\r\ntwo", "one \r\ntwo"},
    {"bad_escape_stays", "a=XYb", "a=XYb"},
    {"half_escape_stays", "a=4Xb", "a=4Xb"},
    {"equals_before_equals", "a==3Db", "a==b"},
    {"lone_equals_at_the_end", "a=", "a"},
    {"half_escape_at_the_end", "a=4", "a=4"},
    {"runs_of_escapes_with_soft_breaks", "=E4=BD=A0=E5=A5=BD=\r\n=EF=BC=8C=E4=B8=96=E7=95=8C=\n!",
     "\u4F60\u597D\uFF0C\u4E16\u754C!"},
    {"line_longer_than_a_vector", "0123456789abcdef0123456789abcdef \r\nnext=\r\n line",
     "0123456789abcdef0123456789abcdef\r\nnext line"},
};

const Case kUuencode[] = {
    {"file", "begin 644 x\n#0V%T\n`\nend\n", "Cat"},
    {"two_lines", "begin 644 x\r\n#0V%T\r\n#0V%T\r\n`\r\nend\r\n", "CatCat"},
    {"text_before_begin", "Hi\nbegin 644 x\n#0V%T\n`\nend\nBye\n", "Cat"},
    {"no_end", "begin 644 x\n#0V%T\n", "Cat"},
    {"short_line", "begin 644 x\n#0V\n`\nend\n", std::string("C`\0", 3)},
};
}  // namespace mime_transfer_test

BOOST_AUTO_TEST_SUITE(mime_transfer_decoder)

using namespace mime_transfer_test;

BOOST_DATA_TEST_CASE(base64_is_decoded_at_every_split, data::make(kBase64), row) {
  for (std::size_t step = 1; step <= row.input.size() + 1; ++step) {
    BOOST_TEST(decode(row.input, TransferEncoding::base64, step) == row.expected);
  }
}

BOOST_DATA_TEST_CASE(quoted_printable_is_decoded_at_every_split, data::make(kQuotedPrintable), row) {
  for (std::size_t step = 1; step <= row.input.size() + 1; ++step) {
    BOOST_TEST(decode(row.input, TransferEncoding::quoted_printable, step) == row.expected);
  }
}

BOOST_DATA_TEST_CASE(uuencode_is_decoded_at_every_split, data::make(kUuencode), row) {
  for (std::size_t step = 1; step <= row.input.size() + 1; ++step) {
    BOOST_TEST(decode(row.input, TransferEncoding::uuencode, step) == row.expected);
  }
}

BOOST_AUTO_TEST_CASE(damage_of_base64_is_remembered) {
  TransferDecoder dirty(TransferEncoding::base64);
  decode("SGV*s", TransferEncoding::base64, 9, &dirty);
  BOOST_TEST(dirty.base64().dirty());
  BOOST_TEST(!dirty.base64().after_padding());
  TransferDecoder joined(TransferEncoding::base64);
  decode("SGVsbG8=SGVsbG8=", TransferEncoding::base64, 99, &joined);
  BOOST_TEST(joined.base64().after_padding());
  TransferDecoder cut(TransferEncoding::base64);
  decode("SGVsb", TransferEncoding::base64, 99, &cut);
  BOOST_TEST(cut.base64().truncated());
  TransferDecoder good(TransferEncoding::base64);
  decode("SGVsbG8=\r\n", TransferEncoding::base64, 99, &good);
  BOOST_TEST(!good.base64().dirty());
  BOOST_TEST(!good.base64().truncated());
}

BOOST_AUTO_TEST_CASE(base64_kernels_of_every_processor_agree) {
  namespace kernel = haulier::mime::base64_kernel;
  const std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (std::size_t i = 0; i < 400; ++i) text.push_back(alphabet[(i * 37 + i / 5) % 64]);
  // Every byte value, at every position of a vector, must end the run in all kernels at the same place.
  for (unsigned byte = 0; byte < 256; ++byte) {
    for (std::size_t at = 0; at < 40; ++at) {
      std::string changed = text;
      changed[at] = static_cast<char>(byte);
      std::string expected(changed.size() + 8, '\0');
      const std::size_t read = kernel::scalar(changed.data(), changed.size(), expected.data());
#if defined(__x86_64__)
      for (const auto run : {__builtin_cpu_supports("ssse3") ? kernel::ssse3 : kernel::scalar,
                             __builtin_cpu_supports("avx2") ? kernel::avx2 : kernel::scalar}) {
        std::string out(changed.size() + 8, '\0');
        BOOST_REQUIRE(run(changed.data(), changed.size(), out.data()) == read);
        BOOST_REQUIRE(out.substr(0, read / 4 * 3) == expected.substr(0, read / 4 * 3));
      }
#endif
    }
  }
}

BOOST_AUTO_TEST_CASE(a_body_is_handed_out_in_small_blocks) {
  std::string encoded;
  for (int i = 0; i < 20000; ++i) encoded += "QUJD\n";
  std::string buffer;
  TransferDecoder decoder(TransferEncoding::base64);
  std::size_t total = 0;
  decode_body(encoded, decoder, TransferEncoding::base64, buffer, [&](std::string_view piece) {
    BOOST_TEST(piece.size() <= (64u << 10));
    total += piece.size();
    return true;
  });
  BOOST_TEST(total == 60000u);
}

BOOST_AUTO_TEST_SUITE_END()
