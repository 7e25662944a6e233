#include "config_schema.hpp"
#include "haulier/sink.hpp"
#include "jsonl_sink.hpp"

HAULIER_EXPORT(haulier::sink<haulier::jsonl::JsonlSink>("jsonl", "1.0.0", "JSON lines in a file, at least once",
                                                        config_schema));
