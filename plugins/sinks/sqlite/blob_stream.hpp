// Big values in windows: SQLite's incremental blob I/O, so that the memory of a 100 MB attachment is one window.
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <string>

#include "haulier/blob.hpp"
#include "haulier/host.hpp"

namespace haulier::sqlite {

// From this size on a blob is written in windows: as fast as binding it (README), without the copy of the whole row
// that SQLite makes of bound values.
inline constexpr std::uint64_t kLargeBlob = 1024 * 1024;  // bytes

// One value of one row; the row and the column must exist.
struct BlobPlace {
  sqlite3* db;
  const std::string& table;
  const std::string& column;
  std::int64_t rowid;
};

// Fills a zeroblob of exactly this size. Gives the pages of a spilled blob back as it goes. Throws Error.
void write_blob(const BlobPlace& place, const Blob& blob, const Host& host);

// True when the stored value is these bytes. Throws Error.
[[nodiscard]] bool holds_blob(const BlobPlace& place, const Blob& blob);

}  // namespace haulier::sqlite
