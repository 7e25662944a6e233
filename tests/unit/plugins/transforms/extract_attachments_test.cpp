#include <boost/test/unit_test.hpp>

#include <stdlib.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

#include <haulier/json.hpp>

#include "extract_attachments/attachment_filter.hpp"
#include "mime/sha256.hpp"
#include "transform_stage.hpp"

namespace extract_attachments_test {
namespace fs = std::filesystem;
using haulier::Batch;
using haulier::BatchBuilder;
using haulier::Host;
using haulier::testing::FakeHost;
using transform_test::MessageSource;
using transform_test::Rows;
using transform_test::Stage;

std::string hash(std::string_view bytes) {
  haulier::mime::Sha256 sha256;
  return std::string(haulier::mime::view_of(haulier::mime::hex_of(sha256.of(bytes))));
}

struct Attached {
  std::string type;
  std::string name;
  std::string encoding;
  std::string content;
};

std::string mail(const std::vector<Attached>& parts) {
  std::string out = "Subject: x\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\ntext\r\n";
  for (const Attached& part : parts) {
    out += "--b\r\nContent-Type: " + part.type + "\r\nContent-Disposition: attachment; filename=\"" + part.name +
           "\"\r\nContent-Transfer-Encoding: " + part.encoding + "\r\n\r\n" + part.content + "\r\n";
  }
  return out + "--b--\r\n";
}

// Both transforms in a row, as in a pipeline.
struct Pipeline {
  FakeHost fake;
  Host host{fake.get()};
  MessageSource source;
  Stage normalize;
  Stage extract;

  explicit Pipeline(std::string_view config = "{}")
      : normalize("normalize_mime", fake, source.schema()),
        extract("extract_attachments", fake, normalize.schema(), config) {}

  Batch run(const std::vector<std::string>& mails) {
    BatchBuilder in;
    std::int64_t uid = 0;
    for (const std::string& mail : mails) {
      source.message(in, HAULIER_UPSERT, uid + 1, static_cast<std::uint64_t>(uid)).blob(4, host.copy_blob(mail));
      ++uid;
    }
    return extract.apply(normalize.apply(in.finish()));
  }
  Rows attachments(const Batch& batch) { return {batch, extract.schema(), "attachments"}; }
  Rows contents(const Batch& batch) { return {batch, extract.schema(), "attachment_contents"}; }
};
}  // namespace extract_attachments_test

BOOST_AUTO_TEST_SUITE(extract_attachments)

using namespace extract_attachments_test;

BOOST_AUTO_TEST_CASE(an_attachment_is_decoded_and_hashed) {
  Pipeline p;
  const Batch out = p.run({mail({{"application/pdf", "a.pdf", "base64", "JVBERi0xLjQ="}})});
  const Rows rows = p.attachments(out);
  BOOST_REQUIRE(rows.size() == 1u);
  BOOST_TEST(rows.text(0, "part_path") == "2");
  BOOST_TEST(rows.text(0, "filename_safe") == "a.pdf");
  BOOST_TEST(rows.integer(0, "size") == 8);
  BOOST_TEST(rows.integer(0, "size_encoded") == 12);
  BOOST_TEST(rows.text(0, "sha256") == hash("%PDF-1.4"));
  BOOST_TEST(rows.text(0, "media_type_sniffed") == "application/pdf");
  BOOST_TEST(rows.integer(0, "type_mismatch") == 0);
  BOOST_TEST(rows.integer(0, "truncated") == 0);
  BOOST_TEST(rows.text(0, "dangers") == "[]");
  BOOST_TEST(rows.text(0, "defects") == "[]");
  const Rows contents = p.contents(out);
  BOOST_REQUIRE(contents.size() == 1u);
  BOOST_TEST(contents.text(0, "sha256") == hash("%PDF-1.4"));
  BOOST_TEST(contents.bytes(0, "content") == "%PDF-1.4");
  BOOST_TEST(contents.integer(0, "size") == 8);
}

BOOST_AUTO_TEST_CASE(equal_contents_of_a_batch_are_stored_once) {
  Pipeline p;
  const std::string one = mail({{"text/csv", "a.csv", "base64", "YSxi"}, {"text/csv", "b.csv", "7bit", "a,b"}});
  const std::string two = mail({{"text/csv", "c.csv", "quoted-printable", "a,=62"}});
  const Batch out = p.run({one, two});
  BOOST_TEST(p.attachments(out).size() == 3u);
  BOOST_TEST(p.contents(out).size() == 1u);
  // A later batch knows nothing of this one: whoever stores it has to have it in the same transaction.
  const Batch later = p.run({one});
  BOOST_TEST(p.contents(later).size() == 1u);
}

