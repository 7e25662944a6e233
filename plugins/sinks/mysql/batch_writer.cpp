#include "batch_writer.hpp"

#include <algorithm>

namespace haulier::mysql {

namespace {

constexpr std::size_t kBulkRows = 4;
constexpr std::size_t kGuessedRows = 8;
constexpr std::uint64_t kBulkBytes = 64 * 1024;

}  // namespace

sql::ValueLimit value_limit(const Connection& connection) {
  return {connection.largest_packet(), "is larger than max_allowed_packet of the server (" +
                                           std::to_string(connection.largest_packet()) +
                                           " bytes); as an administrator: SET GLOBAL max_allowed_packet = 1073741824"};
}

BatchWriter::BatchWriter(Connection& connection, TableWriters& writers, Host host, BatchView batch, Outcomes& outcomes)
    : connection_(connection),
      writers_(writers),
      host_(host),
      batch_(batch),
      outcomes_(outcomes),
      shares_(sql::shares_of(writers, batch, value_limit(connection), outcomes_)),
      asked_(shares_.size()) {}

void BatchWriter::write() {
  static_cast<void>(find_existing(false));
  host_.crash_point("mysql.looked_up");
  bool inserted = insert_fresh();
  if (!inserted && find_existing(true)) inserted = insert_fresh();
  if (!inserted) {
    for (Share& share : shares_) share.leave_bulk();
  }
  write_rows();
}

bool BatchWriter::pays(const Share& share) const noexcept {
  if (share.fresh.size() >= kBulkRows) return true;
  return std::any_of(share.fresh.begin(), share.fresh.end(),
                     [&](std::uint64_t i) { return share.writer->rows().blob_bytes(batch_[i]) >= kBulkBytes; });
}

bool BatchWriter::is_guessed(std::size_t stream) const noexcept {
  const Share& share = shares_[stream];
  return !asked_[stream] && !share.fresh.empty() && share.writer->rows().has_key();
}

bool BatchWriter::find_existing(bool all) {
  bool any = false;
  for (std::size_t i = 0; i < shares_.size(); ++i) {
    Share& share = shares_[i];
    if (!share.fresh.empty() && !pays(share)) share.leave_bulk();
    if (!is_guessed(i)) continue;
    if (all) share.writer->asking().was_wrong();
    // Bytes that are there must not be sent, and few rows are not worth a failure.
    const bool may_guess = !share.writer->table().immutable && share.fresh.size() >= kGuessedRows;
    if (may_guess && !share.writer->asking().is_needed()) continue;
    asked_[i] = any = true;
    ask(share);
  }
  return any;
}

void BatchWriter::ask(Share& share) {
  std::vector<RecordView> records;
  records.reserve(share.fresh.size());
  for (const std::uint64_t i : share.fresh) records.push_back(batch_[i]);
  const std::vector<bool> exists = share.writer->find(connection_, records);
  const bool any_there = std::find(exists.begin(), exists.end(), true) != exists.end();
  if (records.size() >= kGuessedRows) share.writer->asking().answered(any_there);
  share.take_found(exists, outcomes_);
  host_.crash_point("mysql.found");
}

bool BatchWriter::insert_fresh() {
  const bool any = std::any_of(shares_.begin(), shares_.end(), [](const Share& share) { return !share.fresh.empty(); });
  if (!any) return true;
  connection_.run("SAVEPOINT haulier_batch", "setting a savepoint");
  host_.crash_point("mysql.saved");
  for (Share& share : shares_) {
    if (share.fresh.empty() || insert_share(share)) continue;
    connection_.run("ROLLBACK TO SAVEPOINT haulier_batch", "going back to the savepoint");
    return false;
  }
  connection_.run("RELEASE SAVEPOINT haulier_batch", "releasing the savepoint");
  return true;
}

bool BatchWriter::insert_share(Share& share) {
  std::vector<RecordView> records;
  records.reserve(share.fresh.size());
  for (const std::uint64_t i : share.fresh) records.push_back(batch_[i]);
  Failure failure;
  share.writer->insert(connection_, records, failure);
  if (failure.number == 0) return true;
  if (!blames_the_row(failure)) throw connection_.error(failure, "writing " + share.writer->table().name);
  return false;
}

void BatchWriter::write_rows() {
  std::vector<std::uint64_t> order;
  for (const Share& share : shares_) order.insert(order.end(), share.rows.begin(), share.rows.end());
  std::sort(order.begin(), order.end());
  for (const std::uint64_t i : order) {
    TableWriter& writer = *writers_[batch_[i].stream()];
    Failure failure;
    const std::int64_t changed = writer.write(connection_, batch_[i], failure);
    host_.crash_point("mysql.row");
    if (failure.number != 0) {
      if (blames_the_row(failure)) throw Error::bad_record(i, writer.table().name + ": " + words_of(failure));
      throw connection_.error(failure, "writing " + writer.table().name);
    }
    if (changed == 0) outcomes_.unchanged(i);
  }
}

}  // namespace haulier::mysql
