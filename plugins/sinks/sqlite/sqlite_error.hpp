// SQLite's result codes as the statuses of the plugin boundary: what the host should do next, and words for a person.
#pragma once

#include <sqlite3.h>

#include <string_view>

#include "haulier/error.hpp"

namespace haulier::sqlite {

// The error for the last failed call on `db`; `doing` completes "while ...". A record's own fault is not told apart
// here.
[[nodiscard]] Error error_of(sqlite3* db, std::string_view doing);

// True when the code blames the values of one row: a constraint, a type, a size.
[[nodiscard]] bool blames_the_row(int code) noexcept;

// True for the versions of SQLite in which a WAL that is reset while another connection checkpoints can lose commits or
// corrupt the file: 3.7.0 to 3.51.2 without the fix's back-ports (3.44.6, 3.50.7).
[[nodiscard]] bool has_wal_reset_fault(int version_number) noexcept;

}  // namespace haulier::sqlite
