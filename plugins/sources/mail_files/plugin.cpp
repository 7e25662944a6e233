// The mail_files source: mail on disk as `messages`, with one state row per mailbox.
#include <unistd.h>

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "config_schema.hpp"
#include "haulier/source.hpp"
#include "mail_tree.hpp"
#include "mailbox_walk.hpp"
#include "place_listing.hpp"
#include "places/stored_places.hpp"
#include "rows/mail_streams.hpp"

namespace haulier::mail_files {

namespace {

// Positions in the streams of schemas/README.md.
namespace message {
enum : std::uint32_t {
  account,
  mailbox,
  uidvalidity,
  uid,
  raw,
  internal_date,
  flags,
  modseq,
  server_id,
  thread_server_id,
  vanished_at,
  email_id,
  n_fields
};
}
namespace status {
enum : std::uint32_t {
  account,
  mailbox,
  uidvalidity,
  messages_total,
  messages_done,
  last_uid,
  last_success_at,
  last_error,
  state,
  n_fields
};
}

constexpr std::int64_t kUidValidity = 1;  // places never get another meaning: their numbers are hashes

Format format_of(const std::string& name) {
  if (name == "eml") return Format::Eml;
  if (name == "mbox") return Format::Mbox;
  if (name == "maildir") return Format::Maildir;
  return Format::Auto;
}

}  // namespace

// One thread, the host's source thread.
class MailFiles {
 public:
  MailFiles(const Config& config, Host host)
      : config_(config),
        host_(host),
        account_(config.text("account", "files")),
        max_messages_(static_cast<std::uint64_t>(config.at("batch").integer("messages", 200))),
        max_bytes_(static_cast<std::uint64_t>(config.at("batch").integer("bytes", 8 << 20))) {}

  void declare(Schema& streams) {
    messages_ = declare_messages(streams);
    status_ = declare_sync_status(streams);
  }

  void check() { (void)find(); }

  void diagnose(Diagnosis& diagnosis) {
    diagnosis.subject(account_);
    std::vector<Mailbox> mailboxes;
    try {
      mailboxes = find();
    } catch (const Error& error) {
      diagnosis.fail("path", HAULIER_BAD_CONFIG, error.what(), "correct path, or let this user read it");
      return diagnosis.skip("messages", "there is no path to look at");
    }
    const std::string words = config_.text("path") + " has " + std::to_string(mailboxes.size()) + " mailboxes";
    if (mailboxes.empty()) {
      diagnosis.warn("path", words, "check path and format: nothing there looks like mail");
    } else {
      diagnosis.pass("path", words);
    }
    count_readable(mailboxes, diagnosis);
  }

  void open(const SourceOptions& options, BatchView state) {
    left_ = options.max_records > 0 ? options.max_records : UINT64_MAX;
    for (std::uint64_t i = 0; i < state.size(); ++i) {
      const RecordView row = state[i];
      if (row.text(status::account) != account_) continue;
      Known known{EntrySet::from_json(row.text(status::state)), row.integer(status::last_success_at)};
      known_.insert_or_assign(std::string(row.text(status::mailbox)), std::move(known));
    }
    if (recheck_) forget_what_is_missing();
    mailboxes_ = find();
    for (const auto& [name, known] : known_) {
      const bool exists = std::any_of(mailboxes_.begin(), mailboxes_.end(),
                                      [&wanted = name](const Mailbox& m) { return m.name == wanted; });
      if (!exists && known.entries.size() > 0) mailboxes_.push_back({name, Format::Eml, {}});
    }
  }

  std::optional<Batch> read() {
    while (left_ > 0 && next_mailbox()) {
      if (auto batch = fill()) return batch;
    }
    return std::nullopt;
  }

  void recheck() { recheck_ = true; }
  const Comparison& comparison() const { return comparison_; }
  void start_enumeration(std::uint64_t contents) {
    const auto known = [this](const std::string& mailbox) {
      const auto found = known_.find(mailbox);
      return found == known_.end() ? nullptr : &found->second.entries;
    };
    listing_.emplace(host_, account_, mailboxes_, known, contents);
  }
  std::optional<PlacePage> next_places() { return listing_->next(); }

