#include "source_run.hpp"

#include <fstream>

#include "delivered.hpp"
#include "haulier/batch_builder.hpp"
#include "haulier/testing/fake_host.hpp"
#include "imap_source.hpp"
#include "mail_streams.hpp"

namespace replay {
namespace {

using namespace haulier;
using namespace haulier::imap;

// Bytes above 127 as \xHH: a golden file is text, whatever a message holds.
std::string bytes_text(const haulier_blob& blob) {
  static const char kDigits[] = "0123456789ABCDEF";
  std::string out = "<";
  for (std::size_t i = 0; i < blob.size; ++i) {
    const auto byte = blob.data[i];
    if (byte < 0x80) {
      out += static_cast<char>(byte);
    } else {
      out += {'\\', 'x', kDigits[byte >> 4], kDigits[byte & 15]};
    }
  }
  return out + ">";
}

std::string value_text(const haulier_value& value) {
  switch (value.type) {
    case HAULIER_INT64:
    case HAULIER_TIMESTAMP:
      return std::to_string(value.v.i);
    case HAULIER_STRING:
    case HAULIER_JSON:
      return std::string(view(value.v.s));
    case HAULIER_BLOB:
      return bytes_text(*value.v.b);
    default:
      return {};
  }
}

// "upsert INBOX 7 1 raw=<...> flags=[...]": fields that are null or absent are left out, the account too.
std::string record_text(const RecordView& record) {
  static const char* const kNames[] = {"account", "mailbox", "uidvalidity", "uid",    "raw",     "date",
                                       "flags",   "modseq",  "id",          "thread", "vanished"};
  std::string out = record.op() == HAULIER_UPSERT ? "upsert" : "update";
  for (std::uint32_t i = 1; i < record.size(); ++i) {
    if (record.empty(i)) continue;
    out += i < 4 ? " " + value_text(record[i]) : std::string(" ") + kNames[i] + "=" + value_text(record[i]);
  }
  return out;
}

std::string state_text(const haulier_batch& batch) {
  const RecordView row(*batch.state);
  using namespace sync_status;
  std::string out = "state " + value_text(row[kMailbox]) + " total=" + value_text(row[kMessagesTotal]) +
                    " done=" + value_text(row[kMessagesDone]);
  out += row.empty(kLastSuccessAt) ? "" : " success";
  if (!row.empty(kLastError)) out += " error=" + value_text(row[kLastError]);
  return out + " " + value_text(row[kState]);
}

void note_batch(const Batch& batch, RunResult& result) {
  const auto view = batch.view();
  for (std::uint64_t i = 0; i < view.size(); ++i) result.records.push_back(record_text(view[i]));
  const auto& c = view.c_batch();
  for (std::uint64_t i = 0; i < c.n_rejects; ++i) {
    result.records.push_back("reject " + std::string(haulier::view(c.rejects[i].key)) + " " +
                             std::string(haulier::view(c.rejects[i].reason)));
  }
  if (c.state) result.records.push_back(state_text(c));
}

void read_all(ImapSource& source, RunResult& result, Delivered& delivered, unsigned calls_after_retry) {
  try {
    while (auto batch = source.read()) {
      note_batch(*batch, result);
      delivered.add(batch->view());
    }
    result.end = "end";
  } catch (const Error& error) {
    if (error.status() == HAULIER_RETRY && calls_after_retry > 0)
      return read_all(source, result, delivered, calls_after_retry - 1);
    result.end =
        std::to_string(error.status()) + " " + error.what() + (error.hint().empty() ? "" : " | " + error.hint());
    if (error.retry_after_ms() >= 60'000)
      result.end += " | after " + std::to_string(error.retry_after_ms() / 60'000) + " min";
  }
}

// One state batch as the host hands it back.
Batch state_batch(const std::vector<std::pair<std::string, std::string>>& state) {
  BatchBuilder builder;
  for (const auto& [mailbox, json] : state) {
    builder.record(kSyncStatus, sync_status::kCount, HAULIER_UPSERT, 0)
        .text(sync_status::kAccount, "me@example.org")
        .text(sync_status::kMailbox, mailbox)
        .json(sync_status::kState, json);
  }
  return builder.finish();
}

}  // namespace

RunResult run_source(const Trace& trace, const std::string& config, Cuts cuts,
                     const std::vector<std::pair<std::string, std::string>>& state, const RunOptions& options) {
  testing::FakeHost host;
  if (options.cancelled) host.cancel();
  const bool token = config.find("oauth2") != std::string::npos;
  host.credential_kind = token ? HAULIER_CREDENTIAL_BEARER : HAULIER_CREDENTIAL_PASSWORD;
  RunResult result;
  std::size_t next = 0;
  const auto make = [&](const AccountConfig&) {
    Transport transport;
    transport.connect = [&]() -> std::unique_ptr<ByteStream> {
      if (next == trace.connections.size()) throw TraceMismatch("one connection more than the trace has");
      return std::make_unique<ScriptedStream>(trace.connections[next++], cuts);
    };
    transport.encrypt = [](std::unique_ptr<ByteStream> stream) { return stream; };
    return transport;
  };
  ImapSource source(Config(config), Host(host.get()), make);
  const Batch rows = state_batch(state);
  source.open({options.watch, options.max_records}, rows.view());
  Delivered delivered(state);
  read_all(source, result, delivered, options.calls_after_retry);
  result.ahead = delivered.ahead();
  result.audits = host.audits;
  result.logs = host.logs;
  result.connects = host.metrics["haulier_imap_connects_total"];
  result.bodies = host.metrics["haulier_imap_bodies_fetched_total"];
  result.round_trips = host.metrics["haulier_imap_round_trips_total"];
  return result;
}

std::string trace_header(const std::string& path, const std::string& key) {
  std::ifstream in(path);
  const std::string prefix = "# " + key + ": ";
  for (std::string line; std::getline(in, line) && (line.starts_with('#') || line.empty());) {
    if (line.starts_with(prefix)) return line.substr(prefix.size());
  }
  return {};
}

}  // namespace replay
