#include "blob_stream.hpp"

#include <algorithm>
#include <cstring>
#include <memory>
#include <vector>

#include "sqlite_error.hpp"

namespace haulier::sqlite {

namespace {

constexpr std::uint64_t kWindow = 256 * 1024;     // bytes per call
constexpr std::uint64_t kGiveBack = 1024 * 1024;  // bytes per done_with, see haulier_blob

struct CloseBlob {
  void operator()(sqlite3_blob* handle) const noexcept { sqlite3_blob_close(handle); }
};
using OpenBlob = std::unique_ptr<sqlite3_blob, CloseBlob>;

// Null when the value is neither text nor bytes.
OpenBlob open_blob(const BlobPlace& place, bool writable) {
  sqlite3_blob* handle = nullptr;
  const int code = sqlite3_blob_open(place.db, "main", place.table.c_str(), place.column.c_str(), place.rowid,
                                     writable ? 1 : 0, &handle);
  OpenBlob out(handle);
  if (code == SQLITE_OK) return out;
  if ((code & 0xFF) == SQLITE_ERROR && !writable) return nullptr;
  throw error_of(place.db, "opening a value of " + place.table);
}

// Calls f(offset, window) over the whole blob and gives the pages back behind it.
template <class F>
bool each_window(const Blob& blob, F&& f) {
  const std::string_view bytes = blob.bytes();
  std::uint64_t given_back = 0;
  bool go_on = true;
  for (std::uint64_t at = 0; at < bytes.size() && go_on; at += kWindow) {
    go_on = f(at, bytes.substr(at, kWindow));
    const std::uint64_t end = std::min<std::uint64_t>(at + kWindow, bytes.size());
    if (end - given_back >= kGiveBack || end == bytes.size() || !go_on) {
      blob.done_with(given_back, end - given_back);
      given_back = end;
    }
  }
  return go_on;
}

}  // namespace

void write_blob(const BlobPlace& place, const Blob& blob, const Host& host) {
  const OpenBlob to = open_blob(place, true);
  each_window(blob, [&](std::uint64_t at, std::string_view window) {
    if (at % kGiveBack == 0) host.crash_point("sqlite.blob");
    const int code = sqlite3_blob_write(to.get(), window.data(), static_cast<int>(window.size()), static_cast<int>(at));
    if (code != SQLITE_OK) throw error_of(place.db, "writing a value of " + place.table);
    return true;
  });
}

bool holds_blob(const BlobPlace& place, const Blob& blob) {
  const OpenBlob from = open_blob(place, false);
  if (!from || static_cast<std::uint64_t>(sqlite3_blob_bytes(from.get())) != blob.size()) return false;
  std::vector<char> stored(kWindow);
  return each_window(blob, [&](std::uint64_t at, std::string_view window) {
    const int code =
        sqlite3_blob_read(from.get(), stored.data(), static_cast<int>(window.size()), static_cast<int>(at));
    if (code != SQLITE_OK) throw error_of(place.db, "reading a value of " + place.table);
    return std::memcmp(stored.data(), window.data(), window.size()) == 0;
  });
}

}  // namespace haulier::sqlite
