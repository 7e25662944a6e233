#pragma once
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "account_run.hpp"
#include "batch_queue.hpp"

namespace haulier::imap {

/// Reads accounts side by side, each on threads of its own, and hands their batches to one reader. With `watch` every
/// account is watched on its own and comes back after a passing fault by itself, so that none delays another. Owned by
/// the source; its functions on the host's thread.
class SideBySide {
 public:
  struct Options {
    std::size_t at_once = 1;  ///< accounts that are in a pass at the same time
    bool watch = false;
    bool alone = false;  ///< it is the only account of the config: the host decides about its passing faults
  };
  struct Failure {
    AccountRun* run;
    Error error;
  };

  /// The runs and `stop` are borrowed. Begins at once.
  SideBySide(Host host, std::vector<AccountRun*> runs, StopSignal& stop, Options options);
  /// Stops what still runs.
  ~SideBySide();
  SideBySide(const SideBySide&) = delete;
  SideBySide& operator=(const SideBySide&) = delete;

  /// nullopt: every account is through, or given up.
  [[nodiscard]] std::optional<Batch> next();
  /// After that.
  [[nodiscard]] std::vector<Failure> failures();

 private:
  void work() noexcept;
  void read(AccountRun& run);
  void one_pass(AccountRun& run);
  /// True: go on with this account.
  [[nodiscard]] bool comes_back(AccountRun& run, const Error& error);
  void note(AccountRun& run, const Error& error);
  [[nodiscard]] AccountRun* next_run();
  void take_place();
  void leave_place() noexcept;

  Host host_;
  const Options options_;
  const std::vector<AccountRun*> runs_;
  StopSignal& stop_;
  BatchQueue queue_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<AccountRun*> waiting_;
  std::vector<Failure> failures_;
  std::size_t in_pass_ = 0;
  std::size_t working_ = 0;
  bool over_ = false;  ///< nothing new is begun
  std::vector<std::thread> threads_;
};

}  // namespace haulier::imap
