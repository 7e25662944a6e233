#include "cli/command_audit.hpp"

#include <unistd.h>

#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>

#include "cli/program.hpp"
#include "report/audit.hpp"

namespace haulier::host::command_audit_test {

struct Fixture {
  Fixture() : file(std::filesystem::temp_directory_path() / ("haulier_verify_" + std::to_string(::getpid()))) {
    std::filesystem::remove(file);
    VirtualClock virtual_clock;
    Audit audit({.file = file}, virtual_clock);
    for (const char* mailbox : {"INBOX", "Sent", "Drafts"}) audit.record("examined", {{"mailbox", mailbox}});
  }
  ~Fixture() { std::filesystem::remove(file); }

  int verify(std::vector<std::string> more = {}) {
    std::vector<std::string> arguments{"audit", "verify", file};
    arguments.insert(arguments.end(), more.begin(), more.end());
    CrashPoints crash_points;
    StopEvent stop;
    std::istringstream in;
    std::ostringstream out_stream;
    std::ostringstream err_stream;
    const ProgramParts parts{.clock = clock, .crash_points = crash_points, .stop = stop};
    const int code = run_program(CommandLine({audit_verify_command()}), arguments,
                                 {.in = in, .out = out_stream, .err = err_stream}, parts);
    out = out_stream.str();
    err = err_stream.str();
    return code;
  }
  [[nodiscard]] std::string text() const {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  void replace_text(const std::string& all) const { std::ofstream(file, std::ios::binary) << all; }
  [[nodiscard]] bool said(const std::string& words) const { return err.find(words) != std::string::npos; }

  VirtualClock clock;
  std::filesystem::path file;
  std::string out;
  std::string err;
};

BOOST_FIXTURE_TEST_SUITE(framework_host_cli_command_audit, Fixture)

BOOST_AUTO_TEST_CASE(a_good_log_exits_0_and_gives_its_last_hash) {
  BOOST_TEST(verify() == 0);
  BOOST_TEST(out == file.string() + ": 3 lines, all intact\nlast hash: " + verify_audit(file).last_hash + "\n");
  BOOST_TEST(err == "");
}

BOOST_AUTO_TEST_CASE(the_first_broken_line_is_named_and_exits_65) {
  std::string all = text();
  all.replace(all.find("Sent"), 4, "Junk");
  all.replace(all.find("Drafts"), 6, "Spam11");
  replace_text(all);
  BOOST_TEST(verify() == 65);
  BOOST_TEST(out == "");
  BOOST_TEST(said("line 2: was changed or is damaged\n"));
  BOOST_TEST(said("1 good lines before it"));
  BOOST_TEST(said("try:   sed -n 2p " + file.string()));
  BOOST_TEST(text() == all);
}

BOOST_AUTO_TEST_CASE(lines_cut_off_at_the_end_are_found_with_the_hash_of_an_earlier_check) {
  const std::string hash = verify_audit(file).last_hash;
  BOOST_TEST(verify({"--contains", hash}) == 0);
  const std::string all = text();
  replace_text(all.substr(0, all.rfind('\n', all.size() - 2) + 1));
  BOOST_TEST(verify() == 0);
  BOOST_TEST(verify({"--contains", hash}) == 65);
  BOOST_TEST(said("no line has the hash " + hash));
  BOOST_TEST(verify({"--contains", "abc"}) == 64);
}

BOOST_AUTO_TEST_CASE(what_cannot_be_read_exits_74) {
  std::filesystem::remove(file);
  BOOST_TEST(verify() == 74);
  BOOST_TEST(said("cannot be read"));
  std::filesystem::create_directory(file);
  BOOST_TEST(verify() == 74);
}

BOOST_AUTO_TEST_CASE(what_is_no_audit_log_is_refused_without_reading_it_whole_into_memory) {
  replace_text("hello\n");
  BOOST_TEST(verify() == 65);
  BOOST_TEST(said("line 1: was changed or is damaged"));
  replace_text(std::string((1 << 20) + 1, 'x') + "\n");
  BOOST_TEST(verify() == 65);
  BOOST_TEST(said("line 1: is longer than 1 MiB"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace haulier::host::command_audit_test
