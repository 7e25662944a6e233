#include "way.hpp"

#include <fstream>

namespace haulier::bench {

using testing::PluginHandle;

SinkWay::SinkWay(const std::string& plugins, const char* id, const QuietHost& host, const std::string& config,
                 Load& load)
    : handle_(testing::load_descriptor(plugins + "/" + id + ".so", id), host.get(), config) {
  const haulier_sink_options options{sizeof options, 0};
  PluginHandle::call(
      [&](haulier_error* error) { return handle_.sink().open(handle_.self(), load.schema(), &options, error); });
  std::uint64_t epoch = 0;
  PluginHandle::call([&](haulier_error* error) { return handle_.transaction().fence(handle_.self(), &epoch, error); });
}

void SinkWay::commit(const Group& group, const haulier_record& state) {
  const haulier_transaction& transaction = handle_.transaction();
  PluginHandle::call([&](haulier_error* error) { return transaction.begin(handle_.self(), error); });
  for (const Batch& batch : group.batches) {
    const haulier_batch& raw = batch.view().c_batch();
    outcomes_.assign(static_cast<std::size_t>(raw.n_records), 0);
    PluginHandle::call(
        [&](haulier_error* error) { return handle_.sink().write(handle_.self(), &raw, outcomes_.data(), error); });
  }
  PluginHandle::call([&](haulier_error* error) { return transaction.commit(handle_.self(), &state, 1, error); });
}

double SinkWay::server_cpu() const { return task_ == 0 ? 0 : task_cpu(task_); }

double task_cpu(pid_t task) {
  std::ifstream file("/proc/" + std::to_string(task) + "/schedstat");
  double nanoseconds = 0;
  file >> nanoseconds;
  return nanoseconds / 1e9;
}

std::vector<BareTable> bare_tables(Load& load) {
  std::vector<BareTable> out;
  const SchemaView schema(load.schema());
  for (std::uint32_t i = 0; i < schema.size(); ++i) {
    if (schema[i].flags & HAULIER_STREAM_TRANSIENT) continue;
    BareTable table{i, std::string(view(schema[i].name)), {}, {}, i == load.state_stream()};
    for (std::uint32_t field = 0; field < schema[i].n_fields; ++field) {
      table.columns.emplace_back(view(schema[i].fields[field].name));
      table.types.push_back(static_cast<haulier_type>(schema[i].fields[field].type));
    }
    out.push_back(table);
  }
  return out;
}

std::string joined(const std::vector<std::string>& texts, const std::string& separator) {
  std::string out;
  for (const std::string& text : texts) out += (out.empty() ? "" : separator) + text;
  return out;
}

}  // namespace haulier::bench
