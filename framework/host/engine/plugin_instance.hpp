// PluginInstance: one configured plugin, with its host struct, and the calls that the engine makes on it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "engine/abi_text.hpp"
#include "engine/batch.hpp"
#include "engine/host_services.hpp"
#include "engine/plugin_fault.hpp"
#include "haulier/abi/diagnose.h"
#include "haulier/abi/enumerate.h"
#include "haulier/abi/erase.h"
#include "haulier/abi/lookup.h"
#include "haulier/abi/sink.h"
#include "haulier/abi/source.h"
#include "haulier/abi/transform.h"
#include "haulier/abi/upkeep.h"

namespace haulier::host {

// Owns the instance; destroyed by one thread after all other calls have returned. Calls on one object never overlap,
// except cancel(). Every fault comes as a PluginFault.
class PluginInstance {
 public:
  // `cancel` ends the plugin's waits: cancelling it also calls the plugin's cancel(). The references outlive this.
  PluginInstance(const haulier_descriptor& descriptor, const PluginUse& use, RunServices& run, Cancellation& cancel);
  ~PluginInstance();
  PluginInstance(const PluginInstance&) = delete;
  PluginInstance& operator=(const PluginInstance&) = delete;

  [[nodiscard]] const PluginUse& use() const noexcept { return use_; }
  [[nodiscard]] const std::string& version() const noexcept { return version_; }
  [[nodiscard]] std::map<std::string, double> metrics() const { return services_.metrics(); }
  [[nodiscard]] double metric(std::string_view name) const { return services_.metric(name); }
  [[nodiscard]] bool has(const char* ability) const { return find(ability) != nullptr; }

  // Returns false when the plugin cannot check itself.
  bool check();
  // Calls `line` for each line of the plan; false when the plugin has none to tell.
  // Takes bytes away that a row of an OUTSIDE stream stood for; how many. None: it keeps nothing outside.
  [[nodiscard]] std::optional<std::uint64_t> discard(std::string_view stream, std::string_view key);
  bool plan(const std::function<void(std::string_view json)>& line);

 protected:
  [[nodiscard]] const void* find(const char* ability) const { return instance_->ability(instance_, ability); }
  // Throws PluginFault when it is missing, shorter than this host needs, or has no function.
  template <class Ability>
  const Ability& required(const char* id) const {
    const auto* found = static_cast<const Ability*>(find(id));
    if (!found) throw PluginFault(use_, "start", std::string("it has no ability ") + id);
    if (found->struct_size < sizeof(Ability)) throw PluginFault(use_, "start", std::string(id) + " is too short");
    return *found;
  }
  // Runs a call that fills an error; returns OK or END.
  template <class F>
  int32_t call(std::string_view during, F&& f) const {
    haulier_error error = new_error();
    const int32_t status = f(&error);
    if (status != HAULIER_OK && status != HAULIER_END) throw PluginFault(status, error, use_, during);
    return status;
  }
  // Takes what the plugin made and refuses what would lead others astray.
  [[nodiscard]] Batch taken(haulier_batch& batch, const haulier_schema& schema, std::uint64_t origins,
                            std::string_view during) const;
  [[nodiscard]] void* self() const noexcept { return instance_->self; }

 private:
  const PluginUse& use_;
  const std::string version_;
  HostServices services_;
  haulier_instance* instance_ = nullptr;
  Cancellation::Listener listener_;
};

class SourceInstance final : public PluginInstance {
 public:
  SourceInstance(const haulier_descriptor& descriptor, const PluginUse& use, RunServices& run, Cancellation& cancel);
  [[nodiscard]] const haulier_schema& schema() const noexcept { return *schema_; }
  // Before open: begins what needs no state, if it can; returns at once.
  void prepare();
  void open(const haulier_source_options& options, const haulier_batch& state);
  // False: END.
  [[nodiscard]] bool read(Batch& out);
  void committed(std::string_view partition, std::uint64_t n);
  // Calls the functions of `diagnosis` for each step; false when the plugin has none to tell.
  bool diagnose(const haulier_diagnosis& diagnosis);

  // Before open: what the state calls dealt with and the sink does not hold is read again. False: it cannot.
  bool recheck();
  // What is there now, place by place; see haulier/abi/enumerate.h. Null: it cannot tell.
  [[nodiscard]] const haulier_comparison* comparison();
  // Only with a comparison.
  void start_enumeration(std::uint64_t contents);
  // False: END. The page's batch moves into `places`; its other pointers are good until the next call.
  [[nodiscard]] bool next_places(haulier_place_page& page, Batch& places);

 private:
  const haulier_enumerate* enumerate_ = nullptr;
  const haulier_comparison* comparison_ = nullptr;
  const haulier_source& source_;
  const haulier_schema* schema_ = nullptr;
};

class TransformInstance final : public PluginInstance {
 public:
  // in: what the stage before produces; outlives this.
  TransformInstance(const haulier_descriptor& descriptor, const PluginUse& use, RunServices& run, Cancellation& cancel,
                    const haulier_schema& in);
  [[nodiscard]] const haulier_schema& schema() const noexcept { return *schema_; }
  // `in` is left as the plugin left it: empty, unless it failed without taking it over.
  [[nodiscard]] Batch apply(Batch& in, std::uint64_t origins);

 private:
  const haulier_transform& transform_;
  const haulier_schema* schema_ = nullptr;
};

class SinkInstance final : public PluginInstance {
 public:
  SinkInstance(const haulier_descriptor& descriptor, const PluginUse& use, RunServices& run, Cancellation& cancel);
  [[nodiscard]] bool transactional() const noexcept { return transaction_ != nullptr; }

  void open(const haulier_schema& schema, bool inspect);
  // outcomes: one byte per record.
  void write(const haulier_batch& batch, std::uint8_t* outcomes);
  void flush();
  // Only when transactional.
  [[nodiscard]] std::uint64_t fence();
  [[nodiscard]] Batch load_state(const haulier_schema& schema);
  void begin();
  void commit(const haulier_record* states, std::uint64_t n_states);
  void rollback();

  [[nodiscard]] bool can_erase() const { return transactional() && has(HAULIER_ABILITY_ERASE); }
  // Only when it can erase; within a transaction, but for erased(). See haulier/abi/erase.h.
  using ErasedRows = std::function<void(std::string_view stream, std::uint64_t rows, std::uint64_t bytes)>;
  void erase(const haulier_erase_request& request, const ErasedRows& tell);
  [[nodiscard]] std::vector<std::uint8_t> erased(const haulier_erased_query& query);
  [[nodiscard]] Batch outside(const haulier_schema& schema);

  // Calls `tell` for each thing that its owner is to do; none when the plugin has no advice to give. After open.
  void upkeep(const std::function<void(std::string_view words, std::string_view command)>& tell);

  [[nodiscard]] bool can_look_up() const { return has(HAULIER_ABILITY_LOOKUP); }
  // Thread: any, one at a time, also beside the calls above; see haulier/abi/lookup.h.
  [[nodiscard]] Batch lookup(const haulier_lookup_request& request);

 private:
  const haulier_sink& sink_;
  const haulier_transaction* transaction_ = nullptr;
};

// Empty when the batch can be walked safely against the schema, else what is wrong with it.
[[nodiscard]] std::string batch_fault(const haulier_batch& batch, const haulier_schema& schema, std::uint64_t origins);

}  // namespace haulier::host
