// The entry of the source plugin "imap".
#include "config_schema.hpp"
#include "haulier/source.hpp"
#include "imap_source.hpp"

using haulier::imap::ImapSource;

HAULIER_EXPORT(haulier::source<ImapSource>("imap", "0.1.0", "Reads mailboxes over IMAP; changes nothing there",
                                           config_schema));
