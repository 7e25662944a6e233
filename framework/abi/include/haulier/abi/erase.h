/* Erasing for good: an ability of sinks, the question what was erased, and bytes that lie outside the sink. */
#ifndef HAULIER_ABI_ERASE_H
#define HAULIER_ABI_ERASE_H

#include "lookup.h"

#define HAULIER_ABILITY_ERASE "haulier.sink.erase/1"
#define HAULIER_EXTENSION_ERASED "haulier.host.erased/1"
#define HAULIER_ABILITY_DISCARD "haulier.discard/1"

/* Rows of the request's stream, by the newest time among the rows that are a part of them. */
typedef struct haulier_erase_age {
  haulier_str parts;   /* a stream that is PART_OF the stream of the request */
  haulier_str time;    /* its TIMESTAMP field; rows without any time are not meant */
  int64_t before_us;   /* the newest is older than that */
  haulier_match among; /* only where this field of `parts` has one of these values */
} haulier_erase_age;

/* One of three: rows by a field; rows by their age; a whole group, of every stream. Borrowed for the call. */
typedef struct haulier_erase_request {
  uint32_t struct_size;
  uint32_t group;               /* 1: `match` is the field of a GROUP relation with one value, `stream` is empty */
  haulier_str stream;           /* not a transient one */
  haulier_match match;          /* STRING values */
  const haulier_erase_age* age; /* null: by `match` */
  uint64_t limit;               /* with an age: rows at most */
} haulier_erase_request;

/* Which of these were erased, by a relation IDENTITY or GROUP of the stream, whose fields these are. */
typedef struct haulier_erased_query {
  uint32_t struct_size;
  uint32_t n_fields;
  haulier_str stream;
  const haulier_str* fields;   /* in the order of the relation */
  const haulier_value* values; /* n_fields values for each of n_rows; STRING or INT64 */
  uint64_t n_rows;             /* at most HAULIER_LOOKUP_MAX_VALUES */
} haulier_erased_query;

typedef struct haulier_erase {
  uint32_t struct_size;
  uint32_t reserved;

  /* Required. Within a transaction (begin): deletes the rows of the request, what is a part of them, and what no row
   * uses any more; from the commit on, what the request named and the IDENTITY relations of what it deleted are known
   * as erased, and write() leaves records of the same origin out (HAULIER_FILTERED). The deleted bytes do not stay in
   * the sink's files as far as it can see to that. `tell` is called once per stream that lost rows.
   * Returns what write() returns; UNSUPPORTED for a request that does not fit the schema. */
  int32_t (*erase)(void* self, const haulier_erase_request* request,
                   void (*tell)(void* user, haulier_str stream, uint64_t rows, uint64_t bytes), void* user,
                   haulier_error* error);

  /* Required. Fills n_rows bytes: 1 where it was erased, and committed. Thread and moment: as haulier_lookup.lookup. */
  int32_t (*erased)(void* self, const haulier_erased_query* query, uint8_t* out, haulier_error* error);

  /* Required. Within a transaction, the epoch of which it holds fast: rows of OUTSIDE streams that were erased by this
   * pipeline and whose bytes are to be taken away; only the key is set; some of them at a time, none: there are no
   * more. Those that are there again are not given. The commit of the transaction forgets them.
   * *out is owned by the caller. Returns what write() returns. */
  int32_t (*outside)(void* self, haulier_batch* out, haulier_error* error);
} haulier_erase;

/* What haulier_host.extension(HAULIER_EXTENSION_ERASED) gives a source. Null as HAULIER_EXTENSION_LOOKUP is, or when
 * the sink cannot erase. */
typedef struct haulier_host_erased {
  uint32_t struct_size;
  uint32_t reserved;
  /* As above; ctx is that of haulier_host. Thread: any. */
  int32_t (*erased)(void* ctx, const haulier_erased_query* query, uint8_t* out, haulier_error* error);
} haulier_host_erased;

/* Of a stage that declares OUTSIDE streams; also on an instance that has nothing but its schema. */
typedef struct haulier_discard {
  uint32_t struct_size;
  uint32_t reserved;
  /* Required. Takes the bytes away that a row stood for; when they are gone already, that is fine. *size: bytes.
   * Durable when it returns. Returns HAULIER_OK, LOCAL_IO. */
  int32_t (*discard)(void* self, haulier_str stream, haulier_str key, uint64_t* size, haulier_error* error);
} haulier_discard;

#endif
