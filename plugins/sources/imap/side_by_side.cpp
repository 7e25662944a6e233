#include "side_by_side.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace haulier::imap {
namespace {

// One batch waits for the host while others are made: more would only be memory that nothing downstream gives back.
constexpr std::size_t kQueued = 1;

}  // namespace

SideBySide::SideBySide(Host host, std::vector<AccountRun*> runs, StopSignal& stop, Options options)
    : host_(host),
      options_(options),
      runs_(std::move(runs)),
      stop_(stop),
      queue_(kQueued),
      waiting_(runs_.begin(), runs_.end()) {
  // A watch never ends: each account needs a thread, most of which wait.
  working_ = options_.watch ? runs_.size() : std::min(runs_.size(), options_.at_once);
  threads_.reserve(working_);
  for (std::size_t n = working_; n > 0; --n) threads_.emplace_back([this] { work(); });
}

SideBySide::~SideBySide() {
  {
    const std::lock_guard lock(mutex_);
    over_ = true;
    // Those that are through need no signal, and a source may begin again.
    if (working_ > 0) stop_.stop();
  }
  changed_.notify_all();
  queue_.close();
  for (auto& thread : threads_) thread.join();
  // Their further connections put batches into our queue.
  for (auto* run : runs_) run->give_up_pass();
}

std::optional<Batch> SideBySide::next() { return queue_.pop(); }

std::vector<SideBySide::Failure> SideBySide::failures() {
  const std::lock_guard lock(mutex_);
  return std::exchange(failures_, {});
}

AccountRun* SideBySide::next_run() {
  const std::lock_guard lock(mutex_);
  if (over_ || waiting_.empty()) return nullptr;
  AccountRun* run = waiting_.front();
  waiting_.pop_front();
  return run;
}

void SideBySide::work() noexcept {
  while (AccountRun* run = next_run()) {
    try {
      read(*run);
    } catch (const Error& error) {
      note(*run, error);
    } catch (const std::exception& error) {
      note(*run, Error(HAULIER_FATAL, error.what()));
    }
  }
  const std::lock_guard lock(mutex_);
  if (--working_ == 0) queue_.end();
}

void SideBySide::read(AccountRun& run) {
  for (;;) {
    try {
      one_pass(run);
    } catch (const Error& error) {
      if (!comes_back(run, error)) throw;
      continue;
    }
    if (!options_.watch) return;
    run.wait_for_next_pass();
  }
}

void SideBySide::one_pass(AccountRun& run) {
  struct Place {
    SideBySide& all;
    explicit Place(SideBySide& all_in) : all(all_in) { all.take_place(); }
    ~Place() { all.leave_place(); }
  } place(*this);
  while (auto batch = run.next({.queue = &queue_, .keep = options_.watch})) {
    if (!queue_.push(std::move(*batch))) throw Error(HAULIER_CANCELLED, "cancelled");
  }
}

bool SideBySide::comes_back(AccountRun& run, const Error& error) {
  if (error.status() != HAULIER_RETRY || !options_.watch || options_.alone) return false;
  const auto wait_ms = std::max(error.retry_after_ms(), Backoff::kBaseMs);
  host_.warning(run.account().name + ": " + error.what() + "; trying again in " + std::to_string(wait_ms / 1000) +
                " s");
  host_.count("haulier_imap_account_rests_total", 1, {{"account", run.account().name}});
  run.rest(wait_ms);
  return true;
}

// One that concerns everybody ends the others at their next batch, and the host's answer to it ends their waits.
void SideBySide::note(AccountRun& run, const Error& error) {
  const bool all = stops_all(error);
  if (!options_.alone && !all) host_.error(run.account().name + ": " + error.what());
  {
    const std::lock_guard lock(mutex_);
    failures_.push_back({&run, error});
    over_ = over_ || all;
    if (all) stop_.stop();
  }
  changed_.notify_all();
}

void SideBySide::take_place() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return over_ || in_pass_ < options_.at_once; });
  if (over_) throw Error(HAULIER_CANCELLED, "cancelled");
  ++in_pass_;
}

void SideBySide::leave_place() noexcept {
  {
    const std::lock_guard lock(mutex_);
    --in_pass_;
  }
  changed_.notify_all();
}

}  // namespace haulier::imap
