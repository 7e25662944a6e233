/* What a call across the boundary returns: each status tells the host what to do next. */
#ifndef HAULIER_ABI_STATUS_H
#define HAULIER_ABI_STATUS_H

#include <stdint.h>

typedef enum haulier_status {
  HAULIER_OK = 0,
  HAULIER_END = 1,             /* source: nothing more in this run                                                  */
  HAULIER_RETRY = 10,          /* passing fault: call again after retry_after_ms (0: the host's own back-off)       */
  HAULIER_BAD_RECORD = 11,     /* sink: the record at record_index cannot be written; quarantine it, write the rest */
  HAULIER_BAD_CONFIG = 12,     /* stop, exit 78; `pointer` is the JSON Pointer of the setting, the host adds line   */
  HAULIER_NEEDS_AUTH = 13,     /* stop, exit 77: a person must sign in again                                        */
  HAULIER_FENCED = 14,         /* stop, exit 75: another run took this pipeline over; write nothing                 */
  HAULIER_CANCELLED = 15,      /* the host asked for it                                                             */
  HAULIER_BAD_STATE = 16,      /* stop, exit 65: state or schema unusable, or newer than this program               */
  HAULIER_LOCAL_IO = 17,       /* stop, exit 74: disk full, read-only, local input or output error                  */
  HAULIER_PROTOCOL = 18,       /* stop, exit 76: TLS or protocol fault that a retry does not cure                   */
  HAULIER_UNSUPPORTED = 19,    /* this instance cannot do what was asked                                            */
  HAULIER_COMMIT_UNKNOWN = 20, /* sink: COMMIT was sent, its outcome is unknown; the host reads the state back      */
  HAULIER_FATAL = 21           /* stop, exit 70: a bug                                                              */
} haulier_status;

/* Allocated by the caller, who sets struct_size and zeroes the rest; filled by the callee when it returns neither OK
 * nor END. All texts are NUL-terminated UTF-8 and cut to fit. */
typedef struct haulier_error {
  uint32_t struct_size;
  int32_t status;          /* haulier_status */
  uint64_t retry_after_ms; /* with HAULIER_RETRY: not before this many milliseconds; 0 = no hint */
  uint64_t record_index;   /* with HAULIER_BAD_RECORD: index into the batch */
  char pointer[256];       /* with HAULIER_BAD_CONFIG: JSON Pointer (RFC 6901) into this plugin's config */
  char message[1024];      /* what happened */
  char hint[512];          /* what a person can do about it: one command or one setting; may be empty */
} haulier_error;

#endif
