#include "crash_point.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <fstream>

namespace haulier::host::crash_point_test {

struct Stopped {};

const char* no_variable(const char*) { return nullptr; }

BOOST_AUTO_TEST_SUITE(framework_host_crash_point)

BOOST_AUTO_TEST_CASE(nothing_is_counted_when_it_is_off) {
  CrashPoints points;
  points.step("a");
  BOOST_TEST(points.steps() == 0u);
}

BOOST_AUTO_TEST_CASE(the_chosen_step_stops) {
  std::string where;
  CrashPoints points(2, "", [&](std::string_view step, std::uint64_t) {
    where = step;
    throw Stopped();
  });
  points.step("first");
  BOOST_CHECK_THROW(points.step("second"), Stopped);
  points.step("third");
  BOOST_TEST(where == "second");
  BOOST_TEST(points.steps() == 3u);
}

BOOST_AUTO_TEST_CASE(the_chosen_step_of_a_name_stops) {
  std::uint64_t where = 0;
  CrashPoints points({2, "row"}, "", [&](std::string_view, std::uint64_t number) { where = number; });
  for (const char* name : {"row", "begin", "commit", "row", "row"}) points.step(name);
  BOOST_TEST(where == 4u);
}

BOOST_AUTO_TEST_CASE(the_default_ends_the_process_with_99) {
  const pid_t child = ::fork();
  if (child == 0) {
    CrashPoints points(1, "");
    points.step("x");
    ::_exit(0);
  }
  int status = 0;
  BOOST_TEST(::waitpid(child, &status, 0) == child);
  BOOST_TEST(WEXITSTATUS(status) == CrashPoints::kExitCode);
}

BOOST_AUTO_TEST_CASE(the_list_names_every_step_in_order) {
  const auto file = std::filesystem::temp_directory_path() / ("haulier_steps_" + std::to_string(::getpid()));
  CrashPoints points(0, file);
  points.step("one");
  points.step("two");
  std::ifstream in(file);
  std::string first;
  std::string second;
  in >> first >> second;
  BOOST_TEST(first == "one");
  BOOST_TEST(second == "two");
  std::filesystem::remove(file);
}

BOOST_AUTO_TEST_CASE(the_environment_switches_it_on) {
  BOOST_TEST(CrashPoints::stop_at(no_variable).number == 0u);
  BOOST_TEST(CrashPoints::stop_at([](const char* name) -> const char* {
               return std::string_view(name) == "HAULIER_CRASH_AT" ? "17" : nullptr;
             }).number == 17u);
  BOOST_TEST(CrashPoints::stop_at([](const char*) -> const char* { return "17x"; }).number == 0u);
  const auto named = CrashPoints::stop_at([](const char*) -> const char* { return "sqlite.row:3"; });
  BOOST_TEST(named.number == 3u);
  BOOST_TEST(named.step == "sqlite.row");
  BOOST_TEST(CrashPoints::list_file([](const char* name) -> const char* {
               return std::string_view(name) == "HAULIER_CRASH_LIST" ? "f" : nullptr;
             }) == "f");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace haulier::host::crash_point_test
