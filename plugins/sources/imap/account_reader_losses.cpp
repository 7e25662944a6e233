// How a connection is lost, what becomes of its mailboxes, and when it comes again.
#include <algorithm>
#include <string>
#include <utility>

#include "account_reader.hpp"
#include "plain_text.hpp"

namespace haulier::imap {
namespace {
constexpr std::uint64_t kRestSliceMs = 1000;  // of a rest that only the host can interrupt
}  // namespace

// What no new connection of this run cures. When it concerns only this connection, what was read is given out first.
void AccountReader::failed(const Error& error) {
  if (stops_all(error)) {
    disconnect();
    throw error;
  }
  lose_visits(error.what());
  fault_ = error;
}

// Throws when the run is to stop meanwhile.
void AccountReader::rest() {
  while (!stopped() && rest_ms_ > 0) {
    const auto slice = std::min(rest_ms_, kRestSliceMs);
    rest_ms_ -= slice;
    if (host_.wait_ms(slice)) break;
  }
  if (stopped()) throw Error(HAULIER_CANCELLED, "cancelled");
}

// True when another connection was told that the whole account has to rest.
bool AccountReader::rests_with_the_account() {
  const auto until_us = mailboxes_.paused_until();
  const auto left_us = until_us - host_.monotonic_us();
  if (!server_.conversation || until_us <= own_pause_us_ || left_us <= 0) return false;
  lose_visits("the account rests");
  rest_ms_ = static_cast<std::uint64_t>(left_us) / 1000 + 1;
  if (rest_ms_ > Backoff::kCapMs) {
    fault_ = Error::retry(account_.server.host + ": the account rests", std::exchange(rest_ms_, 0));
  }
  return true;
}

bool AccountReader::stopped() const { return host_.cancelled() || stop_.stopped(); }

// What concerns only this connection is no fault of the account while another one works.
bool AccountReader::leave_to_others(const Error& error) {
  if (stops_all(error) || !mailboxes_.quit(std::exchange(refused_, false))) return false;
  host_.warning(account_.name + ": one connection less: " + error.what());
  done_ = true;
  return true;
}

void AccountReader::disconnect() {
  server_.conversation.reset();
  writer_.drop_body();
  put_off_body_.reset();
  sent_.clear();
  selected_.reset();
}

// The visits are put off, what was read of them is given out.
void AccountReader::lose_visits(const std::string& reason) {
  if (server_.conversation) note_traffic();
  if (auto* visit = selected()) {
    writer_.keep_cut_body(*visit);
    writer_.cut(*visit, false);
    remember(*visit);
  }
  for (auto it = open_.rbegin(); it != open_.rend(); ++it) {
    visits_[*it].sync.connection_lost(plain_text(reason));
    visits_[*it].examined = false;
    writer_.cut(visits_[*it], false);
    to_open_.push_front(*it);
  }
  open_.clear();
  disconnect();
}

// Twice nothing was answered with so many commands in flight: some servers cannot do that. A pass that goes well allows
// for more again.
void AccountReader::learn_depth() {
  if (!server_.conversation || answered_ || server_.went_ahead || backoff_.in_a_row() == 0) return;
  const auto in_flight = server_.conversation->session().outstanding();
  if (in_flight >= 2) limit_depth(in_flight);
}

void AccountReader::limit_depth(std::size_t in_flight) {
  shared_.learn([in_flight](AccountFacts& facts) {
    facts.depth = static_cast<std::uint32_t>(std::max<std::size_t>(1, std::min(in_flight, kInFlightCommands) / 4));
  });
}

// `said`: what the server said about it, if it did.
void AccountReader::lost(const std::string& reason, const ConnectionLost* said) {
  learn_depth();
  lose_visits(reason);
  const std::string what = account_.server.host + ": " + plain_text(reason);
  const auto now = host_.monotonic_us();
  const auto wait_ms = backoff_.lost(now, commits_.load(), said ? said->pause_ms() : 0, host_.random());
  // One connection too many says nothing about the others.
  if (said && said->rests_account() && !said->too_many()) {
    own_pause_us_ = now + static_cast<std::int64_t>(wait_ms) * 1000;
    mailboxes_.pause_until(own_pause_us_);
  }
  if (said && said->too_many()) {
    refused_ = true;
    host_.count("haulier_imap_connections_refused_total", 1);
  }
  if (refused_ || backoff_.in_a_row() > config_.reconnects || wait_ms > Backoff::kCapMs) {
    fault_ = Error::retry(what, wait_ms);
    return;
  }
  host_.info(what + "; connecting again in " + std::to_string(wait_ms) + " ms");
  rest_ms_ = wait_ms;
}

}  // namespace haulier::imap
