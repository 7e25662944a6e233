#include "config_schema.hpp"
#include "haulier/sink.hpp"
#include "postgresql_sink.hpp"

HAULIER_EXPORT(haulier::sink<haulier::postgresql::PostgresqlSink>("postgresql", "1.0.0",
                                                                  "PostgreSQL database, exactly once", config_schema));
