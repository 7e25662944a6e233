#pragma once
#include <chrono>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>

#include "account_facts.hpp"
#include "haulier/host.hpp"
#include "io/pace.hpp"

namespace haulier::imap {

/// How much an account may ask for, over all its connections; 0: no limit.
struct LimitSettings {
  std::uint64_t commands_per_second = 0;
  std::uint64_t bytes_per_second = 0;
  std::uint64_t bytes_per_day = 0;  ///< in any 24 hours
};

/// Lets `rate` units pass in a second and as many at once after a rest. A pure value: time comes in.
class TokenBucket {
 public:
  explicit TokenBucket(std::uint64_t rate) : rate_(rate), tokens_(static_cast<double>(rate)) {}

  /// How many of `wanted` may pass now; they are taken.
  [[nodiscard]] std::uint64_t take(std::uint64_t wanted, std::int64_t now_us);
  /// Takes all of them, into debt if need be.
  void force(std::uint64_t units, std::int64_t now_us);
  /// Until one may pass.
  [[nodiscard]] std::uint64_t wait_ms(std::int64_t now_us);

 private:
  void refill(std::int64_t now_us);

  std::uint64_t rate_;
  double tokens_;
  std::optional<std::int64_t> at_us_;
};

/// What the connections of one account have in common: how much they may ask for together, and what is known of the
/// server. Time and waits are the host's, so a test has them virtual. Owned by the source; thread: any.
class AccountLimits : public Pace {
 public:
  /// `patient`: who has used up its day waits for the next one instead of ending.
  AccountLimits(Host host, const LimitSettings& settings, AccountFacts facts, bool patient = false);

  // Pace
  [[nodiscard]] std::size_t take_commands(std::size_t wanted) override;
  [[nodiscard]] std::chrono::milliseconds until_next_command() override;
  void received(std::size_t bytes) override;
  void rest(std::chrono::milliseconds time) override;
  void measured(std::uint64_t bytes_per_second) override;

  [[nodiscard]] bool patient() const { return patient_; }
  /// When the bytes of the last 24 hours allow for more: UTC, microseconds. nullopt: they do now.
  [[nodiscard]] std::optional<std::int64_t> goes_on_at_us() const;

  /// COMPRESS costs a server more than it saves on a link faster than about 100 Mbit/s. False while nothing is known.
  [[nodiscard]] bool link_is_slow() const;
  [[nodiscard]] bool link_is_known() const;
  /// False once it went wrong at this server.
  [[nodiscard]] bool may_compress() const;

  /// What may still be asked for in these 24 hours; nullopt: there is no limit.
  [[nodiscard]] std::optional<std::uint64_t> bytes_left() const;

  [[nodiscard]] AccountFacts facts() const;
  /// What the next state row of `mailbox` is to say; `last`: the row that ends it in this pass. What the server
  /// announced is left out, but in one mailbox's last row.
  [[nodiscard]] AccountFacts facts_for_row(const std::string& mailbox, bool last);
  /// Before the first row: the mailbox whose row tells what the server announced, as it is in facts().
  void announced_in(std::string mailbox);
  void learn(const std::function<void(AccountFacts&)>& change);

 private:
  [[nodiscard]] std::uint64_t day_bytes(std::int64_t hour) const;

  Host host_;
  LimitSettings settings_;
  bool patient_;
  mutable std::mutex mutex_;
  TokenBucket commands_;
  TokenBucket bytes_;
  AccountFacts facts_;
  AccountFacts announced_;    ///< as the row of announced_in_ has it
  std::string announced_in_;  ///< empty: no row has it
  std::uint64_t link_best_ = 0;
  unsigned link_samples_ = 0;
};

/// "2026-11-22 14:00 UTC".
[[nodiscard]] std::string utc_minute(std::int64_t at_us);

}  // namespace haulier::imap
