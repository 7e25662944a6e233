#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "sync/mailbox_sync.hpp"

// A mailbox on a server, and the tables that a pass fills, as plain maps. Drives a MailboxSync the way the reader of an
// account does; every way in which servers go wrong is a switch.
namespace simulated {

using namespace haulier::imap;

struct Message {
  std::string flags;
  std::uint64_t modseq = 1;
  std::string id;  // EMAILID
  // What identifies it on a server without ids, and what it really is.
  std::string message_id = {};
  std::int64_t date = 0;
  std::uint64_t size = 0;
  std::string content = {};
  std::optional<std::int64_t> date_us{};
};

// A row of `emails`, with the dates of its places.
struct StoredEmail {
  Fingerprint print;
  std::string content;
};

struct Server {
  std::map<std::uint32_t, Message> messages;
  std::uint64_t uidvalidity = 7;
  std::uint64_t uidnext = 1;
  std::uint64_t modseq = 1;
  bool gives_uidnext = true;
  bool status_gives_uidnext = true;
  bool condstore = true;
  bool object_id = false;
  bool identify_works = true;  // FETCH without a body is answered
  bool fingerprints_work = true;
  bool qresync = false;
  bool qresync_ignored = false;                     // EXAMINE takes the parameter and tells nothing
  std::map<std::uint32_t, std::uint64_t> expunged;  // uid -> modseq
  IntervalSet false_vanished;                       // reported, though there
  std::set<std::uint32_t> unreported;               // changes of these are kept back by QRESYNC
  bool search_works = true;
  std::set<std::uint32_t> unsearchable;       // there, but SEARCH leaves them out
  std::set<std::uint32_t> unfetchable;        // FETCH of a set with one of them is refused
  std::set<std::uint32_t> hidden_from_lists;  // FETCH of UIDs and flags leaves them out
  std::set<std::uint32_t> undelivered;        // listed, but never in an answer to FETCH of bodies
  Code refusal = Code::kNone;
  std::function<void(Server&)> before_bodies;  // runs once
  std::function<void(Server&)> before_examine;

  std::uint64_t last_id = 0;
  // The mailbox is made anew: the same messages under other UIDs.
  void rebuild(std::uint64_t new_uidvalidity, std::uint32_t first_uid) {
    std::map<std::uint32_t, Message> again;
    for (auto& [uid, message] : messages) again[first_uid++] = std::move(message);
    messages = std::move(again);
    uidvalidity = new_uidvalidity;
    uidnext = first_uid;
  }
  std::uint32_t add(const std::string& flags = "") {
    messages[static_cast<std::uint32_t>(uidnext)] = {flags, ++modseq, "M" + std::to_string(++last_id)};
    return static_cast<std::uint32_t>(uidnext++);
  }
  void add_many(int count) {
    for (int i = 0; i < count; ++i) add();
  }
  void remove(std::uint32_t uid) {
    messages.erase(uid);
    expunged[uid] = ++modseq;
  }
  void set_flags(std::uint32_t uid, const std::string& flags) {
    messages.at(uid).flags = flags;
    messages.at(uid).modseq = ++modseq;
  }
  [[nodiscard]] StatusNumbers status() const {
    StatusNumbers numbers;
    numbers.messages = messages.size();
    if (status_gives_uidnext) numbers.uidnext = uidnext;
    if (uidvalidity != 0) numbers.uidvalidity = uidvalidity;
    if (condstore) numbers.highestmodseq = modseq;
    return numbers;
  }
  [[nodiscard]] Examination examine() const {
    Examination numbers;
    numbers.exists = messages.size();
    numbers.uidvalidity = UidValidity(uidvalidity);
    if (gives_uidnext) numbers.uidnext = uidnext;
    if (condstore) numbers.highestmodseq = ModSeq(modseq);
    return numbers;
  }
};

struct Tables {
  std::map<std::pair<std::uint64_t, std::uint32_t>, std::string> places;  // (uidvalidity, uid) -> flags
  std::set<std::pair<std::uint64_t, std::uint32_t>> vanished;
  std::map<std::uint32_t, std::string> rejects;
  std::vector<std::uint32_t> bodies;                                        // in the order they came
  std::set<std::uint64_t> stored;                                           // server ids in the database, as hashes
  unsigned bound = 0;                                                       // places that came without a body
  std::map<std::string, StoredEmail> emails;                                // by id
  std::map<std::pair<std::uint64_t, std::uint32_t>, std::string> email_of;  // place -> what it is said to be
  unsigned mismatches = 0;
  unsigned flag_updates = 0;
  MailboxState state;
};

struct Log {
  std::vector<std::string> steps;
  bool skipped = false;
  std::string problem;
};

inline const char* kind_name(Step::Kind kind) {
  constexpr const char* kNames[] = {"bodies", "search",   "changes",    "flags",      "list",
                                    "probe",  "identify", "search-new", "fingerprint"};
  return kNames[static_cast<int>(kind)];
}

class Pass {
 public:
  Pass(Server& server, Tables& tables, SyncOptions options)
      : server_(server), tables_(tables), options_(options), sync_(tables.state, options, server.status()) {}