  void plan(PlanLines& lines) {
    for (const Mailbox& mailbox : mailboxes_) {
      std::string line = "{\"place\":";
      append_json_string(line, account_ + " / " + mailbox.name);
      if (mailbox.format != Format::Mbox && !mailbox.path.empty()) {
        line += ",\"messages\":" + std::to_string(list_messages(mailbox).size());
      }
      const auto known = known_.find(mailbox.name);
      line += ",\"known\":" + std::to_string(known == known_.end() ? 0 : known->second.entries.size());
      lines(line + "}");
    }
  }

 private:
  // Messages of an mbox are not counted: that would mean reading it.
  void count_readable(const std::vector<Mailbox>& mailboxes, Diagnosis& diagnosis) const {
    std::size_t files = 0, boxes = 0;
    std::vector<std::string> unreadable;
    const auto look = [&unreadable](const std::filesystem::path& path) {
      if (::access(path.c_str(), R_OK) != 0) unreadable.push_back(path.string());
    };
    for (const Mailbox& mailbox : mailboxes) {
      if (host_.cancelled()) throw Error(HAULIER_CANCELLED, "cancelled");
      if (mailbox.format == Format::Mbox) {
        ++boxes;
        look(mailbox.path);
        continue;
      }
      for (const MailFile& file : list_messages(mailbox)) {
        ++files;
        look(file.path);
      }
    }
    const std::string words = std::to_string(files) + " message files, " + std::to_string(boxes) + " mbox files";
    if (unreadable.empty()) return diagnosis.pass("messages", words);
    diagnosis.warn("messages",
                   words + "; " + std::to_string(unreadable.size()) + " cannot be read, " + unreadable.front(),
                   "give this user the right to read them, or they are quarantined");
  }

  static constexpr std::uint32_t kKey = HAULIER_FIELD_KEY | HAULIER_FIELD_NOT_NULL;
  struct Known {
    EntrySet entries;
    std::optional<std::int64_t> last_success_at;
  };

  std::vector<Mailbox> find() const {
    try {
      return find_mailboxes(config_.text("path"), format_of(config_.text("format", "auto")));
    } catch (const std::filesystem::filesystem_error& fault) {
      throw config_.error("path", "cannot read " + fault.path1().string() + ": " + fault.code().message());
    }
  }

  // What the sink does not hold is read again.
  void forget_what_is_missing() {
    const auto rows = SinkRows::of(host_);
    if (!rows)
      throw Error(HAULIER_UNSUPPORTED, "checking again needs exactly one sink, and one that can be looked into");
    for (auto& [mailbox, known] : known_) {
      EntrySet stored;
      places::for_each_stored(*rows, account_, mailbox, kUidValidity, [&, &entries = known.entries](std::int64_t uid) {
        if (const auto flags = entries.flags(uid)) stored.put(uid, *flags);
      });
      if (stored.size() == known.entries.size()) continue;
      host_.warning(account_ + " / " + mailbox + ": " + std::to_string(known.entries.size() - stored.size()) +
                    " messages are missing in the sink and are read again");
      known.entries = std::move(stored);
    }
  }

  // Makes walk_ the pass that is under way; false when all are through.
  bool next_mailbox() {
    if (walk_) return true;
    if (at_ == mailboxes_.size()) return false;
    const Mailbox& mailbox = mailboxes_[at_++];
    const auto known = known_.find(mailbox.name);
    last_success_at_ = known == known_.end() ? std::nullopt : known->second.last_success_at;
    since_state_bytes_ = 0;
    try {
      walk_.emplace(mailbox, known == known_.end() ? EntrySet() : std::move(known->second.entries), host_);
    } catch (const std::system_error& fault) {
      throw Error(HAULIER_LOCAL_IO, std::string(fault.what()), "check that the file can be read by this user");
    }
    return true;
  }

