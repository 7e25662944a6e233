// The lock of a run: taken by one, freed by its end, passed over when its holder gives no sign of life.
#include <boost/test/unit_test.hpp>

#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "cli/failure.hpp"
#include "engine/run_lock.hpp"
#include "world.hpp"

namespace engine_test {

using haulier::host::RunLock;
using haulier::host::VirtualClock;

constexpr std::int64_t kLease_ms = 60'000;

struct Locks {
  ~Locks() { std::filesystem::remove_all(folder); }
  std::string folder = scratch_folder();
  VirtualClock clock;
};

BOOST_FIXTURE_TEST_SUITE(engine_run_lock, Locks)

BOOST_AUTO_TEST_CASE(one_has_it_until_it_ends) {
  RunLock second(folder + "/new", "p", kLease_ms, clock);
  {
    RunLock first(folder + "/new", "p", kLease_ms, clock);
    BOOST_TEST(first.try_take());
    BOOST_TEST(first.try_take());
    BOOST_TEST(!second.try_take());
    BOOST_TEST(second.holder().find("process " + std::to_string(::getpid()) + " on ") == 0u);
  }
  BOOST_TEST(second.try_take());
  BOOST_TEST(!second.passed_over());
}

BOOST_AUTO_TEST_CASE(another_name_is_another_lock) {
  RunLock first(folder, "p", kLease_ms, clock);
  RunLock second(folder, "q", kLease_ms, clock);
  BOOST_TEST(first.try_take());
  BOOST_TEST(second.try_take());
}

BOOST_AUTO_TEST_CASE(a_process_that_is_killed_lets_go) {
  int ready[2];
  BOOST_REQUIRE(::pipe(ready) == 0);
  const pid_t child = ::fork();
  if (child == 0) {
    RunLock lock(folder, "p", kLease_ms, clock);
    const char word = lock.try_take() ? 'y' : 'n';
    (void)!::write(ready[1], &word, 1);
    ::pause();
  }
  char word = 0;
  BOOST_REQUIRE(::read(ready[0], &word, 1) == 1);
  BOOST_TEST(word == 'y');
  RunLock lock(folder, "p", kLease_ms, clock);
  BOOST_TEST(!lock.try_take());
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  BOOST_TEST(lock.try_take());
  ::close(ready[0]);
  ::close(ready[1]);
}

BOOST_AUTO_TEST_CASE(a_holder_that_touches_it_keeps_it) {
  RunLock first(folder, "p", kLease_ms, clock);
  RunLock second(folder, "p", kLease_ms, clock);
  BOOST_TEST(first.try_take());
  for (int i = 0; i < 20; ++i) {
    clock.advance(first.touch_interval_ms() * 1000);
    BOOST_TEST(!second.try_take());
    first.touch();
  }
}

BOOST_AUTO_TEST_CASE(a_holder_without_a_sign_of_life_is_passed_over_by_one) {
  RunLock first(folder, "p", kLease_ms, clock);
  RunLock second(folder, "p", kLease_ms, clock);
  RunLock third(folder, "p", kLease_ms, clock);
  BOOST_TEST(first.try_take());
  clock.advance(kLease_ms * 1000 + 1);
  BOOST_TEST(second.try_take());
  BOOST_TEST(second.passed_over());
  first.touch();  // it goes on, and knows nothing
  clock.advance(kLease_ms * 1000);
  BOOST_TEST(!third.try_take());
}

BOOST_AUTO_TEST_CASE(a_file_that_a_killed_run_left_long_ago_is_no_reason_to_pass_anybody_over) {
  std::ofstream(folder + "/p.lock") << "process 1 on somewhere since long ago\n";
  std::filesystem::last_write_time(folder + "/p.lock", std::filesystem::file_time_type::min());
  RunLock first(folder, "p", kLease_ms, clock);
  RunLock second(folder, "p", kLease_ms, clock);
  BOOST_TEST(first.try_take());
  BOOST_TEST(!first.passed_over());
  BOOST_TEST(!second.try_take());
}

BOOST_AUTO_TEST_CASE(a_folder_that_cannot_be_made_is_told) {
  std::ofstream(folder + "/file") << "x";
  RunLock lock(folder + "/file/deeper", "p", kLease_ms, clock);
  BOOST_CHECK_EXCEPTION((void)lock.try_take(), haulier::host::Failed, [](const haulier::host::Failed& failed) {
    return haulier::host::to_int(failed.failure().exit_code) == 74;
  });
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace engine_test
