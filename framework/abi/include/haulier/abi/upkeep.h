/* For `haulier status`: what a sink asks its owner to do now and then, and no run does by itself. */
#ifndef HAULIER_ABI_UPKEEP_H
#define HAULIER_ABI_UPKEEP_H

#include "plugin.h"

#define HAULIER_ABILITY_UPKEEP "haulier.sink.upkeep/1"

/* Texts are borrowed for the call, and hold no secret and nothing out of the mail. */
typedef struct haulier_advice {
  uint32_t struct_size;
  uint32_t reserved;
  haulier_str words;   /* what was found and what it is good for, one line */
  haulier_str command; /* what to type */
} haulier_advice;

typedef struct haulier_upkeep {
  uint32_t struct_size;
  uint32_t reserved;
  /* Required. Called after open, also for inspection. Calls `tell` for each thing to do; changes nothing, and looks at
   * no more rows than it must: a person waits. Returns what haulier_lookup.lookup returns. */
  int32_t (*upkeep)(void* self, void (*tell)(void* user, const haulier_advice* advice), void* user,
                    haulier_error* error);
} haulier_upkeep;

#endif
