# The one contract suite of sinks, run by every sink.
find_package(SQLite3 REQUIRED)
haulier_add_test(contract_sinks
  SOURCES sqlite_sink_contract_test.cpp jsonl_sink_contract_test.cpp
  LIBRARIES haulier::sdk SQLite::SQLite3
  LABELS contract
  DEPENDS plugin_sqlite plugin_jsonl)
target_include_directories(contract_sinks PRIVATE ${PROJECT_SOURCE_DIR}/plugins/shared/rows)

# Starts a server of its own.
find_package(PostgreSQL REQUIRED)
haulier_add_test(contract_postgresql
  SOURCES postgresql_sink_contract_test.cpp
  LIBRARIES haulier::sdk PostgreSQL::PostgreSQL
  LABELS contract
  DEPENDS plugin_postgresql)
target_include_directories(contract_postgresql PRIVATE ${PROJECT_SOURCE_DIR}/plugins/shared/rows)

# Starts a server of its own.
find_package(PkgConfig REQUIRED)
pkg_check_modules(MARIADB REQUIRED IMPORTED_TARGET libmariadb>=3.3)
haulier_add_test(contract_mysql
  SOURCES mysql_sink_contract_test.cpp
  LIBRARIES haulier::sdk PkgConfig::MARIADB
  LABELS contract
  DEPENDS plugin_mysql)
target_include_directories(contract_mysql PRIVATE ${PROJECT_SOURCE_DIR}/plugins/shared/rows)
