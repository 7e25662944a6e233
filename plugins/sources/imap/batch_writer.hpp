#pragma once
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "account_limits.hpp"
#include "config.hpp"
#include "haulier/batch.hpp"
#include "haulier/blob.hpp"
#include "haulier/host.hpp"
#include "place_batch.hpp"
#include "stored_ids.hpp"
#include "visit.hpp"

namespace haulier::imap {

/// Turns what a visit finds into batches: the bytes of a message go straight from the read buffer into a host blob, a
/// batch is cut at its limits and carries the mailbox's state as of that cut. One mailbox at a time. Owned by the
/// reader of an account.
class BatchWriter {
 public:
  /// `stored` and `shared` are borrowed and outlive the writer; without `shared` the state says nothing of the account.
  BatchWriter(Host host, const ImapConfig& config, std::string account, StoredIds& stored,
              AccountLimits* shared = nullptr)
      : host_(host), config_(config), account_(std::move(account)), stored_(stored), shared_(shared) {}

  /// True when the message whose bytes come next would make the batch too big: cut first.
  [[nodiscard]] bool must_cut_before(std::uint64_t size_bytes) const;
  /// `visit`: whose message it may be; null: nobody's.
  void begin_body(Visit* visit, const BodyBegin& begin);
  void body_bytes(std::string_view bytes);
  void end_body() { body_ended_ = writer_.has_value(); }
  [[nodiscard]] bool has_body() const { return body_ended_; }
  void drop_body();
  /// The body that was read, and what was kept of it before, waits for its next window.
  void keep_part(Visit& visit, std::uint32_t uid);
  void drop_part(Visit& visit, std::uint32_t uid);
  /// Before the sync of the visit hears that the connection is lost: keeps a body that breaks in the middle.
  void keep_cut_body(Visit& visit);

  /// Takes the body that was read.
  void message(Visit& visit, const FetchData& fetch);
  /// A further place of a message that is stored already.
  void place(Visit& visit, const FetchData& fetch);
  void flags(Visit& visit, const FetchData& fetch);
  /// Rejects, places found by fingerprint and vanished ones.
  void findings(Visit& visit);
  [[nodiscard]] bool full() const;

  /// Ends the batch, if there is something in it. `last`: ends it in any case, the visit is over.
  void cut(Visit& visit, bool last);
  [[nodiscard]] std::optional<Batch> take();
  [[nodiscard]] bool has_ready() const { return !ready_.empty(); }
  [[nodiscard]] std::uint64_t messages() const { return messages_; }

 private:
  void check_proof(Visit& visit, std::uint32_t uid, const Blob& raw);
  struct Ready {
    Batch batch;
    std::string partition;
    std::vector<std::uint64_t> ids;  ///< of its new messages
  };

  PlaceBatch& draft(const Visit& visit);
  void rebound(Visit& visit, const ReboundPlace& place);
  [[nodiscard]] PlacedMessage placed(const Visit& visit, const FetchData& fetch);
  [[nodiscard]] const std::string& flags_json(std::string_view flags);
  [[nodiscard]] PlaceStatus status_row(Visit& visit, bool last) const;

  Host host_;
  const ImapConfig& config_;
  std::string account_;
  StoredIds& stored_;
  AccountLimits* shared_;
  std::optional<PlaceBatch> draft_;
  std::vector<std::uint64_t> draft_ids_;
  std::deque<Ready> ready_;
  std::optional<BlobWriter> writer_;  ///< of the body that is being read
  BodyBegin begun_;
  bool body_ended_ = false;
  // Most messages of a mailbox carry the same flags as the one before.
  std::string last_flags_;
  std::string last_flags_json_;
  std::uint64_t messages_ = 0;
  std::uint64_t uncounted_bodies_ = 0;
  std::uint64_t uncounted_places_ = 0;
};

}  // namespace haulier::imap
