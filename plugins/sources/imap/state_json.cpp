#include "state_json.hpp"

#include <charconv>

#include "haulier/json.hpp"

namespace haulier::imap {
namespace {

constexpr std::int64_t kVersion = 1;

void member(std::string& out, std::string_view name) {
  if (out.size() > 1) out += ',';
  append_json_string(out, name);
  out += ':';
}

void text(std::string& out, std::string_view name, std::string_view value) {
  if (value.empty()) return;
  member(out, name);
  append_json_string(out, value);
}

void number(std::string& out, std::string_view name, std::int64_t value) {
  if (value == 0) return;
  member(out, name);
  out += std::to_string(value);
}

[[noreturn]] void damaged(std::string_view what) {
  throw Error(HAULIER_BAD_STATE, "the state of a mailbox is damaged: " + std::string(what));
}

std::uint64_t big(const Json& json, std::string_view name) {
  const auto& value = json[name];
  if (value.is_null()) return 0;
  const auto& digits = value.text();
  std::uint64_t out = 0;
  const auto result = std::from_chars(digits.data(), digits.data() + digits.size(), out);
  if (result.ec != std::errc{} || result.ptr != digits.data() + digits.size()) damaged(name);
  return out;
}

IntervalSet set(const Json& value, std::string_view name) {
  auto out = IntervalSet::parse(value.text());
  if (!out) damaged(name);
  return *std::move(out);
}

void write_pending(std::string& out, const MailboxState& state) {
  if (state.pending.empty()) return;
  member(out, "pending");
  std::string inner = "{";
  for (const auto& [uid, attempt] : state.pending) {
    member(inner, std::to_string(uid));
    inner += "{\"attempts\":" + std::to_string(attempt.attempts) + ",\"error\":";
    append_json_string(inner, attempt.error);
    inner += '}';
  }
  out += inner + '}';
}

void write_flags(std::string& out, const FlagLedger& flags) {
  if (flags.lists().empty()) return;
  member(out, "flags");
  std::string inner = "{";
  for (const auto& [list, uids] : flags.lists()) {
    member(inner, list);
    append_json_string(inner, uids.to_text());
  }
  out += inner + '}';
}

void write_old_epochs(std::string& out, const MailboxState& state) {
  if (state.old_epochs.empty()) return;
  member(out, "old_epochs");
  std::string inner;
  for (const auto& epoch : state.old_epochs) {
    inner += inner.empty() ? "{" : ",{";
    inner += "\"uidvalidity\":\"" + std::to_string(epoch.uidvalidity.value()) + "\",\"live\":\"" +
             epoch.live.to_text() + "\"}";
  }
  out += '[' + inner + ']';
}

}  // namespace

std::string write_state(const MailboxState& state, const AccountFacts& account) {
  std::string out = "{";
  number(out, "v", kVersion);
  if (state.known) {
    text(out, "uidvalidity", std::to_string(state.uidvalidity.value()));
    if (state.modseq.known()) text(out, "modseq", std::to_string(state.modseq.value()));
    number(out, "uidnext", static_cast<std::int64_t>(state.uidnext));
    if (state.complete) {
      member(out, "complete");
      out += "true";
    }
    number(out, "reconciled_us", state.reconciled_us);
    number(out, "flags_checked_us", state.flags_checked_us);
    number(out, "oldest_us", state.oldest_us);
    number(out, "shown_from_us", state.shown_from_us);
    text(out, "live", state.live.to_text());
    text(out, "quarantined", state.quarantined.to_text());
    write_pending(out, state);
    write_old_epochs(out, state);
    write_flags(out, state.flags);
    text(out, "ids", state.ids.to_text());
  }
  if (const auto facts = write_facts(account); !facts.empty()) {
    member(out, "account");
    out += facts;
  }
  return out += '}';
}

MailboxState read_state(const Json& json) {
  const auto version = json["v"].integer();
  if (version > kVersion)
    throw Error(HAULIER_BAD_STATE, "the state of a mailbox was written by a newer version of this program");
  if (version < 1) damaged("v");
  MailboxState state;
  if (json["uidvalidity"].is_null()) return state;
  state.known = true;
  state.uidvalidity = UidValidity(big(json, "uidvalidity"));
  state.modseq = ModSeq(big(json, "modseq"));
  state.uidnext = static_cast<std::uint64_t>(json["uidnext"].integer());
  state.complete = json["complete"].boolean();
  state.reconciled_us = json["reconciled_us"].integer();
  state.flags_checked_us = json["flags_checked_us"].integer();
  state.oldest_us = json["oldest_us"].integer();
  state.shown_from_us = json["shown_from_us"].integer();
  state.live = set(json["live"], "live");
  state.quarantined = set(json["quarantined"], "quarantined");
  for (const auto& [uid, attempt] : json["pending"].members()) {
    const auto uids = IntervalSet::parse(uid);
    if (!uids || uids->count() != 1) damaged("pending");
    state.pending[uids->first()] = {static_cast<std::uint32_t>(attempt["attempts"].integer()), attempt["error"].text()};
  }
  for (const auto& epoch : json["old_epochs"].items()) {
    state.old_epochs.push_back({UidValidity(big(epoch, "uidvalidity")), set(epoch["live"], "old_epochs")});
  }
  for (const auto& [list, uids] : json["flags"].members()) state.flags.restore(list, set(uids, "flags"));
  auto ids = IdLedger::parse(json["ids"].text());
  if (!ids) damaged("ids");
  state.ids = *std::move(ids);
  return state;
}

AccountFacts read_account(const Json& json) { return read_facts(json["account"]); }

}  // namespace haulier::imap
