#pragma once
#include <algorithm>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "sync/mailbox_sync.hpp"

// A mailbox whose messages have bytes, on a server that gets windows wrong in one way or another, and a reader that
// keeps parts the way the real one does. Every command is answered in order; windows are pipelined.
namespace simulated_bodies {

using namespace haulier::imap;

inline constexpr std::uint64_t kWindow = 8192;

struct Mail {
  std::string bytes;
  std::optional<std::uint64_t> claimed;  // RFC822.SIZE when it is wrong
};

struct Server {
  std::map<std::uint32_t, Mail> mails;
  std::uint64_t uidvalidity = 7;
  bool gives_size = true;
  bool knows_windows = true;        // else everything comes whole, without an origin
  bool knows_later_windows = true;  // else only the first one is one
  bool gives_origin = true;
  bool uid_behind_body = false;
  bool size_behind_body = false;
  std::uint64_t cap = UINT64_MAX;  // bytes in a window
  std::uint64_t origin_error = 0;  // added to the origin of later windows, bytes and all
  bool repeats_beginning = false;  // whatever window is asked for
  enum class BehindEnd { kEmpty, kNil, kNothing } behind_end = BehindEnd::kEmpty;
  std::optional<Condition> refuses_later;  // windows behind the first
  Code refusal = Code::kNone;

  // `size` bytes, none of which says where it is by itself but all of which differ from message to message.
  std::uint32_t add(std::uint64_t size, std::optional<std::uint64_t> claimed = std::nullopt) {
    const auto uid = static_cast<std::uint32_t>(mails.size() + 1);
    std::string bytes;
    bytes.reserve(size);
    for (std::uint64_t i = 0; i < size; ++i) bytes += static_cast<char>('a' + (i * 7 + i / 97 + uid) % 26);
    mails[uid] = {std::move(bytes), claimed};
    return uid;
  }
};

class Reader {
 public:
  explicit Reader(Server& server, std::uint64_t max_message = std::uint64_t{1} << 20, Quirks quirks = {})
      : server_(server), options_(options(max_message, quirks)), sync_({}, options_, std::nullopt) {}

  /// Each number: that many bytes of bodies, then the connection is cut. Then one that stays. `between`: what happens
  /// to the server while there is no connection.
  void run(std::vector<std::uint64_t> cuts = {}, const std::function<void(Server&)>& between = nullptr) {
    for (const auto bytes : cuts) {
      left_ = bytes;
      if (one_connection()) return;
      ++cuts_seen;
      if (between) between(server_);
    }
    left_ = UINT64_MAX;
    if (!one_connection()) throw std::logic_error("cut without being told to");
  }

  std::map<std::uint32_t, std::string> stored;
  std::map<std::uint32_t, std::string> rejects;
  std::vector<std::string> asked;  // "3 <8192.8192>", "3 whole", "1:5"
  std::uint64_t received = 0;      // bytes of bodies
  std::size_t deepest = 0;         // windows in flight
  unsigned cuts_seen = 0;
  [[nodiscard]] const MailboxSync& sync() const { return sync_; }
  [[nodiscard]] std::size_t parts() const { return parts_.size(); }

 private:
  struct Sent {
    MailboxSync::StepId id;
    Step step;
  };
  static SyncOptions options(std::uint64_t max_message, Quirks quirks) {
    SyncOptions out;
    out.big_bodies = {kWindow, max_message};
    out.quirks = quirks;
    out.now_us = 1'700'000'000'000'000;
    return out;
  }

  bool one_connection() {
    queue_.clear();
    for (const auto& step : sync_.opening()) queue_.push_back({sync_.sent(step), step});
    Examination numbers;
    numbers.exists = server_.mails.size();
    numbers.uidvalidity = UidValidity(server_.uidvalidity);
    numbers.uidnext = server_.mails.empty() ? 1 : server_.mails.rbegin()->first + 1;
    sync_.examined(numbers);
    forget_stale();
    for (;;) {
      if (asked.size() > 500) throw std::runtime_error("the pass does not end");
      while (queue_.size() < 4) {
        auto step = sync_.next_step();
        take_rejects();
        if (!step) break;
        queue_.push_back({sync_.sent(*step), *step});
      }
      if (queue_.empty()) return sync_.finished();
      note(queue_.front().step);
      if (!answer()) {
        lost();
        return false;
      }
    }
  }
  void note(const Step& step) {
    const auto windows = static_cast<std::size_t>(std::count_if(
        queue_.begin(), queue_.end(), [](const Sent& sent) { return sent.step.kind == Step::Kind::kWindow; }));
    deepest = std::max(deepest, windows);
    if (step.kind != Step::Kind::kBodies && step.kind != Step::Kind::kWindow) return;
    auto text = step.set.to_text();
    if (step.kind == Step::Kind::kWindow && !step.window) text += " whole";
    if (step.window) text += " <" + std::to_string(step.window->offset) + "." + std::to_string(step.window->size) + ">";
    asked.push_back(text);
  }

  // False: the connection is cut.
  bool answer() {
    const auto [id, step] = queue_.front();
    Completed done;
    done.verb = Verb::kUidFetch;
    done.condition = Condition::kOk;
    if (step.kind == Step::Kind::kBodies || step.kind == Step::Kind::kWindow) {
      if (!bodies(step, done)) return false;
    } else {
      SearchResult result;
      for (const auto& [uid, mail] : server_.mails) result.all.insert(uid);
      sync_.found(id, result);
    }
    queue_.pop_front();
    sync_.completed(id, done, react(done.verb, done.condition, done.code.code, done.text));
    forget_stale();
    return true;
  }

