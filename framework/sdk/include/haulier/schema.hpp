// Schema: the streams a stage declares, owned in C++ and readable through the C ABI.
#pragma once

#include <cstdint>
#include <deque>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "haulier/abi/value.h"
#include "haulier/abi/version.h"
#include "haulier/view.hpp"

namespace haulier {

struct Field {
  std::string_view name;
  haulier_type type;
  std::uint32_t flags = 0;  // HAULIER_FIELD_...
};

// What rows have to do with each other when some are erased (haulier/abi/value.h).
struct Relation {
  std::uint32_t kind;  // HAULIER_RELATION_...
  std::vector<std::string_view> fields;
  std::string_view stream = {};  // PART_OF, USES
};

// Relations of a stream; none: it was declared before there were any.
struct RelationList {
  const haulier_relation* data = nullptr;
  std::uint32_t size = 0;
  const haulier_relation* begin() const noexcept { return data; }
  const haulier_relation* end() const noexcept { return data + size; }
};
inline RelationList relations_of(const haulier_stream& stream) noexcept {
  if (!HAULIER_HAS(&stream, relations) || !stream.relations) return {};
  return {stream.relations, stream.n_relations};
}

// Built once at start; the C view stays valid while the object lives and is not changed.
class Schema {
 public:
  Schema() = default;
  Schema(const Schema&) = delete;  // the C structs point into this object
  Schema& operator=(const Schema&) = delete;

  // Returns the index of the new stream.
  std::uint32_t add(std::string_view name, std::uint32_t flags, std::initializer_list<Field> fields) {
    std::vector<haulier_field> c_fields;
    for (const Field& field : fields) c_fields.push_back({keep(field.name), field.type, field.flags});
    return add_fields(name, flags, std::move(c_fields));
  }
  // Declares a stream of another schema again, so that it passes through.
  std::uint32_t add_copy(const haulier_stream& from) {
    std::vector<haulier_field> c_fields;
    for (std::uint32_t i = 0; i < from.n_fields; ++i) {
      const haulier_field& field = from.fields[i];
      c_fields.push_back({keep(view(field.name)), field.type, field.flags});
    }
    const std::uint32_t index = add_fields(view(from.name), from.flags, std::move(c_fields));
    for (const haulier_relation& relation : relations_of(from)) {
      std::vector<std::string_view> names;
      for (std::uint32_t i = 0; i < relation.n_fields; ++i) names.push_back(view(relation.fields[i]));
      relate(index, {relation.kind, std::move(names), view(relation.stream)});
    }
    return index;
  }
  // Before the schema is given out.
  void relate(std::uint32_t stream, const Relation& relation) {
    names_.emplace_back();
    for (const std::string_view name : relation.fields) names_.back().push_back(keep(name));
    auto& list = relations_.at(stream);
    list.push_back(
        {relation.kind, static_cast<std::uint32_t>(names_.back().size()), names_.back().data(), keep(relation.stream)});
    streams_[stream].relations = list.data();
    streams_[stream].n_relations = static_cast<std::uint32_t>(list.size());
  }

  const haulier_schema* c_schema() {
    pointers_.clear();
    for (const haulier_stream& stream : streams_) pointers_.push_back(&stream);
    schema_ = {sizeof(haulier_schema), static_cast<std::uint32_t>(pointers_.size()), pointers_.data()};
    return &schema_;
  }
  std::uint32_t size() const noexcept { return static_cast<std::uint32_t>(streams_.size()); }
  std::uint32_t field_count(std::uint32_t stream) const { return streams_.at(stream).n_fields; }

 private:
  haulier_str keep(std::string_view text) {
    texts_.emplace_back(text);
    return str(texts_.back());
  }
  std::uint32_t add_fields(std::string_view name, std::uint32_t flags, std::vector<haulier_field> fields) {
    fields_.push_back(std::move(fields));
    streams_.push_back({sizeof(haulier_stream), flags, keep(name), fields_.back().data(),
                        static_cast<std::uint32_t>(fields_.back().size()), 0, nullptr});
    relations_.emplace_back();
    return static_cast<std::uint32_t>(streams_.size() - 1);
  }

  std::deque<std::string> texts_;
  std::deque<std::vector<haulier_field>> fields_;
  std::deque<std::vector<haulier_str>> names_;           // of the fields of relations
  std::deque<std::vector<haulier_relation>> relations_;  // by stream
  std::deque<haulier_stream> streams_;
  std::vector<const haulier_stream*> pointers_;
  haulier_schema schema_{};
};

// Reads somebody else's schema. Borrowed.
class SchemaView {
 public:
  explicit SchemaView(const haulier_schema* schema) noexcept : schema_(schema) {}
  std::uint32_t size() const noexcept { return schema_->n_streams; }
  const haulier_stream& operator[](std::uint32_t i) const noexcept { return *schema_->streams[i]; }
  std::optional<std::uint32_t> find(std::string_view name) const noexcept {
    for (std::uint32_t i = 0; i < size(); ++i) {
      if (view((*this)[i].name) == name) return i;
    }
    return std::nullopt;
  }

 private:
  const haulier_schema* schema_;
};

// Position of a field in a stream, or none.
inline std::optional<std::uint32_t> find_field(const haulier_stream& stream, std::string_view name) noexcept {
  for (std::uint32_t i = 0; i < stream.n_fields; ++i) {
    if (view(stream.fields[i].name) == name) return i;
  }
  return std::nullopt;
}

}  // namespace haulier