  Log run(int cut_after_bodies = -1) {
    cut_after_ = cut_after_bodies;
    if (sync_.nothing_to_do()) {
      log_.skipped = true;
      return log_;
    }
    do {
      cut_ = false;
      one_connection();
      if (cut_) {
        cut_after_ = -1;
        sync_.connection_lost("cut");
      }
    } while (cut_);
    save();
    log_.problem = sync_.problem();
    return log_;
  }

 private:
  void one_connection() {
    const auto point = sync_.resync_point();
    auto opening = sync_.opening(point.has_value());
    std::vector<MailboxSync::StepId> ids;
    for (const auto& step : opening) ids.push_back(sync_.sent(step));
    if (server_.before_examine) std::exchange(server_.before_examine, nullptr)(server_);
    if (point) resync(*point);
    sync_.examined(server_.examine());
    for (std::size_t i = 0; i < opening.size() && !cut_; ++i) answer(ids[i], opening[i]);
    while (!cut_) {
      const auto step = sync_.next_step();
      save();
      if (!step) return;
      if (log_.steps.size() > 5000) throw std::runtime_error("the pass does not end");
      answer(sync_.sent(*step), *step);
    }
  }

  void answer(MailboxSync::StepId id, const Step& step) {
    log_.steps.push_back(std::string(kind_name(step.kind)) + " " + step.set.to_text());
    (void)command_for(step, options_, sync_.plain_items());
    Completed done;
    done.condition = Condition::kOk;
    done.verb = Verb::kUidFetch;
    switch (step.kind) {
      case Step::Kind::kBodies:
        bodies(step, done);
        break;
      case Step::Kind::kChanges:
        flags(step, step.since.value());
        break;
      case Step::Kind::kFlags:
        flags(step, 0);
        break;
      case Step::Kind::kIdentify:
        identify(step, done);
        break;
      case Step::Kind::kFingerprint:
        fingerprint(step, done);
        break;
      case Step::Kind::kList:
        list(step);
        break;
      default:
        search(id, step, done);
    }
    if (cut_) return;
    sync_.completed(id, done, react(done.verb, done.condition, done.code.code, done.text));
    while (true) {
      const auto places = sync_.take_rebound(7);
      for (const auto& place : places) {
        ++tables_.bound;
        const std::pair key{sync_.state().uidvalidity.value(), place.uid};
        tables_.places[key] = place.flags.value_or("");
        tables_.email_of[key] = place.email.id;
      }
      if (places.empty()) break;
    }
  }

