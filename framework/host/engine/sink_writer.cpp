#include "engine/sink_writer.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "engine/kept_records.hpp"

namespace haulier::host {

namespace {

// Thrown to leave the writer when the run is cancelled in the middle of its work.
struct Cancelled {};

// What became of an origin, as bits.
constexpr std::uint8_t kSeenWritten = 1;
constexpr std::uint8_t kSeenUnchanged = 2;
constexpr std::uint8_t kSeenBad = 4;

}  // namespace

SinkWriter::SinkWriter(SinkWriterParts parts, StateRows known)
    : p_(std::move(parts)), known_(std::move(known)), retrier_(p_.config.retry, p_.run, p_.cancel) {}

void SinkWriter::step(const char* name) const {
  p_.run.crash_points.step("engine.sink." + p_.use.label() + "." + name);
}

void SinkWriter::run() {
  try {
    for (;;) {
      const std::int64_t deadline = group_.empty() ? kForever : begun_us_ + p_.policy.interval_us;
      SharedBatch batch = p_.inlet.pop(deadline, {group_.size(), group_bytes_});
      if (p_.cancel.cancelled()) break;
      if (batch) {
        accept(std::move(batch));
        if (due()) commit();
        continue;
      }
      if (!group_.empty()) commit();
      if (p_.inlet.ended()) return;
    }
  } catch (const Cancelled&) {
  } catch (...) {
    roll_back();
    group_.clear();
    throw;
  }
  roll_back();
  group_.clear();
}

void SinkWriter::accept(SharedBatch batch) {
  if (group_.empty()) begun_us_ = p_.run.clock.monotonic_us();
  group_bytes_ += batch->memory_bytes();
  group_.push_back({std::move(batch), {}, {}, {}, 0});
  write_from(group_.size() - 1);
}

bool SinkWriter::due() const {
  return group_bytes_ >= p_.policy.bytes || p_.run.clock.monotonic_us() - begun_us_ >= p_.policy.interval_us;
}

void SinkWriter::write_from(std::size_t from) {
  for (;;) {
    std::size_t i = open_ ? from : 0;
    try {
      if (!open_) {
        step("begin");
        p_.protocol.begin();
        open_ = true;
      }
      for (; i < group_.size(); ++i) write_entry(group_[i]);
      return;
    } catch (const PluginFault& fault) {
      if (fault.status() == HAULIER_BAD_RECORD && i < group_.size()) {
        set_aside(i, fault);
      } else {
        pause_after(fault);
      }
    }
  }
}

// A passing fault: the transaction is gone, wait, and let the caller do it again. Everything else goes on up.
void SinkWriter::pause_after(const PluginFault& fault) {
  roll_back();
  if (fault.status() == HAULIER_CANCELLED && p_.cancel.cancelled()) throw Cancelled{};
  if (fault.status() != HAULIER_RETRY) throw fault;
  ++stats_.retries;
  if (!retrier_.wait(fault)) throw Cancelled{};
}

void SinkWriter::roll_back() noexcept {
  if (std::exchange(open_, false)) p_.protocol.rollback_quietly();
}

// The keys of the records that go with a refused one, the first of each other stream: which place it was.
std::string SinkWriter::keys_beside(const std::vector<haulier_record>& records, const haulier_record& refused) const {
  std::map<std::string, std::string> keys;
  for (const haulier_record& record : records) {
    if (record.origin != refused.origin || record.stream == refused.stream) continue;
    if (record.stream == p_.schema.quarantine()) continue;
    const haulier_stream& stream = p_.schema.stream(record.stream);
    keys.try_emplace(std::string(view(stream.name)), key_json(record, stream));
  }
  std::string out;
  for (const auto& [stream, key] : keys) out += (out.empty() ? ",\"also\":{\"" : ",\"") + stream + "\":" + key;
  return out.empty() ? out : out + "}";
}

// From now on the record and all others of its origin are left out, and a quarantine row takes their place; so it is
// with every origin that uses a row which is refused.
void SinkWriter::set_aside(std::size_t index, const PluginFault& fault) {
  roll_back();
  Entry& bad = group_[index];
  const std::vector<haulier_record> records = kept_records(bad.batch->records(), bad.bad_origins, p_.schema);
  const std::uint64_t at = fault.record_index();
  if (at >= records.size()) {
    throw PluginFault(
        p_.use, "write",
        "it refused record " + std::to_string(at) + " of " + std::to_string(records.size()) + ": " + fault.message());
  }
  if (records[at].stream == p_.schema.quarantine() || p_.config.on_error == OnError::stop) throw fault;
  for (const std::uint64_t origin : origins_of(records[at], records, p_.schema)) {
    quarantine(bad, origin, records, records[at], fault);
  }
  if (index == 0) return;
  // What came before it is good: commit that first, so that each further bad record repeats one batch only.
  std::vector<Entry> rest(std::make_move_iterator(group_.begin() + static_cast<std::ptrdiff_t>(index)),
                          std::make_move_iterator(group_.end()));
  group_.resize(index);
  commit();
  group_ = std::move(rest);
  for (const Entry& entry : group_) group_bytes_ += entry.batch->memory_bytes();
}

void SinkWriter::quarantine(Entry& entry, std::uint64_t origin, const std::vector<haulier_record>& records,
                            haulier_record refused, const PluginFault& fault) {
  const auto place = std::lower_bound(entry.bad_origins.begin(), entry.bad_origins.end(), origin);
  if (place != entry.bad_origins.end() && *place == origin) return;
  entry.bad_origins.insert(place, origin);
  refused.origin = origin;
  const haulier_stream& stream = p_.schema.stream(refused.stream);
  const std::string key = "{\"stream\":\"" + std::string(view(stream.name)) +
                          "\",\"key\":" + key_json(refused, stream) + keys_beside(records, refused) + "}";
  haulier_blob* raw = nullptr;
  for (std::uint32_t i = 0; p_.config.quarantine_keep_raw && i < refused.n_values; ++i) {
    if (refused.values[i].type == HAULIER_BLOB) raw = refused.values[i].v.b;
  }
  entry.quarantined.push_back(p_.schema.quarantine_record(origin, entry.batch->partition().name, key, p_.use.id,
                                                          fault.message(), raw, p_.run.clock.now_us()));
  p_.run.log.log(LogLevel::warning, p_.use.id, "record set aside: " + fault.message(), {{"record", key}});
}

void SinkWriter::write_entry(Entry& entry) {
  step("write");
  const std::int64_t start = p_.run.clock.monotonic_us();
  if (entry.bad_origins.empty()) {
    const SinkBatch& batch = *entry.batch;
    outcomes_.assign(batch.records().size(), HAULIER_WRITTEN);
    p_.protocol.write(batch.c(), outcomes_.data());
    count(entry, batch.records(), batch.data_records());
  } else {
    write_filtered(entry);
  }
  stats_.busy_us += p_.run.clock.monotonic_us() - start;
}

void SinkWriter::write_filtered(Entry& entry) {
  std::vector<haulier_record> records = kept_records(entry.batch->records(), entry.bad_origins, p_.schema);
  // What the host added itself stands behind the data, and is all of one stream.
  const auto data_records = static_cast<std::size_t>(std::count_if(
      records.begin(), records.end(), [&](const haulier_record& r) { return r.stream != p_.schema.quarantine(); }));
  for (const OwnedRecord& row : entry.quarantined) records.push_back(row.c());
  outcomes_.assign(records.size(), HAULIER_WRITTEN);
  const haulier_batch batch = entry.batch->with_records(records);
  p_.protocol.write(batch, outcomes_.data());
  count(entry, records, data_records);
}

void SinkWriter::count(Entry& entry, const std::vector<haulier_record>& records, std::size_t data_records) {
  const std::uint64_t origins = entry.batch->origin_count();
  fates_.assign(origins, 0);
  for (std::size_t i = 0; i < data_records; ++i) {
    if (outcomes_[i] == HAULIER_FILTERED) continue;
    fates_[records[i].origin] |= outcomes_[i] == HAULIER_UNCHANGED ? kSeenUnchanged : kSeenWritten;
  }
  for (const std::uint64_t bad : entry.bad_origins) fates_[bad] |= kSeenBad;
  entry.counters = {};
  entry.records = data_records;
  entry.counters.read = static_cast<std::int64_t>(origins);
  for (std::uint64_t i = 0; i < origins; ++i) {
    const std::uint8_t fate = fates_[i];
    if (entry.batch->rejected(i) || (fate & kSeenBad))
      ++entry.counters.quarantined;
    else if (fate & kSeenWritten)
      ++entry.counters.written;
    else if (fate & kSeenUnchanged)
      ++entry.counters.unchanged;
    else
      ++entry.counters.filtered;
  }
}

StateRows SinkWriter::latest_states(StatePositions& positions) const {
  StateRows out;
  for (const Entry& entry : group_) {
    const OwnedRecord* state = entry.batch->state();
    if (!state) continue;
    std::string key = key_json(state->c(), p_.schema.stream(*p_.schema.state()));
    positions[key] = entry.batch->sequence() + 1;
    out.insert_or_assign(std::move(key), OwnedRecord(state->c()));
  }
  return out;
}

void SinkWriter::commit() {
  StatePositions positions;
  StateRows states = latest_states(positions);
  if (p_.before_commit) p_.before_commit(states, positions);
  for (;;) {
    write_from(group_.size());
    if (try_commit(states)) break;
  }
  settle(std::move(states));
}

// False: it did not happen; everything is to be written again.
bool SinkWriter::try_commit(const StateRows& states) {
  try {
    step("commit");
    const std::int64_t start = p_.run.clock.monotonic_us();
    p_.protocol.commit(states);
    stats_.busy_us += p_.run.clock.monotonic_us() - start;
    open_ = false;
    step("committed");
    return true;
  } catch (const PluginFault& fault) {
    if (fault.status() != HAULIER_COMMIT_UNKNOWN) {
      pause_after(fault);
      return false;
    }
    open_ = false;
    p_.run.log.log(LogLevel::warning, p_.use.id, "the outcome of a commit is unknown, asking: " + fault.message());
    return was_committed(states);
  }
}

// The state rows share the transaction with the data, so they tell whether it happened. A group whose rows equal those
// of the commit before proves nothing; it is written again, which its keys make harmless.
bool SinkWriter::was_committed(const StateRows& states) {
  StateRows found;
  if (!with_retries(retrier_, [&] { found = p_.protocol.load(); })) throw Cancelled{};
  bool proved = false;
  for (const auto& [key, row] : states) {
    const auto now = found.find(key);
    if (now == found.end() || !same_row(now->second, row)) return false;
    const auto before = known_.find(key);
    if (before == known_.end() || !same_row(before->second, row)) proved = true;
  }
  return proved;
}

void SinkWriter::settle(StateRows&& states) {
  std::vector<Ledger::Settled> settled;
  settled.reserve(group_.size());
  for (const Entry& entry : group_) {
    const SinkBatch& batch = *entry.batch;
    settled.push_back({&batch.partition(), batch.number(), batch.sequence(), batch.size_bytes(), entry.counters});
    stats_.records += entry.records;
  }
  for (auto& [key, row] : states) known_.insert_or_assign(key, std::move(row));
  ++stats_.commits;
  retrier_.progress();
  p_.ledger.settle(p_.index, settled);
  group_.clear();
  group_bytes_ = 0;
  step("settled");
  if (p_.on_commit) p_.on_commit(settled);
}

SinkStats SinkWriter::stats() const {
  SinkStats out = stats_;
  out.retries = retrier_.total();
  return out;
}

}  // namespace haulier::host
