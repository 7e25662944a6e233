// What the sink asks people to do for its file, when they look at it.
#include <boost/test/unit_test.hpp>

#include <algorithm>

#include "logical_model.hpp"
#include "other_program.hpp"
#include "sink_contract.hpp"

using namespace haulier;
using namespace haulier::contract;

BOOST_AUTO_TEST_SUITE(sinks_sqlite_upkeep)

namespace {

const SinkUnderTest kSink = [] {
  SinkUnderTest out;
  out.plugin = "sqlite";
  out.transactional = true;
  out.config = [](const std::string& folder) { return "{\"path\":\"" + folder + "/mail.db\"}"; };
  return out;
}();

void declare_model(Schema& schema) { testing::LogicalModel().declare(schema); }

}  // namespace

// A database that a run has made, and what another program does with it.
struct Database {
  Database() { Run run(kSink, folder.path(), "contract", declare_model); }

  void add_contents(int from, int to) {
    ask("WITH RECURSIVE n(i) AS (SELECT " + std::to_string(from) + " UNION ALL SELECT i + 1 FROM n WHERE i < " +
        std::to_string(to) + ") INSERT INTO attachment_contents SELECT printf('%064d', i), 0, x'' FROM n");
  }
  // How often an inspection advises this command: when it is asked, and not in the log.
  std::ptrdiff_t advised(const std::string& command) {
    Run run(kSink, folder.path(), "contract", declare_model, true);
    BOOST_TEST(run.host.logs.empty());
    const std::vector<std::string> commands = run.upkeep();
    return std::count(commands.begin(), commands.end(), "sqlite3 " + folder.path() + "/mail.db " + command);
  }
  void ask(const std::string& sql) const { testing::OtherProgram(folder.path() + "/mail.db").ask(sql); }

  const TempFolder folder;
};

BOOST_FIXTURE_TEST_CASE(a_file_that_is_mostly_empty_pages_is_to_be_vacuumed, Database) {
  ask("PRAGMA synchronous = 0; CREATE TABLE big (bytes BLOB)");
  ask("INSERT INTO big VALUES (zeroblob(66 << 20))");
  BOOST_TEST(advised("VACUUM") == 0);
  ask("DROP TABLE big");
  BOOST_TEST(advised("VACUUM") == 1);
  ask("CREATE TABLE less (bytes BLOB); INSERT INTO less VALUES (zeroblob(4 << 20))");
  BOOST_TEST(advised("VACUUM") == 0);
}

BOOST_FIXTURE_TEST_CASE(a_table_of_many_rows_is_to_be_analysed_and_again_when_it_has_grown, Database) {
  add_contents(1, 10'000);
  BOOST_TEST(advised("ANALYZE") == 0);
  add_contents(10'001, 10'001);
  BOOST_TEST(advised("ANALYZE") == 1);
  ask("ANALYZE");
  BOOST_TEST(advised("ANALYZE") == 0);
  add_contents(10'002, 50'005);
  BOOST_TEST(advised("ANALYZE") == 1);
}

BOOST_AUTO_TEST_SUITE_END()
