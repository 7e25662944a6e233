// The source with several connections and several accounts, against servers in memory, on real threads.
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "haulier/batch_builder.hpp"
#include "haulier/testing/fake_host.hpp"
#include "imap_source.hpp"
#include "mail_server.hpp"
#include "mail_streams.hpp"

namespace side_by_side_test {
using namespace haulier;
using namespace haulier::imap;
using mail_server::Server;

struct Result {
  std::multiset<std::string> messages;                    // "account/mailbox/uid body"
  std::map<std::string, std::vector<std::int64_t>> done;  // by partition: messages_done of its state rows, in order
  std::vector<std::string> order;                         // partitions of the batches
  std::string end;                                        // "end", or the error
};

void note(const Batch& batch, Result& result) {
  const auto records = batch.view();
  for (std::uint64_t i = 0; i < records.size(); ++i) {
    const auto record = records[i];
    if (record.op() != HAULIER_UPSERT) continue;
    const auto raw = record.blob(message::kRaw);
    result.messages.insert(std::string(record.text(message::kAccount)) + "/" +
                           std::string(record.text(message::kMailbox)) + "/" +
                           std::to_string(record.integer(message::kUid).value()) + " " + std::string(raw.bytes()));
  }
  const auto& c = records.c_batch();
  result.order.emplace_back(view(c.partition));
  if (c.state) {
    result.done[std::string(view(c.partition))].push_back(
        RecordView(*c.state).integer(sync_status::kMessagesDone).value());
  }
}

class Run {
 public:
  explicit Run(std::map<std::string, Server*> servers) : servers_(std::move(servers)) {}

  std::unique_ptr<ImapSource> source(const std::string& settings, bool watch = false) {
    std::string accounts;
    for (const auto& [name, server] : servers_)
      accounts += (accounts.empty() ? "" : ",") + ("{\"user\":\"" + name + "\"}");
    const auto make = [this](const AccountConfig& account) {
      Server& server = *servers_.at(account.user);
      Transport transport;
      transport.connect = [&server] { return std::make_unique<mail_server::Stream>(server); };
      transport.encrypt = [](std::unique_ptr<ByteStream> stream) { return stream; };
      return transport;
    };
    auto made = std::make_unique<ImapSource>(
        Config(R"({"host":"imap.example.org","accounts":[)" + accounts + "]" + settings + "}"), Host(host.get()), make);
    const Batch nothing = BatchBuilder().finish();
    made->open({watch, 0}, nothing.view());
    return made;
  }

  // `enough`: true ends the run as a signal does.
  Result all(const std::string& settings, const std::function<bool(const Result&)>& enough = nullptr) {
    const auto it = source(settings, enough != nullptr);
    Result result;
    std::map<std::string, std::uint64_t> numbers;
    try {
      while (auto batch = it->read()) {
        note(*batch, result);
        const std::string partition(view(batch->view().c_batch().partition));
        it->committed(partition, ++numbers[partition]);
        if (enough && enough(result)) host.cancel();
      }
      result.end = "end";
    } catch (const Error& error) {
      result.end = std::to_string(error.status()) + " " + error.what();
    }
    return result;
  }

  std::size_t audits(const std::string& start) const {
    return static_cast<std::size_t>(std::count_if(host.audits.begin(), host.audits.end(),
                                                  [&](const auto& line) { return line.starts_with(start); }));
  }

  testing::FakeHost host;

