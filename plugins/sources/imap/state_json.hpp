#pragma once
#include <string>
#include <string_view>

#include "account_facts.hpp"
#include "haulier/json.hpp"
#include "sync/mailbox_state.hpp"

namespace haulier::imap {

/// The text form of a mailbox's state, version 1:
/// {"v":1,"uidvalidity":"7","uidnext":12,"modseq":"33","live":"1:9,11","complete":true, ...}. Absent fields are empty.
/// Numbers that may pass 53 bits are strings.
///
/// `account` is a guest in it: {"account":{"at":1, ...}}.
[[nodiscard]] std::string write_state(const MailboxState& state, const AccountFacts& account = {});

/// Throws haulier::Error(HAULIER_BAD_STATE) when it is damaged or written by a newer program.
[[nodiscard]] MailboxState read_state(const Json& json);
[[nodiscard]] inline MailboxState read_state(std::string_view text) { return read_state(Json::parse(text)); }
/// What the state says of the account; nothing when that is missing or not understood. Never throws for its content.
[[nodiscard]] AccountFacts read_account(const Json& json);
[[nodiscard]] inline AccountFacts read_account(std::string_view text) { return read_account(Json::parse(text)); }

}  // namespace haulier::imap
