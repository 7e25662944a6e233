#pragma once
#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "account_limits.hpp"
#include "batch_writer.hpp"
#include "haulier/batch.hpp"
#include "haulier/host.hpp"
#include "io/stop_signal.hpp"
#include "mailbox_dispenser.hpp"
#include "sign_in.hpp"
#include "sync/backoff.hpp"
#include "transport.hpp"
#include "visit.hpp"
#include "watch.hpp"

namespace haulier::imap {

/// What the connections of an account share in a pass. Owned by the account's run and outlives them.
struct SharedAccount {
  Memory& memory;  ///< the entry of a mailbox belongs to the connection that has it
  StoredIds& stored;
  AccountLimits& limits;  ///< how much all of them may ask for, and what is known of the server
  MailboxDispenser& mailboxes;
  const std::atomic<std::uint64_t>& commits;  ///< batches of the account that were ever committed
  const StopSignal& stop;
};

/// Reads mailboxes of one account over one connection, in one pass: the first one of a pass signs in and lists, then
/// each takes a mailbox after the other from the dispenser, reconnects and goes on after what was given out. Keeps
/// fetches in flight so that the server never idles, and opens the next mailbox while the last messages of this one are
/// on their way. One thread; owned by the account's run.
class AccountReader {
 public:
  struct Task {
    bool lists = true;  ///< the first connection of a pass: it lists, then calls `listed`
    std::function<void()> listed;
    std::uint64_t max_messages = 0;  ///< 0: all
  };
  /// `backoff` outlives a pass.
  AccountReader(Host host, const ImapConfig& config, const AccountConfig& account, Transport transport,
                SharedAccount shared, Backoff& backoff, Task task);

  /// The next batch; nullopt: this connection has nothing more to do. The pass is complete when the last one says so.
  /// Throws haulier::Error, when no other connection can go on; after a HAULIER_RETRY it goes on where it was.
  [[nodiscard]] std::optional<Batch> next();

  [[nodiscard]] std::uint64_t messages() const { return writer_.messages(); }

  /// A connection of the last pass that is still signed in: no new one is made.
  void use(SignedIn server) { server_ = std::move(server); }
  /// Before next(): keep the connection when the pass is complete, if the server can tell of changes by itself.
  void keep_connection() { keep_ = true; }
  /// Then: that connection, if there is one.
  [[nodiscard]] std::optional<SignedIn> take_connection();
  /// The mailbox with most new messages in this pass when `by_messages`, else INBOX, else the first one.
  [[nodiscard]] std::optional<MailboxName> busiest(bool by_messages) const;

 private:
  // EXAMINE and flags of a hundred mailboxes in one flight: servers without CONDSTORE cost no more round trips for 50
  // than for 1. Less where the server does not cope (limit_in_flight).
  static constexpr std::size_t kInFlightCommands = 256;

  struct Sent {
    CommandId command = 0;
    std::size_t visit = 0;
    std::optional<MailboxSync::StepId> step;  ///< none: EXAMINE
    bool resync = false;                      ///< of EXAMINE: with QRESYNC
    std::uint64_t expected_bytes = 0;         ///< of a set of bodies
    std::uint64_t expected_messages = 0;      ///< and how many they are by STATUS; 0: not known
    std::uint64_t messages = 0;
    std::uint64_t bytes = 0;
    std::string uids;  ///< of a set of bodies, for the audit
  };

  void begin();
  [[nodiscard]] SyncOptions sync_options() const;
  void sign_in_anew();
  void rest_until_tomorrow() const;
  void pause_for_the_day(const DayUsedUp& used_up);
  void plan_visits(Listing listing);
  void plan_unlisted(const std::set<std::string>& selectable, std::deque<Visit>& visits);
  void pump();
  void finish_pass(bool last);

  void submit_more();
  [[nodiscard]] bool submit_step(std::size_t index);
  void submit(std::size_t index, const Step& step);
  void open(std::size_t index);
  [[nodiscard]] bool room_for_bodies() const;
  [[nodiscard]] bool enough_for_the_link() const;
  [[nodiscard]] bool asked_for_the_day() const;

  void handle(const Event& event);
  void on_body_begin(const BodyBegin& begin);
  void on_body_too_long(const BodyTooLong& message);
  void on_new_message(Visit& visit, const Fetched& fetched);
  void on_fetched(const Fetched& fetched);
  void on_completed(const Completed& completed);
  void on_vanished(const VanishedUids& vanished);
  void on_examined(const Sent& sent, const Completed& completed, const Answer& answer);
  void demand_order(const Sent& sent);
  [[nodiscard]] bool settle_unlisted(std::size_t index, const Completed& completed, const Answer& answer);
  void on_step_answered(const Sent& sent, const Completed& completed, const Answer& answer);
  [[nodiscard]] Sent* sent_as(CommandId command);  ///< null when it is not in flight
  [[nodiscard]] Visit* selected();
  [[nodiscard]] Visit* resyncing(CommandId command);
  void open_again(std::size_t index);
  void leave(std::size_t index);
  void close(std::size_t index);
  [[nodiscard]] bool busy(std::size_t index) const;
  void remember(const Visit& visit);
  [[nodiscard]] bool limit_reached() const;
  [[nodiscard]] bool everything_closed() const;

  void lost(const std::string& reason, const ConnectionLost* said = nullptr);
  void learn_depth();
  void limit_depth(std::size_t in_flight);
  void lose_visits(const std::string& reason);
  void failed(const Error& error);
  void rest();
  [[nodiscard]] bool rests_with_the_account();
  [[nodiscard]] bool leave_to_others(const Error& error);
  [[nodiscard]] bool stopped() const;
  [[nodiscard]] std::size_t sets_in_flight() const;
  void disconnect();
  void note_traffic();

  Host host_;
  const ImapConfig& config_;
  const AccountConfig& account_;
  Transport transport_;
  Memory& memory_;
  const StoredIds& stored_;
  AccountLimits& shared_;
  MailboxDispenser& mailboxes_;
  const std::atomic<std::uint64_t>& commits_;
  const StopSignal& stop_;
  Backoff& backoff_;
  std::function<void()> on_listed_;
  std::uint64_t max_messages_;

  SignedIn server_;
  BatchWriter writer_;
  bool listed_;
  bool keep_ = false;
  bool done_ = false;
  bool answered_ = false;          ///< on this connection
  bool refused_ = false;           ///< the server has too many connections
  std::optional<Error> fault_;     ///< to be thrown once what is ready was given out
  std::uint64_t rest_ms_ = 0;      ///< to be waited before the next connection
  std::int64_t own_pause_us_ = 0;  ///< until when this connection was told to rest; monotonic

  std::deque<Visit>& visits_;        ///< the dispenser's; only those that were taken are ours
  std::vector<std::size_t> closed_;  ///< to be told once their batches were given out
  std::deque<std::size_t> to_open_;  ///< taken, or to be opened once more
  std::vector<std::size_t> open_;    ///< on this connection, in order; only the last one can be asked more
  std::optional<std::size_t> selected_;
  std::deque<Sent> sent_;
  std::optional<BodyBegin> put_off_body_;  ///< its bytes come next, once the full batch is out

  std::uint64_t seen_flights_ = 0;
  std::uint64_t seen_bytes_ = 0;
};

}  // namespace haulier::imap