  // A batch of the pass under way; none when it had nothing to say yet.
  std::optional<Batch> fill() {
    BatchBuilder builder;
    std::uint64_t origins = 0, bytes = 0;
    bool complete = false;
    while (origins < max_messages_ && bytes < max_bytes_ && left_ > 0) {
      if (host_.cancelled()) throw Error(HAULIER_CANCELLED, "cancelled");
      std::optional<Found> found = walk_->next();
      if (!found) {
        complete = true;
        break;
      }
      bytes += found->raw.size();
      add(builder, *found, origins++);
      --left_;
    }
    since_state_bytes_ += bytes;
    // The state is nine bytes a message: handed on when it is small against what it covers.
    const bool with_state = complete || left_ == 0 || since_state_bytes_ >= walk_->entries().size() * 9 * 20;
    builder.partition(account_ + " / " + walk_->mailbox().name);
    builder.counts(origins, bytes);
    if (with_state) add_state(builder, complete);
    if (complete) walk_.reset();
    return builder.finish();
  }

  void add(BatchBuilder& builder, Found& found, std::uint64_t origin) {
    const std::string& mailbox = walk_->mailbox().name;
    if (found.kind == Found::Kind::Unreadable) {
      std::string key = "{\"account\":";
      append_json_string(key, account_);
      key += ",\"mailbox\":";
      append_json_string(key, mailbox);
      key += ",\"uidvalidity\":" + std::to_string(kUidValidity);
      builder.reject(origin, key + ",\"uid\":" + std::to_string(found.uid) + "}",
                     found.path + " cannot be read: " + found.reason);
      return;
    }
    const bool is_new = found.kind == Found::Kind::New;
    auto record = builder.record(messages_, message::n_fields, is_new ? HAULIER_UPSERT : HAULIER_UPDATE, origin);
    record.text(message::account, account_).text(message::mailbox, mailbox);
    record.integer(message::uidvalidity, kUidValidity).integer(message::uid, found.uid);
    if (found.kind == Found::Kind::Vanished) {
      record.timestamp(message::vanished_at, host_.now_us());
      return;
    }
    record.json(message::flags, flags_json(found.flags));
    if (is_new) record.blob(message::raw, std::move(found.raw));
    if (found.time_us) record.timestamp(message::internal_date, *found.time_us);
  }

  void add_state(BatchBuilder& builder, bool complete) {
    const EntrySet& entries = walk_->entries();
    if (complete) last_success_at_ = host_.now_us();
    auto row = builder.state(status_, status::n_fields);
    row.text(status::account, account_).text(status::mailbox, walk_->mailbox().name);
    row.integer(status::uidvalidity, kUidValidity);
    row.integer(status::messages_total, static_cast<std::int64_t>(std::max(walk_->message_count(), entries.size())));
    row.integer(status::messages_done, static_cast<std::int64_t>(entries.size()));
    if (last_success_at_) row.timestamp(status::last_success_at, *last_success_at_);
    row.json(status::state, entries.to_json());
    since_state_bytes_ = 0;
  }

  Config config_;
  Host host_;
  std::string account_;
  std::uint64_t max_messages_, max_bytes_;
  std::uint32_t messages_ = 0, status_ = 0;
  std::map<std::string, Known> known_;
  std::vector<Mailbox> mailboxes_;
  std::size_t at_ = 0;
  std::optional<MailboxWalk> walk_;
  std::optional<PlaceListing> listing_;
  bool recheck_ = false;
  // What `haulier verify` compares (schemas/README.md).
  const Comparison comparison_{{.places = "email_locations",
                                .gone = "vanished_at",
                                .detail = "emails",
                                .detail_ref = "email_id",
                                .detail_key = "id",
                                .size = "raw_size",
                                .hash = "raw_sha256"},
                               2,
                               {{"account", HAULIER_STRING, kKey},
                                {"mailbox", HAULIER_STRING, kKey},
                                {"uidvalidity", HAULIER_INT64, kKey},
                                {"uid", HAULIER_INT64, kKey},
                                {"raw_size", HAULIER_INT64},
                                {"raw_sha256", HAULIER_STRING}}};
  std::optional<std::int64_t> last_success_at_;
  std::uint64_t since_state_bytes_ = 0;
  std::uint64_t left_ = UINT64_MAX;
};

}  // namespace haulier::mail_files

HAULIER_EXPORT(haulier::source<haulier::mail_files::MailFiles>("mail_files", "1.0.0",
                                                               "Mail on disk: .eml folders, mbox files and Maildirs",
                                                               config_schema));
