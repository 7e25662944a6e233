/* Values, records and stream schemas: the data that flows. */
#ifndef HAULIER_ABI_VALUE_H
#define HAULIER_ABI_VALUE_H

#include <stdint.h>

#include "blob.h"

/* A view of bytes, not NUL-terminated, never owned. Valid as long as the thing it was found in. */
typedef struct haulier_str {
  const char* data;
  uint64_t size; /* bytes */
} haulier_str;

typedef enum haulier_type {
  HAULIER_ABSENT = 0, /* in an update: leave the column as it is. Never in an upsert */
  HAULIER_NULL = 1,
  HAULIER_BOOL = 2,      /* v.i is 0 or 1 */
  HAULIER_INT64 = 3,     /* v.i */
  HAULIER_DOUBLE = 4,    /* v.d */
  HAULIER_TIMESTAMP = 5, /* v.i: microseconds since 1970-01-01T00:00:00 UTC */
  HAULIER_STRING = 6,    /* v.s: valid UTF-8 without NUL */
  HAULIER_JSON = 7,      /* v.s: valid UTF-8 JSON text */
  HAULIER_BLOB = 8       /* v.b: sealed; the batch owns one reference */
} haulier_type;

typedef struct haulier_value {
  uint32_t type; /* haulier_type */
  uint32_t reserved;
  union {
    int64_t i;
    double d;
    haulier_str s;
    haulier_blob* b;
  } v;
} haulier_value;

typedef enum haulier_op {
  HAULIER_UPSERT = 0, /* the whole row: insert, or replace the row with this key */
  HAULIER_UPDATE =
      1, /* only the values that are not HAULIER_ABSENT, of the row with this key; no row: nothing happens */
  HAULIER_DELETE = 2 /* the row with this key; only key values are set */
} haulier_op;

typedef struct haulier_record {
  uint32_t stream;   /* index into the schema of the stage that produced it */
  uint32_t op;       /* haulier_op */
  uint64_t origin;   /* which record of the source's batch this one came from: 0 .. origin_count-1 */
  uint32_t n_values; /* equals n_fields of the stream */
  uint32_t reserved;
  const haulier_value* values; /* positional */
} haulier_record;

/* Field flags. */
#define HAULIER_FIELD_KEY 1u /* part of the stream's key */
#define HAULIER_FIELD_NOT_NULL 2u
#define HAULIER_FIELD_INSERT_ONLY 4u /* written when the row is new, kept by a later upsert */

typedef struct haulier_field {
  haulier_str name; /* [a-z][a-z0-9_]{0,62} */
  uint32_t type;    /* haulier_type, BOOL .. BLOB */
  uint32_t flags;
} haulier_field;

/* Stream flags. */
#define HAULIER_STREAM_TRANSIENT 1u /* travels between plugins; sinks never get its records */
#define HAULIER_STREAM_IMMUTABLE 2u /* a row never changes once it is there: its key is the hash of its content */
#define HAULIER_STREAM_STATE 4u     /* the source's state stream; its records travel in haulier_batch.state only */
#define HAULIER_STREAM_OUTSIDE                                                            \
  8u /* a row stands for bytes that the stage which declared it keeps somewhere else, and \
        takes away when the row was erased (haulier.discard/1); one key field, a STRING */

/* What the fields of a relation say, for erasing. */
#define HAULIER_RELATION_IDENTITY \
  1u                              /* they name what the row is about: once erased, a row with the same is not written */
#define HAULIER_RELATION_GROUP 2u /* one STRING that names rows which are erased together, by name also elsewhere */
#define HAULIER_RELATION_PART_OF 3u /* one STRING, the key of a row of `stream`: this row is erased with that one */
#define HAULIER_RELATION_USES 4u    /* one STRING, the key of a row of `stream`, erased when no row uses it any more */

typedef struct haulier_relation {
  uint32_t kind; /* HAULIER_RELATION_... */
  uint32_t n_fields;
  const haulier_str* fields; /* of the stream that has the relation; STRING or INT64; a null in one: it says nothing */
  haulier_str stream;        /* PART_OF, USES: its key is one STRING */
} haulier_relation;

typedef struct haulier_stream {
  uint32_t struct_size;
  uint32_t flags;
  haulier_str name; /* [a-z][a-z0-9_]{0,62} */
  const haulier_field* fields;
  uint32_t n_fields;
  uint32_t n_relations; /* 0 before ABI 1.2 */
  const haulier_relation* relations;
} haulier_stream;

/* Owned by the instance that declared it; valid until that instance is destroyed. */
typedef struct haulier_schema {
  uint32_t struct_size;
  uint32_t n_streams;
  const haulier_stream* const* streams;
} haulier_schema;

#endif
