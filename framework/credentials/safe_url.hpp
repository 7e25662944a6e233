// Which URLs a secret may be sent to.
#pragma once

#include <string>

namespace haulier::credentials {

// https, or http to a loopback address literal or "localhost"; anything else is Misconfigured. `name` is the setting.
void require_safe_url(const std::string& url, const std::string& name);

}  // namespace haulier::credentials
