#include <haulier/transform.hpp>

#include "config_schema.hpp"
#include "extractor.hpp"

HAULIER_EXPORT(haulier::transform<haulier::extract_attachments::Extractor>(
    "extract_attachments", "1.0.0", "Decodes attachments; each content is stored once per SHA-256", config_schema));