BOOST_AUTO_TEST_CASE(what_needs_no_decoding_is_not_copied) {
  Pipeline p;
  const Batch out = p.run({mail({{"text/csv", "a.csv", "8bit", "a,b,c"}})});
  // The message and its slice; the slice is shared by the part and the content.
  BOOST_TEST(p.fake.live_blobs == 2);
  BOOST_TEST(p.contents(out).bytes(0, "content") == "a,b,c");
}

BOOST_AUTO_TEST_CASE(every_other_record_passes_through_in_order) {
  Pipeline p;
  BatchBuilder in;
  p.source.other(in, 0);
  p.source.message(in, HAULIER_UPDATE, 9, 1).integer(7, 3);
  const Batch out = p.extract.apply(p.normalize.apply(in.finish()));
  BOOST_REQUIRE(out.view().size() == 2u);
  BOOST_TEST(Rows(out, p.extract.schema(), "other").text(0, "note") == "untouched");
  BOOST_TEST(Rows(out, p.extract.schema(), "email_locations").integer(0, "modseq") == 3);
}

BOOST_AUTO_TEST_CASE(a_content_above_the_limit_keeps_its_row) {
  Pipeline p(R"({"max_size": 5})");
  const Batch out = p.run({mail({{"a/b", "fits", "base64", "QUJDREU="},
                                 {"a/b", "base64", "base64", "QUJDREVG"},
                                 {"a/b", "plain", "8bit", "ABCDEF"},
                                 {"a/b", "long", "base64", std::string(4000, 'A')}})});
  const Rows rows = p.attachments(out);
  BOOST_REQUIRE(rows.size() == 4u);
  BOOST_TEST(rows.integer(0, "truncated") == 0);
  for (std::size_t i = 1; i < 4; ++i) {
    BOOST_TEST(rows.integer(i, "truncated") == 1);
    BOOST_TEST(rows.empty(i, "sha256"));
  }
  BOOST_TEST(rows.integer(1, "size") == 6);
  BOOST_TEST(rows.integer(2, "size") == 6);
  BOOST_TEST(rows.integer(3, "size") == 3000);
  BOOST_TEST(p.contents(out).size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_content_of_many_windows_is_whole) {
  Pipeline p;
  std::string encoded;
  std::string plain;
  for (int i = 0; i < 60000; ++i) {
    encoded += "QUJDREVG";
    plain += "ABCDEF";
    if (i % 9 == 8) encoded += "\r\n";
  }
  const Batch out = p.run({mail({{"a/b", "x", "base64", encoded}, {"a/b", "y", "8bit", plain}})});
  const Rows rows = p.attachments(out);
  BOOST_TEST(rows.text(0, "sha256") == hash(plain));
  BOOST_TEST(rows.text(1, "sha256") == hash(plain));
  BOOST_TEST((p.contents(out).bytes(0, "content") == plain));
}

BOOST_AUTO_TEST_CASE(damage_found_in_decoding_is_in_the_row) {
  Pipeline p;
  const Batch out = p.run({mail({{"a/b", "x", "base64", "QUJD*REVG=QQ"}, {"a/b", "y", "quoted-printable", "a=ZZ"}})});
  const Rows rows = p.attachments(out);
  const auto defects = haulier::Json::parse(rows.text(0, "defects"));
  BOOST_REQUIRE(defects.items().size() == 3u);
  BOOST_TEST(defects.items()[0]["code"].text() == "base64_dirty");
  BOOST_TEST(rows.text(1, "defects") == R"([{"code":"quoted_printable_invalid","at":0}])");
}

BOOST_AUTO_TEST_CASE(earlier_defects_are_kept_beside_new_ones) {
  Pipeline p;
  const Batch out = p.run({mail({{"message/rfc822", "x", "base64", "QUJD*"}})});
  const auto defects = haulier::Json::parse(p.attachments(out).text(0, "defects"));
  BOOST_REQUIRE(defects.items().size() == 2u);
  BOOST_TEST(defects.items()[0]["code"].text() == "base64_dirty");
  BOOST_TEST(defects.items()[1]["code"].text() == "encoded_message");
}

BOOST_AUTO_TEST_CASE(dangers_are_named) {
  Pipeline p;
  const Batch out = p.run({mail({{"application/pdf", "invoice.pdf.exe", "base64", "TVqQAAMAAAAEAAAA"},
                                 {"a/b", "=?utf-8?B?4oCuZnBkLnR4dA==?=", "7bit", "x"},
                                 {"a/b", "sheet.xlsm", "7bit", "x"}})});
  const Rows rows = p.attachments(out);
  BOOST_TEST(rows.text(0, "dangers") == R"(["double_extension","executable"])");
  BOOST_TEST(rows.integer(0, "type_mismatch") == 1);
  BOOST_TEST(rows.text(1, "dangers") == R"(["bidi_name"])");
  BOOST_TEST(rows.text(2, "dangers") == R"(["macro"])");
}

BOOST_AUTO_TEST_CASE(an_empty_attachment_is_a_row_with_an_empty_content) {
  Pipeline p;
  const Batch out = p.run({mail({{"a/b", "x", "base64", ""}, {"a/b", "y", "7bit", ""}})});
  const Rows rows = p.attachments(out);
  BOOST_REQUIRE(rows.size() == 2u);
  for (std::size_t i = 0; i < 2; ++i) {
    BOOST_TEST(rows.integer(i, "size") == 0);
    BOOST_TEST(rows.text(i, "sha256") == hash(""));
  }
  BOOST_TEST(p.contents(out).size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_uuencoded_file_is_extracted) {
  Pipeline p;
  const Batch out = p.run({"Subject: x\n\nHi\nbegin 644 cat.txt\n#0V%T\n`\nend\n"});
  const Rows rows = p.attachments(out);
  BOOST_REQUIRE(rows.size() == 1u);
  BOOST_TEST(rows.text(0, "encoding") == "x-uuencode");
  BOOST_TEST(p.contents(out).bytes(0, "content") == "Cat");
}

BOOST_AUTO_TEST_CASE(every_blob_is_given_back) {
  Pipeline p;
  {
    const Batch out =
        p.run({mail({{"a/b", "x", "base64", "QUJD"}, {"a/b", "y", "base64", "QUJD"}, {"a/b", "z", "7bit", "q"}})});
    BOOST_TEST(p.fake.live_blobs > 0);
  }
  BOOST_TEST(p.fake.live_blobs == 0);
}

BOOST_AUTO_TEST_CASE(every_promised_field_is_set) {
  Pipeline p;
  const Batch out = p.run({mail({{"a/b", "x", "base64", "QUJD"}, {"a/b", "", "7bit", "q"}})});
  const haulier::SchemaView schema(p.extract.schema());
  for (std::uint64_t i = 0; i < out.view().size(); ++i) {
    const auto record = out.view()[i];
    const haulier_stream& stream = schema[record.stream()];
    BOOST_REQUIRE(record.size() == stream.n_fields);
    for (std::uint32_t f = 0; f < stream.n_fields; ++f) {
      BOOST_TEST_CONTEXT(haulier::view(stream.name) << "." << haulier::view(stream.fields[f].name)) {
        if (stream.fields[f].flags & HAULIER_FIELD_NOT_NULL) BOOST_TEST(!record.empty(f));
        BOOST_TEST((record.empty(f) || record[f].type == stream.fields[f].type));
      }
    }
  }
}

// A folder of its own below the system's, gone with the test.
struct Folder {
  Folder() {
    std::string name = (fs::temp_directory_path() / "haulier-contents-XXXXXX").string();
    path = ::mkdtemp(name.data());
  }
  ~Folder() { fs::remove_all(path); }
  [[nodiscard]] std::string config() const {
    return R"({"store":{"directory":")" + (path / "deep/er").string() + "\"}}";
  }
  [[nodiscard]] std::set<std::string> files() const {
    std::set<std::string> out;
    for (const auto& entry : fs::recursive_directory_iterator(path)) {
      if (entry.is_regular_file()) out.insert(entry.path().lexically_relative(path / "deep/er").string());
    }
    return out;
  }
  fs::path path;
};
const std::string kStored = hash("ABC").substr(0, 2) + "/" + hash("ABC");

BOOST_AUTO_TEST_CASE(contents_in_a_folder_are_files_named_by_their_hash_alone) {
  const Folder folder;
  Pipeline p(folder.config());
  BOOST_TEST(!fs::exists(folder.path / "deep"));  // nothing is made before there is something to keep
  const Batch out = p.run({mail({{"a/b", "../../etc/passwd", "base64", "QUJD"}, {"a/b", "y", "7bit", "ABC"}})});
  const Rows files(out, p.extract.schema(), "attachment_files");
  BOOST_REQUIRE(files.size() == 1u);
  BOOST_TEST(files.text(0, "sha256") == hash("ABC"));
  BOOST_TEST(files.integer(0, "size") == 3);
  BOOST_TEST(files.text(0, "path") == kStored);
  BOOST_TEST((folder.files() == std::set<std::string>{kStored}));
  std::ifstream file(folder.path / "deep/er" / kStored);
  BOOST_TEST(std::string(std::istreambuf_iterator<char>(file), {}) == "ABC");
  BOOST_TEST(p.attachments(out).text(1, "sha256") == hash("ABC"));
}

BOOST_AUTO_TEST_CASE(a_file_that_is_there_stays_and_a_torn_one_is_written_again) {
  const Folder folder;
  const fs::path file = folder.path / "deep/er" / kStored;
  const auto run = [&] {
    Pipeline p(folder.config());
    static_cast<void>(p.run({mail({{"a/b", "x", "7bit", "ABC"}})}));
  };
  run();
  const auto written = fs::last_write_time(file) - std::chrono::hours(1);
  fs::last_write_time(file, written);
  run();
  BOOST_TEST((fs::last_write_time(file) == written));
  fs::resize_file(file, 1);
  run();
  BOOST_TEST(fs::file_size(file) == 3u);
  BOOST_TEST((folder.files() == std::set<std::string>{kStored}));
}

BOOST_AUTO_TEST_CASE(a_folder_that_cannot_be_written_stops_the_run_as_a_local_fault) {
  const Folder folder;
  std::ofstream(folder.path / "deep") << "a file where the folder should be";
  Pipeline p(folder.config());
  BOOST_CHECK_EXCEPTION(static_cast<void>(p.run({mail({{"a/b", "x", "7bit", "ABC"}})})), haulier::Error,
                        [](const haulier::Error& e) { return e.status() == HAULIER_LOCAL_IO; });
}

std::string kept_names(std::string_view config) {
  Pipeline p(config);
  const Batch out = p.run({mail({{"application/pdf", "a.PDF", "7bit", "%PDF-1.4 and so on"},
                                 {"image/gif", "pixel.gif", "7bit", "GIF89a"},
                                 {"text/plain", "run.exe", "base64", "TVqQAAMAAAAEAAAA"}})});
  const Rows rows = p.attachments(out);
  std::string names;
  for (std::size_t i = 0; i < rows.size(); ++i) names += rows.text(i, "filename") + " ";
  BOOST_TEST(p.contents(out).size() == rows.size());
  return names;
}

BOOST_AUTO_TEST_CASE(attachments_are_left_out_by_type_name_and_size) {
  BOOST_TEST(kept_names("{}") == "a.PDF pixel.gif run.exe ");
  BOOST_TEST(kept_names(R"({"include":{"types":["application/*"]}})") == "a.PDF run.exe ");  // as sniffed
  BOOST_TEST(kept_names(R"({"include":{"names":["*.pdf","?ixel.*"]}})") == "a.PDF pixel.gif ");
  BOOST_TEST(kept_names(R"({"exclude":{"types":["application/x-ms*","image/gif"]}})") == "a.PDF ");
  BOOST_TEST(kept_names(R"({"exclude":{"names":["*.exe"]}})") == "a.PDF pixel.gif ");
  BOOST_TEST(kept_names(R"({"exclude":{"below":7}})") == "a.PDF run.exe ");
  BOOST_TEST(kept_names(R"({"exclude":{"above":12}})") == "pixel.gif run.exe ");
}

BOOST_AUTO_TEST_CASE(patterns_match_whole_names_in_any_case) {
  using haulier::extract_attachments::matches;
  BOOST_TEST(matches("*", ""));
  BOOST_TEST(matches("a*b*c", "AxxbxxbC"));
  BOOST_TEST(matches("?b", "ab"));
  BOOST_TEST(!matches("a*b", "ac"));
  BOOST_TEST(!matches("ab", "abc"));
  BOOST_TEST(!matches("", "a"));
  BOOST_TEST(!matches(std::string(30, '*') + "b", std::string(5000, 'a')));
}

BOOST_AUTO_TEST_CASE(it_needs_normalize_mime_before_it) {
  FakeHost fake;
  MessageSource source;
  BOOST_CHECK_EXCEPTION(Stage("extract_attachments", fake, source.schema()), haulier::Error,
                        [](const haulier::Error& e) { return e.status() == HAULIER_BAD_CONFIG; });
}

BOOST_AUTO_TEST_SUITE_END()
