/* What the host lends to a plugin instance. Each instance gets its own struct; it outlives the instance. */
#ifndef HAULIER_ABI_HOST_H
#define HAULIER_ABI_HOST_H

#include "batch.h"
#include "status.h"

typedef struct haulier_pair {
  haulier_str key;
  haulier_str value;
} haulier_pair;

typedef enum haulier_log_level {
  HAULIER_LOG_DEBUG = 0,
  HAULIER_LOG_INFO = 1,
  HAULIER_LOG_WARNING = 2,
  HAULIER_LOG_ERROR = 3
} haulier_log_level;

typedef enum haulier_metric_kind {
  HAULIER_COUNTER = 0, /* value is added */
  HAULIER_GAUGE = 1    /* value replaces */
} haulier_metric_kind;

typedef enum haulier_credential_kind {
  HAULIER_CREDENTIAL_BEARER = 1,  /* an OAuth2 access token */
  HAULIER_CREDENTIAL_PASSWORD = 2 /* a password or an app password */
} haulier_credential_kind;

typedef struct haulier_credential_request {
  uint32_t struct_size;
  uint32_t force_refresh; /* 1: the token that was given before was refused; get a new one if that is possible */
  haulier_str account;    /* name of the credential, e.g. me@example.org */
  haulier_str server;     /* host name it will be sent to; a credential is bound to its servers and refused elsewhere */
} haulier_credential_request;

/* Lives only during the callback; the plugin copies what it needs and wipes its copy after use. */
typedef struct haulier_credential {
  uint32_t struct_size;
  uint32_t kind;    /* haulier_credential_kind */
  haulier_str user; /* user name at the server */
  haulier_str secret;
  int64_t expires_at_us; /* UTC; 0 = not known */
} haulier_credential;

/* Every function is required, may be called from any thread and may be called from create() on. Views that are passed
 * in are borrowed for the call. */
typedef struct haulier_host {
  uint32_t struct_size;
  uint32_t abi_major, abi_minor;
  uint32_t reserved;
  void* ctx; /* first argument of every function below */

  haulier_str pipeline; /* name of the pipeline; valid as long as the struct */
  haulier_str run_id;

  int32_t (*log_enabled)(void* ctx, int32_t level);
  void (*log)(void* ctx, int32_t level, haulier_str message);

  /* Name: haulier_<noun>_<unit>[_total]. Labels are few and never hold personal data. */
  void (*metric)(void* ctx, haulier_str name, int32_t kind, double value, const haulier_pair* labels,
                 uint32_t n_labels);

  /* One line in the audit log. Returns HAULIER_LOCAL_IO when it could not be written and the pipeline says that work
   * must then stop. Never content, never secrets. */
  int32_t (*audit)(void* ctx, haulier_str event, const haulier_pair* fields, uint32_t n_fields, haulier_error* error);

  int64_t (*now_us)(void* ctx);       /* UTC, microseconds since 1970; virtual in tests */
  int64_t (*monotonic_us)(void* ctx); /* for durations and deadlines */
  uint64_t (*random)(void* ctx);      /* for jitter and tags; seeded in tests; not for secrets */

  int32_t (*cancelled)(void* ctx); /* 1 once the run is to stop */
  int (*cancel_fd)(void* ctx);     /* readable once the run is to stop: put it into every poll(). Owned by the host */
  /* Sleeps, woken by cancellation. Returns 1 when cancelled. */
  int32_t (*wait_ms)(void* ctx, uint64_t ms);

  /* A new, empty, writable blob, owned by the caller. expected_size is a hint (0: unknown). A source that calls it
   * while the memory budget is used up by batches downstream waits here: that is the back-pressure.
   * Returns HAULIER_OK, HAULIER_CANCELLED, HAULIER_LOCAL_IO. */
  int32_t (*blob_new)(void* ctx, uint64_t expected_size, haulier_blob** out, haulier_error* error);
  /* Only by the one thread that made it, and only before seal. Copies. Returns HAULIER_OK, HAULIER_LOCAL_IO. */
  int32_t (*blob_append)(void* ctx, haulier_blob* blob, const void* data, uint64_t size, haulier_error* error);
  int32_t (*blob_seal)(void* ctx, haulier_blob* blob, haulier_error* error);
  /* A view of a sealed blob: a new blob that keeps the other one alive; no bytes are copied. Null: out of range. */
  haulier_blob* (*blob_slice)(void* ctx, haulier_blob* blob, uint64_t offset, uint64_t size);

  /* Calls `receive` once, before it returns, with a credential that is good now; may refresh a token and then wait for
   * the network. Returns HAULIER_OK, HAULIER_NEEDS_AUTH, HAULIER_RETRY, HAULIER_BAD_CONFIG. */
  int32_t (*credential)(void* ctx, const haulier_credential_request* request,
                        void (*receive)(void* user, const haulier_credential* credential), void* user,
                        haulier_error* error);

  /* A step at which tests stop the process to prove that the next run recovers. Nothing happens outside tests. */
  void (*crash_point)(void* ctx, haulier_str step);

  /* Abilities of the host that came later, by numbered id ("haulier.host.x/1"); null: this host does not have it. */
  const void* (*extension)(void* ctx, const char* id);
} haulier_host;

#endif
