// MariaDB's error numbers as the statuses of the plugin boundary: what the host should do next, and words for a person.
// Pure. The numbers: MariaDB Knowledge Base, "MariaDB Error Codes"; from 2000 on those of the client library.
#pragma once

#include <string>
#include <string_view>

#include "haulier/error.hpp"
#include "options.hpp"

namespace haulier::mysql {

// What a failed call said.
struct Failure {
  unsigned number = 0;
  std::string sqlstate;
  std::string message;
};

// CR_SERVER_LOST, also for a connection that ended without a number.
inline constexpr unsigned kConnectionLost = 2013;
// CR_SSL_CONNECTION_ERROR.
inline constexpr unsigned kNoEncryption = 2026;

// `doing` completes "while ...".
[[nodiscard]] Error error_of(const Failure& failure, std::string_view doing, const Options& options);

// True when the failure blames the values of one row: a constraint, a type, a size.
[[nodiscard]] bool blames_the_row(const Failure& failure) noexcept;

// True when there is no connection any more.
[[nodiscard]] bool ends_connection(unsigned number) noexcept;

// The message on one line, without the values of rows that some messages quote.
[[nodiscard]] std::string words_of(const Failure& failure);

}  // namespace haulier::mysql
