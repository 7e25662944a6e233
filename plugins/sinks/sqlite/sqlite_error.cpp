#include "sqlite_error.hpp"

#include <cstring>
#include <string>

namespace haulier::sqlite {

namespace {

std::string file_of(sqlite3* db) {
  const char* file = sqlite3_db_filename(db, "main");
  return file && *file ? file : "the database";
}

std::string words(sqlite3* db, std::string_view doing) {
  std::string out = file_of(db) + ": ";
  out += sqlite3_errmsg(db);
  const int os_error = sqlite3_system_errno(db);
  const int code = sqlite3_errcode(db) & 0xFF;
  if (os_error != 0 && (code == SQLITE_IOERR || code == SQLITE_CANTOPEN)) {
    out += " (";
    out += std::strerror(os_error);
    out += ")";
  }
  out += ", while ";
  out += doing;
  return out;
}

}  // namespace

Error error_of(sqlite3* db, std::string_view doing) {
  const int code = sqlite3_errcode(db) & 0xFF;
  const std::string message = words(db, doing);
  switch (code) {
    case SQLITE_FULL:
      return {HAULIER_LOCAL_IO, message, "make room on the disk, then run again: what was committed is safe"};
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
    case SQLITE_AUTH:
      return {HAULIER_LOCAL_IO, message,
              "this user must be able to write the file and its folder: ls -l " + file_of(db)};
    case SQLITE_IOERR:
      return {HAULIER_LOCAL_IO, message, "check the disk (dmesg), then run again: what was committed is safe"};
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_PROTOCOL:
      return Error::retry(message + "; another program holds the database");
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_FORMAT:
      return {HAULIER_BAD_STATE, message,
              "look: sqlite3 " + file_of(db) + " 'PRAGMA integrity_check'; then restore a backup"};
    case SQLITE_INTERRUPT:
      return {HAULIER_CANCELLED, message};
    case SQLITE_NOMEM:
    case SQLITE_MISUSE:
    case SQLITE_INTERNAL:
    case SQLITE_RANGE:
      return {HAULIER_FATAL, message};
    default:
      return {HAULIER_BAD_STATE, message, "look at the tables: sqlite3 " + file_of(db) + " .schema"};
  }
}

bool blames_the_row(int code) noexcept {
  const int base = code & 0xFF;
  return base == SQLITE_CONSTRAINT || base == SQLITE_TOOBIG || base == SQLITE_MISMATCH;
}

bool has_wal_reset_fault(int version_number) noexcept {
  const bool back_ported = (version_number >= 3'044'006 && version_number < 3'045'000) ||
                           (version_number >= 3'050'007 && version_number < 3'051'000);
  return version_number >= 3'007'000 && version_number < 3'051'003 && !back_ported;
}

}  // namespace haulier::sqlite
