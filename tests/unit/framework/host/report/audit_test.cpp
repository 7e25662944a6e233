#include "report/audit.hpp"

#include <unistd.h>

#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "cli/failure.hpp"

namespace haulier::host::audit_test {

struct Fixture {
  Fixture() : file(std::filesystem::temp_directory_path() / ("haulier_audit_" + std::to_string(::getpid()))) {
    std::filesystem::remove(file);
  }
  ~Fixture() { std::filesystem::remove(file); }

  void write_lines(int count) {
    Audit audit({.file = file}, clock);
    for (int i = 0; i < count; ++i) audit.record("fetch", {{"uids", std::to_string(i)}});
  }
  [[nodiscard]] std::string text() const {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  void replace_text(const std::string& text) const { std::ofstream(file, std::ios::binary) << text; }
  // The text with one change.
  [[nodiscard]] std::string with(const std::string& what, const std::string& by) const {
    std::string changed = text();
    return changed.replace(changed.find(what), what.size(), by);
  }

  VirtualClock clock;
  std::filesystem::path file;
};

BOOST_FIXTURE_TEST_SUITE(framework_host_report_audit, Fixture)

BOOST_AUTO_TEST_CASE(lines_form_a_chain_across_runs) {
  write_lines(2);
  write_lines(3);
  const AuditVerdict verdict = verify_audit(file);
  BOOST_TEST(verdict.intact);
  BOOST_TEST(verdict.lines == 5u);
  BOOST_TEST(verdict.words == "5 lines, all intact");
  BOOST_TEST(
      text().starts_with(R"({"n":1,"at":"2023-11-14T22:13:20.000000Z","event":"fetch","fields":{"uids":"0"},"prev":")" +
                         std::string(64, '0') + R"(","hash":")"));
}

BOOST_AUTO_TEST_CASE(the_hash_is_sha256_of_the_line_up_to_it) {
  write_lines(1);
  BOOST_TEST(verify_audit(file).last_hash == "3898dc63887a3ec686868521564af7e4bcf2f96390456e69806af4333a540345");
}

BOOST_AUTO_TEST_CASE(a_changed_line_is_found) {
  write_lines(4);
  replace_text(with(R"("uids":"2")", R"("uids":"7")"));
  const AuditVerdict verdict = verify_audit(file);
  BOOST_TEST(!verdict.intact);
  BOOST_TEST(verdict.bad_line == 3u);
  BOOST_TEST(verdict.words == "line 3: was changed or is damaged");
}

BOOST_AUTO_TEST_CASE(a_removed_line_is_found) {
  write_lines(3);
  const std::string all = text();
  const std::size_t first = all.find('\n') + 1;
  const std::size_t second = all.find('\n', first) + 1;
  replace_text(all.substr(0, first) + all.substr(second));
  BOOST_TEST(verify_audit(file).words == "line 2: has number 3; lines are missing");
}

BOOST_AUTO_TEST_CASE(a_line_of_another_log_is_found) {
  write_lines(1);
  const std::string first = text();
  clock.advance(1);
  std::filesystem::remove(file);
  write_lines(2);
  const std::string other = text();
  replace_text(first + other.substr(other.find('\n') + 1));
  BOOST_TEST(verify_audit(file).words == "line 2: does not follow the line before it");
}

BOOST_AUTO_TEST_CASE(lines_cut_from_the_end_change_the_last_hash) {
  write_lines(3);
  const std::string kept = verify_audit(file).last_hash;
  const std::string all = text();
  replace_text(all.substr(0, all.rfind('\n', all.size() - 2) + 1));
  BOOST_TEST(verify_audit(file).intact);
  BOOST_TEST(verify_audit(file).last_hash != kept);
}

BOOST_AUTO_TEST_CASE(a_torn_last_line_is_cut_off_and_noted) {
  write_lines(2);
  const std::string whole = text();
  replace_text(whole + "{\"n\":3,\"at\":");
  BOOST_TEST(verify_audit(file).words == "line 3: has no end; a crash may have cut it, the next run repairs that");
  write_lines(1);
  BOOST_TEST(verify_audit(file).intact);
  BOOST_TEST(verify_audit(file).lines == 4u);
  BOOST_TEST(text().find(R"("event":"audit.repaired","fields":{"cut_bytes":"12"})") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(two_writers_of_one_file_share_the_chain) {
  Audit first({.file = file}, clock);
  Audit second({.file = file}, clock);
  first.record("a");
  second.record("b");
  first.record("c");
  BOOST_TEST(verify_audit(file).lines == 3u);
  BOOST_TEST(verify_audit(file).intact);
}

BOOST_AUTO_TEST_CASE(a_file_that_is_no_audit_log_is_not_touched) {
  replace_text("hello\n");
  BOOST_CHECK_EXCEPTION(Audit({.file = file}, clock), Failed,
                        [](const Failed& failed) { return failed.failure().exit_code == ExitCode::local_io; });
  BOOST_TEST(text() == "hello\n");
}

BOOST_AUTO_TEST_CASE(a_line_that_cannot_be_written_stops_or_is_counted) {
  std::filesystem::create_symlink("/dev/full", file);
  Audit strict({.file = file}, clock);
  BOOST_CHECK_THROW(strict.record("a"), Failed);
  Audit lax({.file = file, .fail_closed = false}, clock);
  lax.record("a");
  BOOST_TEST(lax.lost() == 1u);
}

BOOST_AUTO_TEST_CASE(a_folder_that_is_missing_is_a_local_failure) {
  BOOST_CHECK_THROW(Audit({.file = "/no/such/folder/a.jsonl"}, clock), Failed);
  BOOST_CHECK_THROW((void)verify_audit("/no/such/file"), Failed);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace haulier::host::audit_test
