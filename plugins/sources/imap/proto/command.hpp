#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "proto/interval_set.hpp"
#include "proto/mailbox_name.hpp"
#include "proto/types.hpp"

namespace haulier::imap {

/// Every command this program can send. There is no SELECT, STORE, APPEND, COPY, MOVE, EXPUNGE, CLOSE, CREATE, DELETE,
/// RENAME or SUBSCRIBE, and a body is only ever asked for with BODY.PEEK: reading leaves no trace in the mailbox.
enum class Verb {
  kCapability,
  kNoop,
  kLogout,
  kStartTls,
  kLogin,
  kAuthenticate,
  kId,
  kEnable,
  kNamespace,
  kList,
  kStatus,
  kExamine,
  kUidSearch,
  kUidFetch,
  kIdle,
  kNotify,
  kCompress,
  kQuotaRoot
};

[[nodiscard]] std::string_view verb_name(Verb verb);

/// How literals may be sent: RFC 7888.
enum class LiteralMode { kSynchronising, kMinus, kPlus };

/// What a UID FETCH asks for; UID itself always comes.
enum class FetchItem : std::uint32_t {
  kFlags = 1,
  kInternalDate = 2,
  kSize = 4,
  kModSeq = 8,
  kEmailId = 16,
  kThreadId = 32,
  kGmMsgId = 64,
  kGmThrId = 128,
  kGmLabels = 256,
  kBody = 512,
  kMessageId = 1024  ///< the first 1000 octets of that header field
};
struct FetchItems {
  std::uint32_t bits = 0;
  constexpr FetchItems() = default;
  constexpr FetchItems(FetchItem item) : bits(static_cast<std::uint32_t>(item)) {}  // NOLINT: a set of one
  [[nodiscard]] constexpr bool has(FetchItem item) const { return (bits & static_cast<std::uint32_t>(item)) != 0; }
  friend constexpr FetchItems operator|(FetchItems a, FetchItems b) {
    a.bits |= b.bits;
    return a;
  }
  friend bool operator==(FetchItems, FetchItems) = default;
};
constexpr FetchItems operator|(FetchItem a, FetchItem b) { return FetchItems(a) | FetchItems(b); }

/// Which numbers STATUS is asked for; MESSAGES, UIDNEXT, UIDVALIDITY always.
struct StatusItems {
  bool unseen = false;
  bool highestmodseq = false;
  bool size = false;  ///< RFC 8438
};

/// A window of a body: BODY.PEEK[]<offset.size>.
struct Window {
  std::uint64_t offset;
  std::uint64_t size;
};

/// One command without its tag. Made only by the factories below; each throws std::invalid_argument for a value that
/// cannot be sent (CR, LF, NUL, an empty set).
class Command {
 public:
  [[nodiscard]] static Command capability() { return Command(Verb::kCapability); }
  [[nodiscard]] static Command noop() { return Command(Verb::kNoop); }
  [[nodiscard]] static Command logout() { return Command(Verb::kLogout); }
  [[nodiscard]] static Command starttls() { return Command(Verb::kStartTls); }
  [[nodiscard]] static Command login(std::string_view user, std::string_view password);
  /// `initial_response` in base64, only with SASL-IR. `exclusive`: nothing may be in flight behind it.
  [[nodiscard]] static Command authenticate(std::string_view mechanism,
                                            const std::optional<std::string>& initial_response, bool exclusive);
  /// RFC 2971; an empty list is refused by some servers, so it throws.
  [[nodiscard]] static Command id(const std::vector<std::pair<std::string, std::string>>& pairs);
  [[nodiscard]] static Command enable(std::string_view capabilities);
  /// Every mailbox; with `status` also its numbers in the same answer (LIST-STATUS, RFC 5819), with `special_use` what
  /// it is for (RFC 6154).
  [[nodiscard]] static Command list(std::string_view reference, std::string_view pattern,
                                    const std::optional<StatusItems>& status, bool special_use = false);
  [[nodiscard]] static Command name_space() { return Command(Verb::kNamespace); }
  [[nodiscard]] static Command status(const MailboxName& mailbox, StatusItems items);
  [[nodiscard]] static Command examine(const MailboxName& mailbox, bool condstore);
  /// With QRESYNC, which must be enabled: the answer also tells what changed and vanished since `point`. Throws for a
  /// point without both numbers.
  [[nodiscard]] static Command examine(const MailboxName& mailbox, const ResyncPoint& point);
  /// All UIDs, or those of `set` that exist; `extended`: RETURN (ALL), RFC 4731.
  [[nodiscard]] static Command uid_search_all(bool extended);
  [[nodiscard]] static Command uid_search(const IntervalSet& set, bool extended);
  [[nodiscard]] static Command uid_fetch(const IntervalSet& set, FetchItems items,
                                         std::optional<ModSeq> changed_since = std::nullopt,
                                         std::optional<Window> window = std::nullopt);

  /// RFC 9208: how much of its space the owner of the mailbox has used.
  [[nodiscard]] static Command quota_root(const MailboxName& mailbox);
  /// RFC 4978: raw DEFLATE both ways from behind its OK. Nothing may be in flight behind it.
  [[nodiscard]] static Command compress();
  /// RFC 2177; ended by Session::end_idle().
  [[nodiscard]] static Command idle();
  /// RFC 5465: tell what becomes of every mailbox of the account, and first how each of them is. `flags` only with
  /// CONDSTORE.
  [[nodiscard]] static Command notify(bool flags);
  [[nodiscard]] static Command notify_none();

  [[nodiscard]] Verb verb() const { return verb_; }
  [[nodiscard]] bool wants_body() const { return wants_body_; }
  [[nodiscard]] bool exclusive() const { return exclusive_; }
  /// Of an EXAMINE with QRESYNC.
  [[nodiscard]] const std::optional<ResyncPoint>& resync() const { return resync_; }
  /// The octets to send. More than one part: before each later one the client waits for "+".
  [[nodiscard]] std::vector<std::string> encode(std::string_view tag, LiteralMode mode) const;
  /// For traces: secrets are `***`.
  [[nodiscard]] std::string redacted() const;

 private:
  struct Piece {
    std::string text;
    bool literal = false;
    bool secret = false;
  };
  explicit Command(Verb verb);
  Command& add(std::string_view text);
  Command& add_astring(std::string_view value, bool secret = false);
  Command& add_mailbox(const MailboxName& mailbox);

  Verb verb_;
  bool wants_body_ = false;
  bool exclusive_ = false;
  std::optional<ResyncPoint> resync_;
  std::vector<Piece> pieces_;
};

}  // namespace haulier::imap
