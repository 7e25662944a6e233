// What the server answers, and what it means for the mailboxes and the batches.
#include <algorithm>
#include <string>
#include <utility>

#include "account_reader.hpp"
#include "plain_text.hpp"
#include "sync/login_refusal.hpp"

namespace haulier::imap {
namespace {

// Courier and Dovecot have no code for it here; any other code, and words that mean a passing fault, say that something
// else is the matter.
bool says_that_it_is_gone(const Answer& answer) {
  return answer.condition == Condition::kNo && answer.reaction.kind == Reaction::Kind::kSkipMailbox &&
         (answer.code == Code::kNonExistent || answer.code == Code::kNone);
}

}  // namespace

AccountReader::Sent* AccountReader::sent_as(CommandId command) {
  const auto at = std::find_if(sent_.begin(), sent_.end(), [&](const Sent& sent) { return sent.command == command; });
  return at == sent_.end() ? nullptr : &*at;
}

Visit* AccountReader::selected() {
  // While the answer to the next EXAMINE is due, data still belongs to the mailbox before it.
  return selected_ && !visits_[*selected_].closed ? &visits_[*selected_] : nullptr;
}

void AccountReader::handle(const Event& event) {
  if (const auto* chunk = std::get_if<BodyChunk>(&event)) {
    writer_.body_bytes(chunk->bytes);
  } else if (const auto* begin = std::get_if<BodyBegin>(&event)) {
    on_body_begin(*begin);
  } else if (const auto* too_long = std::get_if<BodyTooLong>(&event)) {
    on_body_too_long(*too_long);
  } else if (std::get_if<BodyEnd>(&event)) {
    writer_.end_body();
  } else if (const auto* fetched = std::get_if<Fetched>(&event)) {
    on_fetched(*fetched);
  } else if (const auto* completed = std::get_if<Completed>(&event)) {
    on_completed(*completed);
  } else if (const auto* found = std::get_if<Found>(&event)) {
    const Sent* sent = sent_as(found->command);
    if (sent && sent->step) visits_[sent->visit].sync.found(*sent->step, found->result);
  } else if (const auto* exists = std::get_if<ExistsChanged>(&event)) {
    if (auto* visit = selected()) visit->sync.exists_changed(exists->count);
  } else if (const auto* vanished = std::get_if<VanishedUids>(&event)) {
    on_vanished(*vanished);
  } else if (std::get_if<ExpungeSeen>(&event)) {
    if (auto* visit = selected()) visit->sync.expunge_seen();
  }
}

void AccountReader::on_body_begin(const BodyBegin& begin) {
  auto* visit = selected();
  if (visit && writer_.must_cut_before(begin.origin.value_or(0) + begin.size)) {
    writer_.cut(*visit, false);
    remember(*visit);
    put_off_body_ = begin;
    return;
  }
  writer_.begin_body(visit, begin);
}

// From a server that does not know windows. The session ends here; the message is not asked for again.
void AccountReader::on_body_too_long(const BodyTooLong& message) {
  auto* visit = selected();
  const auto asks = [&](const Sent& sent) { return visit == &visits_[sent.visit] && sent.step && !sent.uids.empty(); };
  const auto at = std::find_if(sent_.begin(), sent_.end(), asks);
  if (at == sent_.end()) return;
  visit->sync.too_long(*at->step, message);
  writer_.findings(*visit);
}

void AccountReader::on_new_message(Visit& visit, const Fetched& fetched) {
  if (Sent* sent = sent_as(fetched.command)) {
    ++sent->messages;
    sent->bytes += fetched.data.body_size;
  }
  writer_.message(visit, fetched.data);
  ++visit.messages;
}

// The mailbox whose EXAMINE with QRESYNC is being answered by this data.
Visit* AccountReader::resyncing(CommandId command) {
  const Sent* sent = command == 0 ? nullptr : sent_as(command);
  return sent && sent->resync ? &visits_[sent->visit] : nullptr;
}

void AccountReader::on_vanished(const VanishedUids& vanished) {
  if (auto* opening = resyncing(vanished.command)) {
    opening->sync.resync_vanished(vanished.vanished.uids);
  } else if (auto* visit = selected(); visit && !vanished.vanished.earlier) {
    visit->sync.vanished_now(vanished.vanished.uids);
  }
}

void AccountReader::on_fetched(const Fetched& fetched) {
  if (auto* opening = resyncing(fetched.command)) {
    if (opening->sync.resync_fetched(fetched.data) == MailboxSync::Verdict::kFlags)
      writer_.flags(*opening, fetched.data);
    if (writer_.full()) writer_.cut(*opening, false);
    return;
  }
  auto* visit = selected();
  auto data = fetched.data;
  const bool has_body =
      writer_.has_body() && (data.body == FetchData::Body::kInline || data.body == FetchData::Body::kStreamed);
  if (visit && has_body) visit->early.fill(data);
  const auto verdict = visit ? visit->sync.fetched(data, has_body) : MailboxSync::Verdict::kNothing;
  if (verdict == MailboxSync::Verdict::kMessage) {
    on_new_message(*visit, {fetched.command, data});
  } else if (verdict == MailboxSync::Verdict::kPart) {
    if (Sent* sent = sent_as(fetched.command)) sent->bytes += data.body_size;
    writer_.keep_part(*visit, data.uid->value());
  } else if (verdict == MailboxSync::Verdict::kDropped) {
    writer_.drop_part(*visit, data.uid->value());
    writer_.findings(*visit);
  } else if (verdict == MailboxSync::Verdict::kPlace) {
    writer_.place(*visit, data);
  } else if (verdict == MailboxSync::Verdict::kFlags) {
    writer_.flags(*visit, data);
  } else if (visit && data.uid && !visit->sync.state().live.contains(data.uid->value())) {
    visit->early.note(data);
  }
  writer_.drop_body();
  if (visit && (writer_.full() || limit_reached())) {
    writer_.cut(*visit, false);
    remember(*visit);
  }
}

void AccountReader::on_completed(const Completed& completed) {
  const auto at =
      std::find_if(sent_.begin(), sent_.end(), [&](const Sent& sent) { return sent.command == completed.id; });
  if (at == sent_.end()) return;
  const Sent sent = std::move(*at);
  sent_.erase(at);
  writer_.drop_body();
  answered_ = true;
  const auto answer = Conversation::to_answer(completed);
  if (!sent.step) {
    on_examined(sent, completed, answer);
  } else {
    on_step_answered(sent, completed, answer);
  }
  // A mailbox that is no longer the last one opened cannot be asked any more.
  const bool is_open = std::find(open_.begin(), open_.end(), sent.visit) != open_.end();
  if (is_open && !busy(sent.visit) && open_.back() != sent.visit) leave(sent.visit);
}

void AccountReader::on_examined(const Sent& sent, const Completed& completed, const Answer& answer) {
  const auto index = sent.visit;
  auto& visit = visits_[index];
  host_.audit("imap.examine", {{"account", account_.name},
                               {"mailbox", visit.place.name.utf8()},
                               {"messages", std::to_string(completed.examination.exists)},
                               {"result", answer.ok() ? "ok" : answer.text}});
  demand_order(sent);
  if (visit.unlisted && settle_unlisted(index, completed, answer)) return;
  if (answer.ok()) {
    visit.examined = true;
    selected_ = index;
    visit.sync.examined(completed.examination);
    visit.drop_stale_parts();
    visit.early.clear();
    return;
  }
  selected_.reset();
  using Kind = Reaction::Kind;
  if (answer.reaction.kind == Kind::kReconnect || answer.reaction.kind == Kind::kPause) {
    throw ConnectionLost("EXAMINE: " + answer.text + std::string(not_connected_words(answer.text)), answer.reaction);
  }
  if (answer.reaction.kind == Kind::kSendId) {
    if (!server_.profile.send_id && config_.id == IdPolicy::kAuto) {
      shared_.learn([](AccountFacts& facts) { facts.needs_id = true; });
      throw ConnectionLost("the server wants to know this program's name (ID): " + answer.text);
    }
    throw Error(HAULIER_NEEDS_AUTH, account_.server.host + " does not let this program in: " + answer.text,
                server_.profile.send_id
                    ? "switch IMAP on for third-party programs in the web mailbox's settings"
                    : "set source.imap.id to always in the pipeline file: the server wants to know the "
                      "program's name (ID, RFC 2971) on every connection");
  }
  if (sent.resync && answer.condition == Condition::kBad) {
    // It says that it knows QRESYNC and does not: without, on this connection.
    server_.profile.qresync = false;
    visit.sync.resync_refused();
    open_again(index);
    return;
  }
  visit.problem = "cannot be opened: " + answer.text;
  host_.warning(account_.name + " / " + visit.place.name.utf8() + ": " + visit.problem);
  close(index);
}

// A mailbox is opened only behind everything that was asked of the one before (RFC 9051 section 5.5): what is not
// answered by now was lost, and what comes next must not be taken for it.
void AccountReader::demand_order(const Sent& sent) {
  const bool lost = std::any_of(sent_.begin(), sent_.end(), [&](const Sent& s) { return s.command < sent.command; });
  if (!lost) return;
  limit_depth(server_.conversation->session().outstanding());
  throw ConnectionLost("the server left a command unanswered");
}

// Returns false when the answer settles nothing.
bool AccountReader::settle_unlisted(std::size_t index, const Completed& completed, const Answer& answer) {
  auto& visit = visits_[index];
  if (answer.ok()) {
    // Hidden from the list, by a setting perhaps: neither gone nor to be read.
    visit.sync.exists_changed(completed.examination.exists);
  } else if (says_that_it_is_gone(answer)) {
    host_.info(account_.name + " / " + visit.place.name.utf8() + ": the mailbox is gone");
    visit.sync.mailbox_gone();
  } else {
    return false;
  }
  selected_.reset();
  close(index);
  return true;
}

void AccountReader::on_step_answered(const Sent& sent, const Completed& completed, const Answer& answer) {
  auto& visit = visits_[sent.visit];
  if (visit.closed || !visit.examined) return;
  if (!sent.uids.empty()) {
    host_.audit("imap.fetch", {{"account", account_.name},
                               {"mailbox", visit.place.name.utf8()},
                               {"uids", sent.uids},
                               {"messages", std::to_string(sent.messages)},
                               {"bytes", std::to_string(sent.bytes)},
                               {"result", answer.ok() ? "ok" : answer.text}});
  }
  if (!answer.ok()) {
    const auto kind = answer.reaction.kind;
    if (kind == Reaction::Kind::kReconnect || kind == Reaction::Kind::kPause) {
      throw ConnectionLost("the server refuses to go on: " + answer.text, answer.reaction);
    }
    host_.debug(account_.name + " / " + visit.place.name.utf8() + ": refused: " + answer.text);
  }
  Completed safe = completed;
  safe.text = answer.text;
  visit.sync.completed(*sent.step, safe, answer.reaction);
  visit.drop_stale_parts();
  writer_.findings(visit);
}

}  // namespace haulier::imap
