// The plugin around the protocol: config, presets, the state's text form, batches, and what reaches logs and tables.
#include <boost/test/unit_test.hpp>

#include "batch_writer.hpp"
#include "config.hpp"
#include "flags_json.hpp"
#include "haulier/testing/fake_host.hpp"
#include "mail_streams.hpp"
#include "plain_text.hpp"
#include "provider_presets_text.hpp"
#include "state_json.hpp"

namespace source_parts_test {
using namespace haulier;
using namespace haulier::imap;

ImapConfig config_of(const char* json) { return read_config(Config(json), provider_presets); }

std::string pointer_of(const char* json) {
  try {
    (void)config_of(json);
  } catch (const Error& error) {
    return error.pointer();
  }
  return "accepted";
}

BOOST_AUTO_TEST_SUITE(imap_config)

BOOST_AUTO_TEST_CASE(proxy_and_roles_are_read) {
  const auto config = config_of(
      R"({"host":"h","proxy":{"type":"socks5","host":"p","port":1080},"accounts":[{"user":"a"}],
          "mailboxes":{"include":["\\sent"],"namespaces":["shared"]}})");
  BOOST_TEST((config.accounts[0].server.proxy.kind == ProxyKind::kSocks5));
  BOOST_TEST(config.accounts[0].server.proxy.port == 1080);
  BOOST_TEST(config.mailboxes.globs.uses_roles());
  BOOST_TEST(config.mailboxes.shared);
  BOOST_TEST(!config.mailboxes.other_users);
  BOOST_TEST(pointer_of(R"({"host":"h","accounts":[{"user":"a"}],"mailboxes":{"exclude":["\\Junks"]}})") ==
             "/mailboxes/exclude");
}

BOOST_AUTO_TEST_CASE(server_comes_from_the_config_or_the_preset) {
  const auto own = config_of(R"({"host":"h","accounts":[{"user":"a@gmail.com"}]})");
  BOOST_TEST(own.accounts[0].server.host == "h");
  BOOST_TEST(own.accounts[0].server.port == 993);
  const auto preset = config_of(
      R"({"accounts":[{"user":"a@mail.gd.chinamobile.com","auth":{"app_password":{"provider":"chinamobile"}}}]})");
  BOOST_TEST(preset.accounts[0].server.host == "imap.chinamobile.com");
  BOOST_TEST((preset.accounts[0].server.tls.profile == TlsProfile::kDefault));
  BOOST_TEST(preset.accounts[0].server.max_connections == 2U);
  BOOST_TEST(config_of(R"({"accounts":[{"user":"a@126.com"}]})").accounts[0].server.quirks.has(Quirk::kNeedsId));
  BOOST_TEST(
      config_of(R"({"host":"imap.126.com","accounts":[{"user":"a"}]})").accounts[0].server.quirks.has(Quirk::kNeedsId));
}

BOOST_AUTO_TEST_CASE(starttls_has_its_own_port) {
  BOOST_TEST(config_of(R"({"host":"h","tls":{"mode":"starttls"},"accounts":[{"user":"a"}]})").accounts[0].server.port ==
             143);
}

