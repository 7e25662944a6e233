/* What a source has now, place by place: for commands that compare it with what the sinks hold. */
#ifndef HAULIER_ABI_ENUMERATE_H
#define HAULIER_ABI_ENUMERATE_H

#include "plugin.h"

#define HAULIER_ABILITY_ENUMERATE "haulier.source.enumerate/1"

/* What is compared with what. Names are those of streams and fields that the sinks know; empty: there is none. */
typedef struct haulier_comparison {
  uint32_t struct_size;
  /* So many of the key fields, the first ones, name the partition; at least 1, and fewer than there are key fields. */
  uint32_t n_partition_fields;
  /* One record per place: first the key fields, then what is compared. Its name is that of the stream with one row per
   * place, which has the same key fields. */
  const haulier_stream* places;
  haulier_str gone;       /* TIMESTAMP field of that stream: when the place was found gone */
  haulier_str detail;     /* the stream that holds the compared fields which the stream of the places has not */
  haulier_str detail_ref; /* field of a place's row ... */
  haulier_str detail_key; /* ... and the key field of the detail that it names */
  haulier_str size;       /* compared INT64 field: what the source says of the size, which may be wrong */
  haulier_str hash;       /* compared STRING field: hash of the content, null where it was not read; it decides */
  haulier_str received;   /* TIMESTAMP field of the stream of the places: when it came; since ABI 1.2 */
} haulier_comparison;

/* What the source remembers of a place, by the state it was opened with. */
#define HAULIER_PLACE_SETTLED 0u /* dealt with: a row, or a quarantine row, has to be there */
#define HAULIER_PLACE_ARRIVED 1u /* came after the last complete pass over its partition */
#define HAULIER_PLACE_WAITING 2u /* not read yet although it was there: no pass got to it, or it is tried again */

typedef struct haulier_enumerate_options {
  uint32_t struct_size;
  uint32_t reserved;
  uint64_t contents; /* of how many places of each partition the content is read and hashed; UINT64_MAX: of all */
} haulier_enumerate_options;

/* Some places of one partition, in ascending order of their key (texts by their bytes), each place once. */
typedef struct haulier_place_page {
  uint32_t struct_size;
  uint32_t last;            /* 1: the partition ends here. Also a partition without places is given */
  haulier_batch places;     /* owned by the caller; `partition` is its name for people */
  const haulier_value* key; /* the n_partition_fields values of this partition; valid until the next call of next */
  const uint8_t* standings; /* HAULIER_PLACE_..., one per record; valid until the next call of next */
} haulier_place_page;

typedef struct haulier_enumerate {
  uint32_t struct_size;
  uint32_t reserved;

  /* Required. Const, valid until destroy. */
  int32_t (*comparison)(void* self, const haulier_comparison** out, haulier_error* error);

  /* Required. Called once after open, instead of read. Changes nothing at the source.
   * Returns HAULIER_OK, RETRY, NEEDS_AUTH, PROTOCOL, CANCELLED. */
  int32_t (*start)(void* self, const haulier_enumerate_options* options, haulier_error* error);

  /* Required. The next page; the pages of a partition follow one another. Partitions that are remembered and are no
   * more come without places. Returns HAULIER_OK, END, RETRY (called again; a partition of which a page was given goes
   * on with the next one), NEEDS_AUTH, PROTOCOL, LOCAL_IO, CANCELLED. */
  int32_t (*next)(void* self, haulier_place_page* out, haulier_error* error);
} haulier_enumerate;

#define HAULIER_ABILITY_RECHECK "haulier.source.recheck/1"
/* Optional. For `haulier run --recheck`. */
typedef struct haulier_recheck {
  uint32_t struct_size;
  uint32_t reserved;
  /* Required. Called before open: in this run the state is not believed. What it calls dealt with and the sink does not
   * hold (haulier.host.lookup/1) is read again; open then may also return UNSUPPORTED, when no sink can be looked into.
   */
  int32_t (*recheck)(void* self, haulier_error* error);
} haulier_recheck;

#endif
