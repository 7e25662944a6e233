// Signals as an event: blocked in every thread, read by one thread, told to one callback.
#pragma once

#include <functional>
#include <thread>

namespace haulier::host {

// First call in main(), before any thread exists: blocks INT, TERM, HUP, USR1, USR2 and ignores PIPE. Threads inherit
// it, so none of them (a plugin's neither) can be hit by a default action.
void block_signals();

// Undoes block_signals() in a child between fork() and exec(): a mask survives exec, and the child would ignore Ctrl-C.
void unblock_signals();

// Owns the one thread that reads signals. The first INT, TERM or HUP calls `stop` (on that thread): the run ends at the
// next checkpoint. A second INT or TERM ends the process at once with exit code 75; the last commit is safe.
class SignalThread {
 public:
  using Stop = std::function<void(int signal)>;

  explicit SignalThread(Stop stop);
  ~SignalThread();
  SignalThread(const SignalThread&) = delete;
  SignalThread& operator=(const SignalThread&) = delete;

 private:
  void run();
  // Returns false when the thread is to end.
  bool wait_for_signal(int& signal) const;

  Stop stop_;
  int signal_fd_ = -1;
  int wake_fd_ = -1;
  std::thread thread_;
};

}  // namespace haulier::host
