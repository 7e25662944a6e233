// What the sink asks people to do for its file, when they look at it.
#include <boost/test/unit_test.hpp>

#include <sqlite3.h>

#include <algorithm>

#include "logical_model.hpp"
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
  Database() {
    { Run run(kSink, folder.path(), "contract", declare_model); }
    BOOST_REQUIRE(sqlite3_open((folder.path() + "/mail.db").c_str(), &db) == SQLITE_OK);
  }
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;
  ~Database() { sqlite3_close(db); }

  void ask(const std::string& sql) {
    BOOST_REQUIRE_MESSAGE(sqlite3_exec(db, sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK, sqlite3_errmsg(db));
  }
  void add_contents(int from, int to) {
    ask("WITH RECURSIVE n(i) AS (SELECT " + std::to_string(from) + " UNION ALL SELECT i + 1 FROM n WHERE i < " +
        std::to_string(to) + ") INSERT INTO attachment_contents SELECT printf('%064d', i), 0, x'' FROM n");
  }
  // How many of the messages of an inspection hold this command.
  std::ptrdiff_t advised(const std::string& command) {
    const Run run(kSink, folder.path(), "contract", declare_model, true);
    return std::count_if(run.host.logs.begin(), run.host.logs.end(),
                         [&](const std::string& line) { return line.find(command) != std::string::npos; });
  }

  const TempFolder folder;
  sqlite3* db = nullptr;
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
