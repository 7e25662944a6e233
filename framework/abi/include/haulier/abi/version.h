/* The version of the plugin boundary, and the rule by which host and plugin decide whether they fit. */
#ifndef HAULIER_ABI_VERSION_H
#define HAULIER_ABI_VERSION_H

#include <stddef.h>
#include <stdint.h>

/* Equal in host and plugin, or the plugin is refused with a message. */
#define HAULIER_ABI_MAJOR 1u
/* Grows when structs get fields appended or new abilities appear. Nothing is ever removed or re-ordered. */
#define HAULIER_ABI_MINOR 2u

/* First field of the entry: "HAULIER\1" read as a little-endian integer. Tells a plugin from any other shared library.
 */
#define HAULIER_ABI_MAGIC UINT64_C(0x0152454c49554148)

/* True when the struct behind P was made by a side that knows FIELD. Every struct starts with struct_size for this; it
 * grows by whole fields. */
#define HAULIER_HAS(P, FIELD) ((P)->struct_size > offsetof(HAULIER_TYPEOF(P), FIELD))

#ifdef __cplusplus
#include <type_traits>
#define HAULIER_TYPEOF(P) std::remove_reference<decltype(*(P))>::type
#else
#define HAULIER_TYPEOF(P) __typeof__(*(P))
#endif

#endif
