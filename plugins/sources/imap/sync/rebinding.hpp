#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "proto/interval_set.hpp"
#include "proto/response.hpp"

namespace haulier::imap {

/// What a server without ids of its own tells of a message at any place it lies in.
struct Fingerprint {
  std::string message_id;  ///< without brackets
  std::int64_t internal_date_us = 0;
  std::uint64_t size = 0;  ///< RFC822.SIZE
};

/// An e-mail that the database has.
struct KnownEmail {
  std::string id;
  std::string raw_sha256;
};

/// For each fingerprint the one e-mail of the account that has it; none: there is none, or there are several.
using KnownEmails = std::function<std::vector<std::optional<KnownEmail>>(const std::vector<Fingerprint>& prints)>;

/// The id in a Message-ID field (RFC 5322 section 3.6.4), without brackets; empty when it has none that can be
/// compared.
[[nodiscard]] std::string message_id_of(std::string_view header_fields);

/// A new place of an e-mail that the database has: its body is not needed.
struct ReboundPlace {
  std::uint32_t uid = 0;
  std::optional<std::string> flags;
  std::int64_t internal_date_us = 0;
  ModSeq modseq;
  KnownEmail email;
};

/// Binds messages that lie at a new place to the e-mails they are, by fingerprint. Two messages may share one, so some
/// are fetched all the same and their hash is compared: the first three and every fiftieth. Nothing is bound while such
/// a proof is due; one that fails switches it off, and everything bound in this pass is to be fetched. A value, used by
/// one MailboxSync.
class Rebinding {
 public:
  static constexpr std::size_t kMaxWaiting = 5'000;

  /// A message of a step that asked for fingerprints.
  void seen(const FetchData& fetch);
  /// The step is answered: the messages whose bodies are to be fetched, because nobody knows them or as a proof.
  [[nodiscard]] IntervalSet decide(const KnownEmails& known);

  [[nodiscard]] bool is_proof(std::uint32_t uid) const { return proofs_.contains(uid); }
  /// The hash of a proof. False: it is another message than it seemed.
  [[nodiscard]] bool proved(std::uint32_t uid, std::string_view sha256);
  [[nodiscard]] bool proofs_due() const { return !proofs_.empty(); }
  [[nodiscard]] bool full() const { return waiting_.size() >= kMaxWaiting; }
  /// Matched and not bound yet.
  [[nodiscard]] IntervalSet held() const;

  /// Up to so many places that count as proven; they are bound from now on.
  [[nodiscard]] std::vector<ReboundPlace> take_proven(std::uint64_t max_count);
  /// From now on nothing is bound: what was, in this pass, and what waits.
  [[nodiscard]] IntervalSet switch_off();
  [[nodiscard]] bool off() const { return off_; }
  /// What waits, to be asked for again.
  [[nodiscard]] IntervalSet forget_waiting();

 private:
  static constexpr std::uint64_t kFirstProofs = 3;
  static constexpr std::uint64_t kProofEvery = 50;

  struct Candidate {
    ReboundPlace place;
    Fingerprint print;
  };
  std::vector<Candidate> candidates_;
  IntervalSet unfit_;  ///< answered without a usable fingerprint
  std::map<std::uint32_t, ReboundPlace> waiting_;
  std::map<std::uint32_t, std::string> proofs_;  ///< uid -> hash that its body must have
  IntervalSet bound_;                            ///< in this pass
  std::uint64_t matches_ = 0;
  bool off_ = false;
};

}  // namespace haulier::imap
