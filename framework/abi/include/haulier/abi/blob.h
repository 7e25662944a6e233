/* Big bytes: reference-counted, immutable once sealed, allocated by the host so that it can hold one memory budget. */
#ifndef HAULIER_ABI_BLOB_H
#define HAULIER_ABI_BLOB_H

#include <stdint.h>

/* Made by haulier_host.blob_new or blob_slice, which give the caller one reference. `data` is null until the blob is
 * sealed; afterwards it is valid, and the bytes never change, until the last reference is released. A big blob is a
 * mapping of an unlinked file: reading it is like reading memory. */
typedef struct haulier_blob {
  uint32_t struct_size;
  uint32_t flags;
  const uint8_t* data;
  uint64_t size; /* bytes */

  /* Thread: any. One more, one less reference. */
  void (*retain)(struct haulier_blob* blob);
  void (*release)(struct haulier_blob* blob);

  /* Thread: any that holds a reference. A promise not to read [offset, offset + size) again soon, so that the pages of
   * a spilled blob need not stay in memory. Only a hint: the bytes stay readable. Call it about once per MiB. */
  void (*done_with)(struct haulier_blob* blob, uint64_t offset, uint64_t size);
} haulier_blob;

/* flags: the bytes lie in a file and not in the memory budget. Readers of a large one go through it in windows. */
#define HAULIER_BLOB_SPILLED 1u

#endif
