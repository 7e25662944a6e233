#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "haulier/json.hpp"

namespace haulier::imap {

/// What an account's server was found to be, remembered between runs inside the state of its mailboxes, so that a
/// sign-in need not ask again. Only ever a guess: whoever uses it checks it against what the server says. A value.
struct AccountFacts {
  std::int64_t at_us = 0;           ///< when it was noted, UTC; 0: nothing is known. Of several the newest counts
  std::string server;               ///< "host:port" it is about
  std::string before_login;         ///< capabilities inside TLS before the sign-in; empty: not known
  std::string after_login;          ///< and behind it
  bool told_at_login = false;       ///< the answer to the sign-in holds them, so nobody has to ask
  bool needs_id = false;            ///< it opens no mailbox before it was told this program's name (ID)
  std::optional<bool> takes_ahead;  ///< commands right behind a sign-in are answered; Cyrus and Courier lose them
  bool no_compress = false;         ///< COMPRESS went wrong here
  std::uint32_t depth = 0;          ///< commands in flight that went well after more did not; 0: no limit was found
  std::uint64_t link_bytes_per_second = 0;  ///< measured while messages came; 0: not known
  std::int64_t link_measured_us = 0;
  /// Hours since 1970 -> bytes received in them, of the last 24 hours.
  std::map<std::int64_t, std::uint64_t> hours;

  [[nodiscard]] bool known() const { return at_us != 0; }
  /// What the server announced is most of its octets, and does not change: one mailbox's row tells it for all.
  [[nodiscard]] bool announces() const { return !before_login.empty() || !after_login.empty(); }
  [[nodiscard]] bool announces_the_same(const AccountFacts& other) const;
  void copy_announced(const AccountFacts& from);
  friend bool operator==(const AccountFacts&, const AccountFacts&) = default;
};

/// What the rows of an account say together: of several the newest counts, and for what the server announced the newest
/// that tells it.
class FactsOfRows {
 public:
  void add(const std::string& mailbox, const AccountFacts& said);
  [[nodiscard]] AccountFacts facts() const;
  /// The mailbox whose row tells what the server announced; empty: none does.
  [[nodiscard]] std::string announced_in() const;

 private:
  AccountFacts newest_;
  AccountFacts announced_;
  std::string mailbox_;
};

/// {"at":1,"server":"imap.example.org:993","after":"IMAP4REV1 IDLE", ...}; at most about 9 KiB. Nothing for facts that
/// are not known.
[[nodiscard]] std::string write_facts(const AccountFacts& facts);

/// Whatever is not understood is left out: facts may be lost at any time, a state may not.
[[nodiscard]] AccountFacts read_facts(const Json& json);

}  // namespace haulier::imap
