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
  BOOST_TEST(CrashPoints::stop_at(no_variable) == 0u);
  BOOST_TEST(CrashPoints::stop_at([](const char* name) -> const char* {
               return std::string_view(name) == "HAULIER_CRASH_AT" ? "17" : nullptr;
             }) == 17u);
  BOOST_TEST(CrashPoints::stop_at([](const char*) -> const char* { return "17x"; }) == 0u);
  BOOST_TEST(CrashPoints::list_file([](const char* name) -> const char* {
               return std::string_view(name) == "HAULIER_CRASH_LIST" ? "f" : nullptr;
             }) == "f");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace haulier::host::crash_point_test
