// PostgreSQL's SQLSTATEs as the statuses of the plugin boundary: what the host should do next, and words for a person.
// Pure. The codes: PostgreSQL manual, appendix A.
#pragma once

#include <string>
#include <string_view>

#include "haulier/error.hpp"
#include "options.hpp"

namespace haulier::postgresql {

// The state for a connection that ended without one; the class is SQL's own.
inline constexpr std::string_view kConnectionLost = "08006";

// `message` is the server's; `doing` completes "while ...".
[[nodiscard]] Error error_of(std::string_view sqlstate, std::string_view message, std::string_view doing,
                             const Options& options);

// True when the state blames the values of one row: a constraint, a type, a size.
[[nodiscard]] bool blames_the_row(std::string_view sqlstate) noexcept;

// Why a connection was not made, from libpq's text; `needs_password`: the server asked for one and there is none.
[[nodiscard]] Error connect_error(std::string_view message, bool needs_password, const Options& options);

}  // namespace haulier::postgresql
