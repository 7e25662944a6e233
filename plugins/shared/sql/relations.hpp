// Relations: what the rows of the declared streams have to do with each other (haulier_relation), against their tables.
// Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "haulier/schema.hpp"
#include "table_layout.hpp"

namespace haulier::sql {

struct StreamRelation {
  std::uint32_t kind = 0;             // HAULIER_RELATION_...
  std::vector<std::string> fields;    // columns of the same names
  std::vector<std::uint32_t> places;  // their positions in a record
  std::size_t target = 0;             // stream; PART_OF, USES
};

struct RelatedStream {
  std::string name;  // empty: a transient stream
  std::vector<Column> columns;
  std::vector<StreamRelation> relations;
  std::string key;  // the only key field, when it is a string
  std::uint32_t key_place = 0;
  bool outside = false;

  [[nodiscard]] bool has(std::uint32_t kind) const noexcept;
};

// Immutable. A relation to a stream that is not there says nothing.
class Relations {
 public:
  Relations() = default;
  // Throws Error(HAULIER_BAD_STATE) for a relation whose fields do not fit.
  Relations(SchemaView schema, const std::vector<std::optional<TableLayout>>& layouts);

  [[nodiscard]] const std::vector<RelatedStream>& streams() const noexcept { return streams_; }
  [[nodiscard]] std::optional<std::size_t> find(std::string_view stream) const noexcept;

 private:
  void add_relation(RelatedStream& stream, const haulier_stream& declared, const haulier_relation& relation);

  std::vector<RelatedStream> streams_;
};

// 32 hex digits that tell nothing of what they were made of: of SHA-256 over the stream's name (empty: of a group), the
// fields' names and the values, with a NUL between them.
[[nodiscard]] std::string fingerprint(std::string_view stream, const std::vector<std::string>& fields,
                                      const std::vector<std::string>& values);
// A STRING as it is, an INT64 in decimal digits; none for anything else.
[[nodiscard]] std::optional<std::string> identity_text(const haulier_value& value);
// Of the values of a relation in a record; none when one is missing.
[[nodiscard]] std::optional<std::string> fingerprint_of(const Relations& relations, std::size_t stream,
                                                        const StreamRelation& relation, const haulier_value* values);

}  // namespace haulier::sql