  void bodies(const Step& step, Completed& done) {
    if (server_.before_bodies) std::exchange(server_.before_bodies, nullptr)(server_);
    for (const auto& [uid, message] : server_.messages) {
      if (!step.set.contains(uid) || server_.undelivered.contains(uid)) continue;
      if (server_.unfetchable.contains(uid)) {
        done.condition = Condition::kNo;
        done.code.code = server_.refusal;
        done.text = "cannot read message";
        return;
      }
      if (cut_after_ == 0) {
        cut_ = true;
        return;
      }
      --cut_after_;
      const auto verdict = sync_.fetched(fetch_of(uid, message), true);
      if (verdict != MailboxSync::Verdict::kMessage) throw std::runtime_error("a body was fetched twice");
      tables_.bodies.push_back(uid);
      if (!message.id.empty()) tables_.stored.insert(id_hash(message.id));
      const std::pair key{sync_.state().uidvalidity.value(), uid};
      tables_.places[key] = message.flags;
      tables_.vanished.erase(key);
      if (message.message_id.empty()) continue;
      if (sync_.is_proof(uid) && !sync_.proved(uid, message.content)) ++tables_.mismatches;
      tables_.email_of[key] = message.content;
      tables_.emails[message.content] = {{message.message_id, message.date, message.size}, message.content};
    }
  }
  void fingerprint(const Step& step, Completed& done) {
    if (!server_.fingerprints_work) {
      done.condition = Condition::kBad;
      return;
    }
    for (const auto& [uid, message] : server_.messages) {
      if (!step.set.contains(uid)) continue;
      const std::string field = "Message-ID: <" + message.message_id + ">\r\n\r\n";
      auto fetch = fetch_of(uid, message);
      fetch.message_id_field = ImapString{ImapString::Form::kPlain, field, field.size()};
      fetch.internal_date_us = message.date;
      fetch.size = message.size;
      if (sync_.fetched(fetch, false) != MailboxSync::Verdict::kNothing) throw std::runtime_error("settled at once");
    }
  }
  void flags(const Step& step, std::uint64_t since) {
    for (const auto& [uid, message] : server_.messages) {
      if (!step.set.contains(uid) || message.modseq <= since) continue;
      if (sync_.fetched(fetch_of(uid, message), false) != MailboxSync::Verdict::kFlags) continue;
      ++tables_.flag_updates;
      tables_.places.at({sync_.state().uidvalidity.value(), uid}) = message.flags;
    }
  }
  void identify(const Step& step, Completed& done) {
    if (!server_.identify_works) {
      done.condition = Condition::kNo;
      return;
    }
    for (const auto& [uid, message] : server_.messages) {
      if (!step.set.contains(uid)) continue;
      if (sync_.fetched(fetch_of(uid, message), false) != MailboxSync::Verdict::kPlace) continue;
      ++tables_.bound;
      tables_.places[{sync_.state().uidvalidity.value(), uid}] = message.flags;
    }
  }
  // What the answer to EXAMINE (QRESYNC ...) tells before it is complete.
  void resync(const ResyncPoint& point) {
    log_.steps.push_back("resync " + std::to_string(point.modseq.value()));
    if (server_.qresync_ignored || point.uidvalidity != UidValidity(server_.uidvalidity)) return;
    IntervalSet gone = server_.false_vanished;
    for (const auto& [uid, modseq] : server_.expunged) {
      if (modseq > point.modseq.value() && !server_.unreported.contains(uid)) gone.insert(uid);
    }
    if (!gone.empty()) sync_.resync_vanished(gone);
    for (const auto& [uid, message] : server_.messages) {
      if (message.modseq <= point.modseq.value() || server_.unreported.contains(uid)) continue;
      if (sync_.resync_fetched(fetch_of(uid, message)) != MailboxSync::Verdict::kFlags) continue;
      ++tables_.flag_updates;
      tables_.places.at({sync_.state().uidvalidity.value(), uid}) = message.flags;
    }
  }
  void list(const Step& step) {
    for (const auto& [uid, message] : server_.messages) {
      if (!step.set.contains(uid) || server_.hidden_from_lists.contains(uid)) continue;
      FetchData fetch;
      fetch.uid = Uid::from(uid);
      (void)sync_.fetched(fetch, false);
    }
  }
  void search(MailboxSync::StepId id, const Step& step, Completed& done) {
    done.verb = Verb::kUidSearch;
    if (!server_.search_works) {
      done.condition = Condition::kBad;
      return;
    }
    SearchResult result;
    for (const auto& [uid, message] : server_.messages) {
      if ((step.kind == Step::Kind::kSearchAll || step.set.contains(uid)) && !server_.unsearchable.contains(uid))
        result.all.insert(uid);
    }
    sync_.found(id, result);
  }
  static FetchData fetch_of(std::uint32_t uid, const Message& message) {
    FetchData fetch;
    fetch.uid = Uid::from(uid);
    fetch.flags = message.flags;
    fetch.modseq = ModSeq(message.modseq);
    fetch.email_id = message.id;
    fetch.internal_date_us = message.date_us;
    return fetch;
  }
  // What goes into a batch together with the state.
  void save() {
    for (const auto& reject : sync_.take_rejects()) tables_.rejects[reject.uid] = reject.reason;
    while (const auto places = sync_.take_vanished(50)) {
      for (const auto& [lo, hi] : places->uids.intervals()) {
        for (std::uint64_t uid = lo; uid <= hi; ++uid) {
          tables_.vanished.insert({places->uidvalidity.value(), static_cast<std::uint32_t>(uid)});
        }
      }
    }
    tables_.state = sync_.state();
  }

