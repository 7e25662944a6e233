/* The entry of a plugin: one exported symbol, const data. */
#ifndef HAULIER_ABI_PLUGIN_H
#define HAULIER_ABI_PLUGIN_H

#include "host.h"
#include "version.h"

typedef enum haulier_kind { HAULIER_SOURCE = 1, HAULIER_TRANSFORM = 2, HAULIER_SINK = 3 } haulier_kind;

/* A configured plugin. Made by haulier_descriptor.create, freed by destroy. Calls on one instance never overlap, except
 * cancel; the thread may differ from call to call. Different instances run in parallel. */
typedef struct haulier_instance {
  uint32_t struct_size;
  uint32_t reserved;
  void* self; /* first argument of every function of its abilities */

  /* Required. Thread: the host's, after every other call returned. The plugin has joined its own threads before it
   * returns, and calls the host no more afterwards. */
  void (*destroy)(struct haulier_instance* instance);

  /* Optional. Thread: any, also while another call runs. Makes that call return HAULIER_CANCELLED soon; idempotent. */
  void (*cancel)(struct haulier_instance* instance);

  /* Required. Thread: any. The struct of an ability ("haulier.source/1"), or null. Const, valid until destroy. */
  const void* (*ability)(struct haulier_instance* instance, const char* id);
} haulier_instance;

typedef struct haulier_descriptor {
  uint32_t struct_size;
  uint32_t kind;                  /* haulier_kind */
  const char* id;                 /* name in YAML = folder = file name; [a-z][a-z0-9_]{0,62} */
  const char* version;            /* semantic version of the plugin */
  const char* summary;            /* one line */
  const char* config_schema_json; /* JSON Schema of its config (the subset of framework/host/config) */

  /* Required. Thread: the host's. config_json is an object that matches the schema, defaults filled in. On HAULIER_OK
   * *out is an instance owned by the host. Must not connect or touch files: that is for check() and open(). */
  int32_t (*create)(const haulier_host* host, haulier_str config_json, haulier_instance** out, haulier_error* error);
} haulier_descriptor;

typedef struct haulier_plugin_entry {
  uint64_t magic; /* HAULIER_ABI_MAGIC */
  uint32_t abi_major, abi_minor;
  uint32_t struct_size;
  uint32_t n_descriptors;
  const haulier_descriptor* const* descriptors;
} haulier_plugin_entry;

/* The one exported symbol of a plugin is `haulier_plugin`, of this type. */
#define HAULIER_PLUGIN_SYMBOL "haulier_plugin"

/* Abilities that every kind may have. */

#define HAULIER_ABILITY_CHECK "haulier.check/1"
/* Optional. For `haulier validate --connect`: connect, sign in, look, change nothing. */
typedef struct haulier_check {
  uint32_t struct_size;
  uint32_t reserved;
  int32_t (*check)(void* self, haulier_error* error);
} haulier_check;

#define HAULIER_ABILITY_PLAN "haulier.plan/1"
/* Optional. For `haulier plan`: says what a run would do, one JSON object per line, and changes nothing. A source tells
 * its places ({"place": "me / INBOX", "messages": 12, "to_read": 3}), a sink the statements it would run
 * ({"statement": "CREATE TABLE ..."}). Called after open. */
typedef struct haulier_plan {
  uint32_t struct_size;
  uint32_t reserved;
  int32_t (*plan)(void* self, void (*line)(void* user, haulier_str json), void* user, haulier_error* error);
} haulier_plan;

#endif
