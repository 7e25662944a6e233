#pragma once
#include <atomic>
#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <string_view>
#include <thread>

#include "account_reader.hpp"
#include "batch_queue.hpp"
#include "config.hpp"

namespace haulier::imap {

/// One account for as long as the source runs: what is remembered of it, its passes, and the waiting between them.
/// Owned by the source. One thread at a time, except committed(); with a queue, a pass has further threads of its own,
/// one per further connection, which put their batches there.
class AccountRun {
 public:
  /// `facts`: what was remembered of the account. `patient`: see AccountLimits.
  AccountRun(Host host, const ImapConfig& config, const AccountConfig& account, Transport transport,
             const StopSignal& stop, const FactsOfRows& remembered, bool patient);
  ~AccountRun();
  AccountRun(const AccountRun&) = delete;
  AccountRun& operator=(const AccountRun&) = delete;

  [[nodiscard]] const AccountConfig& account() const { return account_; }
  [[nodiscard]] Memory& memory() { return memory_; }
  [[nodiscard]] StoredIds& stored() { return stored_; }

  struct PassOptions {
    std::uint64_t max_messages = 0;  ///< 0: all
    BatchQueue* queue = nullptr;     ///< for further connections; null: there is one
    bool keep = false;               ///< keep the connection for wait_for_next_pass()
  };
  /// The next batch of the first connection; nullopt: the pass is complete, and every batch of the others is in the
  /// queue. Throws haulier::Error; after a HAULIER_RETRY the next call goes on.
  [[nodiscard]] std::optional<Batch> next(const PassOptions& options);
  /// Waits for the further connections of a pass that nobody goes on with; what wakes them was done before.
  void give_up_pass();
  /// New messages of the last pass.
  [[nodiscard]] std::uint64_t messages() const { return messages_; }
  /// Until the server tells of a change, or for the poll interval. Throws HAULIER_CANCELLED.
  void wait_for_next_pass();
  /// Sleeps, woken by cancellation, and within a second when the source is destroyed. Throws HAULIER_CANCELLED.
  void rest(std::uint64_t ms);

  /// All batches of the partition up to its n-th one are durable. Any thread.
  void committed(std::string_view partition, std::uint64_t n);

 private:
  struct Further {
    Backoff backoff;
    AccountReader reader;
    std::optional<Error> error;
    std::thread thread;

    Further(AccountRun& run, SharedAccount shared)
        : reader(run.host_, run.config_, run.account_, run.transport_, shared, backoff, {false, nullptr, 0}) {}
  };

  void begin_pass(const PassOptions& options);
  void add_connections(BatchQueue& queue);
  void read(Further& further, BatchQueue& queue) noexcept;
  void join();
  void end_pass();
  void abandon_pass();
  void keep_connection();

  Host host_;
  const ImapConfig& config_;
  const AccountConfig& account_;
  Transport transport_;
  const StopSignal& stop_;
  Memory memory_;
  StoredIds stored_;
  AccountLimits limits_;
  std::atomic<std::uint64_t> commits_{0};
  Backoff backoff_;
  unsigned connections_;  ///< at most; less once the server refused one
  std::uint64_t messages_ = 0;

  // Of the pass that runs.
  std::unique_ptr<MailboxDispenser> mailboxes_;
  std::optional<AccountReader> first_;
  std::list<Further> further_;

  // Between two passes of --watch: the connection the account is watched on.
  std::optional<SignedIn> watched_;
  std::optional<MailboxName> busiest_;
  bool keep_ = false;
  bool watches_ = false;  ///< the server can tell of changes
};

}  // namespace haulier::imap
