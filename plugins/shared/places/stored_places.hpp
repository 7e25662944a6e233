// Which places of a mailbox the pipeline's sink holds, for sources of mail. Header-only.
#pragma once

#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "haulier/lookup.hpp"
#include "places/email_ids.hpp"

namespace haulier::places {

// Whether an e-mail's row is the one its id was made of; one with a server's id always is.
inline bool is_itself(std::string_view account, const RecordView& id_server_id_sha256, EmailIds& ids) {
  return !id_server_id_sha256.empty(1) ||
         ids.is_of_bytes(id_server_id_sha256.text(0), account, id_server_id_sha256.text(2));
}

// Tells the uid of every row of email_locations of this mailbox that is not marked as gone and whose row in emails is
// there and is itself, in ascending order. A page at a time. Throws Error.
inline void for_each_stored(const SinkRows& rows, std::string_view account, std::string_view mailbox,
                            std::int64_t uidvalidity, const std::function<void(std::int64_t uid)>& tell) {
  constexpr std::uint32_t kPage = 500;
  Lookup lookup("email_locations", kPage);
  lookup.equals("account", account).equals("mailbox", mailbox).equals("uidvalidity", uidvalidity);
  lookup.fields({"uid", "email_id", "vanished_at"});
  EmailIds email_ids;
  while (true) {
    const Batch page = rows.find(lookup);
    const BatchView places = page.view();
    std::vector<std::string> ids;
    for (std::uint64_t i = 0; i < places.size(); ++i) ids.emplace_back(places[i].text(1));
    std::set<std::string> there;
    if (!ids.empty()) {
      Lookup by_id("emails", kPage);
      const Batch emails = rows.find(by_id.any_of("id", ids).fields({"id", "server_id", "raw_sha256"}));
      for (std::uint64_t i = 0; i < emails.view().size(); ++i) {
        const RecordView email = emails.view()[i];
        if (is_itself(account, email, email_ids)) there.emplace(email.text(0));
      }
    }
    for (std::uint64_t i = 0; i < places.size(); ++i) {
      if (places[i].empty(2) && there.count(ids[i]) != 0) tell(places[i].integer(0).value_or(0));
    }
    if (places.size() < kPage) return;
    lookup.after({text_value(account), text_value(mailbox), number_value(uidvalidity),
                  number_value(places[places.size() - 1].integer(0).value_or(0))});
  }
}

}  // namespace haulier::places
