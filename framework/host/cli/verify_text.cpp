#include "cli/verify_text.hpp"

#include "cli/text_table.hpp"
#include "json_writer.hpp"
#include "report/escape.hpp"

namespace haulier::host {

namespace {

struct Column {
  const char* head;  // of the table
  const char* name;  // in JSON
  std::uint64_t PlaceCounts::*count;
  bool only_hashed = false;  // shown when contents were read
};

constexpr Column kColumns[] = {
    {"at source", "at_source", &PlaceCounts::on_source},
    {"in sink", "in_sink", &PlaceCounts::present},
    {"missing", "missing", &PlaceCounts::missing},
    {"quarantined", "quarantined", &PlaceCounts::quarantined},
    {"erased", "erased", &PlaceCounts::erased},
    {"arrived since", "arrived_since", &PlaceCounts::arrived},
    {"not read yet", "not_read_yet", &PlaceCounts::waiting},
    {"extra", "extra", &PlaceCounts::extra},
    {"vanished", "vanished", &PlaceCounts::gone},
    {"other size", "other_size", &PlaceCounts::other_size},
    {"hashed", "hashed", &PlaceCounts::hashed, true},
    {"other hash", "other_hash", &PlaceCounts::other_hash, true},
};

constexpr const char* kFaultNames[kPlaceFaults] = {"missing", "not_read_yet", "extra", "other_size", "other_hash"};
constexpr const char* kFaultHeads[kPlaceFaults] = {
    "missing", "not read yet", "extra (a run that finds them gone marks them)",
    "other size (a source may be wrong about sizes; --deep compares the contents)", "other content"};

std::vector<std::string> cells(const std::string& name, const PlaceCounts& counts, bool hashed) {
  std::vector<std::string> out{name};
  for (const Column& column : kColumns) {
    if (hashed || !column.only_hashed) out.push_back(std::to_string(counts.*column.count));
  }
  return out;
}

std::uint64_t count_of(PlaceFault kind, const PlaceCounts& counts) {
  switch (kind) {
    case PlaceFault::missing:
      return counts.missing;
    case PlaceFault::waiting:
      return counts.waiting;
    case PlaceFault::extra:
      return counts.extra;
    case PlaceFault::other_size:
      return counts.other_size;
    case PlaceFault::other_hash:
      return counts.other_hash;
  }
  return 0;
}

std::string findings_text(const PlaceResult& result) {
  std::string out;
  for (std::size_t kind = 0; kind < kPlaceFaults; ++kind) {
    if (result.first[kind].empty()) continue;
    out += std::string(kFaultHeads[kind]) + ":\n";
    for (const PlaceFinding& finding : result.first[kind]) {
      out += "  " + escape_for_terminal(finding.partition + " " + finding.place + ": " + finding.words) + "\n";
    }
    const std::uint64_t all = count_of(static_cast<PlaceFault>(kind), result.total);
    if (all > result.first[kind].size()) {
      out += "  and " + std::to_string(all - result.first[kind].size()) + " more\n";
    }
  }
  return out;
}

void write_counts(JsonWriter& out, const PlaceCounts& counts) {
  for (const Column& column : kColumns) out.member(column.name, counts.*column.count);
}

}  // namespace

Verdict verdict_of(const std::vector<VerifiedSink>& sinks, const std::string& pipeline_file) {
  PlaceCounts all;
  for (const VerifiedSink& sink : sinks) all.add(sink.result.total);
  const std::string run = "haulier run " + pipeline_file;
  if (all.missing + all.other_hash > 0) {
    return {ExitCode::bad_state,
            std::to_string(all.missing) + " missing, " + std::to_string(all.other_hash) +
                " with another content: the sink does not hold what its state says",
            run + " --recheck"};
  }
  if (all.waiting > 0) return {ExitCode::try_again, std::to_string(all.waiting) + " were not read yet", run};
  Verdict out{ExitCode::ok, "nothing is missing", ""};
  if (all.arrived > 0) out.words += "; " + std::to_string(all.arrived) + " arrived since the last run";
  if (all.extra > 0) out.words += "; " + std::to_string(all.extra) + " went away since the last run";
  if (all.arrived + all.extra > 0) out.command = run;
  return out;
}

std::string verify_text(const std::vector<VerifiedSink>& sinks, const Verdict& verdict, bool hashed) {
  std::string out;
  for (const VerifiedSink& sink : sinks) {
    std::vector<std::vector<std::string>> table{{"place"}};
    for (const Column& column : kColumns) {
      if (hashed || !column.only_hashed) table[0].emplace_back(column.head);
    }
    for (const auto& [name, counts] : sink.result.partitions) table.push_back(cells(name, counts, hashed));
    table.push_back(cells("all", sink.result.total, hashed));
    out += sink.path + "\n" + text_table(table) + findings_text(sink.result);
  }
  out += verdict.words + "\n";
  return verdict.command.empty() ? out : out + "run: " + verdict.command + "\n";
}

std::string verify_json(const std::string& pipeline, const std::vector<VerifiedSink>& sinks, const Verdict& verdict) {
  JsonWriter out(2);
  out.begin_object().member("pipeline", pipeline).member("verdict", verdict.words);
  out.member("exit_code", to_int(verdict.exit_code)).member("command", verdict.command);
  out.key("sinks").begin_list();
  for (const VerifiedSink& sink : sinks) {
    out.begin_object().member("sink", sink.path).key("total").begin_object();
    write_counts(out, sink.result.total);
    out.end_object().key("partitions").begin_list();
    for (const auto& [name, counts] : sink.result.partitions) {
      out.begin_object().member("place", name);
      write_counts(out, counts);
      out.end_object();
    }
    out.end_list().key("first").begin_object();
    for (std::size_t kind = 0; kind < kPlaceFaults; ++kind) {
      out.key(kFaultNames[kind]).begin_list();
      for (const PlaceFinding& finding : sink.result.first[kind]) {
        out.begin_object().member("partition", finding.partition).key("key").raw(finding.place);
        out.member("words", finding.words).end_object();
      }
      out.end_list();
    }
    out.end_object().end_object();
  }
  return out.end_list().end_object().take() + "\n";
}

}  // namespace haulier::host
