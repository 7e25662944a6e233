// What a run erases because it is old.
#include <set>
#include <string>

#include "engine/pipeline_run.hpp"

namespace haulier::host {

namespace {

constexpr std::int64_t kDay_us = std::int64_t{24} * 3600 * 1'000'000;
constexpr std::uint64_t kMessagesAtOnce = 500;  // in one transaction

// The groups that the pipeline keeps a state of: nobody else's rows are touched.
std::vector<std::string> groups_of(const StateRows& states, const haulier_stream& stream, std::string_view field) {
  std::set<std::string> out;
  for (std::uint32_t i = 0; i < stream.n_fields; ++i) {
    if (view(stream.fields[i].name) != field) continue;
    for (const auto& [key, row] : states) {
      if (row[i].type == HAULIER_STRING) out.emplace(view(row[i].v.s));
    }
  }
  return {out.begin(), out.end()};
}

}  // namespace

void PipelineRun::erase_old() {
  if (config_.retention_days == 0 || has_ended_badly()) return;
  const haulier_comparison* comparison = pipeline_.source().comparison();
  if (!comparison || !pipeline_.schema().state() || !HAULIER_HAS(comparison, received) ||
      comparison->received.size == 0) {
    throw Failed({.exit_code = ExitCode::bad_config,
                  .what = config_.source.path + " does not tell when a message was received: retention needs that"});
  }
  const ComparedFields fields(*comparison, pipeline_.schema(), config_.source);
  const haulier_stream& stream = pipeline_.schema().stream(*pipeline_.schema().state());
  const Retried retried = [this](const std::function<void()>& f) {
    Retrier retrier(config_.retry, services_, stop_all_);
    if (!with_retries(retrier, f)) throw Stopped{};
  };
  Eraser eraser(pipeline_, fields, services_, retried);
  const std::int64_t before_us = services_.clock.now_us() - config_.retention_days * kDay_us;
  for (std::size_t i = 0; i < pipeline_.sinks().size(); ++i) {
    SinkErasure erased{config_.sinks[i].path, {}, {}};
    StateRows states;
    retried([&] { states = pipeline_.sinks()[i].protocol->load(); });
    const std::vector<std::string> groups = groups_of(states, stream, view(fields.key_field(0).name));
    while (eraser.erase_before(i, before_us, groups, kMessagesAtOnce, erased) >= kMessagesAtOnce) {
      if (stop_reading_.cancelled()) break;
    }
    eraser.discard_outside(i, erased);
    const ErasedSum total = erased.total();
    if (parts_.audit && total.rows > 0) {
      parts_.audit->record("erased", {{"pipeline", config_.name},
                                      {"run_id", services_.run_id},
                                      {"older_than_days", std::to_string(config_.retention_days)},
                                      {"sink", erased.sink},
                                      {"rows", std::to_string(total.rows)},
                                      {"bytes", std::to_string(total.bytes)},
                                      {"files", std::to_string(erased.outside.rows)}});
    }
    erased_.push_back(std::move(erased));
  }
}

}  // namespace haulier::host
