// SharedRows: the rows that every sink of a pipeline has, a page of each sink at a time.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/batch.hpp"
#include "engine/sink_schema.hpp"
#include "haulier/abi/lookup.h"

namespace haulier::host {

class SinkInstance;

// One page of `request`, as one sink would give it: at most its limit of rows in the order of the key, fewer when there
// are no more; of those rows only that every sink has, equal in what was asked for. Sinks hold still or only get more
// rows meanwhile. Throws PluginFault, or std::invalid_argument when the stream is unknown or has no key.
[[nodiscard]] haulier_batch rows_of_all(const std::vector<SinkInstance*>& sinks, const haulier_schema& schema,
                                        const haulier_lookup_request& request);

}  // namespace haulier::host