BOOST_AUTO_TEST_CASE(faults_name_their_place) {
  BOOST_TEST(pointer_of(R"({"accounts":[{"user":"a@evilgmail.com"}]})") == "/accounts/0/user");
  BOOST_TEST(pointer_of(R"({"host":"h","accounts":[{"user":"a"},{"user":"b","name":"a"}]})") == "/accounts/1/name");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(state_json)

BOOST_AUTO_TEST_CASE(state_survives_writing_and_reading) {
  MailboxState state;
  BOOST_TEST((read_state(write_state(state)) == state));
  state.known = true;
  state.uidvalidity = UidValidity(UINT64_MAX);
  state.modseq = ModSeq(0x7FFFFFFFFFFFFFFF);
  state.uidnext = 4294967296;
  state.complete = true;
  state.live = IntervalSet::parse("1:5,9").value();
  state.quarantined = IntervalSet(3, 3);
  state.pending[7] = {2, "why \"not\"\\"};
  state.old_epochs = {{UidValidity(0), IntervalSet(1, 2)}, {UidValidity(5), IntervalSet(7, 7)}};
  (void)state.flags.update(1, "\\Seen");
  (void)state.flags.update(2, "");
  state.flags_checked_us = 11;
  state.reconciled_us = 12;
  state.oldest_us = 13;
  state.shown_from_us = 14;
  const auto text = write_state(state);
  BOOST_TEST((read_state(text) == state), text);
}

BOOST_AUTO_TEST_CASE(damaged_or_newer_states_are_refused) {
  for (const char* text :
       {"", "{", "[]", "{}", R"({"v":2})", R"({"v":1,"uidvalidity":"x"})", R"({"v":1,"uidvalidity":"1","live":"5:"})",
        R"({"v":1,"uidvalidity":"1","pending":{"1:2":{}}})", R"({"v":1,"uidvalidity":"99999999999999999999999"})"}) {
    BOOST_CHECK_EXCEPTION((void)read_state(text), Error,
                          [](const Error& error) { return error.status() == HAULIER_BAD_STATE; });
  }
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(plain_text)

BOOST_AUTO_TEST_CASE(server_text_is_one_line_of_utf8) {
  BOOST_TEST(imap::plain_text("a\r\nb\x1b[31m") == "a  b [31m");
  BOOST_TEST(imap::plain_text("项\xCF") == "项?");
  BOOST_TEST(imap::plain_text("\xED\xA0\x80") == "???");
  BOOST_TEST(imap::plain_text(std::string(500, 'x')).size() == 300U);
  BOOST_TEST(imap::plain_text("项目", 4) == "项");
}

BOOST_AUTO_TEST_CASE(flags_are_a_json_array) {
  BOOST_TEST(flags_json("") == "[]");
  BOOST_TEST(flags_json("\\Seen a\"b") == R"(["\\Seen","a\"b"])");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(batch_writer)

struct Writing {
  Writing()
      : config(config_of(R"({"host":"h","accounts":[{"user":"a"}],"batch":{"messages":3,"bytes":65536}})")),
        writer(Host(host.get()), config, "a", stored),
        visit({MailboxName("INBOX"), std::nullopt}, MailboxSync({}, {}, std::nullopt)) {}
  void message(std::uint32_t uid, const std::string& raw) {
    if (writer.must_cut_before(raw.size())) writer.cut(visit, false);
    writer.begin_body(nullptr, {raw.size(), {}, {}, {}});
    writer.body_bytes(raw);
    writer.end_body();
    FetchData fetch;
    fetch.uid = Uid::from(uid);
    fetch.flags = "\\Seen";
    writer.message(visit, fetch);
    if (writer.full()) writer.cut(visit, false);
  }
  testing::FakeHost host;
  ImapConfig config;
  StoredIds stored;
  BatchWriter writer;
  Visit visit;
};

BOOST_FIXTURE_TEST_CASE(batches_are_cut_by_count, Writing) {
  for (std::uint32_t uid = 1; uid <= 7; ++uid) message(uid, "x");
  writer.cut(visit, true);
  std::vector<std::uint64_t> sizes;
  while (auto batch = writer.take()) sizes.push_back(batch->view().size());
  BOOST_TEST(sizes == (std::vector<std::uint64_t>{3, 3, 1}), boost::test_tools::per_element());
}

BOOST_FIXTURE_TEST_CASE(batches_are_cut_before_they_get_too_big, Writing) {
  message(1, std::string(40'000, 'a'));
  message(2, std::string(40'000, 'b'));
  message(3, std::string(500'000, 'c'));
  writer.cut(visit, true);
  std::vector<std::uint64_t> bytes;
  while (auto batch = writer.take()) bytes.push_back(batch->view().size_bytes());
  BOOST_TEST(bytes == (std::vector<std::uint64_t>{40'000, 40'000, 500'000, 0}), boost::test_tools::per_element());
}

BOOST_FIXTURE_TEST_CASE(blobs_are_given_back, Writing) {
  message(1, "x");
  writer.begin_body(nullptr, {5, {}, {}, {}});
  writer.body_bytes("half");
  writer.drop_body();
  writer.cut(visit, true);
  while (writer.take()) continue;
  BOOST_TEST(host.live_blobs == 0);
}

BOOST_FIXTURE_TEST_CASE(mailbox_without_news_ends_beside_one_that_is_read, Writing) {
  message(1, "x");
  Visit quiet({MailboxName("Quiet"), std::nullopt}, MailboxSync({}, {}, std::nullopt));
  writer.cut(quiet, true);
  const auto batch = writer.take();
  BOOST_REQUIRE(batch.has_value());
  BOOST_TEST(batch->view().partition() == "a / Quiet");
  BOOST_TEST(batch->view().size() == 0U);
}

BOOST_FIXTURE_TEST_CASE(server_ids_with_odd_characters_are_left_out, Writing) {
  writer.begin_body(nullptr, {1, {}, {}, {}});
  writer.end_body();
  FetchData fetch;
  fetch.uid = Uid::from(1);
  fetch.email_id = "a\xCF";
  fetch.thread_id = "T1";
  writer.message(visit, fetch);
  writer.cut(visit, true);
  const auto batch = writer.take();
  BOOST_REQUIRE(batch.has_value());
  const auto record = batch->view()[0];
  BOOST_TEST(record.empty(message::kServerId));
  BOOST_TEST(record.text(message::kThreadServerId) == "T1");
}

BOOST_AUTO_TEST_SUITE_END()
}  // namespace source_parts_test
