#include <boost/test/unit_test.hpp>

#include <haulier/json.hpp>

#include "mime/sha256.hpp"
#include "transform_stage.hpp"

namespace normalize_mime_test {
using haulier::Batch;
using haulier::BatchBuilder;
using haulier::Host;
using haulier::Json;
using haulier::testing::FakeHost;
using transform_test::MessageSource;
using transform_test::Rows;
using transform_test::Stage;

std::string sha256_hex(std::string_view bytes) {
  haulier::mime::Sha256 sha256;
  return std::string(haulier::mime::view_of(haulier::mime::hex_of(sha256.of(bytes))));
}

const std::string kMail =
    "From: Ann <ann@example.org>\r\nTo: bob@example.net, Team: carl@example.net;\r\nSubject: Re: Lunch\r\n"
    "Date: Tue, 1 Jul 2003 10:52:37 +0200\r\nMessage-ID: <m1@example.org>\r\nReferences: <m0@example.org>\r\n"
    "Content-Type: multipart/mixed; boundary=b\r\n\r\n"
    "--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nNoon?\r\n"
    "--b\r\nContent-Type: application/pdf; name=\"m\xC3\xA9nu.pdf\"\r\nContent-Transfer-Encoding: "
    "base64\r\n\r\nJVBERi0=\r\n"
    "--b--\r\n";
}  // namespace normalize_mime_test

BOOST_AUTO_TEST_SUITE(normalize_mime)

using namespace normalize_mime_test;

BOOST_AUTO_TEST_CASE(a_message_becomes_an_email_a_place_and_a_part) {
  FakeHost fake;
  const Host host(fake.get());
  MessageSource source;
  Stage stage("normalize_mime", fake, source.schema());
  BatchBuilder in;
  source.message(in, HAULIER_UPSERT, 17, 3)
      .blob(4, host.copy_blob(kMail))
      .timestamp(5, 1057050000000000)
      .json(6, "[\"\\\\Seen\"]")
      .integer(7, 99);
  const Batch out = stage.apply(in.finish());

  const Rows emails(out, stage.schema(), "emails");
  BOOST_REQUIRE(emails.size() == 1u);
  const std::string raw_sha256 = sha256_hex(kMail);
  BOOST_TEST(emails.text(0, "raw_sha256") == raw_sha256);
  BOOST_TEST(emails.text(0, "id") ==
             "3f014bd5" + sha256_hex(std::string("me@example.org") + '\0' + "sha256:" + raw_sha256).substr(0, 24));
  BOOST_TEST(emails.integer(0, "raw_size") == static_cast<std::int64_t>(kMail.size()));
  BOOST_TEST(emails.text(0, "account") == "me@example.org");
  BOOST_TEST(emails.text(0, "message_id") == "m1@example.org");
  BOOST_TEST(emails.integer(0, "message_id_generated") == 0);
  BOOST_TEST(emails.text(0, "reference_ids") == "[\"m0@example.org\"]");
  BOOST_TEST(emails.text(0, "in_reply_to") == "[]");
  BOOST_TEST(emails.text(0, "thread_key") == "m0@example.org");
  BOOST_TEST(emails.integer(0, "sent_at") == 1057049557000000);
  BOOST_TEST(emails.integer(0, "sent_offset_min") == 120);
  BOOST_TEST(emails.text(0, "sent_source") == "header");
  BOOST_TEST(emails.text(0, "from_address") == "ann@example.org");
  BOOST_TEST(emails.text(0, "from_name") == "Ann");
  BOOST_TEST(
      emails.text(0, "to_addresses") ==
      R"([{"name":null,"address":"bob@example.net"},{"group":"Team","members":[{"name":null,"address":"carl@example.net"}]}])");
  BOOST_TEST(emails.text(0, "cc_addresses") == "[]");
  BOOST_TEST(emails.text(0, "subject") == "Re: Lunch");
  BOOST_TEST(emails.text(0, "subject_base") == "Lunch");
  BOOST_TEST(emails.text(0, "text") == "Noon?");
  BOOST_TEST(emails.text(0, "text_source") == "plain");
  BOOST_TEST(emails.empty(0, "html"));
  BOOST_TEST(emails.integer(0, "has_attachments") == 1);
  BOOST_TEST(emails.integer(0, "attachment_count") == 1);
  BOOST_TEST(emails.integer(0, "part_count") == 3);
  BOOST_TEST(emails.text(0, "importance") == "normal");
  BOOST_TEST(emails.empty(0, "raw"));
  BOOST_TEST(emails[0].origin() == 3u);
  BOOST_TEST(Json::parse(emails.text(0, "headers")).items().size() == 7u);
  BOOST_TEST(Json::parse(emails.text(0, "structure"))["subParts"].items().size() == 2u);

  const Rows places(out, stage.schema(), "email_locations");
  BOOST_REQUIRE(places.size() == 1u);
  BOOST_TEST(places.text(0, "mailbox") == "INBOX");
  BOOST_TEST(places.integer(0, "uid") == 17);
  BOOST_TEST(places.text(0, "email_id") == emails.text(0, "id"));
  BOOST_TEST(places.text(0, "flags") == "[\"\\\\Seen\"]");
  BOOST_TEST(places.integer(0, "modseq") == 99);
  BOOST_TEST(places.integer(0, "first_seen") == fake.clock_us.load());
  BOOST_TEST(places.empty(0, "vanished_at"));

  const Rows parts(out, stage.schema(), "attachment_parts");
  BOOST_REQUIRE(parts.size() == 1u);
  BOOST_TEST(parts.text(0, "email_id") == emails.text(0, "id"));
  BOOST_TEST(parts.text(0, "part_path") == "2");
  BOOST_TEST(parts.integer(0, "ordinal") == 1);
  BOOST_TEST(parts.text(0, "role") == "attachment");
  BOOST_TEST(parts.text(0, "filename") == "m\u00E9nu.pdf");
  BOOST_TEST(parts.text(0, "encoding") == "base64");
  BOOST_TEST(parts.bytes(0, "content") == "JVBERi0=");
  BOOST_TEST(parts.integer(0, "size_encoded") == 8);
}

