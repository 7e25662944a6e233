#include "signals.hpp"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>

#include <array>

#include "stop_event.hpp"

namespace haulier::host::signals_test {

// Runs `body` in a process of its own, because signals belong to processes; returns how it ended.
template <typename Body>
int exit_status_of(Body body) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(body());
  int status = 0;
  ::waitpid(child, &status, 0);
  return status;
}

BOOST_AUTO_TEST_SUITE(framework_host_signals)

BOOST_AUTO_TEST_CASE(the_first_signal_stops_gracefully) {
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) {
    const int status = exit_status_of([signal] {
      block_signals();
      std::array<int, 2> told{};
      if (::pipe(told.data()) != 0) return 1;
      const SignalThread thread([&told](int got) {
        const char byte = static_cast<char>(got);
        [[maybe_unused]] const auto written = ::write(told[1], &byte, 1);
      });
      ::kill(::getpid(), signal);
      char got = 0;
      return ::read(told[0], &got, 1) == 1 && got == signal ? 0 : 2;
    });
    BOOST_TEST(WIFEXITED(status));
    BOOST_TEST(WEXITSTATUS(status) == 0);
  }
}

BOOST_AUTO_TEST_CASE(the_second_signal_ends_the_process_with_75) {
  const int status = exit_status_of([] {
    block_signals();
    ::close(STDERR_FILENO);
    std::array<int, 2> told{};
    if (::pipe(told.data()) != 0) return 1;
    const SignalThread thread([&told](int) { [[maybe_unused]] const auto written = ::write(told[1], "x", 1); });
    ::kill(::getpid(), SIGTERM);
    char got = 0;
    if (::read(told[0], &got, 1) != 1) return 2;
    ::kill(::getpid(), SIGINT);
    return ::read(told[0], &got, 1) == 1 ? 3 : 4;  // never comes
  });
  BOOST_TEST(WIFEXITED(status));
  BOOST_TEST(WEXITSTATUS(status) == 75);
}

BOOST_AUTO_TEST_CASE(a_closed_pipe_does_not_kill) {
  const int status = exit_status_of([] {
    block_signals();
    std::array<int, 2> fds{};
    if (::pipe(fds.data()) != 0) return 1;
    ::close(fds[0]);
    return ::write(fds[1], "x", 1) == -1 ? 0 : 2;
  });
  BOOST_TEST(WIFEXITED(status));
  BOOST_TEST(WEXITSTATUS(status) == 0);
}

BOOST_AUTO_TEST_CASE(unblocking_gives_a_child_its_signals_back) {
  const int status = exit_status_of([] {
    block_signals();
    unblock_signals();
    ::kill(::getpid(), SIGTERM);
    return 0;
  });
  BOOST_TEST(WIFSIGNALED(status));
  BOOST_TEST(WTERMSIG(status) == SIGTERM);
}

BOOST_AUTO_TEST_CASE(a_stop_event_is_readable_once_it_is_set) {
  StopEvent stop;
  BOOST_TEST(!stop.is_set());
  std::uint64_t value = 0;
  BOOST_TEST(::read(stop.fd(), &value, sizeof value) == -1);
  stop.set();
  BOOST_TEST(stop.is_set());
  BOOST_TEST(::read(stop.fd(), &value, sizeof value) == static_cast<ssize_t>(sizeof value));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace haulier::host::signals_test