  bool bodies(const Step& step, Completed& done) {
    const bool whole = options_.quirks.has(Quirk::kNoPartial) || sync_.plain_items();
    std::optional<Window> window = step.window;
    if (step.kind == Step::Kind::kBodies && !whole) window = BigBodies(options_.big_bodies).first();
    if (window && window->offset > 0 && server_.refuses_later) {
      done.condition = *server_.refuses_later;
      done.code.code = server_.refusal;
      done.text = "cannot";
      return true;
    }
    for (const auto& [uid, mail] : server_.mails) {
      if (step.set.contains(uid) && !one_body(uid, mail, window)) return false;
    }
    return true;
  }

  bool one_body(std::uint32_t uid, const Mail& mail, std::optional<Window> window) {
    FetchData fetch;
    fetch.uid = Uid::from(uid);
    fetch.flags = "\\Seen";
    if (server_.gives_size && window) fetch.size = mail.claimed.value_or(mail.bytes.size());
    fetch.body = FetchData::Body::kStreamed;
    std::string_view bytes = mail.bytes;
    if (window && server_.knows_windows && (window->offset == 0 || server_.knows_later_windows)) {
      const auto offset = server_.repeats_beginning ? 0 : window->offset;
      const auto error = offset > 0 ? server_.origin_error : 0;
      bytes = bytes.substr(std::min<std::uint64_t>(bytes.size(), offset + error));
      bytes = bytes.substr(0, std::min(window->size, server_.cap));
      if (server_.gives_origin) fetch.body_origin = offset + error;
      if (bytes.empty() && offset > 0 && server_.behind_end != Server::BehindEnd::kEmpty) {
        if (server_.behind_end == Server::BehindEnd::kNothing) return true;
        fetch.body = FetchData::Body::kNil;
        hear(fetch, false);
        return true;
      }
    }
    const auto sent = std::min<std::uint64_t>(bytes.size(), left_);
    begin(fetch, bytes.size());
    take(bytes.substr(0, sent));
    left_ -= left_ == UINT64_MAX ? 0 : sent;
    if (sent < bytes.size() || left_ == 0) return false;
    fetch.body_size = bytes.size();
    hear(fetch, true);
    return true;
  }

  void begin(const FetchData& fetch, std::uint64_t size) {
    begun_ = {size, fetch.body_origin, server_.uid_behind_body ? std::nullopt : fetch.uid,
              server_.size_behind_body ? std::nullopt : fetch.size};
    collecting_ = begun_.origin.value_or(0) == 0;
    buffer_.clear();
    if (collecting_) return;
    const auto uid = sync_.continued_by(begun_);
    if (!uid || !parts_.contains(*uid)) return;
    buffer_ = std::move(parts_.extract(*uid).mapped());
    begun_.uid = Uid::from(*uid);
    collecting_ = true;
  }
  void take(std::string_view bytes) {
    received += bytes.size();
    if (collecting_) buffer_ += bytes;
  }
  void hear(const FetchData& fetch, bool has_literal) {
    const auto uid = fetch.uid->value();
    const bool has_body = has_literal && std::exchange(collecting_, false);
    switch (sync_.fetched(fetch, has_body)) {
      case MailboxSync::Verdict::kMessage:
        if (!stored.emplace(uid, has_body ? buffer_ : parts_[uid]).second) throw std::runtime_error("stored twice");
        parts_.erase(uid);
        break;
      case MailboxSync::Verdict::kPart:
        if (has_body) parts_[uid] = buffer_;
        break;
      case MailboxSync::Verdict::kDropped:
        parts_.erase(uid);
        break;
      default:
        break;
    }
    take_rejects();
  }

  void lost() {
    if (collecting_ && begun_.uid && !buffer_.empty()) {
      const auto uid = begun_.uid->value();
      sync_.body_cut(uid, buffer_.size(), begun_.message_size.value_or(0));
      if (sync_.has_part(uid)) parts_[uid] = buffer_;
    }
    collecting_ = false;
    sync_.connection_lost("cut");
  }
  void forget_stale() {
    std::erase_if(parts_, [this](const auto& part) { return !sync_.has_part(part.first); });
  }
  void take_rejects() {
    for (const auto& reject : sync_.take_rejects()) rejects[reject.uid] = reject.reason;
  }

  Server& server_;
  SyncOptions options_;
  MailboxSync sync_;
  std::deque<Sent> queue_;
  std::map<std::uint32_t, std::string> parts_;
  BodyBegin begun_;
  std::string buffer_;
  bool collecting_ = false;
  std::uint64_t left_ = UINT64_MAX;
};

/// Empty when every message is stored byte for byte; else what differs.
inline std::string difference(const Server& server, const Reader& reader) {
  for (const auto& [uid, mail] : server.mails) {
    if (reader.rejects.contains(uid)) continue;
    const auto at = reader.stored.find(uid);
    if (at == reader.stored.end()) return "missing " + std::to_string(uid);
    if (at->second != mail.bytes)
      return "other bytes in " + std::to_string(uid) + ": " + std::to_string(at->second.size()) + " of " +
             std::to_string(mail.bytes.size());
  }
  return {};
}

inline std::uint64_t total(const Server& server) {
  std::uint64_t bytes = 0;
  for (const auto& [uid, mail] : server.mails) bytes += mail.bytes.size();
  return bytes;
}

}  // namespace simulated_bodies
