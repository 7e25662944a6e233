// haulier_http.so: exchange_http() as a module of this program's own, so that Poco's network and TLS libraries, half of
// all symbols to bind at the start, are loaded only where a token is asked for.
#pragma once

#include <optional>
#include <string>

#include "http_exchange.hpp"

namespace haulier::credentials {

inline constexpr char kHttpModuleFile[] = "haulier_http.so";
inline constexpr char kHttpModuleFunction[] = "haulier_http_exchange";

// What exchange_http() returned or threw; exceptions do not cross the border of a shared object.
struct HttpOutcome {
  std::optional<HttpResponse> response;
  std::optional<HttpFailure> failure;
  int exit_code = 0;  // of another CredentialError; 0: there is none
  std::string words;  // of it
};

// Module and program are built and installed together: `version` is the program's, and another one is refused.
using HttpModuleFunction = void (*)(const char* version, const HttpRequest& request, HttpOutcome& outcome);

}  // namespace haulier::credentials
