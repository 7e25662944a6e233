#pragma once
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "batch_writer.hpp"
#include "haulier/batch.hpp"
#include "haulier/host.hpp"
#include "sign_in.hpp"
#include "transport.hpp"
#include "visit.hpp"
#include "watch.hpp"

namespace haulier::imap {

/// Reads one account in one pass: signs in, lists, visits each mailbox, reconnects and goes on after what was given
/// out. Keeps fetches in flight so that the server never idles, and opens the next mailbox while the last messages of
/// this one are on their way. One thread; owned by the source.
class AccountReader {
 public:
  AccountReader(Host host, const ImapConfig& config, const AccountConfig& account, Transport transport, Memory& memory,
                StoredIds& stored, AccountLimits& shared, std::uint64_t max_messages);

  /// The next batch; nullopt: the pass is complete. Throws haulier::Error; after a HAULIER_RETRY it goes on where it
  /// was.
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
  struct Sent {
    CommandId command = 0;
    std::size_t visit = 0;
    std::optional<MailboxSync::StepId> step;  ///< none: EXAMINE
    bool resync = false;                      ///< of EXAMINE: with QRESYNC
    std::uint64_t expected_bytes = 0;         ///< of a set of bodies
    std::uint64_t messages = 0;
    std::uint64_t bytes = 0;
    std::string uids;  ///< of a set of bodies, for the audit
  };

  void begin();
  [[nodiscard]] SyncOptions sync_options() const;
  void sign_in_anew();
  void rest_until_tomorrow() const;
  void pause_for_the_day(const DayUsedUp& used_up);
  void plan_visits(std::vector<Place> places);
  void pump();
  void finish_pass();

  void submit_more();
  [[nodiscard]] bool submit_step(std::size_t index);
  void submit(std::size_t index, const Step& step);
  void open(std::size_t index);
  [[nodiscard]] bool room_for_bodies() const;
  [[nodiscard]] bool asked_for_the_day() const;

  void handle(const Event& event);
  void on_body_begin(std::uint64_t size_bytes);
  void on_fetched(const Fetched& fetched);
  void on_completed(const Completed& completed);
  void on_vanished(const VanishedUids& vanished);
  void on_examined(const Sent& sent, const Completed& completed, const Answer& answer);
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

  void learn_depth(std::size_t in_flight);
  void lost(const std::string& reason, std::uint64_t pause_ms);
  void disconnect();
  void note_traffic();

  Host host_;
  const ImapConfig& config_;
  const AccountConfig& account_;
  Transport transport_;
  Memory& memory_;
  const StoredIds& stored_;
  AccountLimits& shared_;
  std::uint64_t max_messages_;

  SignedIn server_;
  BatchWriter writer_;
  bool listed_ = false;
  bool keep_ = false;
  bool done_ = false;
  std::optional<Error> fault_;  ///< to be thrown once what is ready was given out
  std::uint64_t rest_ms_ = 0;   ///< to be waited before the next connection

  std::vector<Visit> visits_;
  std::deque<std::size_t> to_open_;
  std::vector<std::size_t> open_;  ///< on this connection, in order; only the last one can be asked more
  std::optional<std::size_t> selected_;
  std::deque<Sent> sent_;
  std::optional<std::uint64_t> put_off_body_;  ///< its bytes come next, once the full batch is out

  std::uint64_t seen_flights_ = 0;
  std::uint64_t seen_bytes_ = 0;
  unsigned losses_in_row_ = 0;
  bool progress_ = false;
};

}  // namespace haulier::imap
