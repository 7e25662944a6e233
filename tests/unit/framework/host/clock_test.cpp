#include "clock.hpp"

#include <boost/test/unit_test.hpp>

#include <thread>

namespace haulier::host::clock_test {

BOOST_AUTO_TEST_SUITE(framework_host_clock)

BOOST_AUTO_TEST_CASE(virtual_time_stands_still_until_it_is_moved) {
  VirtualClock clock(1000);
  BOOST_TEST(clock.now_us() == 1000);
  clock.advance(50);
  BOOST_TEST(clock.now_us() == 1050);
  BOOST_TEST(clock.monotonic_us() == 50);
}

BOOST_AUTO_TEST_CASE(a_pause_jumps_to_its_deadline) {
  VirtualClock clock;
  std::mutex mutex;
  std::condition_variable changed;
  std::unique_lock lock(mutex);
  BOOST_TEST(!clock.pause(lock, changed, 5'000'000, [] { return false; }));
  BOOST_TEST(clock.monotonic_us() == 5'000'000);
  BOOST_TEST(clock.paused_us() == 5'000'000);
  BOOST_TEST(clock.pause(lock, changed, 9'000'000, [] { return true; }));
  BOOST_TEST(clock.monotonic_us() == 5'000'000);
}

BOOST_AUTO_TEST_CASE(a_wait_ends_when_virtual_time_passes_its_deadline) {
  VirtualClock clock;
  std::mutex mutex;
  std::condition_variable changed;
  bool ready = true;
  std::thread waiter([&] {
    std::unique_lock lock(mutex);
    ready = clock.wait(lock, changed, 10'000'000, [] { return false; });
  });
  while (clock.waiting() == 0) std::this_thread::yield();
  clock.advance(10'000'000);
  waiter.join();
  BOOST_TEST(!ready);
}

template <typename AnyClock>
void wait_is_ended_by_another_thread(std::int64_t deadline_us) {
  AnyClock clock;
  std::mutex mutex;
  std::condition_variable changed;
  bool ready = false;
  std::thread other([&] {
    const std::lock_guard lock(mutex);
    ready = true;
    changed.notify_all();
  });
  std::unique_lock lock(mutex);
  BOOST_TEST(clock.wait(lock, changed, deadline_us, [&] { return ready; }));
  lock.unlock();
  other.join();
}

BOOST_AUTO_TEST_CASE(a_wait_is_ended_by_another_thread) {
  wait_is_ended_by_another_thread<VirtualClock>(kForever);
  wait_is_ended_by_another_thread<SystemClock>(kForever);
}

BOOST_AUTO_TEST_CASE(a_deadline_in_the_past_does_not_wait) {
  SystemClock clock;
  std::mutex mutex;
  std::condition_variable changed;
  std::unique_lock lock(mutex);
  BOOST_TEST(!clock.wait(lock, changed, clock.monotonic_us() - 1, [] { return false; }));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace haulier::host::clock_test
