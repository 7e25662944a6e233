#include "safe_url.hpp"

#include <arpa/inet.h>
#include <Poco/Exception.h>
#include <Poco/URI.h>

#include "credential_error.hpp"

namespace haulier::credentials {
namespace {

// RFC 1122 section 3.2.1.3 (g) and RFC 4291 section 2.5.3, as literals.
bool is_loopback(std::string host) {
  if (host == "localhost") return true;
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  in_addr v4{};
  if (::inet_pton(AF_INET, host.c_str(), &v4) == 1) return ntohl(v4.s_addr) >> 24 == 127;
  in6_addr v6{};
  return ::inet_pton(AF_INET6, host.c_str(), &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
}

std::string fault_of(const Poco::URI& uri) {
  const bool secure = uri.getScheme() == "https";
  if (uri.getHost().empty() || (!secure && uri.getScheme() != "http")) return "is not an https URL";
  if (!secure && !is_loopback(uri.getHost())) return "must be https: plain http is allowed to this machine only";
  if (!uri.getUserInfo().empty()) return "must not hold a user name or password";
  return {};
}

}  // namespace

void require_safe_url(const std::string& url, const std::string& name) {
  std::string fault;
  try {
    fault = fault_of(Poco::URI(url));
  } catch (const Poco::SyntaxException&) {
    fault = "is not a URL";
  }
  if (!fault.empty()) throw Misconfigured(name + " \"" + url + "\" " + fault);
}

}  // namespace haulier::credentials
