// OtherProgram: looks into a SQLite file beside the sink that writes it.
#pragma once

#include <boost/test/unit_test.hpp>

#include <sqlite3.h>

#include <string>

namespace haulier::testing {

// A connection of its own, as any other program would have.
class OtherProgram {
 public:
  explicit OtherProgram(const std::string& file) { BOOST_REQUIRE(sqlite3_open(file.c_str(), &database_) == SQLITE_OK); }
  OtherProgram(const OtherProgram&) = delete;
  OtherProgram& operator=(const OtherProgram&) = delete;
  ~OtherProgram() { sqlite3_close(database_); }

  // The last column of the rows, joined with ' '.
  std::string ask(const std::string& sql) const {
    std::string out;
    const auto collect = [](void* to, int n, char** values, char**) {
      auto& text = *static_cast<std::string*>(to);
      text += (text.empty() ? "" : " ") + std::string(values[n - 1] ? values[n - 1] : "null");
      return 0;
    };
    BOOST_REQUIRE_MESSAGE(sqlite3_exec(database_, sql.c_str(), collect, &out, nullptr) == SQLITE_OK,
                          sql << ": " << sqlite3_errmsg(database_));
    return out;
  }

  [[nodiscard]] sqlite3* get() const noexcept { return database_; }

 private:
  sqlite3* database_ = nullptr;
};

}  // namespace haulier::testing
