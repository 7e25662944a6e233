#include "erasure.hpp"

#include <algorithm>

#include "column_lists.hpp"
#include "haulier/error.hpp"

namespace haulier::sql {

namespace {

constexpr std::size_t kValuesAtOnce = 200;
constexpr std::size_t kOutsideAtOnce = 500;

Error unsupported(const std::string& words) { return {HAULIER_UNSUPPORTED, "erasing: " + words}; }

Texts texts_of(const haulier_match& match) {
  Texts out;
  for (std::uint64_t i = 0; i < match.n_values; ++i) {
    if (match.values[i].type != HAULIER_STRING) throw unsupported("a value that is no text");
    out.emplace_back(view(match.values[i].v.s));
  }
  return out;
}

bool has_bytes(const Column& column) {
  return column.type == HAULIER_STRING || column.type == HAULIER_JSON || column.type == HAULIER_BLOB;
}

const Column& text_column(const RelatedStream& stream, std::string_view name, haulier_type type = HAULIER_STRING) {
  for (const Column& column : stream.columns) {
    if (column.name == name && column.type == type) return column;
  }
  throw unsupported("the stream " + stream.name + " has no such field as '" + std::string(name) + "'");
}

template <class F>
void in_parts(const Texts& values, F&& f) {
  for (std::size_t from = 0; from < values.size(); from += kValuesAtOnce) {
    const std::size_t to = std::min(from + kValuesAtOnce, values.size());
    f(Texts(values.begin() + static_cast<std::ptrdiff_t>(from), values.begin() + static_cast<std::ptrdiff_t>(to)));
  }
}

}  // namespace

// What the rows to delete have that is still needed when they are gone.
struct Erasure::Found {
  std::vector<TextRow> rows;
  std::vector<std::size_t> from;  // by relation of the stream: its first column in rows
  Texts keys;
  std::uint64_t bytes = 0;
};

std::string Erasure::list(std::size_t count, std::size_t from) const {
  std::string out = "(";
  for (std::size_t i = 0; i < count; ++i) out += (i == 0 ? "" : ", ") + dialect_.parameter(from + i);
  return out + ")";
}

std::size_t Erasure::stream_of(haulier_str name) const {
  const auto found = relations_.find(view(name));
  if (!found) throw unsupported("there is no table for a stream '" + std::string(view(name)) + "'");
  return *found;
}

void Erasure::run(const haulier_erase_request& request, const EraseTally& tell) {
  sums_.clear();
  if (request.group != 0) {
    group(request);
  } else if (request.age != nullptr) {
    by_age(request);
  } else {
    by_match(request);
  }
  for (const auto& [stream, sum] : sums_) tell(relations_.streams()[stream].name, sum.rows, sum.bytes);
}

void Erasure::by_match(const haulier_erase_request& request) {
  const std::size_t stream = stream_of(request.stream);
  const Column& column = text_column(relations_.streams()[stream], view(request.match.field));
  erase(stream, column.name, texts_of(request.match), true);
}

void Erasure::by_age(const haulier_erase_request& request) {
  const haulier_erase_age& age = *request.age;
  const std::size_t stream = stream_of(request.stream);
  const RelatedStream& parts = relations_.streams()[stream_of(age.parts)];
  const auto part_of =
      std::find_if(parts.relations.begin(), parts.relations.end(), [&](const StreamRelation& relation) {
        return relation.kind == HAULIER_RELATION_PART_OF && relation.target == stream;
      });
  if (part_of == parts.relations.end()) throw unsupported(parts.name + " is no part of the stream");
  const std::string time = quoted_name(text_column(parts, view(age.time), HAULIER_TIMESTAMP).name);
  const std::string among = quoted_name(text_column(parts, view(age.among.field)).name);
  Texts parameters = texts_of(age.among);
  if (parameters.empty()) return;
  const std::string id = quoted_name(part_of->fields[0]);
  const std::string sql = "SELECT " + id + " FROM " + quoted_name(parts.name) + " WHERE " + among + " IN " +
                          list(parameters.size()) + " GROUP BY " + id + " HAVING max(" + time + ") < " +
                          dialect_.time_parameter(parameters.size() + 1) + " LIMIT " + std::to_string(request.limit);
  parameters.push_back(dialect_.time_text(age.before_us));
  Texts keys;
  for (TextRow& row : store_.select(sql, parameters)) {
    if (row[0]) keys.push_back(std::move(*row[0]));
  }
  erase(stream, relations_.streams()[stream].key, keys, true);
}

void Erasure::group(const haulier_erase_request& request) {
  const Texts values = texts_of(request.match);
  const std::string field(view(request.match.field));
  if (values.size() != 1) throw unsupported("a group has one name");
  remember({fingerprint("", {field}, values)});
  // First the rows that others are a part of.
  for (const bool parts : {false, true}) {
    for (std::size_t i = 0; i < relations_.streams().size(); ++i) {
      const RelatedStream& stream = relations_.streams()[i];
      const bool named = std::any_of(stream.relations.begin(), stream.relations.end(), [&](const StreamRelation& r) {
        return r.kind == HAULIER_RELATION_GROUP && r.fields[0] == field;
      });
      if (!named || stream.has(HAULIER_RELATION_PART_OF) != parts) continue;
      if (stream.key.empty()) {
        erase(i, field, values, false);
        continue;
      }
      while (true) {
        const Texts keys = keys_of_group(stream, field, values[0]);
        if (keys.empty()) break;
        erase(i, stream.key, keys, false);
      }
    }
  }
}

Texts Erasure::keys_of_group(const RelatedStream& stream, const std::string& column, const std::string& value) {
  Texts out;
  for (TextRow& row : store_.select("SELECT " + quoted_name(stream.key) + " FROM " + quoted_name(stream.name) +
                                        " WHERE " + quoted_name(column) + " = " + dialect_.parameter(1) + " LIMIT " +
                                        std::to_string(kValuesAtOnce),
                                    {value})) {
    if (row[0]) out.push_back(std::move(*row[0]));
  }
  return out;
}

void Erasure::erase(std::size_t stream, const std::string& column, const Texts& values, bool remember) {
  in_parts(values, [&](const Texts& some) { erase_some(stream, column, some, remember); });
}

void Erasure::erase_some(std::size_t index, const std::string& column, const Texts& values, bool remembered) {
  const RelatedStream& stream = relations_.streams()[index];
  const Found found = find(stream, column, values);
  // By their key also without the row: what is left of it goes as well.
  const Texts& keys = column == stream.key ? values : found.keys;
  for (std::size_t i = 0; remembered && i < stream.relations.size(); ++i) {
    if (stream.relations[i].kind == HAULIER_RELATION_IDENTITY) {
      remember(index, stream.relations[i], found.rows, found.from[i]);
    }
  }
  for (std::size_t part = 0; part < relations_.streams().size(); ++part) {
    for (const StreamRelation& relation : relations_.streams()[part].relations) {
      if (relation.kind == HAULIER_RELATION_PART_OF && relation.target == index) {
        erase(part, relation.fields[0], keys, remembered);
      }
    }
  }
  if (stream.outside) leave_outside(stream, found.keys);
  if (found.rows.empty()) return;
  Sum& sum = sums_[index];
  sum.rows += store_.change(
      "DELETE FROM " + quoted_name(stream.name) + " WHERE " + quoted_name(column) + " IN " + list(values.size()),
      values);
  sum.bytes += found.bytes;
  erase_unused(found, stream);
}

Erasure::Found Erasure::find(const RelatedStream& stream, const std::string& column, const Texts& values) {
  Found out;
  std::string wanted;
  for (const Column& field : stream.columns) {
    if (!has_bytes(field)) continue;
    wanted +=
        (wanted.empty() ? "" : " + ") + ("coalesce(" + dialect_.bytes(quoted_name(field.name), field.type) + ", 0)");
  }
  wanted = wanted.empty() ? dialect_.as_text("0") : dialect_.as_text("(" + wanted + ")");
  wanted += ", " + (stream.key.empty() ? "NULL" : quoted_name(stream.key));
  std::size_t n = 2;
  for (const StreamRelation& relation : stream.relations) {
    out.from.push_back(n);
    for (const std::string& field : relation.fields) wanted += ", " + dialect_.as_text(quoted_name(field));
    n += relation.fields.size();
  }
  out.rows = store_.select("SELECT " + wanted + " FROM " + quoted_name(stream.name) + " WHERE " + quoted_name(column) +
                               " IN " + list(values.size()),
                           values);
  for (const TextRow& row : out.rows) {
    out.bytes += std::stoull(row[0].value_or("0"));
    if (row[1]) out.keys.push_back(*row[1]);
  }
  return out;
}

void Erasure::remember(std::size_t stream, const StreamRelation& relation, const std::vector<TextRow>& rows,
                       std::size_t from) {
  std::set<std::string> prints;
  for (const TextRow& row : rows) {
    Texts values;
    for (std::size_t i = 0; i < relation.fields.size(); ++i) {
      if (row[from + i]) values.push_back(*row[from + i]);
    }
    if (values.size() == relation.fields.size()) {
      prints.insert(fingerprint(relations_.streams()[stream].name, relation.fields, values));
    }
  }
  remember(prints);
}

void Erasure::remember(const std::set<std::string>& prints) { remember_erased(store_, dialect_, prints, now_us_); }

void Erasure::leave_outside(const RelatedStream& stream, const Texts& keys) {
  for (const std::string& key : keys) {
    const std::string values = dialect_.parameter(1) + ", " + dialect_.parameter(2) + ", " + dialect_.parameter(3);
    store_.change(dialect_.insert_new("INTO haulier_outside (pipeline, stream, row_key) VALUES (" + values + ")"),
                  {pipeline_, stream.name, key});
  }
}

void Erasure::erase_unused(const Found& found, const RelatedStream& stream) {
  for (std::size_t i = 0; i < stream.relations.size(); ++i) {
    if (stream.relations[i].kind != HAULIER_RELATION_USES) continue;
    const std::size_t target = stream.relations[i].target;
    std::set<std::string> unused;
    for (const TextRow& row : found.rows) {
      if (row[found.from[i]]) unused.insert(*row[found.from[i]]);
    }
    in_parts({unused.begin(), unused.end()}, [&](const Texts& some) {
      for (const RelatedStream& user : relations_.streams()) {
        for (const StreamRelation& relation : user.relations) {
          if (relation.kind != HAULIER_RELATION_USES || relation.target != target) continue;
          const std::string field = quoted_name(relation.fields[0]);
          for (const TextRow& row : store_.select("SELECT DISTINCT " + field + " FROM " + quoted_name(user.name) +
                                                      " WHERE " + field + " IN " + list(some.size()),
                                                  some)) {
            if (row[0]) unused.erase(*row[0]);
          }
        }
      }
    });
    erase(target, relations_.streams()[target].key, {unused.begin(), unused.end()}, false);
  }
}

std::vector<std::pair<std::size_t, std::string>> Erasure::take_outside() {
  std::vector<std::pair<std::size_t, std::string>> out;
  const std::string ours = " FROM haulier_outside WHERE pipeline = " + dialect_.parameter(1);
  for (const TextRow& row : store_.select(
           "SELECT stream, row_key" + ours + " ORDER BY stream, row_key LIMIT " + std::to_string(kOutsideAtOnce),
           {pipeline_})) {
    store_.change(
        "DELETE" + ours + " AND stream = " + dialect_.parameter(2) + " AND row_key = " + dialect_.parameter(3),
        {pipeline_, row[0].value_or(""), row[1].value_or("")});
    const auto stream = relations_.find(row[0].value_or(""));
    if (!stream || relations_.streams()[*stream].key.empty()) continue;
    const RelatedStream& table = relations_.streams()[*stream];
    const std::string there =
        "SELECT 1 FROM " + quoted_name(table.name) + " WHERE " + quoted_name(table.key) + " = " + dialect_.parameter(1);
    if (store_.select(there, {row[1].value_or("")}).empty()) out.emplace_back(*stream, row[1].value_or(""));
  }
  return out;
}

void remember_erased(ErasureStore& store, const ErasureDialect& dialect, const std::set<std::string>& prints,
                     std::int64_t now_us) {
  in_parts({prints.begin(), prints.end()}, [&](const Texts& some) {
    std::string rows;
    Texts parameters;
    for (const std::string& print : some) {
      rows += (rows.empty() ? "(" : ", (") + dialect.parameter(parameters.size() + 1) + ", " +
              dialect.time_parameter(parameters.size() + 2) + ")";
      parameters.push_back(print);
      parameters.push_back(dialect.time_text(now_us));
    }
    store.change(dialect.insert_new("INTO haulier_erased (fingerprint, erased_at) VALUES " + rows), parameters);
  });
}

std::set<std::string> find_erased(ErasureStore& store, const ErasureDialect& dialect, const Texts& prints) {
  std::set<std::string> out;
  in_parts(prints, [&](const Texts& some) {
    std::string list;
    for (std::size_t i = 0; i < some.size(); ++i) list += (i == 0 ? "" : ", ") + dialect.parameter(i + 1);
    for (const TextRow& row :
         store.select("SELECT fingerprint FROM haulier_erased WHERE fingerprint IN (" + list + ")", some)) {
      if (row[0]) out.insert(*row[0]);
    }
  });
  return out;
}

Batch outside_batch(const Relations& relations, const Layouts& layouts,
                    const std::vector<std::pair<std::size_t, std::string>>& rows) {
  BatchBuilder builder;
  for (const auto& [stream, key] : rows) {
    builder.record(static_cast<std::uint32_t>(stream), layouts[stream]->n_fields, HAULIER_DELETE, 0)
        .text(relations.streams()[stream].key_place, key);
  }
  return builder.finish();
}

bool has_erased(ErasureStore& store) {
  return !store.select("SELECT fingerprint FROM haulier_erased LIMIT 1", {}).empty();
}

std::vector<std::uint8_t> answer_erased(const Relations& relations, const haulier_erased_query& query,
                                        const std::function<std::set<std::string>(const Texts&)>& find) {
  const auto stream = relations.find(view(query.stream));
  Texts fields;
  for (std::uint32_t i = 0; i < query.n_fields; ++i) fields.emplace_back(view(query.fields[i]));
  const StreamRelation* relation = nullptr;
  for (std::size_t i = 0; stream && i < relations.streams()[*stream].relations.size(); ++i) {
    const StreamRelation& it = relations.streams()[*stream].relations[i];
    const bool names = it.kind == HAULIER_RELATION_IDENTITY || it.kind == HAULIER_RELATION_GROUP;
    if (names && it.fields == fields) relation = &it;
  }
  if (!relation || query.n_rows > HAULIER_LOOKUP_MAX_VALUES) throw unsupported("a question that does not fit");
  Texts prints(query.n_rows);
  const bool group = relation->kind == HAULIER_RELATION_GROUP;
  for (std::uint64_t row = 0; row < query.n_rows; ++row) {
    Texts values;
    for (std::uint32_t i = 0; i < query.n_fields; ++i) {
      if (auto text = identity_text(query.values[row * query.n_fields + i])) values.push_back(std::move(*text));
    }
    if (values.size() == fields.size()) {
      prints[row] = fingerprint(group ? std::string_view() : view(query.stream), fields, values);
    }
  }
  const std::set<std::string> found = find(prints);
  std::vector<std::uint8_t> out(query.n_rows);
  for (std::uint64_t row = 0; row < query.n_rows; ++row) out[row] = found.count(prints[row]) != 0 ? 1 : 0;
  return out;
}

}  // namespace haulier::sql
