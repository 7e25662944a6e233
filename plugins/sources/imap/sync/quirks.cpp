#include "sync/quirks.hpp"

#include <string>

namespace haulier::imap {
namespace {

bool ends_in(std::string_view host, std::string_view domain) {
  return host == domain ||
         (host.size() > domain.size() && host.ends_with(domain) && host[host.size() - domain.size() - 1] == '.');
}

}  // namespace

Quirks quirk_by_name(std::string_view name) {
  constexpr struct {
    std::string_view name;
    Quirk quirk;
  } kNames[] = {{"id_after_login", Quirk::kNeedsId},       {"search_by_range", Quirk::kSearchByRange},
                {"no_pipelining", Quirk::kNoPipelining},   {"sasl_list_is_wrong", Quirk::kWrongSaslList},
                {"no_oauthbearer", Quirk::kNoOAuthBearer}, {"no_qresync", Quirk::kNoQresync},
                {"no_partial", Quirk::kNoPartial}};
  Quirks quirks;
  for (const auto& entry : kNames) {
    if (entry.name == name) quirks.add(entry.quirk);
  }
  return quirks;
}

Quirks recognise_quirks(std::string_view host, std::string_view greeting) {
  Quirks quirks;
  const bool netease =
      ends_in(host, "163.com") || ends_in(host, "126.com") || ends_in(host, "yeah.net") || ends_in(host, "188.com");
  if (netease || greeting.find("Coremail") != std::string_view::npos) quirks.add(Quirk::kNeedsId);
  if (netease) quirks.add(Quirk::kWrongSaslList);
  if (ends_in(host, "office365.com") || ends_in(host, "outlook.com")) quirks.add(Quirk::kNoOAuthBearer);
  if (ends_in(host, "mail.me.com")) {
    quirks.add(Quirk::kSearchByRange);
    quirks.add(Quirk::kNoQresync);
  }
  return quirks;
}

}  // namespace haulier::imap
