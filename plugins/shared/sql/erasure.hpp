// Erasure: deletes rows with everything that is a part of them and everything that is then used no more, and remembers
// by fingerprints what was erased. A few hundred rows at a time within the caller's transaction, so its memory is
// bounded whatever it erases. Pure but for the store.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "haulier/batch_builder.hpp"
#include "haulier/erase.hpp"
#include "relations.hpp"

namespace haulier::sql {

using Texts = std::vector<std::string>;
using TextRow = std::vector<std::optional<std::string>>;  // null: none

// A sink's connection, within its open transaction. Parameters are texts.
class ErasureStore {
 public:
  virtual ~ErasureStore() = default;
  [[nodiscard]] virtual std::vector<TextRow> select(const std::string& sql, const Texts& parameters) = 0;
  // Rows changed.
  virtual std::uint64_t change(const std::string& sql, const Texts& parameters) = 0;
};

// Where the engines differ.
struct ErasureDialect {
  std::function<std::string(std::size_t number)> parameter;  // from 1
  std::function<std::string(const std::string& column)> as_text;
  std::function<std::string(const std::string& column, haulier_type type)> bytes;  // STRING, JSON, BLOB
  std::function<std::string(std::size_t number)> time_parameter;
  std::function<std::string(std::int64_t us)> time_text;
  // A whole INSERT, without its verb, that does nothing for a row that is there.
  std::function<std::string(const std::string& into_values)> insert_new;
};

// One transaction of one sink. References outlive it.
class Erasure {
 public:
  Erasure(const Relations& relations, const ErasureDialect& dialect, ErasureStore& store, std::string_view pipeline,
          std::int64_t now_us)
      : relations_(relations), dialect_(dialect), store_(store), pipeline_(pipeline), now_us_(now_us) {}

  // Throws Error(HAULIER_UNSUPPORTED) when the request does not fit the schema.
  void run(const haulier_erase_request& request, const EraseTally& tell);
  // The next keys of rows whose bytes lie outside, forgotten with this transaction; their streams' numbers beside them.
  [[nodiscard]] std::vector<std::pair<std::size_t, std::string>> take_outside();

 private:
  struct Sum {
    std::uint64_t rows = 0, bytes = 0;
  };
  struct Found;

  void by_match(const haulier_erase_request& request);
  void by_age(const haulier_erase_request& request);
  void group(const haulier_erase_request& request);
  // Rows of a stream whose column has one of these values. remember: by their identities.
  void erase(std::size_t stream, const std::string& column, const Texts& values, bool remember);
  void erase_some(std::size_t stream, const std::string& column, const Texts& values, bool remember);
  [[nodiscard]] Found find(const RelatedStream& stream, const std::string& column, const Texts& values);
  void remember(std::size_t stream, const StreamRelation& relation, const std::vector<TextRow>& rows, std::size_t from);
  void remember(const std::set<std::string>& prints);
  void leave_outside(const RelatedStream& stream, const Texts& keys);
  void erase_unused(const Found& found, const RelatedStream& stream);
  [[nodiscard]] Texts keys_of_group(const RelatedStream& stream, const std::string& column, const std::string& value);
  [[nodiscard]] std::string list(std::size_t count, std::size_t from = 1) const;
  [[nodiscard]] std::size_t stream_of(haulier_str name) const;

  const Relations& relations_;
  const ErasureDialect& dialect_;
  ErasureStore& store_;
  std::string pipeline_;
  std::int64_t now_us_;
  std::map<std::size_t, Sum> sums_;
};

void remember_erased(ErasureStore& store, const ErasureDialect& dialect, const std::set<std::string>& prints,
                     std::int64_t now_us);
// Those of the fingerprints that are in haulier_erased.
[[nodiscard]] std::set<std::string> find_erased(ErasureStore& store, const ErasureDialect& dialect,
                                                const Texts& prints);
// What take_outside() gave, as records that have only their key.
[[nodiscard]] Batch outside_batch(const Relations& relations, const Layouts& layouts,
                                  const std::vector<std::pair<std::size_t, std::string>>& rows);
// Whether anything was ever erased.
[[nodiscard]] bool has_erased(ErasureStore& store);
// One byte per row of the query, through find_erased. Throws Error(HAULIER_UNSUPPORTED).
[[nodiscard]] std::vector<std::uint8_t> answer_erased(const Relations& relations, const haulier_erased_query& query,
                                                      const std::function<std::set<std::string>(const Texts&)>& find);

}  // namespace haulier::sql
