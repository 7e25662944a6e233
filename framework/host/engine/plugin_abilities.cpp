// The calls of PluginInstance's kinds that belong to optional abilities: looking rows up, erasing, telling what is
// there.
#include "engine/plugin_instance.hpp"

namespace haulier::host {

void SourceInstance::prepare() {
  if (!has(HAULIER_ABILITY_PREPARE)) return;
  const auto& ability = required<haulier_prepare>(HAULIER_ABILITY_PREPARE);
  call("prepare", [&](haulier_error* error) { return ability.prepare(self(), error); });
}

bool SourceInstance::recheck() {
  if (!has(HAULIER_ABILITY_RECHECK)) return false;
  const auto& ability = required<haulier_recheck>(HAULIER_ABILITY_RECHECK);
  call("recheck", [&](haulier_error* error) { return ability.recheck(self(), error); });
  return true;
}

const haulier_comparison* SourceInstance::comparison() {
  if (comparison_ || !has(HAULIER_ABILITY_ENUMERATE)) return comparison_;
  enumerate_ = &required<haulier_enumerate>(HAULIER_ABILITY_ENUMERATE);
  const haulier_comparison* found = nullptr;
  call("comparison", [&](haulier_error* error) { return enumerate_->comparison(self(), &found, error); });
  std::uint32_t keys = 0;
  for (std::uint32_t i = 0; found && found->places && i < found->places->n_fields; ++i) {
    if (found->places->fields[i].flags & HAULIER_FIELD_KEY) ++keys;
  }
  if (!found || found->n_partition_fields == 0 || found->n_partition_fields >= keys) {
    throw PluginFault(use(), "comparison", "its places have no usable key");
  }
  return comparison_ = found;
}

void SourceInstance::start_enumeration(std::uint64_t contents) {
  const haulier_enumerate_options options{sizeof options, 0, contents};
  call("enumerate", [&](haulier_error* error) { return enumerate_->start(self(), &options, error); });
}

bool SourceInstance::next_places(haulier_place_page& page, Batch& places) {
  page = {};
  page.struct_size = sizeof page;
  page.places.struct_size = sizeof page.places;
  const int32_t status =
      call("enumerate", [&](haulier_error* error) { return enumerate_->next(self(), &page, error); });
  if (status == HAULIER_END) return false;
  const haulier_stream* streams[] = {comparison_->places};
  const haulier_schema schema{sizeof schema, 1, streams};
  places = taken(page.places, schema, UINT64_MAX, "enumerate");
  if (!page.key || (places.c().n_records > 0 && !page.standings)) {
    throw PluginFault(use(), "enumerate", "it gave a page without its key or its standings");
  }
  return true;
}

std::optional<std::uint64_t> PluginInstance::discard(std::string_view stream, std::string_view key) {
  if (!has(HAULIER_ABILITY_DISCARD)) return std::nullopt;
  const auto& ability = required<haulier_discard>(HAULIER_ABILITY_DISCARD);
  std::uint64_t size = 0;
  call("discard", [&](haulier_error* error) { return ability.discard(self(), str(stream), str(key), &size, error); });
  return size;
}

void SinkInstance::erase(const haulier_erase_request& request, const ErasedRows& tell) {
  const auto& ability = required<haulier_erase>(HAULIER_ABILITY_ERASE);
  const auto forward = [](void* user, haulier_str stream, std::uint64_t rows, std::uint64_t bytes) {
    (*static_cast<const ErasedRows*>(user))(view(stream), rows, bytes);
  };
  void* user = const_cast<void*>(static_cast<const void*>(&tell));
  call("erase", [&](haulier_error* error) { return ability.erase(self(), &request, forward, user, error); });
}

std::vector<std::uint8_t> SinkInstance::erased(const haulier_erased_query& query) {
  const auto& ability = required<haulier_erase>(HAULIER_ABILITY_ERASE);
  std::vector<std::uint8_t> out(query.n_rows);
  call("look up", [&](haulier_error* error) { return ability.erased(self(), &query, out.data(), error); });
  return out;
}

Batch SinkInstance::outside(const haulier_schema& schema) {
  const auto& ability = required<haulier_erase>(HAULIER_ABILITY_ERASE);
  haulier_batch out{};
  out.struct_size = sizeof out;
  call("erase", [&](haulier_error* error) { return ability.outside(self(), &out, error); });
  return taken(out, schema, UINT64_MAX, "erase");
}

void SinkInstance::upkeep(const std::function<void(std::string_view words, std::string_view command)>& tell) {
  if (!has(HAULIER_ABILITY_UPKEEP)) return;
  const auto& ability = required<haulier_upkeep>(HAULIER_ABILITY_UPKEEP);
  const auto forward = [](void* user, const haulier_advice* advice) {
    (*static_cast<std::decay_t<decltype(tell)>*>(user))(view(advice->words), view(advice->command));
  };
  void* user = const_cast<void*>(static_cast<const void*>(&tell));
  call("upkeep", [&](haulier_error* error) { return ability.upkeep(self(), forward, user, error); });
}

Batch SinkInstance::lookup(const haulier_lookup_request& request) {
  const auto& ability = required<haulier_lookup>(HAULIER_ABILITY_LOOKUP);
  haulier_batch out{};
  out.struct_size = sizeof out;
  call("look up", [&](haulier_error* error) { return ability.lookup(self(), &request, &out, error); });
  Batch batch(out);
  bool sound = batch.c().release && batch.c().n_records <= request.limit;
  for (std::uint64_t i = 0; sound && i < batch.c().n_records; ++i) {
    const haulier_record& record = record_at(batch.c(), i);
    sound = record.n_values == request.n_fields && record.values;
  }
  if (!sound) throw PluginFault(use(), "look up", "it gave rows that do not fit the request");
  return batch;
}

}  // namespace haulier::host
