#pragma once
#include <string>
#include <vector>

#include "trace.hpp"

namespace replay {

// Feeds a connection's server octets to a bare session, cut before octet `cut_at` and after every `every` octets, with
// the trace's commands in flight, and writes down every event; the chunks of a body are joined.
[[nodiscard]] std::vector<std::string> session_events(const TraceConnection& connection, std::size_t cut_at,
                                                      std::size_t every);

// Server octets of a connection.
[[nodiscard]] std::size_t server_size(const TraceConnection& connection);

}  // namespace replay
