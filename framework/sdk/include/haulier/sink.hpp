// A plain class becomes a sink:
//
//   class JsonLines {
//    public:
//     JsonLines(haulier::Config config, haulier::Host host);
//     void open(haulier::SchemaView streams, const haulier::SinkOptions& options);
//     void write(haulier::BatchView batch, haulier::Outcomes outcomes);   // at least once; keys make a repeat harmless
//     void flush();                                                       // returns when every prior write is durable
//   };
//   HAULIER_EXPORT(haulier::sink<JsonLines>("jsonl", "1.0.0", "JSON lines into a file", config_schema));
//
// A sink that also has these is transactional, found at compile time, and then exactly-once:
//
//     std::uint64_t fence();                     // take the pipeline over, durably
//     haulier::Batch load_state();               // its state rows
//     void begin();
//     void commit(haulier::StateRows states);    // throws Error(HAULIER_FENCED) when the epoch is not ours any more
//     void rollback();
//
// Optional for both: check(), plan(), cancel(), and rows read back (haulier/lookup.hpp):
//
//     haulier::Batch lookup(haulier::LookupView request);   // any thread, beside the other calls
//
// and rows erased for good (haulier/erase.hpp), and what the owner is to do now and then (haulier/upkeep.hpp).
#pragma once

#include "haulier/abi/sink.h"
#include "haulier/batch_builder.hpp"
#include "haulier/erase.hpp"
#include "haulier/lookup.hpp"
#include "haulier/plugin.hpp"
#include "haulier/upkeep.hpp"

namespace haulier {

struct SinkOptions {
  bool inspect = false;  // read only: create, migrate and lock nothing
};

// Where a sink says what became of each record of a batch; may be empty, then set() does nothing.
class Outcomes {
 public:
  explicit Outcomes(std::uint8_t* outcomes) noexcept : outcomes_(outcomes) {}
  void unchanged(std::uint64_t record) noexcept {
    if (outcomes_) outcomes_[record] = HAULIER_UNCHANGED;
  }
  void filtered(std::uint64_t record) noexcept {
    if (outcomes_) outcomes_[record] = HAULIER_FILTERED;
  }

 private:
  std::uint8_t* outcomes_;
};

// The state rows of a commit. Borrowed.
class StateRows {
 public:
  StateRows(const haulier_record* records, std::uint64_t n) noexcept : records_(records), n_(n) {}
  std::uint64_t size() const noexcept { return n_; }
  RecordView operator[](std::uint64_t i) const noexcept { return RecordView(records_[i]); }

 private:
  const haulier_record* records_;
  std::uint64_t n_;
};

namespace detail {

template <class T, class = void>
struct IsTransactional : std::false_type {};
template <class T>
struct IsTransactional<T, std::void_t<decltype(std::declval<T&>().fence()), decltype(std::declval<T&>().begin()),
                                      decltype(std::declval<T&>().rollback())>> : std::true_type {};

template <class T>
struct SinkAdapter {
  static int32_t open(void* self, const haulier_schema* schema, const haulier_sink_options* options,
                      haulier_error* error) noexcept {
    return guarded(error, [&] {
      object_of<T>(self).open(SchemaView(schema), SinkOptions{options->inspect != 0});
      return HAULIER_OK;
    });
  }
  static int32_t write(void* self, const haulier_batch* batch, uint8_t* outcomes, haulier_error* error) noexcept {
    return guarded(error, [&] {
      if (outcomes && batch->n_records) std::memset(outcomes, HAULIER_WRITTEN, batch->n_records);
      object_of<T>(self).write(BatchView(*batch), Outcomes(outcomes));
      return HAULIER_OK;
    });
  }
  static int32_t flush(void* self, haulier_error* error) noexcept {
    return guarded(error, [&] {
      if constexpr (!IsTransactional<T>::value) object_of<T>(self).flush();
      (void)self;
      return HAULIER_OK;
    });
  }
  static constexpr haulier_sink kSink{sizeof(haulier_sink), 0, open, write, flush};

  static const void* ability(haulier_instance*, const char* id) noexcept {
    const std::string_view name(id);
    if (name == HAULIER_ABILITY_SINK) return &kSink;
    if constexpr (IsTransactional<T>::value) {
      if (name == HAULIER_ABILITY_TRANSACTION) return transaction();
    }
    if (const void* found = lookup_ability<T>(name)) return found;
    if (const void* found = erase_ability<T>(name)) return found;
    if (const void* found = upkeep_ability<T>(name)) return found;
    return shared_ability<T>(name);
  }

  static const void* transaction() noexcept {
    static constexpr haulier_transaction kTransaction{
        sizeof(haulier_transaction),
        0,
        [](void* self, uint64_t* epoch, haulier_error* error) -> int32_t {
          return guarded(error, [&] {
            *epoch = object_of<T>(self).fence();
            return HAULIER_OK;
          });
        },
        [](void* self, haulier_batch* out, haulier_error* error) -> int32_t {
          return guarded(error, [&] {
            object_of<T>(self).load_state().move_to(out);
            return HAULIER_OK;
          });
        },
        [](void* self, haulier_error* error) -> int32_t {
          return guarded(error, [&] {
            object_of<T>(self).begin();
            return HAULIER_OK;
          });
        },
        [](void* self, const haulier_record* states, uint64_t n, haulier_error* error) -> int32_t {
          return guarded(error, [&] {
            object_of<T>(self).commit(StateRows(states, n));
            return HAULIER_OK;
          });
        },
        [](void* self, haulier_error* error) -> int32_t {
          return guarded(error, [&] {
            object_of<T>(self).rollback();
            return HAULIER_OK;
          });
        }};
    return &kTransaction;
  }
};

}  // namespace detail

template <class T>
constexpr haulier_descriptor sink(const char* id, const char* version, const char* summary, const char* config_schema) {
  return {sizeof(haulier_descriptor),
          HAULIER_SINK,
          id,
          version,
          summary,
          config_schema,
          detail::create<T, detail::SinkAdapter<T>::ability>};
}

}  // namespace haulier
