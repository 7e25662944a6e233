#include "imap_source.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "diagnose.hpp"
#include "haulier/erase.hpp"
#include "haulier/json.hpp"
#include "haulier/lookup.hpp"
#include "mail_streams.hpp"
#include "mailbox_catalogue.hpp"
#include "provider_presets_text.hpp"
#include "recheck.hpp"
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
  } catch (const RuleBroken& error) {
    throw Error(HAULIER_PROTOCOL, account.server.host + ": " + error.what());
  } catch (const ConnectionLost& error) {
    throw Error::retry(account.server.host + ": " + error.what(), error.pause_ms());
  }
}

std::set<std::string> erased_accounts(const Host& host, const ImapConfig& config) {
  std::set<std::string> out;
  const auto rows = ErasedRows::of(host);
  if (!rows) return out;
  std::vector<haulier_value> names;
  for (const auto& account : config.accounts) names.push_back(text_value(account.name));
  const auto erased = rows->among("email_sync_status", {"account"}, names);
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (erased[i] != 0) out.insert(config.accounts[i].name);
  }
  return out;
}

}  // namespace

ImapSource::ImapSource(Config config, Host host) : ImapSource(config, host, nullptr) {
  make_transport_ = [this](const AccountConfig& account) {
    return make_transport(account.server, config_.timeouts, stop_->fd());
  };
}

ImapSource::ImapSource(const Config& config, Host host, MakeTransport make_transport)
    : host_(host),
      config_(read_config(config, provider_presets)),
      stop_(std::make_unique<StopSignal>(host.cancel_fd())),
      make_transport_(std::move(make_transport)) {}

// A connection that is still being made must not keep a run from ending that never came to open().
ImapSource::~ImapSource() {
  if (prepared_) stop_->stop();
}

void ImapSource::prepare() {
  const auto& account = config_.accounts.front();
  // The state may say that the day's bytes are used up: then nobody is to be bothered.
  if (account.limits.bytes_per_day == 0) prepared_ = connecting(make_transport_(account));
}

void ImapSource::declare(Schema& streams) { declare_mail_streams(streams); }

void ImapSource::open(const SourceOptions& options, BatchView state) {
  options_ = options;
  runs_.clear();
  std::map<std::string_view, FactsOfRows> facts;
  std::vector<MailboxState> states;
  for (std::uint64_t i = 0; i < state.size(); ++i) {
    const auto json = Json::parse(state[i].text(sync_status::kState));
    states.push_back(read_state(json));
    facts[state[i].text(sync_status::kAccount)].add(std::string(state[i].text(sync_status::kMailbox)),
                                                    read_account(json));
  }
  std::map<std::string_view, AccountRun*> by_name;
  const std::set<std::string> erased = erased_accounts(host_, config_);
  for (const auto& account : config_.accounts) {
    // What was prepared is the first account's, whether it is read or not.
    auto transport = prepared_ ? *std::exchange(prepared_, std::nullopt) : make_transport_(account);
    if (erased.contains(account.name)) {
      host_.warning(account.name + " was erased (haulier erase) and is skipped; take it out of the pipeline file");
      continue;
    }
    runs_.push_back(std::make_unique<AccountRun>(host_, config_, account, std::move(transport), *stop_,
                                                 facts[account.name], options.watch));
    by_name[account.name] = runs_.back().get();
  }
  for (std::uint64_t i = 0; i < state.size(); ++i) {
    const auto row = state[i];
    auto& known = states[i];
    const auto run = by_name.find(row.text(sync_status::kAccount));
    if (run == by_name.end()) continue;
    if (!recheck_) run->second->stored().add(known.ids);
    auto& remembered = run->second->memory()[std::string(row.text(sync_status::kMailbox))];
    remembered.state = std::move(known);
    remembered.last_success_us = row.integer(sync_status::kLastSuccessAt);
  }
  if (!recheck_) return;
  for (const auto& run : runs_) recheck_places(host_, run->account().name, run->memory());
}

void ImapSource::committed(std::string_view partition, std::uint64_t n) {
  for (const auto& run : runs_) run->committed(partition, n);
}

std::optional<Batch> ImapSource::read() {
  if (runs_.empty()) return std::nullopt;  // every account was erased
  return in_turn() ? read_in_turn() : read_side_by_side();
}

// A limit counts over all of it, so it needs an order.
bool ImapSource::in_turn() const {
  if (options_.max_records > 0) return true;
  const auto single = [this](const AccountConfig& account) {
    return std::min(config_.connections, account.server.max_connections) == 1;
  };
  const bool one_by_one = runs_.size() == 1 || (config_.parallel_accounts == 1 && !options_.watch);
  return one_by_one && std::all_of(config_.accounts.begin(), config_.accounts.end(), single);
}