 private:
  std::map<std::string, Server*> servers_;
};

void fill(Server& server, int mailboxes, int messages) {
  for (int box = 0; box < mailboxes; ++box) {
    auto& to = server.mailboxes["box" + std::to_string(box)];
    for (int i = 0; i < messages + box; ++i)
      to.push_back("mail " + std::to_string(box * 1000 + i) + std::string(200, 'x'));
  }
}

void check_order(const Result& result) {
  for (const auto& [partition, done] : result.done) {
    BOOST_TEST(std::is_sorted(done.begin(), done.end()), partition);
  }
}

const std::string kSmallBatches = R"(,"batch":{"messages":7})";
const std::string kFour = R"(,"connections":4)" + kSmallBatches;

BOOST_AUTO_TEST_SUITE(side_by_side)

BOOST_AUTO_TEST_CASE(several_connections_give_what_one_gives) {
  Server server;
  fill(server, 12, 40);
  Run one({{"me", &server}});
  const auto expected = one.all(kSmallBatches);
  BOOST_TEST(expected.end == "end");
  BOOST_TEST(server.made == 1U);
  server.together = 4;
  Run four({{"me", &server}});
  const auto found = four.all(kFour);
  BOOST_TEST(found.end == "end");
  BOOST_TEST(found.messages == expected.messages, boost::test_tools::per_element());
  BOOST_TEST(found.messages.size() == 12U * 40 + 66);
  BOOST_TEST(found.done.size() == 12U);
  check_order(found);
  BOOST_TEST(server.made == 5U);
  BOOST_TEST(server.most_signed_in == 4U);
}

BOOST_AUTO_TEST_CASE(each_login_examine_fetch_and_logout_is_audited_also_with_several_connections) {
  Server server;
  fill(server, 12, 40);
  server.together = 4;
  Run run({{"me", &server}});
  BOOST_TEST(run.all(kFour).end == "end");
  BOOST_TEST(server.made == 4U);
  BOOST_TEST(run.audits("imap.login account=me host=imap.example.org method=PLAIN result=ok") == server.made);
  BOOST_TEST(run.audits("imap.logout account=me") == server.made);
  for (const auto& [name, messages] : server.mailboxes) {
    const auto count = std::to_string(messages.size());
    BOOST_TEST(run.audits("imap.examine account=me mailbox=" + name + " messages=" + count + " result=ok") >= 1U);
    std::size_t fetched = 0;
    for (const auto& line : run.host.audits) {
      if (!line.starts_with("imap.fetch account=me mailbox=" + name + " uids=")) continue;
      fetched += std::stoul(line.substr(line.find(" messages=") + 10));
      BOOST_TEST(line.ends_with("result=ok"));
    }
    BOOST_TEST(fetched == messages.size());
  }
}

BOOST_AUTO_TEST_CASE(server_that_refuses_more_connections_is_read_with_those_it_lets_in) {
  Server server;
  fill(server, 12, 200);
  server.most_connections = 1;
  Run run({{"me", &server}});
  const auto result = run.all(kFour);
  BOOST_TEST(result.end == "end");
  BOOST_TEST(result.messages.size() == 12U * 200 + 66);
  BOOST_TEST(server.most_signed_in == 1U);
}

BOOST_AUTO_TEST_CASE(account_rests_as_a_whole_when_one_connection_is_told_to) {
  Server server;
  fill(server, 12, 40);
  server.together = 4;
  server.throttled = 2;
  Run run({{"me", &server}});
  const auto source = run.source(kFour);
  Result result;
  const auto read_all = [&] {
    while (auto batch = source->read()) note(*batch, result);
  };
  BOOST_CHECK_EXCEPTION(read_all(), Error, [](const Error& error) {
    return error.status() == HAULIER_RETRY && error.retry_after_ms() >= 240'000;
  });
  BOOST_TEST(result.messages.size() < 12U * 40 + 66);
  run.host.clock_us += 300'000'000;
  read_all();
  BOOST_TEST(result.messages.size() == 12U * 40 + 66);
  check_order(result);
}

BOOST_AUTO_TEST_CASE(labels_wait_for_the_mailbox_that_has_every_message) {
  Server server;
  server.is_gmail = true;
  for (int i = 0; i < 400; ++i) server.mailboxes["All"].push_back("mail " + std::to_string(1000 + i));
  for (int label = 0; label < 4; ++label) {
    auto& to = server.mailboxes["Label" + std::to_string(label)];
    for (int i = label; i < 400; i += 4) to.push_back("mail " + std::to_string(1000 + i));
  }
  Run run({{"me", &server}});
  const auto result = run.all(kFour);
  BOOST_TEST(result.end == "end");
  BOOST_TEST(result.messages.size() == 800U);
  BOOST_TEST(run.host.metrics["haulier_imap_bodies_fetched_total"] < 800);
  const auto first_label =
      std::find_if(result.order.begin(), result.order.end(), [](const auto& name) { return name != "me / All"; });
  BOOST_TEST((std::find(first_label, result.order.end(), "me / All") == result.order.end()));
}

BOOST_AUTO_TEST_CASE(connections_that_are_cut_lose_and_double_nothing) {
  Server server;
  fill(server, 12, 40);
  for (unsigned number = 1; number <= 9; ++number) server.cut_after[number] = 1500 * number;
  Run run({{"me", &server}});
  const auto result = run.all(kFour + R"(,"reconnects":20)");
  BOOST_TEST(result.end == "end");
  BOOST_TEST(result.messages.size() == 12U * 40 + 66);
  BOOST_TEST(std::set<std::string>(result.messages.begin(), result.messages.end()).size() == result.messages.size());
  check_order(result);
}

BOOST_AUTO_TEST_CASE(connection_that_cannot_go_on_leaves_its_mailboxes_to_the_others) {
  Server server;
  fill(server, 12, 40);
  server.cut_after[2] = 3000;
  Run run({{"me", &server}});
  const auto result = run.all(kFour + R"(,"reconnects":0)");
  BOOST_TEST(result.messages.size() == 12U * 40 + 66);
  BOOST_TEST(result.end == "end");
}

BOOST_AUTO_TEST_CASE(account_that_fails_does_not_stop_those_beside_it) {
  Server good;
  Server bad;
  Server busy;
  fill(good, 3, 10);
  fill(busy, 3, 10);
  bad.refuses_password = true;
  busy.says_bye = true;
  Run run({{"bad", &bad}, {"busy", &busy}, {"good", &good}});
  const auto source = run.source(R"(,"reconnects":1)");
  Result result;
  const auto read_all = [&] {
    while (auto batch = source->read()) note(*batch, result);
  };
  // What passes is tried again when the host says so, and alone; what does not is told at the end.
  BOOST_CHECK_EXCEPTION(read_all(), Error, [](const Error& error) { return error.status() == HAULIER_RETRY; });
  BOOST_TEST(result.messages.size() == 33U);
  BOOST_TEST(good.made == 1U);
  busy.says_bye = false;
  BOOST_CHECK_EXCEPTION(read_all(), Error, [](const Error& error) { return error.status() == HAULIER_NEEDS_AUTH; });
  BOOST_TEST(result.messages.size() == 66U);
  BOOST_TEST(good.made == 1U);
  BOOST_TEST(bad.made == 1U);
}

BOOST_AUTO_TEST_CASE(watched_accounts_do_not_wait_for_one_that_cannot_be_reached) {
  Server good;
  Server busy;
  Server bad;
  fill(good, 2, 5);
  busy.says_bye = true;
  bad.refuses_password = true;
  Run run({{"bad", &bad}, {"busy", &busy}, {"good", &good}});
  const auto result = run.all("", [](const Result& so_far) {
    const auto at = so_far.done.find("good / box0");
    return at != so_far.done.end() && at->second.size() >= 6;
  });
  BOOST_TEST(result.end.starts_with(std::to_string(HAULIER_CANCELLED)), result.end);
  BOOST_TEST(result.messages.size() == 11U);
  BOOST_TEST(good.made >= 6U);
  BOOST_TEST(bad.made == 1U);
}

BOOST_AUTO_TEST_CASE(source_that_is_destroyed_in_the_middle_ends_its_threads) {
  Server server;
  fill(server, 12, 100);
  Run run({{"me", &server}});
  server.together = 4;
  {
    const auto source = run.source(kFour);
    BOOST_TEST(source->read().has_value());
  }
  BOOST_TEST(run.host.live_blobs == 0);
}

BOOST_AUTO_TEST_SUITE_END()
}  // namespace side_by_side_test
