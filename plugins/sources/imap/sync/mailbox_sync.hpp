#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sync/big_bodies.hpp"
#include "sync/body_queue.hpp"
#include "sync/mailbox_state.hpp"
#include "sync/partial_view.hpp"
#include "sync/reaction.hpp"
#include "sync/resync.hpp"
#include "sync/step.hpp"

namespace haulier::imap {

/// One mailbox in one pass: from what is remembered and what the server says to what is asked next and what the answers
/// mean. Pure: no socket, no clock. Its rule: a UID that is missing from an answer proves nothing; the count of what is
/// stored must equal EXISTS, else everything is listed, and a list that does not fit EXISTS is asked for a second time
/// with another command. Owned and driven by the reader of an account.
class MailboxSync {
 public:
  /// What one FETCH means for the tables.
  enum class Verdict {
    kMessage,  ///< a new message: store it
    kPart,     ///< a part of a new message: keep its bytes
    kDropped,  ///< of no use: drop the bytes that were kept of it, too
    kPlace,    ///< a new place of a message that is stored already: its body is not needed
    kFlags,    ///< a known message: its flags may have changed
    kNothing
  };
  struct VanishedPlaces {
    UidValidity uidvalidity;
    IntervalSet uids;
  };
  struct Reject {
    std::uint32_t uid;
    std::string reason;
  };
  using StepId = std::uint32_t;

  MailboxSync(MailboxState state, SyncOptions options, std::optional<StatusNumbers> hint);

  /// True when STATUS proves that nothing can have changed: the mailbox need not be examined.
  [[nodiscard]] bool nothing_to_do() const;

  /// What EXAMINE may carry to learn at once what changed and vanished (QRESYNC); nullopt: a plain one.
  [[nodiscard]] std::optional<ResyncPoint> resync_point() const;
  /// What to send right behind EXAMINE, before its answer is there. `resync`: EXAMINE carries the point.
  [[nodiscard]] std::vector<Step> opening(bool resync = false);
  /// The answer to EXAMINE with a point, before examined(): a FETCH, a VANISHED (EARLIER).
  [[nodiscard]] Verdict resync_fetched(const FetchData& fetch);
  void resync_vanished(const IntervalSet& uids);
  /// EXAMINE with a point was refused: from now on without.
  void resync_refused();
  void examined(const Examination& examination);
  /// It is not there any more, instead of examined(): all its places are vanished.
  void mailbox_gone();
  /// The next thing to ask, once examined; nullopt: wait for answers, or done.
  [[nodiscard]] std::optional<Step> next_step();
  /// Every step that is sent gets a number; its answers name it.
  [[nodiscard]] StepId sent(Step step);

  /// `has_body`: its bytes were taken; a window's when continued_by() named a message.
  [[nodiscard]] Verdict fetched(const FetchData& fetch, bool has_body);
  /// The message of which a part was kept that goes on with the bytes that begin now.
  [[nodiscard]] std::optional<std::uint32_t> continued_by(const BodyBegin& begin) const;
  /// True while the bytes kept of this message are of use.
  [[nodiscard]] bool has_part(std::uint32_t uid) const { return big_.has_part(uid); }
  /// A message is about to come that is too long to be taken; `step` asked for it.
  void too_long(StepId step, const BodyTooLong& message);
  /// Before connection_lost(): it breaks in the middle of a body, of which `bytes` are kept.
  void body_cut(std::uint32_t uid, std::uint64_t bytes, std::uint64_t message_size);
  void found(StepId step, const SearchResult& result);
  void exists_changed(std::uint64_t count) { exists_ = count; }
  void expunge_seen();
  /// VANISHED without EARLIER: they went away just now.
  void vanished_now(const IntervalSet& uids);
  void completed(StepId step, const Completed& answer, const Reaction& reaction);
  /// The connection or the mailbox is gone: what was not answered is to be asked again after the next EXAMINE.
  void connection_lost(std::string_view reason);

  /// Places to be marked vanished, at most `max_count`; they leave the state as they are taken.
  [[nodiscard]] std::optional<VanishedPlaces> take_vanished(std::uint64_t max_count);
  /// Messages to be quarantined; part of the state as they are taken.
  [[nodiscard]] std::vector<Reject> take_rejects();

  /// Whether this message, which arrives with its body, was fetched as a proof; then proved() has to be told its hash.
  [[nodiscard]] bool is_proof(std::uint32_t uid) const { return rebinding_.is_proof(uid); }
  /// False: rebinding by fingerprint is off for this pass, and what was bound is fetched.
  bool proved(std::uint32_t uid, std::string_view sha256);
  /// New places of e-mails that the database has; part of the state as they are taken.
  [[nodiscard]] std::vector<ReboundPlace> take_rebound(std::uint64_t max_count);

