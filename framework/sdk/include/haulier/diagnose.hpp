// A source with `void diagnose(haulier::Diagnosis& diagnosis)` has a part in `haulier doctor`.
#pragma once

#include <string_view>
#include <type_traits>
#include <utility>

#include "haulier/abi/diagnose.h"
#include "haulier/plugin.hpp"

namespace haulier {

// Where findings go. Borrowed for the call, one thread. A step that fails is told here and not thrown.
class Diagnosis {
 public:
  explicit Diagnosis(const haulier_diagnosis* diagnosis) noexcept : diagnosis_(diagnosis) {}

  // What the next findings are about; the caller keeps the text.
  void subject(std::string_view name) noexcept { subject_ = name; }

  void pass(std::string_view step, std::string_view words) { tell(HAULIER_PASS, HAULIER_OK, step, words, {}); }
  void warn(std::string_view step, std::string_view words, std::string_view remedy) {
    tell(HAULIER_WARN, HAULIER_OK, step, words, remedy);
  }
  // `status`: what a run would end with.
  void fail(std::string_view step, haulier_status status, std::string_view words, std::string_view remedy) {
    tell(HAULIER_FAIL, status, step, words, remedy);
  }
  void skip(std::string_view step, std::string_view why) { tell(HAULIER_SKIP, HAULIER_OK, step, why, {}); }
  void transcript(std::string_view line) { diagnosis_->transcript(diagnosis_->user, str(line)); }

 private:
  void tell(haulier_verdict verdict, haulier_status status, std::string_view step, std::string_view words,
            std::string_view remedy) {
    const haulier_finding finding{sizeof(haulier_finding), verdict,   status,     0,
                                  str(subject_),           str(step), str(words), str(remedy)};
    diagnosis_->finding(diagnosis_->user, &finding);
  }

  const haulier_diagnosis* diagnosis_;
  std::string_view subject_;
};

namespace detail {

template <class T, class = void>
struct HasDiagnose : std::false_type {};
template <class T>
struct HasDiagnose<T, std::void_t<decltype(std::declval<T&>().diagnose(std::declval<Diagnosis&>()))>> : std::true_type {
};

// The ability's struct when T has the function, else null.
template <class T>
const void* diagnose_ability(std::string_view id) noexcept {
  if constexpr (HasDiagnose<T>::value) {
    static constexpr haulier_diagnose kDiagnose{
        sizeof(haulier_diagnose), 0,
        [](void* self, const haulier_diagnosis* diagnosis, haulier_error* error) -> int32_t {
          return guarded(error, [&] {
            Diagnosis to(diagnosis);
            object_of<T>(self).diagnose(to);
            return HAULIER_OK;
          });
        }};
    if (id == HAULIER_ABILITY_DIAGNOSE) return &kDiagnose;
  }
  return nullptr;
}

}  // namespace detail
}  // namespace haulier
