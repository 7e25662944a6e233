// Eraser: deletes for good what a person or the pipeline's retention names, from sinks that can (haulier.sink.erase/1),
// and then the bytes that the pipeline's stages keep outside of them.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "engine/pipeline.hpp"
#include "engine/place_rows.hpp"

namespace haulier::host {

struct ErasedSum {
  std::uint64_t rows = 0;
  std::uint64_t bytes = 0;
};

// What one sink lost.
struct SinkErasure {
  std::string sink;                         // its place in the pipeline file
  std::map<std::string, ErasedSum> tables;  // by stream
  ErasedSum outside;                        // files and the like

  [[nodiscard]] ErasedSum total() const;  // of the tables
};

// One row with its parts, or a whole group.
struct EraseWhat {
  bool group = false;
  std::string value;
};

// Of one open pipeline; the sinks are fenced, and idle. One thread. The references outlive it.
class Eraser {
 public:
  Eraser(Pipeline& pipeline, const ComparedFields& fields, RunServices& run, const Retried& retried)
      : pipeline_(pipeline), fields_(fields), run_(run), retried_(retried) {}

  // In one transaction. Throws PluginFault.
  void erase(std::size_t sink, const EraseWhat& what, SinkErasure& out);
  // Rows whose newest place is older: at most `limit` in one transaction. How many of them there were.
  std::uint64_t erase_before(std::size_t sink, std::int64_t before_us, const std::vector<std::string>& groups,
                             std::uint64_t limit, SinkErasure& out);
  // What erasures have left outside, this one and those that were stopped before they got to it.
  void discard_outside(std::size_t sink, SinkErasure& out);

 private:
  // body adds to `out`; it may run several times.
  void transaction(Pipeline::Sink& sink, std::string_view step, SinkErasure& out, const std::function<void()>& body);
  void tell(SinkErasure& out, std::string_view stream, std::uint64_t rows, std::uint64_t bytes) const;
  void step(std::string_view name) const { run_.crash_points.step("engine.erase." + std::string(name)); }

  Pipeline& pipeline_;
  const ComparedFields& fields_;
  RunServices& run_;
  const Retried& retried_;
};

// Throws Failed (bad config) unless every sink of the pipeline can erase.
void require_erasing_sinks(Pipeline& pipeline, const PipelineConfig& config);

// The origins of quarantine rows that tell of the group, or of a place of the row with this key.
[[nodiscard]] std::vector<std::string> quarantined_origins(SinkInstance& sink, const ComparedFields& fields,
                                                           const EraseWhat& what, const Retried& retried);

// Whether it was erased before, by what the sink remembers.
[[nodiscard]] bool was_erased(SinkInstance& sink, const ComparedFields& fields, const EraseWhat& what,
                              const Retried& retried);

// The key of the row that this one lies inside of; empty: in none.
[[nodiscard]] std::string outer_row(SinkInstance& sink, const ComparedFields& fields, const SinkSchema& schema,
                                    const EraseWhat& what, const Retried& retried);

// Whether the sink has rows that are meant.
[[nodiscard]] bool is_there(SinkInstance& sink, const ComparedFields& fields, const SinkSchema& schema,
                            const EraseWhat& what, const Retried& retried);

}  // namespace haulier::host
