#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "proto/event.hpp"
#include "proto/interval_set.hpp"

namespace haulier::imap {

/// Messages that come in windows (RFC 9051 section 6.4.5, partial). Every body is asked for as its first window, so
/// that ordinary mail comes whole in one answer and costs nothing more; only where that answer is full, or shorter than
/// RFC822.SIZE says, the rest is asked for, several windows at once. What came is kept over a lost connection. No
/// number of the server is believed alone: a message ends where a window is short and its size is reached, or where the
/// window behind is empty. A value, used by one MailboxSync; the bytes themselves are kept by the reader.
class BigBodies {
 public:
  struct Limits {
    std::uint64_t window = std::uint64_t{16} << 20;
    std::uint64_t max_message = std::uint64_t{1} << 30;
  };
  /// What an answer means for the bytes that were collected so far.
  enum class Verdict {
    kComplete,  ///< they are the message
    kPart,      ///< they are its beginning: keep them
    kTooBig,    ///< it is longer than allowed: drop them
    kDropped    ///< they are not to be trusted: drop them, the message is asked for again
  };
  struct Ask {
    std::uint32_t uid = 0;
    std::optional<Window> window;  ///< nullopt: the whole message, from a server that cannot do windows
  };
  /// What became of an ask that was answered without a body.
  enum class Outcome { kFine, kMissing, kRefused };

  explicit BigBodies(Limits limits) : limits_(limits) {}

  /// With what a body is asked for at first.
  [[nodiscard]] Window first() const;

  /// The message to whose collected bytes those that begin now belong; nullopt: to none.
  [[nodiscard]] std::optional<std::uint32_t> continued_by(const BodyBegin& begin) const;
  /// A FETCH with a body, or with NIL for one of a message that is held. `collected`: its bytes were taken, as the
  /// continuation of what is held where continued_by() said so.
  [[nodiscard]] Verdict came(const FetchData& fetch, bool collected);
  /// The connection broke in the middle of a body: `bytes` of the message are kept. `size`: of the whole message, 0
  /// when unknown.
  void cut(std::uint32_t uid, std::uint64_t bytes, std::uint64_t size);

  [[nodiscard]] std::optional<Ask> next();
  /// The tagged answer to an ask.
  [[nodiscard]] Outcome answered(const Ask& ask, bool ok);
  /// Nothing that was asked will be answered. Returns the message that broke the connection three times without a new
  /// byte of it, which is given up.
  [[nodiscard]] std::optional<std::uint32_t> lost();

  void forget(const IntervalSet& uids);
  void clear() { held_.clear(); }
  [[nodiscard]] bool empty() const { return held_.empty(); }
  /// A window is in flight.
  [[nodiscard]] bool waits() const;
  [[nodiscard]] bool holds(std::uint32_t uid) const { return held_.contains(uid); }
  /// True while bytes of it are worth keeping.
  [[nodiscard]] bool has_part(std::uint32_t uid) const;
  [[nodiscard]] IntervalSet uids() const;
  /// What the server says of its length; 0: nothing.
  [[nodiscard]] std::uint64_t size_of(std::uint32_t uid) const;

 private:
  struct Held {
    std::uint64_t have = 0;    ///< bytes that the reader keeps
    std::uint64_t next = 0;    ///< offset of the next window to ask for
    std::uint64_t size = 0;    ///< as the server says; 0: it does not, or it lied
    std::uint64_t window = 0;  ///< smaller on servers that cut windows short
    std::vector<Window> asked;
    bool whole = false;  ///< windows do not work for it
    bool max_probed = false;
    unsigned faults = 0;
    unsigned losses = 0;
    std::uint64_t have_at_loss = 0;
  };
  using Entry = std::map<std::uint32_t, Held>::iterator;

  [[nodiscard]] Verdict first_came(std::uint32_t uid, const FetchData& fetch);
  [[nodiscard]] Verdict window_came(Entry entry, const FetchData& fetch, bool collected);
  [[nodiscard]] Verdict without_window_came(Entry entry, const FetchData& fetch);
  [[nodiscard]] Verdict judge_end(Entry entry, std::uint64_t came, const Window& asked);
  [[nodiscard]] Verdict start_over(Held& held);
  [[nodiscard]] static bool is_end(std::uint64_t length);
  [[nodiscard]] std::size_t parts() const;
  void hold(std::uint32_t uid, std::uint64_t have, std::uint64_t size);

  Limits limits_;
  std::map<std::uint32_t, Held> held_;
};

}  // namespace haulier::imap
