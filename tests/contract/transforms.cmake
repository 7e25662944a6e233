# The one contract suite of transforms, run by every transform.
haulier_add_test(contract_transforms
  SOURCES mime_transforms_contract_test.cpp
  LIBRARIES haulier::sdk
  LABELS contract
  DEPENDS plugin_normalize_mime plugin_extract_attachments)
