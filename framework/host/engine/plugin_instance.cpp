#include "engine/plugin_instance.hpp"

#include <utility>

namespace haulier::host {

namespace {

std::string record_fault(const haulier_record& record, const haulier_schema& schema, std::uint64_t origins) {
  if (record.stream >= schema.n_streams) return "a record of stream " + std::to_string(record.stream);
  const haulier_stream& stream = *schema.streams[record.stream];
  if (record.n_values != stream.n_fields || !record.values) {
    return "a record of " + std::string(view(stream.name)) + " with " + std::to_string(record.n_values) +
           " values instead of " + std::to_string(stream.n_fields);
  }
  if (record.origin >= origins) {
    return "a record of " + std::string(view(stream.name)) + " with origin " + std::to_string(record.origin) + " of " +
           std::to_string(origins);
  }
  return {};
}

}  // namespace

std::string batch_fault(const haulier_batch& batch, const haulier_schema& schema, std::uint64_t origins) {
  if (!batch.release) return "no batch";
  if (batch.struct_size < sizeof(haulier_batch)) return "a batch that is too short";
  if (batch.n_records > 0 && (!batch.records || batch.record_size < sizeof(haulier_record)))
    return "a batch without records";
  if (batch.n_rejects > 0 && !batch.rejects) return "a batch without its rejects";
  for (std::uint64_t i = 0; i < batch.n_records; ++i) {
    if (std::string fault = record_fault(record_at(batch, i), schema, origins); !fault.empty()) return fault;
  }
  for (std::uint64_t i = 0; i < batch.n_rejects; ++i) {
    if (batch.rejects[i].origin >= origins) return "a reject with origin " + std::to_string(batch.rejects[i].origin);
  }
  return {};
}

PluginInstance::PluginInstance(const haulier_descriptor& descriptor, const PluginUse& use, RunServices& run,
                               Cancellation& cancel)
    : use_(use),
      version_(descriptor.version),
      services_(run, cancel, descriptor.id, descriptor.kind == HAULIER_SOURCE) {
  call("create", [&](haulier_error* error) {
    return descriptor.create(services_.c(), str(use.checked.json), &instance_, error);
  });
  if (!instance_ || instance_->struct_size < sizeof(haulier_instance) || !instance_->destroy || !instance_->ability) {
    throw PluginFault(use_, "create", "it made no usable instance");
  }
  if (instance_->cancel) {
    listener_ = cancel.listen([this] { instance_->cancel(instance_); });
  }
}

PluginInstance::~PluginInstance() {
  listener_ = {};
  if (instance_) instance_->destroy(instance_);
}

Batch PluginInstance::taken(haulier_batch& c_batch, const haulier_schema& schema, std::uint64_t origins,
                            std::string_view during) const {
  Batch batch(c_batch);
  if (std::string fault = batch_fault(batch.c(), schema, origins); !fault.empty()) {
    throw PluginFault(use_, during, "it gave " + fault);
  }
  return batch;
}

bool PluginInstance::check() {
  const auto* found = static_cast<const haulier_check*>(find(HAULIER_ABILITY_CHECK));
  if (!found) return false;
  call("check", [&](haulier_error* error) { return found->check(self(), error); });
  return true;
}

bool PluginInstance::plan(const std::function<void(std::string_view)>& line) {
  const auto* found = static_cast<const haulier_plan*>(find(HAULIER_ABILITY_PLAN));
  if (!found) return false;
  const auto forward = [](void* user, haulier_str json) {
    (*static_cast<const std::function<void(std::string_view)>*>(user))(view(json));
  };
  void* user = const_cast<void*>(static_cast<const void*>(&line));
  call("plan", [&](haulier_error* error) { return found->plan(self(), forward, user, error); });
  return true;
}

SourceInstance::SourceInstance(const haulier_descriptor& descriptor, const PluginUse& use, RunServices& run,
                               Cancellation& cancel)
    : PluginInstance(descriptor, use, run, cancel), source_(required<haulier_source>(HAULIER_ABILITY_SOURCE)) {
  call("schema", [&](haulier_error* error) { return source_.schema(self(), &schema_, error); });
  if (!schema_) throw PluginFault(use, "schema", "it declared nothing");
}

void SourceInstance::open(const haulier_source_options& options, const haulier_batch& state) {
  call("open", [&](haulier_error* error) { return source_.open(self(), &options, &state, error); });
}

bool SourceInstance::read(Batch& out) {
  haulier_batch batch{};
  batch.struct_size = sizeof batch;
  const int32_t status = call("read", [&](haulier_error* error) { return source_.read(self(), &batch, error); });
  if (status == HAULIER_END) return false;
  out = taken(batch, *schema_, batch.origin_count, "read");
  return true;
}

bool SourceInstance::diagnose(const haulier_diagnosis& diagnosis) {
  if (!has(HAULIER_ABILITY_DIAGNOSE)) return false;
  const auto& found = required<haulier_diagnose>(HAULIER_ABILITY_DIAGNOSE);
  call("diagnose", [&](haulier_error* error) { return found.diagnose(self(), &diagnosis, error); });
  return true;
}

void SourceInstance::committed(std::string_view partition, std::uint64_t n) {
  if (source_.committed) source_.committed(self(), str(partition), n);
}

TransformInstance::TransformInstance(const haulier_descriptor& descriptor, const PluginUse& use, RunServices& run,
                                     Cancellation& cancel, const haulier_schema& in)
    : PluginInstance(descriptor, use, run, cancel), transform_(required<haulier_transform>(HAULIER_ABILITY_TRANSFORM)) {
  call("schema", [&](haulier_error* error) { return transform_.schema(self(), &in, &schema_, error); });
  if (!schema_) throw PluginFault(use, "schema", "it declared nothing");
}

Batch TransformInstance::apply(Batch& in, std::uint64_t origins) {
  haulier_batch out{};
  out.struct_size = sizeof out;
  call("apply", [&](haulier_error* error) { return transform_.apply(self(), &in.c(), &out, error); });
  return taken(out, *schema_, origins, "apply");
}

SinkInstance::SinkInstance(const haulier_descriptor& descriptor, const PluginUse& use, RunServices& run,
                           Cancellation& cancel)
    : PluginInstance(descriptor, use, run, cancel), sink_(required<haulier_sink>(HAULIER_ABILITY_SINK)) {
  if (has(HAULIER_ABILITY_TRANSACTION)) {
    transaction_ = &required<haulier_transaction>(HAULIER_ABILITY_TRANSACTION);
  } else if (!sink_.flush) {
    throw PluginFault(use, "start", "a sink without transactions needs flush()");
  }
}

void SinkInstance::open(const haulier_schema& schema, bool inspect) {
  const haulier_sink_options options{sizeof(haulier_sink_options), inspect ? 1u : 0u};
  call("open", [&](haulier_error* error) { return sink_.open(self(), &schema, &options, error); });
}

void SinkInstance::write(const haulier_batch& batch, std::uint8_t* outcomes) {
  call("write", [&](haulier_error* error) { return sink_.write(self(), &batch, outcomes, error); });
}

void SinkInstance::flush() {
  call("flush", [&](haulier_error* error) { return sink_.flush(self(), error); });
}

std::uint64_t SinkInstance::fence() {
  std::uint64_t epoch = 0;
  call("fence", [&](haulier_error* error) { return transaction_->fence(self(), &epoch, error); });
  return epoch;
}

Batch SinkInstance::load_state(const haulier_schema& schema) {
  haulier_batch out{};
  out.struct_size = sizeof out;
  call("load_state", [&](haulier_error* error) { return transaction_->load_state(self(), &out, error); });
  return taken(out, schema, UINT64_MAX, "load_state");
}

void SinkInstance::begin() {
  call("begin", [&](haulier_error* error) { return transaction_->begin(self(), error); });
}

void SinkInstance::commit(const haulier_record* states, std::uint64_t n_states) {
  call("commit", [&](haulier_error* error) { return transaction_->commit(self(), states, n_states, error); });
}

void SinkInstance::rollback() {
  call("rollback", [&](haulier_error* error) { return transaction_->rollback(self(), error); });
}

}  // namespace haulier::host
