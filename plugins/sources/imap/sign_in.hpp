#pragma once
#include <memory>
#include <optional>

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
};

[[nodiscard]] ServerProfile profile_of(const Capabilities& capabilities, Quirks quirks, IdPolicy id);

/// A new one for each connection, which nobody can guess.
[[nodiscard]] std::string tag_prefix(const Host& host);

struct SignedIn {
  std::unique_ptr<Conversation> conversation;
  ServerProfile profile;
  bool introduced = false;
};

/// Connects, encrypts, signs in. A refused token is refreshed once and tried once more; a refused password never is:
/// servers lock accounts. Throws IoError and ConnectionLost for what passes, haulier::Error for what does not
/// (HAULIER_NEEDS_AUTH with the sentence that tells what to do).
[[nodiscard]] SignedIn sign_in(Host host, const ImapConfig& config, const AccountConfig& account,
                               const Transport& transport);

/// Sends ID and ENABLE, as far as they are wanted here. Nobody needs to wait for the answers, but QRESYNC may be used
/// only behind the one to ENABLE, whose number this is.
std::optional<CommandId> introduce(SignedIn& server);

}  // namespace haulier::imap
