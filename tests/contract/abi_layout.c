#include "abi_layout.h"

static const layout_entry layout[] = {HAULIER_LAYOUT};

const layout_entry* layout_as_c(size_t* count) {
  *count = sizeof layout / sizeof layout[0];
  return layout;
}
