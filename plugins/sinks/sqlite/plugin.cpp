#include "config_schema.hpp"
#include "haulier/sink.hpp"
#include "sqlite_sink.hpp"

HAULIER_EXPORT(haulier::sink<haulier::sqlite::SqliteSink>("sqlite", "1.0.0", "SQLite database file, exactly once",
                                                          config_schema));
