#include "engine/source_reader.hpp"

#include <utility>

namespace haulier::host {

SourceReader::SourceReader(SourceReaderParts parts)
    : p_(std::move(parts)), retrier_(p_.config.retry, p_.run, p_.stop_reading) {}

void SourceReader::run() {
  while (!p_.stop_reading.cancelled() && (p_.limit == 0 || origins_ < p_.limit)) {
    tell_committed();
    // A source that makes no blobs waits here instead of in blob_new.
    if (!p_.budget.wait_for_room(p_.stop_reading)) return;
    Batch batch;
    if (!read(batch)) return;
    Envelope envelope = wrap(std::move(batch));
    origins_ += envelope.origin_count;
    p_.run.crash_points.step("engine.source.read");
    const std::uint64_t origins = envelope.origin_count;
    if (!p_.queue.push(std::move(envelope))) return;
    p_.ledger.read(origins);
  }
}

bool SourceReader::read(Batch& batch) {
  bool more = true;
  const std::int64_t start = p_.run.clock.monotonic_us();
  const bool done = with_retries(retrier_, [&] { more = p_.source.read(batch); });
  busy_us_ += p_.run.clock.monotonic_us() - start;
  reached_end_ = done && !more;
  return done && more;
}

Envelope SourceReader::wrap(Batch&& batch) {
  Envelope out;
  out.in_flight = InFlight(p_.budget);
  haulier_batch& c = batch.c();
  Partition& partition = this->partition(view(c.partition));
  out.sequence = sequence_++;
  out.partition = &partition;
  out.number = ++partition.produced;
  out.origin_count = c.origin_count;
  out.size_bytes = c.size_bytes;
  if (c.state) {
    if (!p_.schema.source_state() || c.state->stream != *p_.schema.source_state() ||
        c.state->n_values != p_.schema.stream(*p_.schema.state()).n_fields) {
      throw PluginFault(p_.source.use(), "read", "it gave a state that is no record of its state stream");
    }
    out.state.emplace(*c.state);
    out.state->stream(*p_.schema.state());
    c.state = nullptr;
  }
  out.batch = std::move(batch);
  out.charge = MemoryCharge(p_.budget, text_bytes(out.batch.c()));
  take_rejects(out, p_.schema, p_.source.use().id, p_.config.quarantine_keep_raw, p_.run.clock.now_us());
  return out;
}

Partition& SourceReader::partition(std::string_view name) {
  auto at = partitions_.find(name);
  if (at == partitions_.end()) {
    auto fresh = std::make_unique<Partition>();
    fresh->name = name;
    at = partitions_.emplace(fresh->name, std::move(fresh)).first;
  }
  return *at->second;
}

void SourceReader::tell_committed() {
  for (const auto& [partition, n] : p_.ledger.take_committed()) p_.source.committed(partition->name, n);
}

}  // namespace haulier::host
