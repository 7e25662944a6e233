#include "mail_streams.hpp"

#include "rows/mail_streams.hpp"

namespace haulier::imap {

void declare_mail_streams(Schema& streams) {
  declare_messages(streams);
  declare_sync_status(streams);
}

}  // namespace haulier::imap
