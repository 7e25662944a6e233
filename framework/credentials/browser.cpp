#include "browser.hpp"

#include <sys/wait.h>

#include <cerrno>
#include <system_error>
#include <thread>

#include "child_process.hpp"

namespace haulier::credentials {

bool open_browser(const std::string& url, const EnvironmentLookup& environment) {
  if (!environment("DISPLAY") && !environment("WAYLAND_DISPLAY")) return false;
  // Only what a browser is for: a provider's metadata must not start another handler.
  if (!url.starts_with("https://") && !url.starts_with("http://")) return false;
  pid_t child = -1;
  try {
    child = start_program({"xdg-open", url}, std::nullopt, true);
  } catch (const std::system_error&) {
    return false;
  }
  // xdg-open may stay as long as the browser does; somebody has to collect its status.
  std::thread([child] {
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
  }).detach();
  return true;
}

}  // namespace haulier::credentials
