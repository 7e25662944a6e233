#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <csignal>
#include <fstream>

#include "sink_contract_cases.hpp"

using namespace haulier;
using namespace haulier::contract;

BOOST_AUTO_TEST_SUITE(sinks_jsonl_sink)

namespace {

SinkUnderTest jsonl_with(const std::string& more_config = {}) {
  SinkUnderTest out;
  out.plugin = "jsonl";
  out.config = [more_config](const std::string& folder) {
    return "{\"path\":\"" + folder + "/out.jsonl\"" + more_config + "}";
  };
  return out;
}

const SinkUnderTest kSink = jsonl_with();

std::string content_of(const TempFolder& folder, const std::string& name = "out.jsonl") {
  std::ifstream file(folder.path() + "/" + name);
  return {std::istreambuf_iterator<char>(file), {}};
}

Batch one_thing(int n) {
  BatchBuilder builder;
  thing(builder, "t", n).text(kTitle, "title");
  return builder.finish();
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_line_has_its_stream_operation_and_key_first) {
  const TempFolder folder;
  Run run(kSink, folder.path());
  BatchBuilder builder;
  thing(builder, "t\n\"", 1)
      .integer(kCount, -5)
      .boolean(kFlag, true)
      .real(kRatio, 0.1)
      .timestamp(kAt, 1)
      .text(kTitle, "");
  thing(builder, "t", 2, HAULIER_UPDATE)
      .json(kDoc, "{\"a\":\n 1}")
      .null(kCount)
      .blob(kBytes, make_blob(run.host, "abcd"));
  thing(builder, "t", 3, HAULIER_DELETE);
  builder.record(kQuarantine, 6, HAULIER_UPSERT, 0)
      .text(3, "why")
      .text(2, "s")
      .text(1, "{}")
      .text(0, "p")
      .timestamp(5, 0);
  run.store(builder.finish());
  BOOST_TEST(
      content_of(folder) ==
      R"({"stream":"contract_things","op":"upsert","id":"t\n\"","part":1,"count":-5,"flag":true,"ratio":0.1,)"
      R"("at":"1970-01-01T00:00:00.000001Z","title":"","doc":null,"bytes":null,"first_seen":null})"
      "\n"
      R"({"stream":"contract_things","op":"update","id":"t","part":2,"count":null,"doc":{"a":  1},)"
      R"("bytes":{"size":4,"base64":"YWJjZA=="}})"
      "\n"
      R"({"stream":"contract_things","op":"delete","id":"t","part":3})"
      "\n"
      R"({"stream":"quarantine","op":"upsert","partition":"p","origin":"{}","stage":"s","reason":"why","raw":null,)"
      R"("quarantined_at":"1970-01-01T00:00:00.000000Z"})"
      "\n");
}

BOOST_AUTO_TEST_CASE(numbers_that_json_lacks_become_null) {
  const TempFolder folder;
  Run run(kSink, folder.path());
  BatchBuilder builder;
  thing(builder, "t", 1, HAULIER_UPDATE).real(kRatio, std::numeric_limits<double>::quiet_NaN());
  run.store(builder.finish());
  BOOST_TEST(content_of(folder).find("\"ratio\":null") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(blobs_above_the_limit_leave_their_size) {
  const TempFolder folder;
  Run run(jsonl_with(",\"max_blob\":3"), folder.path());
  BatchBuilder builder;
  thing(builder, "t", 1).text(kTitle, "").blob(kBytes, make_blob(run.host, "abc"));
  thing(builder, "t", 2).text(kTitle, "").blob(kBytes, make_blob(run.host, "abcd"));
  run.store(builder.finish());
  const std::string content = content_of(folder);
  BOOST_TEST(content.find(R"("bytes":{"size":3,"base64":"YWJj"})") != std::string::npos);
  BOOST_TEST(content.find(R"("bytes":{"size":4},)") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(half_a_line_is_cut_off_at_open) {
  for (const std::size_t half : {std::size_t{1}, std::size_t{200'000}}) {
    const TempFolder folder;
    {
      Run run(kSink, folder.path());
      run.store(one_thing(1));
    }
    const std::string whole = content_of(folder);
    std::ofstream(folder.path() + "/out.jsonl", std::ios::app) << std::string(half, '{');
    Run run(kSink, folder.path());
    BOOST_TEST(content_of(folder) == whole);
    BOOST_TEST(run.host.logs.size() == 1u);
    run.store(one_thing(1));
    BOOST_TEST(content_of(folder) == whole + whole);
  }
}

BOOST_AUTO_TEST_CASE(a_file_that_is_only_half_a_line_becomes_empty) {
  const TempFolder folder;
  std::ofstream(folder.path() + "/out.jsonl") << "{\"stream\":";
  Run run(kSink, folder.path());
  BOOST_TEST(content_of(folder).empty());
}

BOOST_AUTO_TEST_CASE(one_run_at_a_time_writes_a_file) {
  const TempFolder folder;
  Run first(kSink, folder.path());
  BOOST_TEST(status_of([&] { Run second(kSink, folder.path()); }) == HAULIER_RETRY);
  first.close();
  Run third(kSink, folder.path());
}

BOOST_AUTO_TEST_CASE(what_is_no_file_is_a_wrong_setting) {
  const TempFolder folder;
  BOOST_REQUIRE(::mkfifo((folder.path() + "/out.jsonl").c_str(), 0600) == 0);
  BOOST_TEST(status_of([&] { Run run(kSink, folder.path()); }) == HAULIER_BAD_CONFIG);
}

// A write that stops in the middle of a batch takes the whole batch back, also what had reached the file.
BOOST_AUTO_TEST_CASE(a_full_disk_leaves_whole_lines_only) {
  const TempFolder folder;
  const pid_t child = ::fork();
  BOOST_REQUIRE(child >= 0);
  if (child == 0) {
    ::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{1024 * 1024, 1024 * 1024};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    Run run(jsonl_with(",\"max_blob\":10000000"), folder.path());
    run.store(one_thing(1));
    BatchBuilder builder;
    thing(builder, "big", 1).text(kTitle, "t").blob(kBytes, make_blob(run.host, pattern(2 * 1024 * 1024, 1)));
    const Batch batch = builder.finish();
    const haulier_status status = status_of([&] { run.write(batch); });
    ::_exit(status == HAULIER_LOCAL_IO ? 0 : 1);
  }
  int status = 0;
  BOOST_REQUIRE(::waitpid(child, &status, 0) == child);
  BOOST_TEST(WEXITSTATUS(status) == 0);
  const std::string content = content_of(folder);
  BOOST_TEST(std::count(content.begin(), content.end(), '\n') == 1);
  BOOST_TEST(content.back() == '\n');
}

BOOST_AUTO_TEST_CASE(a_folder_gets_one_file_per_stream) {
  const TempFolder folder;
  SinkUnderTest sink = kSink;
  sink.config = [](const std::string& path) { return "{\"path\":\"" + path + "\"}"; };
  Run run(sink, folder.path());
  run.store(one_thing(1));
  BOOST_TEST(content_of(folder, "contract_things.jsonl").find("\"part\":1") != std::string::npos);
  BOOST_TEST(std::filesystem::exists(folder.path() + "/contract_contents.jsonl"));
  BOOST_TEST(!std::filesystem::exists(folder.path() + "/contract_drafts.jsonl"));
  BOOST_TEST(!std::filesystem::exists(folder.path() + "/contract_progress.jsonl"));
}

BOOST_AUTO_TEST_SUITE_END()
