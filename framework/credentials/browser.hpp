// Opens a URL in the person's browser.
#pragma once

#include <string>

#include "key_source.hpp"

namespace haulier::credentials {

// Starts xdg-open without a shell when a graphical session seems to be there ($DISPLAY or $WAYLAND_DISPLAY). Returns
// whether it was started; the caller prints the URL either way, because a started browser may still show nothing.
[[nodiscard]] bool open_browser(const std::string& url, const EnvironmentLookup& environment);

}  // namespace haulier::credentials
