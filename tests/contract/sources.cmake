# The one contract suite of sources, run by every source that needs no server.
haulier_add_test(contract_sources
  SOURCES mail_files_source_contract_test.cpp
  LIBRARIES haulier::sdk
  LABELS contract
  DEPENDS plugin_mail_files)
