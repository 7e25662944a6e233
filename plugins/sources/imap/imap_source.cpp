#include "imap_source.hpp"

#include <algorithm>
#include <utility>

#include "haulier/json.hpp"
#include "mail_streams.hpp"
#include "mailbox_catalogue.hpp"
#include "provider_presets_text.hpp"
#include "state_json.hpp"

namespace haulier::imap {
namespace {

// How a failure in words becomes one for the host, outside a pass: nothing is tried again here.
template <class F>
void once(const AccountConfig& account, F&& action) {
  try {
    action();
  } catch (const IoError& error) {
    throw to_error(error, account.server);
  } catch (const ConnectionLost& error) {
    throw Error::retry(account.server.host + ": " + error.what(), error.pause_ms());
  }
}

std::uint64_t to_read(const Remembered& remembered, const std::optional<StatusNumbers>& status) {
  if (!status || !status->messages) return 0;
  const auto& state = remembered.state;
  const bool other_epoch = status->uidvalidity && UidValidity(*status->uidvalidity) != state.uidvalidity;
  if (!state.known || other_epoch) return *status->messages;
  const auto stored = state.live.count();
  if (state.complete && status->uidnext && *status->uidnext > state.uidnext) {
    return std::min(*status->uidnext - state.uidnext, *status->messages);
  }
  return *status->messages > stored ? *status->messages - stored : 0;
}

}  // namespace

ImapSource::ImapSource(Config config, Host host) : ImapSource(config, host, nullptr) {
  const int cancel_fd = host_.cancel_fd();
  make_transport_ = [this, cancel_fd](const AccountConfig& account) {
    return make_transport(account.server, config_.timeouts, cancel_fd);
  };
}

ImapSource::ImapSource(const Config& config, Host host, MakeTransport make_transport)
    : host_(host), config_(read_config(config, provider_presets)), make_transport_(std::move(make_transport)) {}

void ImapSource::declare(Schema& streams) { declare_mail_streams(streams); }

void ImapSource::open(const SourceOptions& options, BatchView state) {
  options_ = options;
  memories_.clear();
  stored_.clear();
  std::map<std::string, AccountFacts> facts;
  for (std::uint64_t i = 0; i < state.size(); ++i) {
    const auto row = state[i];
    auto& remembered =
        memories_[std::string(row.text(sync_status::kAccount))][std::string(row.text(sync_status::kMailbox))];
    remembered.state = read_state(row.text(sync_status::kState));
    auto said = read_account(row.text(sync_status::kState));
    auto& newest = facts[std::string(row.text(sync_status::kAccount))];
    if (said.at_us > newest.at_us) newest = std::move(said);
    stored_[std::string(row.text(sync_status::kAccount))].add(remembered.state.ids);
    remembered.last_success_us = row.integer(sync_status::kLastSuccessAt);
  }
  for (const auto& account : config_.accounts) {
    shared_[account.name] =
        std::make_unique<AccountLimits>(host_, account.limits, std::move(facts[account.name]), options.watch);
  }
}

void ImapSource::committed(std::string_view partition, std::uint64_t n) {
  for (auto& [account, ids] : stored_) ids.committed(partition, n);
}

bool ImapSource::start_next_account() {
  const bool limited = options_.max_records > 0 && messages_ >= options_.max_records;
  if (next_account_ == config_.accounts.size() || limited) return false;
  const auto& account = config_.accounts[next_account_++];
  const std::uint64_t left = options_.max_records > 0 ? options_.max_records - messages_ : 0;
  reader_.emplace(host_, config_, account, make_transport_(account), memories_[account.name], stored_[account.name],
                  *shared_[account.name], left);
  if (options_.watch && config_.accounts.size() == 1) reader_->keep_connection();
  if (watched_) reader_->use(*std::exchange(watched_, std::nullopt));
  return true;
}

void ImapSource::keep_connection() {
  watched_ = reader_->take_connection();
  // In the first pass everything is new: that says nothing about where mail arrives.
  const bool first = !busiest_;
  if (first || reader_->messages() > 0) busiest_ = reader_->busiest(!first);
}

// Until the server tells of a change, or for the poll interval. A connection that is lost meanwhile costs a short rest,
// so that a server that cuts every IDLE is not signed in to without end; the next pass makes a new one.
void ImapSource::wait_for_next_pass() {
  constexpr std::uint64_t kSettleMs = 500;  // several messages at once make one pass
  constexpr std::uint64_t kLostMs = 20'000;
  std::uint64_t rest_ms = config_.poll_interval_ms;
  if (watched_ && busiest_) {
    try {
      const auto& memory = memories_[config_.accounts.front().name];
      const std::chrono::milliseconds interval(config_.poll_interval_ms);
      rest_ms = wait_for_change(*watched_, memory, *busiest_, interval) ? kSettleMs : 0;
    } catch (const IoError& error) {
      if (error.kind() == IoError::Kind::kCancelled) throw Error(HAULIER_CANCELLED, "cancelled");
      watched_.reset();
      host_.info(config_.accounts.front().server.host + ": " + error.what());
      rest_ms = std::min(rest_ms, kLostMs + host_.random() % kLostMs);
    } catch (const ConnectionLost& error) {
      watched_.reset();
      host_.info(config_.accounts.front().server.host + ": " + error.what());
      rest_ms = std::min(rest_ms, std::max(error.pause_ms(), kLostMs + host_.random() % kLostMs));
    }
  }
  if (rest_ms > 0 && host_.wait_ms(rest_ms)) throw Error(HAULIER_CANCELLED, "cancelled");
}

void ImapSource::note_failure(const Error& error) {
  host_.error(error.what());
  if (!failure_) failure_ = error;
}

std::optional<Batch> ImapSource::read() {
  for (;;) {
    if (!reader_ && !start_next_account()) {
      next_account_ = 0;
      messages_ = 0;
      if (failure_) {
        const Error failure = *std::exchange(failure_, std::nullopt);
        throw failure;
      }
      if (!options_.watch) return std::nullopt;
      wait_for_next_pass();
      continue;
    }
    try {
      if (auto batch = reader_->next()) return batch;
      messages_ += reader_->messages();
      keep_connection();
      reader_.reset();
    } catch (const Error& error) {
      const bool stops_all = error.status() == HAULIER_CANCELLED || error.status() == HAULIER_LOCAL_IO;
      const bool last = next_account_ == config_.accounts.size() && !failure_;
      // A passing fault of the only account left: the host waits and calls again, the reader goes on where it was.
      if (stops_all || (last && error.status() == HAULIER_RETRY)) throw;
      note_failure(error);
      messages_ += reader_->messages();
      reader_.reset();
    }
  }
}

void ImapSource::check() {
  for (const auto& account : config_.accounts) {
    once(account, [&] {
      auto server = sign_in(host_, config_, account, make_transport_(account));
      const auto places = list_mailboxes(host_, server, config_.mailboxes);
      if (places.empty()) throw Error::bad_config("/mailboxes", account.name + ": no mailbox matches");
      host_.info(account.name + ": signed in, " + std::to_string(places.size()) + " mailboxes would be read");
      (void)server.conversation->until(server.conversation->session().submit(Command::logout()));
    });
  }
}

void ImapSource::plan(PlanLines& lines) {
  for (const auto& account : config_.accounts) {
    once(account, [&] {
      auto server = sign_in(host_, config_, account, make_transport_(account));
      for (const auto& place : list_mailboxes(host_, server, config_.mailboxes)) {
        std::string line = "{\"place\":";
        append_json_string(line, partition_name(account.name, place.name.utf8()));
        const auto messages = place.status && place.status->messages ? *place.status->messages : 0;
        line += ",\"messages\":" + std::to_string(messages);
        const auto& remembered = memories_[account.name][place.name.utf8()];
        line += ",\"to_read\":" + std::to_string(to_read(remembered, place.status)) + "}";
        lines(line);
      }
      (void)server.conversation->until(server.conversation->session().submit(Command::logout()));
    });
  }
}

}  // namespace haulier::imap
