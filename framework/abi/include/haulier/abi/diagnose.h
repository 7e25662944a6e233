/* For `haulier doctor`: a source looks at its way to the mail, step by step, and says what it finds. */
#ifndef HAULIER_ABI_DIAGNOSE_H
#define HAULIER_ABI_DIAGNOSE_H

#include "plugin.h"

#define HAULIER_ABILITY_DIAGNOSE "haulier.source.diagnose/1"

typedef enum haulier_verdict {
  HAULIER_PASS = 0,
  HAULIER_WARN = 1, /* a run works, but something is to be known */
  HAULIER_FAIL = 2, /* a run ends here */
  HAULIER_SKIP = 3  /* could not be tried; the words say why */
} haulier_verdict;

/* One rung of the ladder. Texts are borrowed for the call, and hold no secret. */
typedef struct haulier_finding {
  uint32_t struct_size;
  int32_t verdict; /* haulier_verdict */
  int32_t status;  /* with HAULIER_FAIL: the haulier_status that a run would end with */
  uint32_t reserved;
  haulier_str subject; /* what it is about, e.g. the account's name; may be empty */
  haulier_str step;    /* short name, the same in every version: scripts look for it */
  haulier_str words;   /* what was found, one line */
  haulier_str remedy;  /* the one thing to do; empty with PASS */
} haulier_finding;

/* Lent by the host for the call. Thread: that of the call. */
typedef struct haulier_diagnosis {
  uint32_t struct_size;
  uint32_t reserved;
  void* user; /* first argument of the functions below */
  void (*finding)(void* user, const haulier_finding* finding);
  /* One line of what was said to and by the server. The source has left out secrets, names of people and content. */
  void (*transcript)(void* user, haulier_str line);
} haulier_diagnosis;

typedef struct haulier_diagnose {
  uint32_t struct_size;
  uint32_t reserved;
  /* Required. Called once, instead of open. Changes nothing at the other side. A step that fails is a finding, not an
   * error, and the steps that do not need it are tried all the same.
   * Returns HAULIER_OK, CANCELLED. */
  int32_t (*diagnose)(void* self, const haulier_diagnosis* diagnosis, haulier_error* error);
} haulier_diagnose;

#endif
