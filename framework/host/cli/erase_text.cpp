#include "cli/erase_text.hpp"

#include "cli/text_table.hpp"
#include "json_writer.hpp"
#include "report/escape.hpp"

namespace haulier::host {

namespace {

std::string_view kind(const EraseWhat& what) { return what.group ? "account" : "email"; }

}  // namespace

std::string receipt_text(const EraseReceipt& receipt) {
  std::string out = "erased " + std::string(kind(receipt.what)) + " " + escape_for_terminal(receipt.what.value) +
                    "\n  pipeline " + receipt.pipeline + ", run " + receipt.run_id + ", " + format_utc(receipt.at_us) +
                    "\n";
  for (const SinkErasure& sink : receipt.sinks) {
    std::vector<std::vector<std::string>> table{{"table", "rows", "bytes"}};
    for (const auto& [stream, sum] : sink.tables) {
      table.push_back({stream, std::to_string(sum.rows), std::to_string(sum.bytes)});
    }
    const ErasedSum total = sink.total();
    table.push_back({"in all", std::to_string(total.rows), std::to_string(total.bytes)});
    if (sink.outside.rows > 0) {
      table.push_back({"files", std::to_string(sink.outside.rows), std::to_string(sink.outside.bytes)});
    }
    out += sink.sink + "\n" + text_table(table);
  }
  return out;
}

std::string receipt_json(const EraseReceipt& receipt) {
  JsonWriter out(2);
  out.begin_object().member("receipt_version", 1).member("pipeline", receipt.pipeline);
  out.member("run_id", receipt.run_id).member("at", format_utc(receipt.at_us));
  out.key("what").begin_object().member(kind(receipt.what), receipt.what.value).end_object();
  out.key("sinks").begin_list();
  for (const SinkErasure& sink : receipt.sinks) {
    const ErasedSum total = sink.total();
    out.begin_object().member("sink", sink.sink).member("rows", total.rows).member("bytes", total.bytes);
    out.key("tables").begin_object();
    for (const auto& [stream, sum] : sink.tables) {
      out.key(stream).begin_object().member("rows", sum.rows).member("bytes", sum.bytes).end_object();
    }
    out.end_object().member("files", sink.outside.rows).member("file_bytes", sink.outside.bytes).end_object();
  }
  return out.end_list().end_object().take() + "\n";
}

std::vector<AuditField> audit_fields(const EraseReceipt& receipt, const SinkErasure& sink) {
  const ErasedSum total = sink.total();
  std::vector<AuditField> out{{"pipeline", receipt.pipeline},
                              {"run_id", receipt.run_id},
                              {std::string(kind(receipt.what)), receipt.what.value},
                              {"sink", sink.sink},
                              {"rows", std::to_string(total.rows)},
                              {"bytes", std::to_string(total.bytes)},
                              {"files", std::to_string(sink.outside.rows)}};
  for (const auto& [stream, sum] : sink.tables) out.emplace_back("rows_" + stream, std::to_string(sum.rows));
  return out;
}

}  // namespace haulier::host
