// RunLock: keeps two commands that write to the same sinks apart on one machine.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

#include "cli/failure.hpp"
#include "clock.hpp"
#include "config/pipeline_config.hpp"
#include "engine/state_store.hpp"
#include "report/log_sink.hpp"

namespace haulier::host {

// What came of asking for the lock as the pipeline says (if_locked).
enum class LockAnswer {
  held,      // until the RunLock ends
  not_held,  // and to go on all the same: the sinks' fences alone decide
  occupied,  // another run keeps it
  stopped,   // the wait for it was broken off
};

// One file, held with flock(2) and touched four times per lease by a thread of the holder's own. The kernel lets go of
// it when the holder ends, however it ends. A holder that is alive but has not touched the file for a lease (stopped, a
// machine that slept) is passed over: its file is removed and a new one made. What the passed-over run still commits,
// the sinks' fences refuse.
class RunLock {
 public:
  // Nothing is touched. The clock outlives this.
  RunLock(std::string folder, const std::string& name, std::int64_t lease_ms, Clock& clock);
  // That of a pipeline.
  RunLock(const PipelineConfig& config, const StatePlace& place, Clock& clock);
  ~RunLock();
  RunLock(const RunLock&) = delete;
  RunLock& operator=(const RunLock&) = delete;

  // Asks until there is an answer and says in the log what others must know. pause: lets a second or so pass before the
  // next try; true: stop asking. fenced: every sink has a fence, so that it works without a lock where none can be had;
  // else throws Failed with exit 74 when the file cannot be made. One thread.
  [[nodiscard]] LockAnswer take(IfLocked if_locked, bool fenced, LogSink& log, const std::function<bool()>& pause);
  // Why it is occupied, with exit 75; what that means for the caller's work is for the caller to add.
  [[nodiscard]] Failure occupied(const std::string& pipeline) const;

  // One try. False: another run holds it. Throws Failed as above.
  [[nodiscard]] bool try_take();
  // Whether that passed over a holder.
  [[nodiscard]] bool passed_over() const noexcept { return passed_over_; }
  // How often the holder touches the file.
  [[nodiscard]] std::int64_t touch_interval_ms() const noexcept { return lease_ms_ / 4; }
  // What the holder wrote about itself; empty when nobody did.
  [[nodiscard]] std::string holder() const;

 private:
  [[nodiscard]] int open_file(const std::string& path) const;
  [[nodiscard]] bool stale(int fd) const noexcept;
  [[nodiscard]] bool lock_current();
  [[nodiscard]] bool pass_over();
  void sign() const noexcept;
  void touch() const noexcept;
  void keep();

  const std::string folder_;
  const std::string file_;
  const std::int64_t lease_ms_;
  Clock& clock_;
  int fd_ = -1;  // of the file, when it is held
  bool passed_over_ = false;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool ended_ = false;  // guarded by mutex_
  std::thread keeper_;
};

// Pipelines of one name that write to different places do not meet.
[[nodiscard]] std::string lock_name(const PipelineConfig& config);

}  // namespace haulier::host
