// The full-text index over subject and text of `emails` (full_text: true): FTS5 with trigrams, over a view, kept right
// by triggers, so that it holds whatever writes the table.
#pragma once

#include "connection.hpp"
#include "migrate.hpp"

namespace haulier::sqlite {

[[nodiscard]] bool has_full_text(const Connection& connection);

// Makes the index and fills it with what is there, unless it is there. The caller holds the write lock, and the table
// `emails` exists. Throws Error(HAULIER_BAD_CONFIG) when this SQLite was built without FTS5.
void add_full_text(const Connection& connection, const OnStatement& on_statement);

// A deleted row leaves its words in the index, marked as deleted, until parts of it are merged: this merges all.
void drop_deleted_words(const Connection& connection);

}  // namespace haulier::sqlite
