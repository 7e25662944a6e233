#include <haulier/transform.hpp>

#include "config_schema.hpp"
#include "normalizer.hpp"

HAULIER_EXPORT(haulier::transform<haulier::normalize_mime::Normalizer>(
    "normalize_mime", "1.0.0", "Reads MIME messages into email rows, places and a list of attachments", config_schema));
