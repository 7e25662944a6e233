// Migrations: the numbered SQL files of schemas/<dialect>, in order, each once, recorded in schema_migrations. What is
// the same in every engine: which are missing, and when to refuse. Pure.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace haulier::sql {

// One file of schemas/<dialect>; the texts are constants of the program.
struct Migration {
  int version;
  std::string_view name;
  std::string_view sha256;  // of the file, 64 hex digits
  std::string_view sql;
};

// A row of schema_migrations.
struct AppliedMigration {
  std::int64_t version = 0;
  std::string sha256;
};

// Told each statement's text just before it runs.
using OnStatement = std::function<void(std::string_view sql)>;

// The highest version the database has; 0 for an empty one. `applied` is sorted by version, `known` is all of them from
// 1 without a gap.
// Throws Error(HAULIER_BAD_STATE) when it is newer than `known`, or was made by other files of the same numbers.
[[nodiscard]] int checked_version(const std::vector<AppliedMigration>& applied, const std::vector<Migration>& known);

// The statements of a file without comments around them and without their semicolons. Knows quotes ('' and "") and
// comments (-- to the end of the line); the files hold no function bodies.
[[nodiscard]] std::vector<std::string_view> statements_of(std::string_view script);

}  // namespace haulier::sql
