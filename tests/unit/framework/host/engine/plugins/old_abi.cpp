// The entry of a plugin for an interface that this host does not have.
#include "haulier/abi/plugin.h"

extern "C" {
extern __attribute__((visibility("default"))) const haulier_plugin_entry haulier_plugin;
}
const haulier_plugin_entry haulier_plugin = {HAULIER_ABI_MAGIC, 999, 0, sizeof(haulier_plugin_entry), 0, nullptr};
