/* A batch: the unit that moves through the pipeline and is committed as a whole. */
#ifndef HAULIER_ABI_BATCH_H
#define HAULIER_ABI_BATCH_H

#include "value.h"

/* A record that could not be used, with the reason. The host writes it to `quarantine` in the transaction of its batch,
 * and drops every other record with the same origin. */
typedef struct haulier_reject {
  uint64_t origin;    /* as in haulier_record */
  haulier_str key;    /* which record it was, as JSON: {"uid":17} */
  haulier_str reason; /* in words */
  haulier_blob* raw;  /* the bytes, or null; the batch owns one reference */
} haulier_reject;

/* Owned by whoever holds it. Moving = copying the struct and setting `release` of the old one to null. Everything that
 * the batch points to - records, values, strings, one reference of each blob - lives until release() is called. */
typedef struct haulier_batch {
  uint32_t struct_size;
  uint32_t record_size; /* sizeof(haulier_record) of the producer: the stride of `records` */
  uint64_t n_records;   /* may be 0: the state then moves alone */
  const haulier_record* records;
  uint64_t n_rejects;
  const haulier_reject* rejects;

  /* Set by the source; a transform leaves these alone, the host carries them past it. */
  haulier_str partition;       /* what is committed in order: account and mailbox, in words for people */
  uint64_t origin_count;       /* source records this batch stands for, rejected ones included */
  uint64_t size_bytes;         /* payload, for queues and progress */
  const haulier_record* state; /* the partition's state once this batch is durable; null: unchanged */

  void (*release)(struct haulier_batch* batch); /* null when moved from or empty. Thread: any */
  void* owner;
} haulier_batch;

#endif
