// The lock of a run: taken by one, freed by its end, passed over when its holder gives no sign of life.
#include <boost/test/unit_test.hpp>

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <thread>

#include "cli/failure.hpp"
#include "engine/run_lock.hpp"
#include "world.hpp"

namespace engine_test {

using haulier::host::IfLocked;
using haulier::host::LockAnswer;
using haulier::host::RunLock;
using haulier::host::VirtualClock;

constexpr std::int64_t kLease_ms = 60'000;

struct Locks {
  ~Locks() { std::filesystem::remove_all(folder); }
  [[nodiscard]] bool touched_now() const {
    struct stat info {};
    return ::stat((folder + "/p.lock").c_str(), &info) == 0 && info.st_mtim.tv_sec == clock.now_us() / 1'000'000;
  }

  std::string folder = scratch_folder();
  VirtualClock clock;
  std::ostringstream words;
  haulier::host::LogSink log{words, clock, {}};
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

BOOST_AUTO_TEST_CASE(a_holder_keeps_itself_alive) {
  RunLock first(folder, "p", kLease_ms, clock);
  RunLock second(folder, "p", kLease_ms, clock);
  BOOST_TEST(first.try_take());
  for (int i = 0; i < 20; ++i) {
    clock.advance(first.touch_interval_ms() * 1000);
    for (int tries = 0; tries < 100'000 && !touched_now(); ++tries) std::this_thread::yield();
    BOOST_TEST(!second.try_take());
  }
}

BOOST_AUTO_TEST_CASE(a_holder_without_a_sign_of_life_is_passed_over_by_one) {
  VirtualClock asleep;
  RunLock first(folder, "p", kLease_ms, asleep);
  RunLock second(folder, "p", kLease_ms, clock);
  RunLock third(folder, "p", kLease_ms, clock);
  BOOST_TEST(first.try_take());
  clock.advance(kLease_ms * 1000 + 1);
  BOOST_TEST(second.try_take());
  BOOST_TEST(second.passed_over());
  asleep.advance(kLease_ms * 2000);  // it goes on, and knows nothing
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

BOOST_AUTO_TEST_CASE(who_finds_it_taken_does_what_the_pipeline_says) {
  auto first = std::make_unique<RunLock>(folder, "p", kLease_ms, clock);
  RunLock second(folder, "p", kLease_ms, clock);
  int pauses = 0;
  const auto pause = [&] { return ++pauses == 3; };
  BOOST_TEST((first->take(IfLocked::fail, true, log, pause) == LockAnswer::held));
  BOOST_TEST((second.take(IfLocked::fail, true, log, pause) == LockAnswer::occupied));
  BOOST_TEST((second.take(IfLocked::skip, true, log, pause) == LockAnswer::occupied));
  BOOST_TEST(second.occupied("p").what.find(" is at work: process ") != std::string::npos);
  BOOST_TEST(words.str() == "");
  BOOST_TEST((second.take(IfLocked::take_over, true, log, pause) == LockAnswer::not_held));
  BOOST_TEST(words.str().find("taking over from another run") != std::string::npos);
  BOOST_TEST(pauses == 0);
  BOOST_TEST((second.take(IfLocked::wait, true, log, pause) == LockAnswer::stopped));
  BOOST_TEST(pauses == 3);
  const auto end_first = [&] {
    first.reset();
    return false;
  };
  BOOST_TEST((second.take(IfLocked::wait, true, log, end_first) == LockAnswer::held));
}

BOOST_AUTO_TEST_CASE(where_no_lock_can_be_had_the_fences_have_to_do) {
  std::ofstream(folder + "/file") << "x";
  RunLock lock(folder + "/file/deeper", "p", kLease_ms, clock);
  const auto never = [] { return true; };
  BOOST_TEST((lock.take(IfLocked::fail, true, log, never) == LockAnswer::not_held));
  BOOST_TEST(words.str().find("kept apart by the sinks alone") != std::string::npos);
  BOOST_CHECK_THROW((void)lock.take(IfLocked::fail, false, log, never), haulier::host::Failed);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace engine_test
