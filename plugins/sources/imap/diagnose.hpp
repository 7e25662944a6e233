#pragma once
#include <chrono>
#include <exception>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config.hpp"
#include "haulier/diagnose.hpp"
#include "haulier/host.hpp"
#include "io/resolver.hpp"
#include "proto/transcript.hpp"
#include "sign_in.hpp"
#include "transport.hpp"

namespace haulier::imap {

/// What the rungs of one account's ladder share. Borrowed by them; one thread.
struct Examiner {
  Host host;
  const ImapConfig& config;
  const AccountConfig& account;
  const Transport& transport;
  Diagnosis& diagnosis;
  Transcript transcript;
  bool has_credential = false;
};

/// One account's ladder for `haulier doctor`: name look-up, TCP, TLS, greeting, abilities, sign-in, mailboxes, EXAMINE
/// of INBOX, limits. Every step is tried that can be, whatever became of those before it; one attempt each, a password
/// is sent once. Throws haulier::Error(HAULIER_CANCELLED) only.
void diagnose_account(Host host, const ImapConfig& config, const AccountConfig& account, const Transport& transport,
                      Diagnosis& diagnosis);

/// The rungs up to TLS. Returns true when a conversation can be tried, else `why` says what is missing.
[[nodiscard]] bool diagnose_network(Examiner& examiner, std::string& why);
/// All behind TLS.
void diagnose_dialogue(Examiner& examiner);

/// Runs one rung; what it throws becomes its FAIL. Returns false then.
[[nodiscard]] bool try_step(Examiner& examiner, std::string_view step, const std::function<void()>& rung);

}  // namespace haulier::imap
