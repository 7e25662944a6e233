#include "account_run.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace haulier::imap {
namespace {
constexpr std::uint64_t kSettleMs = 500;      // several messages at once make one pass
constexpr std::uint64_t kRestSliceMs = 1000;  // of a rest that only the host can interrupt
}  // namespace

AccountRun::AccountRun(Host host, const ImapConfig& config, const AccountConfig& account, Transport transport,
                       const StopSignal& stop, const FactsOfRows& remembered, bool patient)
    : host_(host),
      config_(config),
      account_(account),
      transport_(std::move(transport)),
      stop_(stop),
      limits_(host, account.limits, remembered.facts(), patient),
      connections_(std::min(config.connections, account.server.max_connections)) {
  limits_.announced_in(remembered.announced_in());
}

AccountRun::~AccountRun() { join(); }

void AccountRun::give_up_pass() {
  if (!further_.empty()) abandon_pass();
}

void AccountRun::committed(std::string_view partition, std::uint64_t n) {
  if (stored_.committed(partition, n)) commits_.fetch_add(1);
}

std::optional<Batch> AccountRun::next(const PassOptions& options) {
  if (!first_) begin_pass(options);
  try {
    if (auto batch = first_->next()) return batch;
    join();
    for (const auto& further : further_) {
      if (further.error) throw Error(*further.error);
    }
  } catch (const Error& error) {
    // Alone it goes on where it was; several begin with a new list, from what is remembered.
    if (error.status() != HAULIER_RETRY || !further_.empty()) abandon_pass();
    throw;
  }
  end_pass();
  return std::nullopt;
}

void AccountRun::begin_pass(const PassOptions& options) {
  mailboxes_ = std::make_unique<MailboxDispenser>(options.queue ? connections_ : 1);
  AccountReader::Task task;
  task.max_messages = options.max_messages;
  if (options.queue) task.listed = [this, queue = options.queue] { add_connections(*queue); };
  first_.emplace(host_, config_, account_, transport_,
                 SharedAccount{memory_, stored_, limits_, *mailboxes_, commits_, stop_}, backoff_, std::move(task));
  keep_ = options.keep;
  if (keep_) first_->keep_connection();
  if (watched_) first_->use(*std::exchange(watched_, std::nullopt));
}

void AccountRun::add_connections(BatchQueue& queue) {
  for (unsigned n = 1; n < mailboxes_->connections(); ++n) {
    auto& further =
        further_.emplace_back(*this, SharedAccount{memory_, stored_, limits_, *mailboxes_, commits_, stop_});
    if (keep_) further.reader.keep_connection();
    mailboxes_->join();
    further.thread = std::thread([this, &further, &queue] { read(further, queue); });
  }
}

void AccountRun::read(Further& further, BatchQueue& queue) noexcept {
  try {
    while (auto batch = further.reader.next()) {
      if (!queue.push(std::move(*batch))) throw Error(HAULIER_CANCELLED, "cancelled");
    }
    return;
  } catch (const Error& error) {
    further.error = error;
  } catch (const std::exception& error) {
    further.error = Error(HAULIER_FATAL, error.what());
  }
  mailboxes_->fail();
}

void AccountRun::join() {
  for (auto& further : further_) {
    if (further.thread.joinable()) further.thread.join();
  }
}

void AccountRun::keep_connection() {
  watched_ = first_->take_connection();
  for (auto& further : further_) {
    if (!watched_) watched_ = further.reader.take_connection();
  }
  watches_ = watches_ || watched_;
  const bool first = !busiest_;
  std::uint64_t messages = first_->messages();
  for (auto& further : further_) messages += further.reader.messages();
  // In the first pass everything is new: that says nothing about where mail arrives.
  if (first || messages > 0) busiest_ = first_->busiest(!first);
}

void AccountRun::end_pass() {
  keep_connection();
  abandon_pass();
}

void AccountRun::abandon_pass() {
  mailboxes_->fail();
  join();
  if (const auto allowed = mailboxes_->allowed(); allowed && *allowed < connections_) {
    connections_ = *allowed;
    host_.warning(account_.server.host + " lets " + account_.name + " have " + std::to_string(connections_) +
                  " connections at once: no more are made in this run");
  }
  messages_ = first_->messages();
  for (const auto& further : further_) messages_ += further.reader.messages();
  first_.reset();
  further_.clear();
  mailboxes_.reset();
}

void AccountRun::rest(std::uint64_t ms) {
  while (!stop_.stopped() && ms > 0) {
    const auto slice = std::min(ms, kRestSliceMs);
    ms -= slice;
    if (host_.wait_ms(slice)) break;
  }
  if (stop_.stopped() || host_.cancelled()) throw Error(HAULIER_CANCELLED, "cancelled");
}

// A connection that is lost meanwhile costs a rest, so that a server that cuts every IDLE is not signed in to without
// end; the next pass makes a new one.
void AccountRun::wait_for_next_pass() {
  std::uint64_t rest_ms = config_.poll_interval_ms;
  const auto lost = [&](const char* what, std::uint64_t hint_ms) {
    watched_.reset();
    rest_ms = std::min(rest_ms, backoff_.lost(host_.monotonic_us(), commits_.load(), hint_ms, host_.random()));
    host_.info(account_.name + " / " + account_.server.host + ": " + what + "; connecting again in " +
               std::to_string(rest_ms) + " ms");
  };
  if (watched_ && busiest_) {
    try {
      const std::chrono::milliseconds interval(config_.poll_interval_ms);
      rest_ms = wait_for_change(*watched_, memory_, *busiest_, interval) ? kSettleMs : 0;
    } catch (const IoError& error) {
      if (error.kind() == IoError::Kind::kCancelled) throw Error(HAULIER_CANCELLED, "cancelled");
      lost(error.what(), 0);
    } catch (const ConnectionLost& error) {
      lost(error.what(), error.pause_ms());
    }
  } else if (watches_) {
    // The pass lost its connection at its end: a new one to watch on is not worth a whole interval.
    rest_ms = std::min(rest_ms, backoff_.lost(host_.monotonic_us(), commits_.load(), 0, host_.random()));
  }
  rest(rest_ms);
}

}  // namespace haulier::imap