  /// Nothing is left to ask. The state is that of a finished pass once the vanished and the rejects are taken, too.
  [[nodiscard]] bool finished() const { return phase_ == Phase::kDone; }
  /// True when, as far as can be foreseen, the answers that are due are the last ones: the next mailbox may be opened.
  [[nodiscard]] bool likely_last() const;
  /// Why the pass ended early; empty when it is fine.
  [[nodiscard]] const std::string& problem() const { return problem_; }

  /// Whether the server seems to show the whole mailbox.
  [[nodiscard]] PartialView partial_view() const;

  [[nodiscard]] const MailboxState& state() const { return state_; }
  [[nodiscard]] std::uint64_t messages_total() const { return exists_; }
  [[nodiscard]] bool plain_items() const { return plain_items_; }
  /// For sizing fetch sets: bytes of a message that arrived.
  void measured(std::uint64_t size_bytes);
  [[nodiscard]] std::uint64_t average_bytes() const;

 private:
  static constexpr std::size_t kMaxReasonBytes = 200;
  enum class Phase { kUnexamined, kFetching, kDone };
  struct InFlight {
    Step step;
    IntervalSet listed;
    bool found = false;
  };

  [[nodiscard]] bool same_epoch(UidValidity other) const;
  [[nodiscard]] bool fresh() const;
  [[nodiscard]] std::optional<Step> flags_step();
  [[nodiscard]] std::optional<Step> tail_step();
  [[nodiscard]] std::optional<Step> listing_step();
  [[nodiscard]] std::optional<Step> coverage_step();
  void judge_vanished();
  [[nodiscard]] bool is_mass(const IntervalSet& uids) const;
  [[nodiscard]] Verdict flags_seen(const FetchData& fetch);
  [[nodiscard]] std::optional<Step> bodies_step();
  [[nodiscard]] std::optional<Step> window_step();
  [[nodiscard]] Verdict body_came(const FetchData& fetch, bool has_body);
  void window_completed(const InFlight& done, const Completed& answer, const Reaction& reaction);
  void reject_too_big(std::uint32_t uid, std::uint64_t size);
  [[nodiscard]] std::optional<Step> identify_step();
  [[nodiscard]] bool identifies() const;
  [[nodiscard]] bool can_rebind() const;
  [[nodiscard]] bool rebinds_fresh() const;
  [[nodiscard]] bool rebinds() const;
  [[nodiscard]] Step fingerprint_step();
  void want(const IntervalSet& uids);
  [[nodiscard]] bool is_asked_about(std::uint32_t uid) const;
  [[nodiscard]] Verdict identified(const FetchData& fetch);
  void settle(const FetchData& fetch);
  void note_date(std::int64_t date_us);
  void identify_completed(const InFlight& done, bool ok);
  void fingerprint_completed(const InFlight& done, bool ok);
  void fetch_rebound();
  [[nodiscard]] Step search_step();
  [[nodiscard]] std::uint64_t set_size() const;
  [[nodiscard]] std::uint64_t known_count() const;
  [[nodiscard]] bool count_fits() const;
  [[nodiscard]] bool reconcile_due() const;
  [[nodiscard]] bool expunge_predicted() const;
  [[nodiscard]] std::uint32_t known_end() const;
  void begin_epoch();
  void settle_failures();
  void compare_with_server();
  void bodies_completed(const InFlight& done, const Completed& answer, const Reaction& reaction);
  void probed(const IntervalSet& asked, const IntervalSet& present);
  void listing_completed(InFlight done, bool ok);
  void finish();

  MailboxState state_;
  SyncOptions options_;
  std::optional<StatusNumbers> hint_;
  Phase phase_ = Phase::kUnexamined;
  Examination examination_;
  std::uint64_t exists_ = 0;
  std::uint64_t expunged_ = 0;  ///< since EXAMINE
  BodyQueue bodies_;
  BigBodies big_;
  Rebinding rebinding_;
  IntervalSet rebound_;       ///< bound by fingerprint in this pass
  IntervalSet unidentified_;  ///< to be identified before their bodies are asked for
  std::map<StepId, InFlight> in_flight_;
  StepId last_step_ = 0;
  std::uint64_t tail_from_ = 0;        ///< next UID to be asked for without knowing what is there; 0: not this way
  std::optional<IntervalSet> server_;  ///< what the server lists, once it was asked
  Resync resync_;
  IntervalSet told_gone_;  ///< stored, and the server said VANISHED: believed when the count fits without
  IntervalSet suspects_;   ///< stored, but not in the list
  IntervalSet vanished_;   ///< believed
  bool searched_ = false;
  bool search_failed_ = false;
  bool listed_by_fetch_ = false;
  bool flags_done_ = false;
  bool changes_refused_ = false;
  bool resync_refused_ = false;
  bool identify_refused_ = false;
  bool force_search_ = false;
  bool all_seen_ = false;  ///< this pass compared everything
  bool plain_items_ = false;
  std::vector<Reject> rejects_;
  std::string problem_;
  std::uint64_t measured_messages_ = 0;
  std::uint64_t measured_bytes_ = 0;
};

}  // namespace haulier::imap
