// Which e-mail of the sink a fingerprint names, and when it pays to ask.
#include "email_lookup.hpp"

#include <boost/test/unit_test.hpp>

#include "haulier/testing/fake_rows.hpp"

namespace email_lookup_test {
using namespace haulier::imap;
using haulier::testing::FakeHost;
using haulier::testing::FakeRow;
using haulier::testing::FakeRows;

struct Fixture {
  Fixture() {
    rows.lend(host);
    rows.streams["emails"] = {{"id"}, {{"raw_size", HAULIER_INT64}, {"message_id_generated", HAULIER_BOOL}}, {}};
    rows.streams["email_locations"] = {
        {"account", "mailbox", "uidvalidity", "uid"},
        {{"uidvalidity", HAULIER_INT64}, {"uid", HAULIER_INT64}, {"internal_date", HAULIER_TIMESTAMP}},
        {}};
  }
  void email(const std::string& id, const std::string& message_id, int size, int date,
             const std::string& account = "me", bool generated = false) {
    rows.streams["emails"].rows.push_back({{"id", id},
                                           {"account", account},
                                           {"message_id", message_id},
                                           {"message_id_generated", generated ? "1" : "0"},
                                           {"raw_size", std::to_string(size)},
                                           {"raw_sha256", "hash of " + id}});
    rows.streams["email_locations"].rows.push_back({{"account", account},
                                                    {"mailbox", "INBOX"},
                                                    {"uidvalidity", "1"},
                                                    {"uid", std::to_string(++uid)},
                                                    {"email_id", id},
                                                    {"internal_date", std::to_string(date)}});
  }
  // The ids of what is found, "-" for nothing.
  std::vector<std::string> find(const std::vector<Fingerprint>& prints) {
    const EmailLookup lookup(haulier::Host(host.get()), *haulier::SinkRows::of(haulier::Host(host.get())), "me");
    std::vector<std::string> out;
    for (const auto& email : lookup.find(prints)) out.push_back(email ? email->id : "-");
    return out;
  }
  FakeHost host;
  FakeRows rows;
  int uid = 0;
};

Remembered remembered(std::uint32_t messages, std::uint64_t uidnext) {
  Remembered out;
  out.state.known = true;
  if (messages > 0) out.state.live.insert(1, messages);
  out.state.uidnext = uidnext;
  out.state.complete = true;
  return out;
}

Place place(const std::string& name, std::uint64_t messages, std::uint64_t uidnext) {
  return {MailboxName(name), StatusNumbers{messages, uidnext, 1, std::nullopt}, {}};
}

BOOST_FIXTURE_TEST_SUITE(email_lookup, Fixture)

BOOST_AUTO_TEST_CASE(the_one_that_fits_in_all_three_is_found) {
  email("e1", "a@b", 10, 100);
  email("e2", "c@d", 20, 200);
  email("e3", "e@f", 30, 300, "another");
  email("e4", "g@h", 40, 400, "me", true);
  const std::vector<std::string> wanted{"e1", "e2", "-", "-", "-", "-", "-"};
  const auto found = find({{"a@b", 100, 10},
                           {"c@d", 200, 20},
                           {"a@b", 100, 11},
                           {"a@b", 101, 10},
                           {"x@y", 100, 10},
                           {"e@f", 300, 30},
                           {"g@h", 400, 40}});
  BOOST_TEST(found == wanted, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(two_that_fit_are_none) {
  email("e1", "a@b", 10, 100);
  email("e2", "a@b", 10, 100);
  email("e3", "a@b", 10, 300);
  const std::vector<std::string> wanted{"-", "e3"};
  BOOST_TEST(find({{"a@b", 100, 10}, {"a@b", 300, 10}}) == wanted, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(more_than_one_page_of_fingerprints_is_asked) {
  std::vector<Fingerprint> prints;
  for (int i = 0; i < 1200; ++i) {
    email("e" + std::to_string(i), std::to_string(i) + "@b", i, i);
    prints.push_back({std::to_string(i) + "@b", i, static_cast<std::uint64_t>(i)});
  }
  const auto found = find(prints);
  BOOST_TEST(std::count(found.begin(), found.end(), "-") == 0);
  BOOST_TEST(found.back() == "e1199");
}

BOOST_AUTO_TEST_CASE(a_look_up_that_fails_finds_nothing) {
  email("e1", "a@b", 10, 100);
  rows.fault = HAULIER_RETRY;
  BOOST_TEST(find({{"a@b", 100, 10}}) == std::vector<std::string>{"-"}, boost::test_tools::per_element());
  rows.fault = HAULIER_CANCELLED;
  BOOST_CHECK_THROW(static_cast<void>(find({{"a@b", 100, 10}})), haulier::Error);
}

BOOST_AUTO_TEST_CASE(nothing_is_asked_while_nothing_is_stored_or_the_server_has_ids) {
  const auto allowed = [&](const Memory& memory, bool object_id) {
    SyncOptions options;
    options.object_id = object_id;
    allow_rebinding(haulier::Host(host.get()), "me", memory, options);
    return static_cast<bool>(options.known_emails);
  };
  BOOST_TEST(!allowed({}, false));
  BOOST_TEST(!allowed({{"INBOX", remembered(0, 1)}}, false));
  BOOST_TEST(!allowed({{"INBOX", remembered(9, 10)}}, true));
  BOOST_TEST(allowed({{"INBOX", remembered(9, 10)}}, false));
  host.extensions.clear();
  BOOST_TEST(!allowed({{"INBOX", remembered(9, 10)}}, false));
}

BOOST_AUTO_TEST_CASE(arrivals_are_asked_about_when_others_lost_as_many_or_they_are_many) {
  const Memory memory{{"A", remembered(30, 31)}, {"B", remembered(20, 21)}};
  const auto asked = [&](const std::vector<Place>& places) {
    std::string out;
    for (const auto& name : mailboxes_with_stored_arrivals(memory, places)) out += name;
    return out;
  };
  BOOST_TEST(asked({place("A", 30, 31), place("B", 20, 21)}) == "");
  BOOST_TEST(asked({place("A", 20, 31), place("B", 30, 31)}) == "B");
  BOOST_TEST(asked({place("A", 27, 31), place("B", 23, 24)}) == "");   // three are proofs anyway
  BOOST_TEST(asked({place("A", 30, 31), place("B", 40, 41)}) == "");   // nothing left A
  BOOST_TEST(asked({place("A", 30, 31), place("B", 70, 71)}) == "B");  // a copied folder
  BOOST_TEST(asked({place("A", 25, 41), place("B", 20, 21)}) == "");   // A lost and gained: nobody else lost
  BOOST_TEST(asked({place("A", 40, 41), place("New", 9, 10)}) == "");
}

BOOST_AUTO_TEST_SUITE_END()
}  // namespace email_lookup_test
