#include "engine/eraser.hpp"

#include <Poco/JSON/Object.h>
#include <Poco/JSON/Parser.h>

#include <set>
#include <utility>

#include "engine/owned_record.hpp"

namespace haulier::host {

namespace {

constexpr std::uint32_t kPageRows = 500;

haulier_value text_value(std::string_view text) {
  haulier_value out{};
  out.type = HAULIER_STRING;
  out.v.s = str(text);
  return out;
}

std::vector<haulier_value> text_values(const std::vector<std::string>& texts) {
  std::vector<haulier_value> out;
  for (const std::string& text : texts) out.push_back(text_value(text));
  return out;
}

haulier_erase_request request_for(haulier_str stream, haulier_str field, const std::vector<haulier_value>& values) {
  haulier_erase_request out{};
  out.struct_size = sizeof out;
  out.stream = stream;
  out.match = {field, values.data(), values.size()};
  return out;
}

// Every row, a page at a time; `see` gets its values in the order of `wanted`. after: how many of them are the key.
void each_row(SinkInstance& sink, haulier_str stream, const std::vector<haulier_match>& matches,
              const std::vector<haulier_str>& wanted, std::uint64_t keys, const Retried& retried,
              const std::function<void(const haulier_value*)>& see) {
  haulier_lookup_request request{};
  request.struct_size = sizeof request;
  request.limit = kPageRows;
  request.stream = stream;
  request.matches = matches.data();
  request.n_matches = matches.size();
  request.fields = wanted.data();
  request.n_fields = wanted.size();
  Batch page;
  do {
    Batch next;
    retried([&] { next = sink.lookup(request); });
    page = std::move(next);
    for (std::uint64_t i = 0; i < page.c().n_records; ++i) see(record_at(page.c(), i).values);
    if (page.c().n_records > 0) request.after = record_at(page.c(), page.c().n_records - 1).values;
    request.n_after = keys;
  } while (page.c().n_records == kPageRows);
}

// The key fields of the place that a quarantine row tells of, as far as it does (SinkWriter::set_aside).
std::map<std::string, std::string> place_of(const std::string& origin, const std::string& places) {
  std::map<std::string, std::string> out;
  try {
    auto object = Poco::JSON::Parser().parse(origin).extract<Poco::JSON::Object::Ptr>();
    if (object->isObject("also") && object->getObject("also")->isObject(places)) {
      object = object->getObject("also")->getObject(places);
    } else if (object->isObject("key")) {
      object = object->getObject("key");
    }
    for (const auto& [name, value] : *object) out.emplace(name, value.isEmpty() ? std::string() : value.toString());
  } catch (const Poco::Exception&) {
    // Not JSON: a stage's own words.
  }
  return out;
}

std::string key_text(const haulier_value& value) {
  return value.type == HAULIER_STRING ? std::string(view(value.v.s)) : std::to_string(value.v.i);
}

}  // namespace

ErasedSum SinkErasure::total() const {
  ErasedSum out;
  for (const auto& [stream, sum] : tables) {
    out.rows += sum.rows;
    out.bytes += sum.bytes;
  }
  return out;
}

void require_erasing_sinks(Pipeline& pipeline, const PipelineConfig& config) {
  for (std::size_t i = 0; i < pipeline.sinks().size(); ++i) {
    const SinkInstance& sink = *pipeline.sinks()[i].instance;
    if (sink.can_erase() && sink.can_look_up()) continue;
    throw Failed({.exit_code = ExitCode::bad_config,
                  .what = config.sinks[i].path + " cannot take back what it has written",
                  .data_safety = "nothing was erased, in no sink",
                  .command = "delete what it wrote by hand, take it out of the pipeline file, and run this again"});
  }
}

std::vector<std::string> quarantined_origins(SinkInstance& sink, const ComparedFields& fields, const EraseWhat& what,
                                             const Retried& retried) {
  const haulier_comparison& c = fields.c();
  std::vector<std::string> names;
  for (std::uint32_t i = 0; i < fields.n_keys(); ++i) names.emplace_back(view(fields.key_field(i).name));
  std::set<std::vector<std::string>> places;
  if (!what.group) {
    std::vector<haulier_str> wanted;
    for (const std::string& name : names) wanted.push_back(str(name));
    const haulier_value id = text_value(what.value);
    each_row(sink, c.places->name, {{c.detail_ref, &id, 1}}, wanted, wanted.size(), retried,
             [&](const haulier_value* row) {
               std::vector<std::string> key;
               for (std::size_t i = 0; i < names.size(); ++i) key.push_back(key_text(row[i]));
               places.insert(std::move(key));
             });
  }
  std::vector<std::string> out;
  each_row(sink, str("quarantine"), {}, {str("partition"), str("origin")}, 2, retried, [&](const haulier_value* row) {
    const std::string origin(view(row[1].v.s));
    const auto place = place_of(origin, std::string(view(c.places->name)));
    std::vector<std::string> key;
    for (const std::string& name : names) {
      if (const auto found = place.find(name); found != place.end()) key.push_back(found->second);
    }
    const auto group = place.find(names[0]);
    const bool meant = what.group ? group != place.end() && group->second == what.value : places.count(key) != 0;
    if (meant) out.push_back(origin);
  });
  return out;
}

bool is_there(SinkInstance& sink, const ComparedFields& fields, const SinkSchema& schema, const EraseWhat& what,
              const Retried& retried) {
  const haulier_comparison& c = fields.c();
  const haulier_value value = text_value(what.value);
  const auto any = [&](haulier_str stream, haulier_str field) {
    const haulier_match match{field, &value, 1};
    haulier_lookup_request request{};
    request.struct_size = sizeof request;
    request.limit = 1;
    request.stream = stream;
    request.matches = &match;
    request.n_matches = 1;
    request.fields = &field;
    request.n_fields = 1;
    Batch rows;
    retried([&] { rows = sink.lookup(request); });
    return rows.c().n_records > 0;
  };
  if (!what.group) return any(c.detail, c.detail_key);
  if (any(c.places->name, fields.key_field(0).name)) return true;
  if (schema.state() && any(schema.stream(*schema.state()).name, fields.key_field(0).name)) return true;
  return !quarantined_origins(sink, fields, what, retried).empty();
}

bool was_erased(SinkInstance& sink, const ComparedFields& fields, const EraseWhat& what, const Retried& retried) {
  const haulier_value value = text_value(what.value);
  const haulier_str field = what.group ? fields.key_field(0).name : fields.c().detail_key;
  const haulier_erased_query query{sizeof query, 1, fields.c().detail, &field, &value, 1};
  bool out = false;
  retried([&] { out = sink.erased(query)[0] != 0; });
  return out;
}

std::string outer_row(SinkInstance& sink, const ComparedFields& fields, const SinkSchema& schema, const EraseWhat& what,
                      const Retried& retried) {
  const haulier_str detail = fields.c().detail;
  const haulier_value value = text_value(what.value);
  std::string out;
  for (std::uint32_t i = 0; i < schema.c().n_streams; ++i) {
    const haulier_stream& stream = schema.stream(i);
    const haulier_relation* uses = find_relation(stream, HAULIER_RELATION_USES, view(detail));
    const haulier_relation* part = find_relation(stream, HAULIER_RELATION_PART_OF, view(detail));
    if (!uses || !part) continue;
    each_row(sink, stream.name, {{uses->fields[0], &value, 1}}, {uses->fields[0], part->fields[0]}, 1, retried,
             [&](const haulier_value* row) { out = key_text(row[1]); });
  }
  return out;
}

void Eraser::tell(SinkErasure& out, std::string_view stream, std::uint64_t rows, std::uint64_t bytes) const {
  ErasedSum& sum = out.tables[std::string(stream)];
  sum.rows += rows;
  sum.bytes += bytes;
}

void Eraser::transaction(Pipeline::Sink& sink, std::string_view name, SinkErasure& out,
                         const std::function<void()>& body) {
  const SinkErasure before = out;
  std::optional<SinkErasure> unknown;  // of an attempt whose commit may have happened
  const auto attempt = [&] {
    step(std::string(name) + ".begin");
    sink.protocol->begin();
    out = before;
    body();
    step(std::string(name) + ".commit");
    sink.protocol->commit({});
    step(std::string(name) + ".committed");
  };
  for (bool done = false; !done;) {
    retried_([&] {
      try {
        attempt();
        done = true;
      } catch (const PluginFault& fault) {
        if (fault.status() == HAULIER_COMMIT_UNKNOWN) {
          run_.log.log(LogLevel::warning, "host",
                       "the outcome of a commit is unknown, erasing again: " + fault.message());
          unknown = out;
          return;
        }
        sink.protocol->rollback_quietly();
        throw;
      }
    });
  }
  // The second time there was nothing left: the first time did it.
  if (unknown && out.total().rows == before.total().rows) out = std::move(*unknown);
}

void Eraser::erase(std::size_t index, const EraseWhat& what, SinkErasure& out) {
  Pipeline::Sink& sink = pipeline_.sinks()[index];
  const haulier_comparison& c = fields_.c();
  const std::vector<std::string> origins = quarantined_origins(*sink.instance, fields_, what, retried_);
  const std::vector<haulier_value> quarantined = text_values(origins);
  const std::vector<haulier_value> meant{text_value(what.value)};
  const auto body = [&] {
    const auto tell_rows = [&](std::string_view stream, std::uint64_t rows, std::uint64_t bytes) {
      tell(out, stream, rows, bytes);
    };
    if (!quarantined.empty()) {
      sink.instance->erase(request_for(str("quarantine"), str("origin"), quarantined), tell_rows);
      step("quarantine");
    }
    haulier_erase_request request =
        what.group ? request_for({}, fields_.key_field(0).name, meant) : request_for(c.detail, c.detail_key, meant);
    request.group = what.group ? 1 : 0;
    sink.instance->erase(request, tell_rows);
  };
  transaction(sink, "rows", out, body);
}

std::uint64_t Eraser::erase_before(std::size_t index, std::int64_t before_us, const std::vector<std::string>& groups,
                                   std::uint64_t limit, SinkErasure& out) {
  Pipeline::Sink& sink = pipeline_.sinks()[index];
  const haulier_comparison& c = fields_.c();
  const std::vector<haulier_value> names = text_values(groups);
  haulier_erase_age age{};
  age.parts = c.places->name;
  age.time = c.received;
  age.before_us = before_us;
  age.among = {fields_.key_field(0).name, names.data(), names.size()};
  haulier_erase_request request{};
  request.struct_size = sizeof request;
  request.stream = c.detail;
  request.age = &age;
  request.limit = limit;
  std::uint64_t rows = 0;
  transaction(sink, "aged", out, [&] {
    rows = 0;
    sink.instance->erase(request, [&](std::string_view stream, std::uint64_t n, std::uint64_t bytes) {
      tell(out, stream, n, bytes);
      if (stream == view(c.detail)) rows += n;
    });
  });
  return rows;
}

void Eraser::discard_outside(std::size_t index, SinkErasure& out) {
  Pipeline::Sink& sink = pipeline_.sinks()[index];
  const std::vector<PluginInstance*> stages = pipeline_.instances();
  for (bool more = true; more;) {
    transaction(sink, "outside", out, [&] {
      const Batch rows = sink.instance->outside(pipeline_.schema().c());
      more = rows.c().n_records > 0;
      for (std::uint64_t i = 0; i < rows.c().n_records; ++i) {
        const haulier_record& row = record_at(rows.c(), i);
        const haulier_stream& stream = pipeline_.schema().stream(row.stream);
        for (std::uint32_t k = 0; k < row.n_values; ++k) {
          if (!(stream.fields[k].flags & HAULIER_FIELD_KEY)) continue;
          for (PluginInstance* stage : stages) {
            const auto size = stage->discard(view(stream.name), view(row.values[k].v.s));
            if (!size) continue;
            out.outside.rows += *size > 0 ? 1 : 0;
            out.outside.bytes += *size;
          }
        }
        step("discarded");
      }
    });
  }
}

}  // namespace haulier::host
