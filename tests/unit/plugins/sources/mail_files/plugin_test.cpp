#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <map>

#include "haulier/batch_builder.hpp"
#include "haulier/testing/fake_host.hpp"
#include "haulier/testing/plugin_handle.hpp"
#include "temp_folder.hpp"

namespace {

using haulier::Batch;
using haulier::RecordView;
using haulier::testing::FakeHost;
using haulier::testing::PluginHandle;
using haulier::testing::TempFolder;

// What one run gave, and the state rows that it left for the next one.
struct Run {
  int upserts = 0, updates = 0, vanished = 0, rejects = 0, batches = 0;
  std::multimap<std::string, std::string> bodies;  // by mailbox
};

class Reader {
 public:
  explicit Reader(const TempFolder& folder, std::string more = "") {
    config_ = "{\"path\":\"" + folder.path().string() + "\",\"format\":\"auto\",\"account\":\"files\"" + more + "}";
  }

  Run run(std::uint64_t max_batches = UINT64_MAX) {
    const auto& descriptor =
        haulier::testing::load_descriptor(std::string(HAULIER_PLUGIN_DIR) + "/mail_files.so", "mail_files");
    const PluginHandle plugin(descriptor, host.get(), config_);
    const haulier_schema* schema = nullptr;
    PluginHandle::call([&](haulier_error* e) { return plugin.source().schema(plugin.self(), &schema, e); });
    haulier::BatchBuilder builder;
    for (const auto& [mailbox, state] : states_) {
      builder.record(1, 9, HAULIER_UPSERT, 0).text(0, "files").text(1, mailbox).json(8, state);
    }
    const Batch rows = builder.finish();
    const haulier_source_options options{sizeof(haulier_source_options), 0, 0};
    PluginHandle::call(
        [&](haulier_error* e) { return plugin.source().open(plugin.self(), &options, &rows.view().c_batch(), e); });
    Run out;
    haulier_batch c{};
    while (out.batches < static_cast<int>(std::min<std::uint64_t>(max_batches, 1000000)) &&
           PluginHandle::call([&](haulier_error* e) { return plugin.source().read(plugin.self(), &c, e); }) ==
               HAULIER_OK) {
      const Batch batch(c);
      ++out.batches;
      take(batch, out);
    }
    return out;
  }

  FakeHost host;

 private:
  void take(const Batch& batch, Run& out) {
    const haulier_batch& c = batch.view().c_batch();
    out.rejects += static_cast<int>(c.n_rejects);
    BOOST_TEST(c.origin_count == c.n_records + c.n_rejects);
    for (std::uint64_t i = 0; i < batch.view().size(); ++i) {
      const RecordView record = batch.view()[i];
      if (record.op() == HAULIER_UPSERT) {
        ++out.upserts;
        out.bodies.emplace(record.text(1), record.blob(4).bytes());
      } else if (!record.absent(10)) {
        ++out.vanished;
      } else {
        ++out.updates;
      }
    }
    if (c.state) states_[std::string(RecordView(*c.state).text(1))] = std::string(RecordView(*c.state).text(8));
  }

  std::string config_;
  std::map<std::string, std::string> states_;
};

void rename_file(const TempFolder& folder, const char* from, const char* to) {
  std::filesystem::rename(folder.path() / from, folder.path() / to);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(mail_files_plugin)

BOOST_AUTO_TEST_CASE(a_second_run_reads_nothing_again) {
  const TempFolder folder;
  folder.write("a.eml", "A: 1\n\nx");
  folder.write("sub/b.EML", "B: 1\n\ny");
  folder.write("box", "From a x\nC: 1\n\nFrom b x\nD: 1\n");
  Reader reader(folder);
  const Run first = reader.run();
  BOOST_TEST(first.upserts == 4);
  BOOST_TEST(first.bodies.count("box") == 2u);
  BOOST_TEST(first.bodies.find("INBOX")->second == "A: 1\n\nx");
  const Run second = reader.run();
  BOOST_TEST(second.upserts + second.updates + second.vanished == 0);
  BOOST_TEST(second.batches == 3);  // one a mailbox, for its state
  BOOST_TEST(reader.host.live_blobs == 0);
}

BOOST_AUTO_TEST_CASE(new_changed_and_vanished_files_arrive_as_that) {
  const TempFolder folder;
  folder.write("cur/1:2,", "A: 1\n");
  folder.write("cur/2:2,S", "A: 2\n");
  folder.write("new/3", "A: 3\n");
  Reader reader(folder);
  BOOST_TEST(reader.run().upserts == 3);
  rename_file(folder, "cur/1:2,", "cur/1:2,F");
  rename_file(folder, "new/3", "cur/3:2,");
  std::filesystem::remove(folder.path() / "cur/2:2,S");
  folder.write("new/4", "A: 4\n");
  const Run second = reader.run();
  BOOST_TEST(second.upserts == 1);
  BOOST_TEST(second.updates == 1);
  BOOST_TEST(second.vanished == 1);
}

BOOST_AUTO_TEST_CASE(an_mbox_that_lost_its_first_message_keeps_the_others) {
  const TempFolder folder;
  folder.write("box", "From a x\nA: 1\n\nFrom b x\nB: 1\n\nFrom b x\nB: 1\n");
  Reader reader(folder);
  BOOST_TEST(reader.run().upserts == 3);  // two equal messages are two
  folder.write("box", "From b x\nB: 1\n\nFrom b x\nB: 1\n\nFrom c x\nC: 1\n");
  const Run second = reader.run();
  BOOST_TEST(second.upserts == 1);
  BOOST_TEST(second.vanished == 1);
}

BOOST_AUTO_TEST_CASE(a_mailbox_that_is_gone_has_all_its_messages_vanish) {
  const TempFolder folder;
  folder.write("sub/a.eml", "A: 1\n");
  folder.write("b.eml", "B: 1\n");
  Reader reader(folder);
  BOOST_TEST(reader.run().upserts == 2);
  std::filesystem::remove_all(folder.path() / "sub");
  BOOST_TEST(reader.run().vanished == 1);
  BOOST_TEST(reader.run().vanished == 0);
}

BOOST_AUTO_TEST_CASE(a_stopped_run_goes_on_where_its_last_state_was) {
  const TempFolder folder;
  for (int i = 0; i < 50; ++i) folder.write(std::to_string(i) + ".eml", "A: " + std::string(1000, 'x') + "\n");
  Reader reader(folder, R"(,"batch":{"messages":7,"bytes":1000000})");
  const int before = reader.run(3).upserts;
  BOOST_TEST(before == 21);
  const int after = reader.run().upserts;
  BOOST_TEST(before + after >= 50);
  BOOST_TEST(after < 50);
  BOOST_TEST(reader.run().upserts == 0);
}

BOOST_AUTO_TEST_CASE(a_path_that_is_not_there_names_its_setting) {
  const TempFolder folder;
  Reader reader(folder, "");
  std::filesystem::remove_all(folder.path());
  try {
    reader.run();
    BOOST_FAIL("opened");
  } catch (const haulier::Error& error) {
    BOOST_TEST(error.status() == HAULIER_BAD_CONFIG);
    BOOST_TEST(error.pointer() == "/path");
  }
}

BOOST_AUTO_TEST_SUITE_END()
