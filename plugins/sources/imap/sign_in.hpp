#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "account_limits.hpp"
#include "config.hpp"
#include "conversation.hpp"
#include "haulier/host.hpp"
#include "sync/quirks.hpp"
#include "transport.hpp"

namespace haulier::imap {

/// What is known of a server once an account is signed in.
struct ServerProfile {
  Quirks quirks;
  bool condstore = false;
  bool qresync = false;
  bool enable = false;
  bool utf8 = false;  ///< UTF8=ACCEPT can be enabled
  bool esearch = false;
  bool object_id = false;
  bool gmail = false;
  bool list_status = false;
  bool status_size = false;
  bool list_special_use = false;  ///< LIST can be asked for roles; without, some servers tell them all the same
  bool name_space = false;
  bool send_id = false;
  bool idle = false;
  bool notify = false;
  bool compress = false;
};

/// LIST, and STATUS of mailboxes, that were sent and are not answered yet; see mailbox_catalogue.hpp.
struct AskedListing {
  CommandId list = 0;
  CommandId last = 0;  ///< of all that was sent with it
  bool with_status = false;
  bool special_use = false;
  std::set<std::string> asked;  ///< names, as they are sent, that STATUS was sent for
};

[[nodiscard]] ServerProfile profile_of(const Capabilities& capabilities, Quirks quirks, IdPolicy id);

/// Whether a listing would be asked for in the same way.
[[nodiscard]] bool ask_alike(const ServerProfile& a, const ServerProfile& b);

/// A new one for each connection, which nobody can guess.
[[nodiscard]] std::string tag_prefix(const Host& host);

/// Where the profile is from: what the server said behind the sign-in, what it said there another time, or what it said
/// before the sign-in, which is often less.
enum class ProfileFrom { kHeard, kRemembered, kGuessed };

struct SignedIn {
  std::unique_ptr<Conversation> conversation;
  ServerProfile profile;
  bool introduced = false;
  AccountLimits* shared = nullptr;  ///< what the account's connections have in common; null: nothing is remembered
  std::optional<AskedListing> listing;
  ProfileFrom profile_from = ProfileFrom::kHeard;  ///< kHeard again once it was checked against what the server says
  IdPolicy id = IdPolicy::kAuto;
  CommandId probe = 0;      ///< a NOOP right behind the sign-in: whether it is answered is not known yet
  bool went_ahead = false;  ///< commands were sent right behind the sign-in, trusting what is remembered
  CompressPolicy compress = CompressPolicy::kNever;  ///< kNever as well once it was asked for
};

/// Connects, encrypts, signs in. A refused token is refreshed once and tried once more; a refused password never is:
/// servers lock accounts. Throws IoError and ConnectionLost for what passes, haulier::Error for what does not
/// (HAULIER_NEEDS_AUTH with the sentence that tells what to do).
///
/// With `shared`, what it remembers of the server spares questions, and `ahead` may send what would come next in the
/// same flight: only a LOGIN or a PLAIN with its initial response is followed, never a token, whose refusal waits for a
/// line. What is remembered is checked against what the server says; when it was wrong, everything is asked as the
/// first time. Of a server that nobody knows, what it said before the sign-in is a guess: `ahead` is called with that,
/// together with the question for its capabilities.
[[nodiscard]] SignedIn sign_in(Host host, const ImapConfig& config, const AccountConfig& account,
                               const Transport& transport, AccountLimits* shared = nullptr,
                               const std::function<void(SignedIn&)>& ahead = nullptr);

/// Once the server has told its capabilities behind the sign-in: takes back what was only believed of it, and remembers
/// the rest. False: it was a guess, and the listing has to be asked for once more, as the server really is.
[[nodiscard]] bool settle_profile(SignedIn& server);

/// Sends COMPRESS (RFC 4978) when the config wants it, or leaves it to the program and the link is slow. At most once
/// on a connection; nothing is sent behind it before it is answered.
void compress_if_wanted(SignedIn& server);

/// COMPRESS may still be worth it, and only the speed of the link will tell: what is asked for meanwhile comes without.
[[nodiscard]] bool waits_for_link(const SignedIn& server);

/// Sends ID and ENABLE, as far as they are wanted here. Nobody needs to wait for the answers, but QRESYNC may be used
/// only behind the one to ENABLE, whose number this is.
std::optional<CommandId> introduce(SignedIn& server);

}  // namespace haulier::imap
