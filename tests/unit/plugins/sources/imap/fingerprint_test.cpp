// Messages at a new place on servers without ids of their own: known by Message-ID, date and size, and proved by
// sample.
#include <boost/test/unit_test.hpp>
#include <random>

#include "proto/response_parser.hpp"
#include "simulated_mailbox.hpp"

namespace fingerprint_test {
using namespace simulated;

void add_mail(Server& server, int count, const std::string& name = "m") {
  for (int i = 0; i < count; ++i) {
    auto& message = server.messages.at(server.add());
    const std::string number = std::to_string(server.last_id);
    message.id.clear();
    message.message_id = name + number + "@example.test";
    message.date = 1'600'000'000'000'000 + static_cast<std::int64_t>(server.last_id) * 1'000'000;
    message.size = 1000 + server.last_id;
    message.content = "content of " + name + number;
  }
}

struct Fixture {
  explicit Fixture(int messages = 120) {
    add_mail(server, messages);
    pass(server, tables);
    tables.bodies.clear();
  }
  // The same messages in a mailbox that nobody knows.
  [[nodiscard]] Server renamed() const {
    Server other;
    other.uidvalidity = 77;
    for (const auto& [uid, message] : server.messages) other.messages[uid + 500] = message;
    other.uidnext = 501 + server.messages.size();
    other.last_id = server.last_id;
    return other;
  }
  // The database alone.
  [[nodiscard]] Tables stored() const {
    Tables out;
    out.emails = tables.emails;
    return out;
  }
  Server server;
  Tables tables;
};

BOOST_AUTO_TEST_SUITE(fingerprint)

BOOST_AUTO_TEST_CASE(new_uidvalidity_costs_the_proofs_only) {
  Fixture f;
  f.server.rebuild(9, 300);
  pass(f.server, f.tables);
  // The first three, and every fiftieth of 120.
  BOOST_TEST(f.tables.bodies.size() == 5U);
  BOOST_TEST(f.tables.bound == 115U);
  BOOST_TEST(f.tables.vanished.size() == 120U);
  BOOST_TEST(difference(f.server, f.tables) == "");
  BOOST_TEST(f.tables.state.complete);
}

BOOST_AUTO_TEST_CASE(renamed_mailbox_costs_the_proofs_only) {
  Fixture f;
  Server other = f.renamed();
  Tables tables = f.stored();
  const auto log = pass(other, tables);
  BOOST_TEST(log.steps.front() == "search 1:4294967295");
  BOOST_TEST(tables.bodies.size() == 5U);
  BOOST_TEST(tables.bound == 115U);
  BOOST_TEST(difference(other, tables) == "");
}

BOOST_AUTO_TEST_CASE(what_was_moved_into_a_known_mailbox_costs_the_proofs_only) {
  Fixture f;
  Server other;
  add_mail(other, 10, "o");
  Tables tables = f.stored();
  pass(other, tables);
  tables.bodies.clear();
  for (std::uint32_t uid = 1; uid <= 40; ++uid) {
    other.messages[static_cast<std::uint32_t>(other.uidnext++)] = f.server.messages.at(uid);
    ++other.modseq;
  }
  pass(other, tables, -1, true);
  BOOST_TEST(tables.bodies.size() == 3U);
  BOOST_TEST(tables.bound == 37U);
  BOOST_TEST(difference(other, tables) == "");
}

BOOST_AUTO_TEST_CASE(what_is_asked_about_already_is_not_asked_for_again) {
  Fixture f(10);
  f.server.condstore = false;
  add_mail(f.server, 8);
  auto options = options_for(f.server);
  options.known_emails = known_emails(f.tables);
  options.rebind_arrivals = true;
  MailboxSync sync(f.tables.state, options, f.server.status());
  for (const auto& step : sync.opening()) (void)sync.sent(step);
  sync.examined(f.server.examine());
  // Dovecot tells the flags of what has just come before it answers the first command.
  FetchData fetch;
  fetch.uid = Uid::from(15);
  fetch.flags = "";
  BOOST_TEST((sync.fetched(fetch, false) == MailboxSync::Verdict::kNothing));
  BOOST_TEST(!sync.next_step().has_value());
}

BOOST_AUTO_TEST_CASE(only_what_is_new_in_the_new_epoch_is_fetched) {
  Fixture f;
  f.server.rebuild(9, 1);
  add_mail(f.server, 4);
  pass(f.server, f.tables);
  BOOST_TEST(f.tables.bodies.size() == 9U);
  BOOST_TEST(difference(f.server, f.tables) == "");
}

BOOST_AUTO_TEST_CASE(first_pass_of_an_account_asks_for_bodies_at_once) {
  Server server;
  Tables tables;
  add_mail(server, 5);
  BOOST_TEST(pass(server, tables).steps == std::vector<std::string>{"bodies 1:5"}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(another_body_under_the_same_fingerprint_is_fetched_with_all_the_others) {
  for (const std::uint32_t liar : {1U, 2U, 51U}) {
    Fixture f;
    f.server.rebuild(9, 1);
    f.server.messages.at(liar).content = "another body";
    pass(f.server, f.tables);
    BOOST_TEST_CONTEXT("liar " << liar) {
      BOOST_TEST(f.tables.mismatches == 1U);
      BOOST_TEST(f.tables.bodies.size() == 120U);
      BOOST_TEST(difference(f.server, f.tables) == "");
      BOOST_TEST(f.tables.emails.contains("another body"));
      BOOST_TEST(f.tables.emails.size() == 121U);
    }
  }
}

BOOST_AUTO_TEST_CASE(ambiguous_and_missing_fingerprints_are_fetched) {
  Fixture f(30);
  auto& first = f.server.messages.at(10);
  // Two e-mails in the database look like this one.
  f.tables.emails["twin"] = {{first.message_id, first.date, first.size}, "twin"};
  f.server.rebuild(9, 1);
  f.server.messages.at(20).size += 1;
  f.server.messages.at(21).date += 1;
  pass(f.server, f.tables);
  BOOST_TEST(f.tables.bound == 24U);
  BOOST_TEST(f.tables.bodies.size() == 6U);
  BOOST_TEST(difference(f.server, f.tables) == "");
}

BOOST_AUTO_TEST_CASE(server_that_refuses_the_question_loses_nothing) {
  Fixture f;
  f.server.fingerprints_work = false;
  f.server.rebuild(9, 1);
  pass(f.server, f.tables);
  BOOST_TEST(f.tables.bodies.size() == 120U);
  BOOST_TEST(difference(f.server, f.tables) == "");
}

BOOST_AUTO_TEST_CASE(proof_that_does_not_come_proves_nothing) {
  Fixture f(20);
  f.server.rebuild(9, 1);
  f.server.undelivered.insert(2);
  pass(f.server, f.tables);
  BOOST_TEST(f.tables.bound == 0U);
  f.server.undelivered.clear();
  pass(f.server, f.tables);
  BOOST_TEST(difference(f.server, f.tables) == "");
}

BOOST_AUTO_TEST_CASE(cut_while_proofs_are_due_asks_for_proofs_again) {
  for (int cut = 0; cut < 6; ++cut) {
    Fixture f;
    f.server.rebuild(9, 1);
    pass(f.server, f.tables, cut);
    BOOST_TEST_CONTEXT("cut after " << cut) {
      BOOST_TEST(difference(f.server, f.tables) == "");
      BOOST_TEST(f.tables.bodies.size() <= 12U);
      BOOST_TEST(f.tables.state.complete);
    }
  }
}

BOOST_AUTO_TEST_CASE(random_histories_end_right_and_keep_every_body) {
  std::mt19937 random(5322);
  const auto below = [&](std::size_t n) { return static_cast<std::uint32_t>(random() % n); };
  for (int history = 0; history < 200; ++history) {
    Fixture f(static_cast<int>(below(80)) + 1);
    f.server.condstore = below(2) == 0;
    for (int round = 0; round < 5; ++round) {
      if (below(3) == 0) f.server.rebuild(f.server.uidvalidity + 1 + below(3), 1 + below(30));
      add_mail(f.server, static_cast<int>(below(5)));
      if (below(2) == 0 && !f.server.messages.empty()) f.server.remove(f.server.messages.begin()->first);
      pass(f.server, f.tables, below(3) == 0 ? static_cast<int>(below(8)) : -1, below(2) == 0);
      BOOST_REQUIRE_EQUAL(difference(f.server, f.tables), "");
    }
  }
}

BOOST_AUTO_TEST_CASE(message_id_is_what_stands_in_brackets) {
  BOOST_TEST(message_id_of("Message-ID: <a@b>\r\n\r\n") == "a@b");
  BOOST_TEST(message_id_of("message-id:\r\n <a@b> (c)\r\n\r\n") == "a@b");
  for (const char* bad : {"", "\r\n", "Message-ID: a@b\r\n", "Message-ID: <a b>\r\n", "Message-ID: <a@b", "X: <a@b>",
                          "Message-ID: <\xC3\xA9@b>"}) {
    BOOST_TEST(message_id_of(bad) == "", bad);
  }
}

BOOST_AUTO_TEST_CASE(message_id_field_is_read_from_the_answer) {
  const std::string text =
      "* 1 FETCH (UID 5 BODY[HEADER.FIELDS (MESSAGE-ID)]<0> {22}\r\nMessage-ID: <a@b>\r\n\r\n RFC822.SIZE 7)";
  const auto response = parse_response(text);
  const auto* fetch = std::get_if<FetchData>(&response);
  BOOST_REQUIRE(fetch);
  BOOST_REQUIRE(fetch->message_id_field.has_value());
  BOOST_TEST(message_id_of(fetch->message_id_field->text()) == "a@b");
  BOOST_TEST((fetch->body == FetchData::Body::kAbsent));
  BOOST_TEST(fetch->size.value_or(0) == 7U);
}

BOOST_AUTO_TEST_SUITE_END()
}  // namespace fingerprint_test