  Server& server_;
  Tables& tables_;
  SyncOptions options_;
  MailboxSync sync_;
  Log log_;
  int cut_after_ = -1;
  bool cut_ = false;
};

inline SyncOptions options_for(const Server& server) {
  SyncOptions options;
  options.condstore = server.condstore;
  options.qresync = server.qresync;
  options.object_id = server.object_id;
  options.batch_messages = 10;
  options.now_us = 1'700'000'000'000'000;
  return options;
}

// What a look-up in the database says.
inline KnownEmails known_emails(const Tables& tables) {
  return [&tables](const std::vector<Fingerprint>& prints) {
    std::vector<std::optional<KnownEmail>> out(prints.size());
    for (std::size_t i = 0; i < prints.size(); ++i) {
      std::size_t fitting = 0;
      for (const auto& [id, email] : tables.emails) {
        const bool fits = email.print.message_id == prints[i].message_id && email.print.size == prints[i].size &&
                          email.print.internal_date_us == prints[i].internal_date_us;
        if (fits && ++fitting == 1) out[i] = KnownEmail{id, email.content};
      }
      if (fitting > 1) out[i].reset();
    }
    return out;
  };
}

inline Log pass(Server& server, Tables& tables, int cut_after_bodies = -1, bool rebind_arrivals = false) {
  auto options = options_for(server);
  if (!tables.emails.empty()) {
    options.known_emails = known_emails(tables);
    options.rebind_new = true;
    options.rebind_arrivals = rebind_arrivals;
  }
  if (server.object_id && !tables.stored.empty()) {
    options.stored = [&tables](std::uint64_t id) { return tables.stored.contains(id); };
  }
  return Pass(server, tables, options).run(cut_after_bodies);
}

// Empty when the tables say exactly what the server has; else what differs.
inline std::string difference(const Server& server, const Tables& tables) {
  for (const auto& [uid, message] : server.messages) {
    const std::pair key{server.uidvalidity, uid};
    if (tables.rejects.contains(uid)) continue;
    const auto place = tables.places.find(key);
    if (place == tables.places.end()) return "missing " + std::to_string(uid);
    if (place->second != message.flags) return "flags of " + std::to_string(uid);
    if (tables.vanished.contains(key)) return "wrongly vanished " + std::to_string(uid);
    const auto email = tables.email_of.find(key);
    if (email != tables.email_of.end() && email->second != message.content)
      return "another one at " + std::to_string(uid);
  }
  for (const auto& [key, flags] : tables.places) {
    const bool there = key.first == server.uidvalidity && server.messages.contains(key.second);
    if (!there && !tables.vanished.contains(key)) return "not vanished " + std::to_string(key.second);
  }
  return {};
}

}  // namespace simulated
