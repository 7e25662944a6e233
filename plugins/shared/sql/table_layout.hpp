// TableLayout: what the table of a stream looks like, worked out from the declared stream alone. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "haulier/schema.hpp"

namespace haulier::sql {

// Column::field of the columns that the sink fills itself.
inline constexpr std::uint32_t kPipelineColumn = 0xFFFF'FFF0;   // first part of the key
inline constexpr std::uint32_t kUpdatedAtColumn = 0xFFFF'FFF1;  // the clock at the commit

// A value.
struct Column {
  std::string name;
  haulier_type type = HAULIER_NULL;
  std::uint32_t field = 0;  // position in the record, or one of the two above
  bool key = false;
  bool not_null = false;
  bool insert_only = false;
};

struct TableLayout {
  std::string name;
  std::vector<Column> columns;  // in the order of a new table; parameter N of every statement is columns[N - 1]
  std::uint32_t n_fields = 0;   // of the stream
  bool immutable = false;
  bool is_state = false;

  // By field of the stream.
  [[nodiscard]] std::vector<haulier_type> field_types() const;
};

// By stream; none for transient ones.
using Layouts = std::vector<std::optional<TableLayout>>;

// The columns of a stream's table: its fields, blobs last, and the columns of the sink (schemas/README.md): `pipeline`
// for the state stream and for `quarantine`, `updated_at` for the state stream.
// Throws Error(HAULIER_BAD_STATE) when a name is not [a-z][a-z0-9_]{0,62}, reserved, or there twice.
[[nodiscard]] TableLayout layout_of(const haulier_stream& stream);
[[nodiscard]] Layouts layouts_of(SchemaView streams);

}  // namespace haulier::sql
