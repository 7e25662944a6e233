#include "config_schema.hpp"
#include "haulier/sink.hpp"
#include "mysql_sink.hpp"

HAULIER_EXPORT(haulier::sink<haulier::mysql::MysqlSink>("mysql", "1.0.0", "MariaDB database, exactly once",
                                                        config_schema));
