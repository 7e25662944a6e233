// What of a batch is written when some of its origins are not.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/sink_schema.hpp"

namespace haulier::host {

// The records without those of `left_out` (sorted). A row that a kept record uses (HAULIER_RELATION_USES) stays whoever
// brought it: of equal rows, such as the bytes of one attachment in two messages, a batch has the first only.
[[nodiscard]] std::vector<haulier_record> kept_records(const std::vector<haulier_record>& records,
                                                       const std::vector<std::uint64_t>& left_out,
                                                       const SinkSchema& schema);

// The origins, sorted, that go when this record is refused: its own, and those whose records use it.
[[nodiscard]] std::vector<std::uint64_t> origins_of(const haulier_record& refused,
                                                    const std::vector<haulier_record>& records,
                                                    const SinkSchema& schema);

}  // namespace haulier::host