void ImapSource::note_failure(const Error& error) {
  host_.error(error.what());
  if (!failure_) failure_ = error;
}

void ImapSource::throw_failure() {
  if (!failure_) return;
  const Error failure = *std::exchange(failure_, std::nullopt);
  throw failure;
}

std::optional<Batch> ImapSource::read_in_turn() {
  for (;;) {
    const bool limited = options_.max_records > 0 && messages_ >= options_.max_records;
    if (next_account_ == runs_.size() || limited) {
      next_account_ = 0;
      messages_ = 0;
      throw_failure();
      if (!options_.watch) return std::nullopt;
      runs_.front()->wait_for_next_pass();
      continue;
    }
    auto& run = *runs_[next_account_];
    AccountRun::PassOptions pass;
    pass.max_messages = options_.max_records > 0 ? options_.max_records - messages_ : 0;
    pass.keep = options_.watch && runs_.size() == 1;
    try {
      if (auto batch = run.next(pass)) return batch;
    } catch (const Error& error) {
      const bool last = next_account_ + 1 == runs_.size() && !failure_;
      // A passing fault of the only account left: the host waits and calls again, the run goes on where it was.
      if (stops_all(error) || (last && error.status() == HAULIER_RETRY)) throw;
      note_failure(error);
    }
    messages_ += run.messages();
    ++next_account_;
  }
}

std::optional<Batch> ImapSource::read_side_by_side() {
  for (;;) {
    if (!round_) begin_side_by_side();
    if (auto batch = round_->next()) return batch;
    end_side_by_side();
    if (!options_.watch) return std::nullopt;
  }
}

void ImapSource::begin_side_by_side() {
  auto runs = std::exchange(again_, {});
  if (runs.empty()) {
    for (const auto& run : runs_) runs.push_back(run.get());
  }
  round_ = std::make_unique<SideBySide>(
      host_, std::move(runs), *stop_,
      SideBySide::Options{.at_once = config_.parallel_accounts, .watch = options_.watch, .alone = runs_.size() == 1});
}

// Passing faults come first: the host waits and calls again, and only those accounts are read once more. What does not
// pass is told at the very end.
void ImapSource::end_side_by_side() {
  const auto failures = round_->failures();
  round_.reset();
  std::optional<Error> passing;
  for (const auto& [run, error] : failures) {
    if (stops_all(error)) throw Error(error);
    if (error.status() != HAULIER_RETRY) {
      if (!failure_) failure_ = error;
      continue;
    }
    again_.push_back(run);
    if (!passing || error.retry_after_ms() < passing->retry_after_ms()) passing = error;
  }
  if (passing) {
    const Error error = *passing;
    throw error;
  }
  throw_failure();
}

void ImapSource::check() {
  for (const auto& account : config_.accounts) {
    once(account, [&] {
      auto server = sign_in(host_, config_, account, make_transport_(account));
      const auto places = list_mailboxes(host_, server, config_.mailboxes).wanted;
      if (places.empty()) throw Error::bad_config("/mailboxes", account.name + ": no mailbox matches");
      host_.info(account.name + ": signed in, " + std::to_string(places.size()) + " mailboxes would be read");
      (void)server.conversation->until(server.conversation->session().submit(Command::logout()));
    });
  }
}

void ImapSource::diagnose(Diagnosis& diagnosis) {
  for (const auto& account : config_.accounts) {
    diagnose_account(host_, config_, account, make_transport_(account), diagnosis);
  }
}

void ImapSource::start_enumeration(std::uint64_t contents) {
  std::map<std::string, Memory> memories;
  for (const auto& run : runs_) memories[run->account().name] = run->memory();
  enumerator_.emplace(host_, config_, make_transport_, std::move(memories), contents);
}

void ImapSource::plan(PlanLines& lines) {
  for (const auto& run : runs_) {
    const auto& account = run->account();
    auto memory = run->memory();
    once(account, [&] {
      auto server = sign_in(host_, config_, account, make_transport_(account));
      for (const auto& place : list_mailboxes(host_, server, config_.mailboxes).wanted) {
        std::string line = "{\"place\":";
        append_json_string(line, partition_name(account.name, place.name.utf8()));
        const auto messages = place.status && place.status->messages ? *place.status->messages : 0;
        line += ",\"messages\":" + std::to_string(messages);
        const auto& remembered = memory[place.name.utf8()];
        line += ",\"to_read\":" + std::to_string(to_read(remembered, place.status)) + "}";
        lines(line);
      }
      (void)server.conversation->until(server.conversation->session().submit(Command::logout()));
    });
  }
}

}  // namespace haulier::imap
