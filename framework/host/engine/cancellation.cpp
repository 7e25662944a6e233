#include "engine/cancellation.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace haulier::host {

Cancellation::Listener::Listener(Listener&& other) noexcept
    : owner_(std::exchange(other.owner_, nullptr)), at_(other.at_) {}

Cancellation::Listener& Cancellation::Listener::operator=(Listener&& other) noexcept {
  if (this != &other) {
    reset();
    owner_ = std::exchange(other.owner_, nullptr);
    at_ = other.at_;
  }
  return *this;
}

void Cancellation::Listener::reset() noexcept {
  if (!owner_) return;
  const std::lock_guard lock(owner_->mutex_);
  owner_->listeners_.erase(at_);
  owner_ = nullptr;
}

Cancellation::Cancellation() : event_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (event_ < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
}

Cancellation::~Cancellation() { ::close(event_); }

void Cancellation::cancel() {
  const std::lock_guard lock(mutex_);
  if (cancelled_.exchange(true)) return;
  const std::uint64_t one = 1;
  // A fresh eventfd takes one count without blocking; there is no other writer.
  [[maybe_unused]] const auto written = ::write(event_, &one, sizeof one);
  changed_.notify_all();
  for (const auto& on_cancel : listeners_) on_cancel();
}

bool Cancellation::pause(Clock& clock, std::int64_t deadline_us) {
  std::unique_lock lock(mutex_);
  return clock.pause(lock, changed_, deadline_us, [this] { return cancelled(); });
}

Cancellation::Listener Cancellation::listen(std::function<void()> on_cancel) {
  const std::lock_guard lock(mutex_);
  listeners_.push_back(std::move(on_cancel));
  if (cancelled()) listeners_.back()();
  return {*this, std::prev(listeners_.end())};
}

}  // namespace haulier::host
