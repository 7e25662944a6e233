#include "signals.hpp"

#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <string_view>
#include <system_error>

#include "cli/exit_code.hpp"

namespace haulier::host {

namespace {

sigset_t our_signals() {
  sigset_t set;
  sigemptyset(&set);
  // TSTP, CONT, CHLD and QUIT keep their default: Ctrl-Z and Ctrl-\ work as everywhere.
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2}) sigaddset(&set, signal);
  return set;
}

}  // namespace

void block_signals() {
  const sigset_t set = our_signals();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
}

void unblock_signals() {
  const sigset_t set = our_signals();
  pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
  ::signal(SIGPIPE, SIG_DFL);
}

SignalThread::SignalThread(Stop stop) : stop_(std::move(stop)) {
  const sigset_t set = our_signals();
  signal_fd_ = ::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
  wake_fd_ = ::eventfd(0, EFD_CLOEXEC);
  if (signal_fd_ < 0 || wake_fd_ < 0) throw std::system_error(errno, std::generic_category(), "signalfd");
  thread_ = std::thread([this] { run(); });
}

SignalThread::~SignalThread() {
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(wake_fd_, &one, sizeof one);
  thread_.join();
  ::close(signal_fd_);
  ::close(wake_fd_);
}

bool SignalThread::wait_for_signal(int& signal) const {
  std::array<pollfd, 2> fds{{{signal_fd_, POLLIN, 0}, {wake_fd_, POLLIN, 0}}};
  while (true) {
    if (::poll(fds.data(), fds.size(), -1) < 0) continue;
    if ((fds[1].revents & POLLIN) != 0) return false;
    signalfd_siginfo info{};
    if (::read(signal_fd_, &info, sizeof info) != static_cast<ssize_t>(sizeof info)) continue;
    signal = static_cast<int>(info.ssi_signo);
    return true;
  }
}

void SignalThread::run() {
  bool stopping = false;
  int signal = 0;
  while (wait_for_signal(signal)) {
    if (signal != SIGINT && signal != SIGTERM && signal != SIGHUP) continue;
    if (!stopping) {
      stopping = true;
      stop_(signal);
    } else if (signal != SIGHUP) {
      constexpr std::string_view kWords = "haulier: stopped at once; everything up to the last commit is safe\n";
      [[maybe_unused]] const auto written = ::write(STDERR_FILENO, kWords.data(), kWords.size());
      ::_exit(to_int(ExitCode::try_again));
    }
  }
}

}  // namespace haulier::host