BOOST_AUTO_TEST_CASE(every_field_the_schema_promises_is_set) {
  FakeHost fake;
  const Host host(fake.get());
  MessageSource source;
  Stage stage("normalize_mime", fake, source.schema());
  BatchBuilder in;
  source.message(in, HAULIER_UPSERT, 1, 0).blob(4, host.copy_blob(""));
  source.message(in, HAULIER_UPSERT, 2, 1).blob(4, host.copy_blob(kMail));
  const Batch out = stage.apply(in.finish());
  const haulier::SchemaView schema(stage.schema());
  for (std::uint64_t i = 0; i < out.view().size(); ++i) {
    const auto record = out.view()[i];
    const haulier_stream& stream = schema[record.stream()];
    BOOST_REQUIRE(record.size() == stream.n_fields);
    for (std::uint32_t f = 0; f < stream.n_fields; ++f) {
      BOOST_TEST_CONTEXT(haulier::view(stream.name) << "." << haulier::view(stream.fields[f].name)) {
        if (stream.fields[f].flags & HAULIER_FIELD_NOT_NULL) BOOST_TEST(!record.empty(f));
        BOOST_TEST((record.empty(f) || record[f].type == stream.fields[f].type));
        BOOST_TEST(!record.absent(f));
        if (record[f].type == HAULIER_JSON) BOOST_CHECK_NO_THROW(Json::parse(record.text(f)));
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(an_update_carries_only_what_it_was_given) {
  FakeHost fake;
  MessageSource source;
  Stage stage("normalize_mime", fake, source.schema());
  BatchBuilder in;
  source.message(in, HAULIER_UPDATE, 17, 0).json(6, "[]").integer(7, 100);
  source.message(in, HAULIER_UPDATE, 18, 1).timestamp(10, 5);
  const Batch out = stage.apply(in.finish());
  const Rows places(out, stage.schema(), "email_locations");
  BOOST_REQUIRE(places.size() == 2u);
  BOOST_TEST(places[0].op() == HAULIER_UPDATE);
  BOOST_TEST(places.text(0, "flags") == "[]");
  BOOST_TEST(places.integer(0, "modseq") == 100);
  for (const char* field : {"email_id", "internal_date", "first_seen", "vanished_at"})
    BOOST_TEST(places.absent(0, field), field);
  BOOST_TEST(places.integer(1, "uid") == 18);
  BOOST_TEST(places.integer(1, "vanished_at") == 5);
  BOOST_TEST(places.absent(1, "flags"));
  BOOST_TEST(Rows(out, stage.schema(), "emails").size() == 0u);
}

BOOST_AUTO_TEST_CASE(the_server_id_is_the_identity_when_there_is_one) {
  FakeHost fake;
  const Host host(fake.get());
  MessageSource source;
  Stage stage("normalize_mime", fake, source.schema());
  BatchBuilder in;
  source.message(in, HAULIER_UPSERT, 1, 0).blob(4, host.copy_blob(kMail)).text(8, "M123").text(9, "T9");
  const Batch out = stage.apply(in.finish());
  const Rows emails(out, stage.schema(), "emails");
  BOOST_TEST(emails.text(0, "id") ==
             "00000000" + sha256_hex(std::string("me@example.org") + '\0' + "id:M123").substr(0, 24));
  BOOST_TEST(emails.text(0, "server_id") == "M123");
  BOOST_TEST(emails.text(0, "thread_server_id") == "T9");
}

BOOST_AUTO_TEST_CASE(missing_ids_and_dates_are_substituted) {
  FakeHost fake;
  const Host host(fake.get());
  MessageSource source;
  Stage stage("normalize_mime", fake, source.schema());
  BatchBuilder in;
  source.message(in, HAULIER_UPSERT, 1, 0).blob(4, host.copy_blob("Subject: x\n\ny")).timestamp(5, 42);
  const Batch out = stage.apply(in.finish());
  const Rows emails(out, stage.schema(), "emails");
  BOOST_TEST(emails.text(0, "message_id") == sha256_hex("Subject: x\n\ny") + "@generated");
  BOOST_TEST(emails.integer(0, "message_id_generated") == 1);
  BOOST_TEST(emails.text(0, "thread_key") == emails.text(0, "message_id"));
  BOOST_TEST(emails.integer(0, "sent_at") == 42);
  BOOST_TEST(emails.text(0, "sent_source") == "internal");
  BOOST_TEST(emails.empty(0, "sent_offset_min"));
}

BOOST_AUTO_TEST_CASE(raw_is_kept_only_when_asked_for) {
  FakeHost fake;
  const Host host(fake.get());
  MessageSource source;
  Stage stage("normalize_mime", fake, source.schema(), R"({"store_raw": "database"})");
  BatchBuilder in;
  source.message(in, HAULIER_UPSERT, 1, 0).blob(4, host.copy_blob(kMail));
  const Batch out = stage.apply(in.finish());
  BOOST_TEST(Rows(out, stage.schema(), "emails").bytes(0, "raw") == kMail);
}

BOOST_AUTO_TEST_CASE(other_streams_pass_through) {
  FakeHost fake;
  MessageSource source;
  Stage stage("normalize_mime", fake, source.schema());
  BatchBuilder in;
  source.other(in, 4);
  const Batch out = stage.apply(in.finish());
  const Rows others(out, stage.schema(), "other");
  BOOST_REQUIRE(others.size() == 1u);
  BOOST_TEST(others.text(0, "note") == "untouched");
  BOOST_TEST(others[0].origin() == 4u);
}

BOOST_AUTO_TEST_CASE(a_message_without_bytes_is_rejected_with_a_reason) {
  FakeHost fake;
  MessageSource source;
  Stage stage("normalize_mime", fake, source.schema());
  BatchBuilder in;
  source.message(in, HAULIER_UPSERT, 5, 2);
  const Batch out = stage.apply(in.finish());
  BOOST_REQUIRE(out.view().c_batch().n_rejects == 1u);
  BOOST_TEST(out.view().c_batch().rejects[0].origin == 2u);
  BOOST_TEST(haulier::view(out.view().c_batch().rejects[0].key) ==
             R"({"account":"me@example.org","mailbox":"INBOX","uidvalidity":7,"uid":5})");
  BOOST_TEST(out.view().size() == 0u);
}

BOOST_AUTO_TEST_CASE(a_known_server_id_without_bytes_is_a_further_place_of_the_same_email) {
  FakeHost fake;
  const Host host(fake.get());
  MessageSource source;
  Stage stage("normalize_mime", fake, source.schema());
  BatchBuilder in;
  source.message(in, HAULIER_UPSERT, 1, 0).blob(4, host.copy_blob("Subject: x\n\ny")).text(8, "M1");
  source.message(in, HAULIER_UPSERT, 2, 1).text(8, "M1");
  const Batch out = stage.apply(in.finish());
  BOOST_TEST(out.view().c_batch().n_rejects == 0u);
  BOOST_TEST(Rows(out, stage.schema(), "emails").size() == 1u);
  const Rows places(out, stage.schema(), "email_locations");
  BOOST_REQUIRE(places.size() == 2u);
  BOOST_TEST(places.integer(1, "uid") == 2);
  BOOST_TEST(places.text(1, "email_id") == places.text(0, "email_id"));
}

BOOST_AUTO_TEST_CASE(bytes_are_given_back_when_no_part_needs_them) {
  FakeHost fake;
  {
    const Host host(fake.get());
    MessageSource source;
    Stage stage("normalize_mime", fake, source.schema());
    BatchBuilder in;
    source.message(in, HAULIER_UPSERT, 1, 0).blob(4, host.copy_blob("Subject: x\n\ny"));
    const Batch out = stage.apply(in.finish());
    BOOST_TEST(fake.live_blobs == 0);
    source.message(in, HAULIER_UPSERT, 2, 0).blob(4, host.copy_blob(kMail));
    const Batch with_part = stage.apply(in.finish());
    BOOST_TEST(fake.live_blobs == 2);
  }
  BOOST_TEST(fake.live_blobs == 0);
}

BOOST_AUTO_TEST_CASE(nested_messages_are_emails_of_their_own) {
  FakeHost fake;
  const Host host(fake.get());
  MessageSource source;
  Stage stage("normalize_mime", fake, source.schema());
  BatchBuilder in;
  // The inner one, in base64: "Subject: middle\nContent-Type: message/rfc822\n\nSubject: inner\n\nhi\n"
  const std::string mail =
      "Subject: outer\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nLook.\n--b\nContent-Type: message/rfc822\n"
      "Content-Transfer-Encoding: base64\n\n"
      "U3ViamVjdDogbWlkZGxlCkNvbnRlbnQtVHlwZTogbWVzc2FnZS9yZmM4MjIKClN1YmplY3Q6IGlubmVyCgpoaQo=\n--b--\n";
  source.message(in, HAULIER_UPSERT, 1, 7).blob(4, host.copy_blob(mail)).text(8, "M1");
  const Batch out = stage.apply(in.finish());
  const Rows emails(out, stage.schema(), "emails");
  BOOST_REQUIRE(emails.size() == 3u);
  BOOST_TEST(emails.text(0, "subject") == "outer");
  BOOST_TEST(emails.text(1, "subject") == "middle");
  BOOST_TEST(emails.text(2, "subject") == "inner");
  BOOST_TEST(emails.text(2, "text") == "hi\n");
  BOOST_TEST(emails.empty(1, "server_id"));
  BOOST_TEST(emails[2].origin() == 7u);
  BOOST_TEST(Rows(out, stage.schema(), "email_locations").size() == 1u);
  BOOST_TEST(Rows(out, stage.schema(), "email_details").size() == 3u);
  const Rows links(out, stage.schema(), "nested_emails");
  BOOST_REQUIRE(links.size() == 2u);
  const std::string outer = emails.text(0, "id");
  const std::string middle =
      outer.substr(0, 8) +
      sha256_hex(std::string("me@example.org") + '\0' + "nested:" + outer + '\0' + "2").substr(0, 24);
  BOOST_TEST(links.text(0, "email_id") == middle);
  BOOST_TEST(emails.text(1, "id") == middle);
  BOOST_TEST(links.text(0, "parent_email_id") == emails.text(0, "id"));
  BOOST_TEST(links.text(0, "part_path") == "2");
  BOOST_TEST(links.integer(0, "depth") == 1);
  BOOST_TEST(links.text(1, "parent_email_id") == middle);
  BOOST_TEST(links.integer(1, "depth") == 2);
  const Rows parts(out, stage.schema(), "attachment_parts");
  BOOST_REQUIRE(parts.size() == 2u);
  BOOST_TEST(parts.text(1, "email_id") == middle);
}

BOOST_AUTO_TEST_CASE(nested_messages_can_stay_attachments) {
  FakeHost fake;
  const Host host(fake.get());
  MessageSource source;
  Stage stage("normalize_mime", fake, source.schema(), R"({"nested_messages": "attachments"})");
  BatchBuilder in;
  source.message(in, HAULIER_UPSERT, 1, 0).blob(4, host.copy_blob("Content-Type: message/rfc822\n\nSubject: x\n\ny"));
  const Batch out = stage.apply(in.finish());
  BOOST_TEST(Rows(out, stage.schema(), "emails").size() == 1u);
  BOOST_TEST(Rows(out, stage.schema(), "nested_emails").size() == 0u);
  BOOST_TEST(Rows(out, stage.schema(), "attachment_parts").size() == 1u);
}

BOOST_AUTO_TEST_CASE(messages_nested_without_end_give_a_bounded_number_of_rows) {
  FakeHost fake;
  const Host host(fake.get());
  MessageSource source;
  Stage stage("normalize_mime", fake, source.schema());
  BatchBuilder in;
  std::string mail;
  for (int i = 0; i < 5000; ++i) mail += "Content-Type: message/rfc822\n\n";
  source.message(in, HAULIER_UPSERT, 1, 0).blob(4, host.copy_blob(mail));
  const Batch out = stage.apply(in.finish());
  BOOST_TEST(Rows(out, stage.schema(), "emails").size() == 9u);
}

BOOST_AUTO_TEST_CASE(a_source_without_messages_is_refused) {
  FakeHost fake;
  haulier::Schema schema;
  schema.add("events", 0, {{"id", HAULIER_INT64, HAULIER_FIELD_KEY}});
  BOOST_CHECK_EXCEPTION(Stage("normalize_mime", fake, schema.c_schema()), haulier::Error,
                        [](const haulier::Error& e) { return e.status() == HAULIER_BAD_CONFIG; });
}

BOOST_AUTO_TEST_CASE(details_can_be_left_out) {
  FakeHost fake;
  const Host host(fake.get());
  MessageSource source;
  for (const bool wanted : {true, false}) {
    Stage stage("normalize_mime", fake, source.schema(), wanted ? "{}" : R"({"details":"none"})");
    BatchBuilder in;
    source.message(in, HAULIER_UPSERT, 17, 3).blob(4, host.copy_blob(kMail));
    const Batch out = stage.apply(in.finish());
    BOOST_TEST(Rows(out, stage.schema(), "emails").size() == 1u);
    BOOST_TEST(Rows(out, stage.schema(), "email_details").size() == (wanted ? 1u : 0u));
  }
}

BOOST_AUTO_TEST_SUITE_END()
