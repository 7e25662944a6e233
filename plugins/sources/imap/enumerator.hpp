#pragma once
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "config.hpp"
#include "haulier/enumerate.hpp"
#include "haulier/host.hpp"
#include "mailbox_catalogue.hpp"
#include "mime/sha256.hpp"
#include "sign_in.hpp"
#include "sync/mailbox_state.hpp"
#include "transport.hpp"
#include "watch.hpp"

namespace haulier::imap {

/// Lists what every mailbox of every account holds now, for `haulier verify`: EXAMINE and one FETCH of UIDs and sizes
/// per mailbox, several of them in flight; of some messages also the hash of their bytes, which are not kept. Changes
/// nothing and remembers nothing. Holds the UIDs of the mailboxes in flight, 16 bytes each. One thread; owned by the
/// source.
class Enumerator {
 public:
  using MakeTransport = std::function<Transport(const AccountConfig& account)>;

  /// `memories`: what was committed last, by account. `contents`: how many messages of a mailbox are hashed. The
  /// references outlive it.
  Enumerator(Host host, const ImapConfig& config, const MakeTransport& make_transport,
             std::map<std::string, Memory> memories, std::uint64_t contents);

  /// The next page; nullopt: that was all. Throws haulier::Error; after HAULIER_RETRY it goes on where it was.
  [[nodiscard]] std::optional<PlacePage> next();

 private:
  struct Message {
    std::uint64_t size = 0;
    bool has_size = false;
    std::string sha256;  ///< empty: not read
  };
  /// A mailbox whose pages were not all given yet.
  struct Listing {
    std::string name;            ///< as in the tables
    std::optional<Place> place;  ///< none: remembered, and not listed any more
    bool listed = false;         ///< everything about it is known
    bool refused = false;        ///< cannot be opened
    CommandId examine = 0, list = 0;
    Examination examination;
    std::map<std::uint32_t, Message> messages;
  };

  void start_account();
  void look();
  void submit_more();
  void handle(const Event& event);
  void look_again(Listing& listing);
  void read_contents(Listing& listing);
  [[nodiscard]] IntervalSet sample(const Listing& listing);
  void examine(Listing& listing);
  [[nodiscard]] PlacePage page(Listing& listing);
  [[nodiscard]] std::uint8_t standing(const Listing& listing, std::uint32_t uid) const;
  void end_account();
  void forget_connection();

  Host host_;
  const ImapConfig& config_;
  const MakeTransport& make_transport_;
  std::map<std::string, Memory> memories_;
  std::uint64_t contents_;

  std::size_t next_account_ = 0;
  const AccountConfig* account_ = nullptr;
  SignedIn server_;
  bool catalogued_ = false;
  std::deque<Listing> mailboxes_;       ///< of the account, in order; the first one is given next
  std::optional<std::uint32_t> given_;  ///< of the first one, the last UID that was given
  mime::Sha256 sha256_;
  std::string body_sha256_;
};

}  // namespace haulier::imap
