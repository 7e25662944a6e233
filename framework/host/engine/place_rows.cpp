#include "engine/place_rows.hpp"

#include <Poco/Dynamic/Var.h>
#include <Poco/JSON/Object.h>
#include <Poco/JSON/Parser.h>

#include <utility>

#include "engine/owned_record.hpp"
#include "json_writer.hpp"

namespace haulier::host {

namespace {

constexpr std::uint32_t kPageRows = 500;

std::optional<std::uint32_t> position(const haulier_stream& stream, haulier_str name) {
  for (std::uint32_t i = 0; name.size > 0 && i < stream.n_fields; ++i) {
    if (view(stream.fields[i].name) == view(name)) return i;
  }
  return std::nullopt;
}

haulier_lookup_request request_of(haulier_str stream, const std::vector<haulier_match>& matches,
                                  const std::vector<haulier_str>& fields) {
  haulier_lookup_request out{};
  out.struct_size = sizeof out;
  out.limit = kPageRows;
  out.stream = stream;
  out.matches = matches.data();
  out.n_matches = matches.size();
  out.fields = fields.data();
  out.n_fields = fields.size();
  return out;
}

// What a quarantine row's `origin` says of a place: the key itself, the key of the refused record, or that of a record
// beside it (SinkWriter::set_aside). Empty when it tells of none.
std::string place_of_origin(const std::string& origin, const ComparedFields& fields) {
  try {
    auto object = Poco::JSON::Parser().parse(origin).extract<Poco::JSON::Object::Ptr>();
    const std::string places(view(fields.c().places->name));
    if (object->isObject("also") && object->getObject("also")->isObject(places)) {
      object = object->getObject("also")->getObject(places);
    } else if (object->isObject("key")) {
      object = object->getObject("key");
    }
    JsonWriter out;
    out.begin_object();
    for (std::uint32_t i = fields.c().n_partition_fields; i < fields.n_keys(); ++i) {
      const std::string name(view(fields.key_field(i).name));
      if (!object->has(name)) return {};
      const Poco::Dynamic::Var value = object->get(name);
      out.key(name).raw(value.isString() ? json_string(value.toString()) : value.toString());
    }
    return out.end_object().take();
  } catch (const Poco::Exception&) {
    return {};  // not JSON: a stage's own words
  }
}

}  // namespace

int compare_values(const haulier_value& a, const haulier_value& b) noexcept {
  if (a.type == HAULIER_STRING && b.type == HAULIER_STRING) return view(a.v.s).compare(view(b.v.s));
  return a.v.i < b.v.i ? -1 : a.v.i > b.v.i ? 1 : 0;
}

ComparedFields::ComparedFields(const haulier_comparison& comparison, const SinkSchema& schema, const PluginUse& source)
    : c_(comparison), size_(position(*c_.places, c_.size)), hash_(position(*c_.places, c_.hash)) {
  const auto need = [&](haulier_str name) -> const haulier_stream& {
    if (const auto found = find_stream(schema.c(), view(name))) return schema.stream(*found);
    throw Failed({.exit_code = ExitCode::bad_config,
                  .what = source.path + " can only be compared with the stream " + std::string(view(name)) +
                          ", which no stage of this pipeline makes"});
  };
  rows_ = &need(c_.places->name);
  if (has_detail()) need(c_.detail);
  while (n_keys_ < c_.places->n_fields && (c_.places->fields[n_keys_].flags & HAULIER_FIELD_KEY)) ++n_keys_;
}

bool ComparedFields::in_place(std::string_view field) const {
  for (std::uint32_t i = 0; i < rows_->n_fields; ++i) {
    if (view(rows_->fields[i].name) == field) return true;
  }
  return false;
}

std::string place_text(const ComparedFields& fields, const haulier_value* key) {
  JsonWriter out;
  out.begin_object();
  for (std::uint32_t i = fields.c().n_partition_fields; i < fields.n_keys(); ++i) {
    out.key(view(fields.key_field(i).name)).raw(value_json(key[i]));
  }
  return out.end_object().take();
}

PlaceRows::PlaceRows(SinkInstance& sink, const ComparedFields& fields, const haulier_value* partition,
                     const Retried& retried)
    : sink_(sink), fields_(fields), retried_(retried) {
  haulier_record key{};
  key.n_values = fields.c().n_partition_fields;
  key.values = partition;
  partition_ = OwnedRecord(key);
  const haulier_comparison& c = fields.c();
  for (std::uint32_t i = 0; i < fields.n_keys(); ++i) page_fields_.push_back(c.places->fields[i].name);
  if (c.gone.size > 0) page_fields_.push_back(c.gone);
  if (fields.has_detail()) {
    page_fields_.push_back(c.detail_ref);
    detail_fields_.push_back(c.detail_key);
  }
  for (const haulier_str compared : {c.size, c.hash}) {
    if (compared.size > 0) (fields.in_place(view(compared)) ? page_fields_ : detail_fields_).push_back(compared);
  }
}

void PlaceRows::load_page() {
  std::vector<haulier_match> matches;
  for (std::uint32_t i = 0; i < fields_.c().n_partition_fields; ++i) {
    matches.push_back({fields_.key_field(i).name, &partition_[i], 1});
  }
  haulier_lookup_request request = request_of(fields_.c().places->name, matches, page_fields_);
  Batch next;
  if (page_.c().n_records > 0) {
    request.after = record_at(page_.c(), page_.c().n_records - 1).values;
    request.n_after = fields_.n_keys();
  }
  retried_([&] { next = sink_.lookup(request); });
  page_ = std::move(next);
  last_page_ = page_.c().n_records < kPageRows;
  at_ = 0;
  if (fields_.has_detail()) load_details();
}

void PlaceRows::load_details() {
  const std::uint32_t ref = fields_.n_keys() + (fields_.c().gone.size > 0 ? 1 : 0);
  std::set<std::string_view> names;
  for (std::uint64_t i = 0; i < page_.c().n_records; ++i) {
    const haulier_value& value = record_at(page_.c(), i).values[ref];
    if (value.type == HAULIER_STRING) names.insert(view(value.v.s));
  }
  detail_by_key_.clear();
  if (names.empty()) return;
  std::vector<haulier_value> values;
  for (const std::string_view name : names) {
    values.emplace_back();
    values.back().type = HAULIER_STRING;
    values.back().v.s = str(name);
  }
  const std::vector<haulier_match> matches{{fields_.c().detail_key, values.data(), values.size()}};
  const haulier_lookup_request request = request_of(fields_.c().detail, matches, detail_fields_);
  retried_([&] { details_ = sink_.lookup(request); });
  for (std::uint64_t i = 0; i < details_.c().n_records; ++i) {
    const haulier_record& record = record_at(details_.c(), i);
    if (record.values[0].type == HAULIER_STRING) detail_by_key_[view(record.values[0].v.s)] = &record;
  }
}

std::optional<PlaceRow> PlaceRows::peek() {
  if (at_ >= page_.c().n_records) {
    if (last_page_) return std::nullopt;
    load_page();
    if (page_.c().n_records == 0) return std::nullopt;
  }
  const haulier_comparison& c = fields_.c();
  const haulier_value* values = record_at(page_.c(), at_).values;
  PlaceRow out;
  out.key = values;
  std::uint32_t own = fields_.n_keys();
  if (c.gone.size > 0) out.gone = values[own++].type != HAULIER_NULL;
  const haulier_value* detail = nullptr;
  if (fields_.has_detail()) {
    const haulier_value& ref = values[own++];
    const auto found = ref.type == HAULIER_STRING ? detail_by_key_.find(view(ref.v.s)) : detail_by_key_.end();
    out.whole = found != detail_by_key_.end();
    if (out.whole) detail = found->second->values + 1;
  }
  const auto take = [&](haulier_str name) -> const haulier_value* {
    if (name.size == 0) return nullptr;
    if (fields_.in_place(view(name))) return &values[own++];
    return detail ? detail++ : nullptr;
  };
  out.size = take(c.size);
  out.hash = take(c.hash);
  return out;
}

std::set<std::string> quarantined_places(SinkInstance& sink, const ComparedFields& fields, std::string_view partition,
                                         const Retried& retried) {
  std::set<std::string> out;
  haulier_value name{};
  name.type = HAULIER_STRING;
  name.v.s = str(partition);
  const std::vector<haulier_match> matches{{str("partition"), &name, 1}};
  const std::vector<haulier_str> wanted{str("partition"), str("origin")};
  haulier_lookup_request request = request_of(str("quarantine"), matches, wanted);
  Batch page;
  do {
    Batch next;
    retried([&] { next = sink.lookup(request); });
    page = std::move(next);
    for (std::uint64_t i = 0; i < page.c().n_records; ++i) {
      const std::string place = place_of_origin(std::string(view(record_at(page.c(), i).values[1].v.s)), fields);
      if (!place.empty()) out.insert(place);
    }
    if (page.c().n_records > 0) request.after = record_at(page.c(), page.c().n_records - 1).values;
    request.n_after = 2;
  } while (page.c().n_records == kPageRows);
  return out;
}

}  // namespace haulier::host
