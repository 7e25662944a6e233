#include "batch_writer.hpp"

#include <algorithm>

#include "binary_values.hpp"
#include "postgresql_error.hpp"

namespace haulier::postgresql {

namespace {

constexpr std::size_t kCopyRows = 8;
constexpr std::uint64_t kCopyBytes = 64 * 1024;

// The manual's 1 GB is for the stored value with its header; lengths on the wire are 32 bits.
const sql::ValueLimit& value_limit() {
  static const sql::ValueLimit kLimit{1'000'000'000, "is larger than PostgreSQL's limit of 1 GB"};
  return kLimit;
}

}  // namespace

BatchWriter::BatchWriter(Connection& connection, TableWriters& writers, Host host, BatchView batch, Outcomes& outcomes)
    : connection_(connection),
      writers_(writers),
      host_(host),
      batch_(batch),
      outcomes_(outcomes),
      shares_(sql::shares_of(writers, batch, value_limit(), outcomes_)),
      asked_(shares_.size()) {}

void BatchWriter::write() {
  static_cast<void>(find_existing(false));
  host_.crash_point("postgresql.looked_up");
  bool copied = copy_fresh();
  if (!copied && find_existing(true)) copied = copy_fresh();
  if (!copied) {
    for (Share& share : shares_) share.leave_bulk();
  }
  write_rows();
}

bool BatchWriter::is_guessed(std::size_t stream) const noexcept {
  const Share& share = shares_[stream];
  return !asked_[stream] && !share.fresh.empty() && share.writer->rows().has_key();
}

bool BatchWriter::find_existing(bool all) {
  std::vector<Share*> asked;
  for (std::size_t i = 0; i < shares_.size(); ++i) {
    if (!is_guessed(i)) continue;
    if (all) shares_[i].writer->asking().was_wrong();
    // Bytes that are there must not be sent, and few rows are not worth a failure.
    const bool may_guess = !shares_[i].writer->table().immutable && shares_[i].fresh.size() >= kCopyRows;
    if (may_guess && !shares_[i].writer->asking().is_needed()) continue;
    asked_[i] = true;
    asked.push_back(&shares_[i]);
  }
  if (asked.empty()) return false;
  connection_.start_pipeline();
  for (Share* share : asked) {
    std::vector<RecordView> records;
    records.reserve(share->fresh.size());
    for (const std::uint64_t i : share->fresh) records.push_back(batch_[i]);
    share->writer->send_find(connection_, records);
  }
  connection_.sync_pipeline("looking rows up");
  std::vector<Result> found;
  for (const Share* share : asked)
    found.push_back(connection_.next_result("looking up " + share->writer->table().name));
  connection_.finish_pipeline("looking rows up");
  for (std::size_t i = 0; i < asked.size(); ++i) {
    if (found[i].failed())
      throw connection_.error(found[i], "looking rows of " + asked[i]->writer->table().name + " up");
    take_found(*asked[i], found[i]);
  }
  return true;
}

void BatchWriter::take_found(Share& share, const Result& found) {
  std::vector<bool> exists(share.fresh.size());
  for (int row = 0; row < found.rows(); ++row) {
    exists[static_cast<std::size_t>(binary::integer_of(found.bytes(row, 0)) - 1)] = true;
  }
  if (share.fresh.size() >= kCopyRows) share.writer->asking().answered(found.rows() > 0);
  share.take_found(exists, outcomes_);
  if (!pays(share)) share.leave_bulk();
}

bool BatchWriter::pays(const Share& share) const noexcept {
  if (share.fresh.size() >= kCopyRows) return true;
  return std::any_of(share.fresh.begin(), share.fresh.end(),
                     [&](std::uint64_t i) { return share.writer->rows().blob_bytes(batch_[i]) >= kCopyBytes; });
}

bool BatchWriter::copy_fresh() {
  const bool any = std::any_of(shares_.begin(), shares_.end(), [](const Share& share) { return !share.fresh.empty(); });
  if (!any) return true;
  bool first = true;
  for (Share& share : shares_) {
    if (share.fresh.empty()) continue;
    if (!copy_share(share, first)) {
      connection_.run("ROLLBACK TO SAVEPOINT haulier_batch", "going back to the savepoint");
      return false;
    }
    first = false;
  }
  // Released with the transaction: a round trip of its own would be for nothing.
  return true;
}

bool BatchWriter::copy_share(Share& share, bool first) {
  share.writer->start_copy(connection_, first ? "SAVEPOINT haulier_batch; " : "");
  for (const std::uint64_t i : share.fresh) {
    share.writer->copy_row(connection_, batch_[i]);
    host_.crash_point("postgresql.copied_row");
  }
  const Result result = share.writer->finish_copy(connection_);
  if (!result.failed()) return true;
  if (!blames_the_row(result.sqlstate())) throw connection_.error(result, "writing " + share.writer->table().name);
  return false;
}

void BatchWriter::write_rows() {
  std::vector<std::uint64_t> order;
  for (const Share& share : shares_) order.insert(order.end(), share.rows.begin(), share.rows.end());
  if (order.empty()) return;
  std::sort(order.begin(), order.end());
  std::vector<std::uint64_t> sent;
  connection_.start_pipeline();
  for (const std::uint64_t i : order) {
    if (writers_[batch_[i].stream()]->send_row(connection_, batch_[i])) {
      sent.push_back(i);
    } else {
      outcomes_.unchanged(i);
    }
    host_.crash_point("postgresql.row");
  }
  connection_.sync_pipeline("writing rows");
  std::uint64_t failed_at = 0;
  Result failure;
  for (const std::uint64_t i : sent) {
    Result result = connection_.next_result("writing rows");
    if (result.failed() && !failure) {
      failed_at = i;
      failure = std::move(result);
    } else if (!failure && result.changed() == 0) {
      outcomes_.unchanged(i);
    }
  }
  connection_.finish_pipeline("writing rows");
  if (!failure) return;
  const std::string& table = writers_[batch_[failed_at].stream()]->table().name;
  if (blames_the_row(failure.sqlstate())) {
    throw Error::bad_record(failed_at, table + ": " + connection_.message(failure));
  }
  throw connection_.error(failure, "writing " + table);
}

}  // namespace haulier::postgresql
