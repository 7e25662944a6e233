#include "mysql_error.hpp"

#include <algorithm>
#include <initializer_list>

namespace haulier::mysql {

namespace {

bool one_of(unsigned number, std::initializer_list<unsigned> numbers) noexcept {
  return std::find(numbers.begin(), numbers.end(), number) != numbers.end();
}

bool holds(std::string_view text, std::string_view part) noexcept { return text.find(part) != std::string_view::npos; }

// Wrong name or password, no right to the database, a table, a server-wide statement; host not allowed; password
// expired; a way to sign in that the client does not have.
bool lacks_rights(unsigned number) noexcept {
  return one_of(number, {1044, 1045, 1130, 1142, 1143, 1227, 1370, 1698, 1820, 1862, 2059, 1251, 1275});
}

// Deadlock, locks, the server going down or being full of connections, a killed statement, a lost connection.
bool passes(unsigned number) noexcept {
  return one_of(number, {1020, 1040, 1041, 1047, 1053, 1077, 1078, 1079, 1080, 1129, 1152, 1158, 1159, 1160, 1161,
                         1180, 1184, 1203, 1205, 1206, 1213, 1226, 1243, 1317, 1412, 1614, 1615, 1637, 1927, 1969,
                         2001, 2002, 2003, 2004, 2005, 2006, 2012, 2013, 2014, 2027, 2055, 3024, 4031});
}

bool disk_is_full(const Failure& failure) noexcept {
  return one_of(failure.number, {3, 1021, 1026, 1114}) || holds(failure.message, "No space left on device");
}

bool is_read_only(const Failure& failure) noexcept {
  return failure.number == 1792 || failure.number == 1836 ||
         (failure.number == 1290 && holds(failure.message, "read-only"));
}

}  // namespace

bool ends_connection(unsigned number) noexcept {
  return one_of(number, {1053, 1152, 1153, 1158, 1159, 1160, 1161, 1184, 1927, 2001, 2002,
                         2003, 2004, 2005, 2006, 2012, 2013, 2014, 2026, 2027, 2055, 4031});
}

std::string words_of(const Failure& failure) {
  std::string out = failure.message;
  std::replace_if(
      out.begin(), out.end(), [](char c) { return c == '\n' || c == '\t'; }, ' ');
  // "Duplicate entry 'x' for key", "Incorrect string value: 'x' for column": x is content.
  if (one_of(failure.number, {1062, 1292, 1366, 1367, 1411, 1525})) {
    const std::size_t from = out.find('\''), to = out.rfind("' for ");
    if (from != std::string::npos && to != std::string::npos && to > from) out.erase(from, to + 2 - from);
  }
  return out;
}

Error error_of(const Failure& failure, std::string_view doing, const Options& options) {
  const std::string words = place_of(options) + ": " + words_of(failure) + " (" + std::to_string(failure.number) + " " +
                            failure.sqlstate + "), while " + std::string(doing);
  if (lacks_rights(failure.number)) {
    return {HAULIER_NEEDS_AUTH, words,
            "check user and password; as an administrator: GRANT ALL ON \"" + options.database + "\".* TO '" +
                options.user + "'@'HOST';"};
  }
  if (failure.number == 1049) {
    return Error::bad_config("/database",
                             words + "; make it: CREATE DATABASE " + options.database + " CHARACTER SET utf8mb4");
  }
  if (disk_is_full(failure)) {
    return {HAULIER_LOCAL_IO, words, "make room on the server's disk, then run again: what was committed is safe"};
  }
  if (is_read_only(failure)) {
    return {HAULIER_LOCAL_IO, words,
            "the server is read-only, perhaps a replica: name the primary as host; what was committed is safe"};
  }
  if (failure.number == kNoEncryption) {
    return {HAULIER_PROTOCOL, words, "name the right host and ca, or use tls: disable over a Unix socket or loopback"};
  }
  if (passes(failure.number)) return Error::retry(words);
  if (one_of(failure.number, {126, 127, 1034, 1194, 1195, 1712, 1877, 1932})) {
    return {HAULIER_BAD_STATE, words, "the server's files are damaged: restore a backup of the database"};
  }
  if (failure.number == 1153) {
    return {HAULIER_BAD_STATE, words, "raise max_allowed_packet of the server; what was committed is safe"};
  }
  return {HAULIER_BAD_STATE, words, "look at the tables: mariadb " + options.database + " -e 'SHOW TABLES'"};
}

bool blames_the_row(const Failure& failure) noexcept {
  const std::string_view state = std::string_view(failure.sqlstate).substr(0, 2);
  // Row too large (1118 and the engine's 139), a value that cannot be converted, a value beyond a packet.
  return state == "22" || state == "23" || one_of(failure.number, {1118, 1366, 1406, 1301, 1105, 4025}) ||
         (failure.number == 1030 && holds(failure.message, "139"));
}

}  // namespace haulier::mysql
