#include "transform_contract.hpp"

namespace {

using namespace haulier;
using haulier::contract::TransformUnderTest;

constexpr auto K = HAULIER_FIELD_KEY | HAULIER_FIELD_NOT_NULL;
constexpr auto N = HAULIER_FIELD_NOT_NULL;

// ---- normalize_mime: `messages` in

void declare_messages(Schema& streams) {
  streams.add("messages", HAULIER_STREAM_TRANSIENT,
              {{"account", HAULIER_STRING, K},
               {"mailbox", HAULIER_STRING, K},
               {"uidvalidity", HAULIER_INT64, K},
               {"uid", HAULIER_INT64, K},
               {"raw", HAULIER_BLOB},
               {"internal_date", HAULIER_TIMESTAMP},
               {"flags", HAULIER_JSON},
               {"modseq", HAULIER_INT64},
               {"server_id", HAULIER_STRING},
               {"thread_server_id", HAULIER_STRING},
               {"vanished_at", HAULIER_TIMESTAMP}});
}

std::vector<std::string> mails() {
  const std::string multipart =
      "From: =?utf-8?q?J=C3=BCrgen?= <j@example.org>\r\nTo: a@example.org\r\nSubject: two parts\r\n"
      "Message-ID: <1@example.org>\r\nDate: Mon, 2 Jan 2006 15:04:05 -0700\r\nMIME-Version: 1.0\r\n"
      "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nhello\r\n"
      "--b\r\nContent-Type: application/pdf; name=a.pdf\r\nContent-Transfer-Encoding: base64\r\n"
      "Content-Disposition: attachment\r\n\r\nJVBERi0xLjQK\r\n--b--\r\n";
  return {"From: a@example.org\r\nSubject: plain\r\n\r\nhello\r\n",
          multipart,
          multipart.substr(0, multipart.size() / 2),
          "",
          "no header at all",
          std::string("Subject: \xff\xfe\x00raw\r\n\r\n\x80\x00\x01", 22),
          "Subject: " + std::string(20'000, 'x') + "\r\n\r\n",
          "\r\n\r\nonly a body"};
}

std::uint64_t fill_messages(BatchBuilder& batch, Host host) {
  std::uint64_t origin = 0;
  for (const std::string& mail : mails()) {
    batch.record(0, 11, HAULIER_UPSERT, origin)
        .text(0, "me@example.org")
        .text(1, "INBOX")
        .integer(2, 1)
        .integer(3, static_cast<std::int64_t>(origin + 1))
        .blob(4, host.copy_blob(mail))
        .timestamp(5, 1'700'000'000'000'000)
        .json(6, "[\"\\\\Seen\"]");
    ++origin;
  }
  batch.record(0, 11, HAULIER_UPDATE, origin)
      .text(0, "me@example.org")
      .text(1, "INBOX")
      .integer(2, 1)
      .integer(3, 1)
      .json(6, "[]");
  batch.record(0, 11, HAULIER_UPDATE, origin + 1)
      .text(0, "me@example.org")
      .text(1, "INBOX")
      .integer(2, 1)
      .integer(3, 2)
      .timestamp(10, 1'700'000'000'000'000);
  return origin + 2;
}

TransformUnderTest normalize_mime() {
  return {"normalize_mime", R"({"store_raw":"none","max_text":4194304,"max_parts":2000,"max_depth":32})",
          declare_messages, fill_messages};
}

// ---- extract_attachments: `attachment_parts` in

void declare_parts(Schema& streams) {
  streams.add("attachment_parts", HAULIER_STREAM_TRANSIENT,
              {{"email_id", HAULIER_STRING, K},
               {"part_path", HAULIER_STRING, K},
               {"ordinal", HAULIER_INT64, N},
               {"role", HAULIER_STRING, N},
               {"filename", HAULIER_STRING},
               {"filename_raw", HAULIER_STRING},
               {"filename_safe", HAULIER_STRING, N},
               {"filename_source", HAULIER_STRING, N},
               {"media_type", HAULIER_STRING, N},
               {"charset", HAULIER_STRING},
               {"disposition", HAULIER_STRING},
               {"content_id", HAULIER_STRING},
               {"cid_referenced", HAULIER_BOOL, N},
               {"encoding", HAULIER_STRING, N},
               {"size_encoded", HAULIER_INT64, N},
               {"content", HAULIER_BLOB},
               {"defects", HAULIER_JSON, N}});
}

std::uint64_t fill_parts(BatchBuilder& batch, Host host) {
  const std::pair<const char*, std::string> parts[] = {{"base64", "JVBERi0xLjQK\r\n"},
                                                       {"base64", "JVBERi0xLjQK\r\n"},
                                                       {"base64", "%%%not base64\x80"},
                                                       {"quoted-printable", "caf=C3=A9 =\r\nend=ZZ="},
                                                       {"8bit", "plain \xff bytes"},
                                                       {"7bit", ""},
                                                       {"x-uuencode", "begin 644 a\n#0V%T\n`\nend\n"},
                                                       {"binary", std::string(70'000, 'b')},
                                                       {"strange", "left as it is"}};
  std::uint64_t origin = 0;
  for (const auto& [encoding, content] : parts) {
    batch.record(0, 17, HAULIER_UPSERT, origin)
        .text(0, "00112233445566778899aabbccddeeff")
        .text(1, std::to_string(origin + 1))
        .integer(2, static_cast<std::int64_t>(origin + 1))
        .text(3, "attachment")
        .text(4, "invoice.pdf.exe")
        .text(6, "invoice.pdf.exe")
        .text(7, "disposition")
        .text(8, "application/pdf")
        .boolean(12, false)
        .text(13, encoding)
        .integer(14, static_cast<std::int64_t>(content.size()))
        .blob(15, host.copy_blob(content))
        .json(16, "[]");
    ++origin;
  }
  return origin;
}

TransformUnderTest extract_attachments() {
  return {"extract_attachments", R"({"max_size":268435456})", declare_parts, fill_parts};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(normalize_mime_transform)
HAULIER_TRANSFORM_CONTRACT(normalize_mime())
BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(extract_attachments_transform)
HAULIER_TRANSFORM_CONTRACT(extract_attachments())
BOOST_AUTO_TEST_SUITE_END()
