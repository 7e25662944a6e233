#include "environment.hpp"

#include <openssl/rand.h>
#include <time.h>

#include <thread>

#include "credential_error.hpp"

namespace haulier::credentials {

Environment system_environment() {
  Environment environment;
  environment.random = [](std::span<std::uint8_t> bytes) {
    // The generator of private values (RAND_priv_bytes) serves keys and nonces alike; anything but 1 is fatal.
    if (RAND_priv_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) {
      throw CredentialError(ExitCode::bug, "the system's random generator failed; nothing was written");
    }
  };
  environment.unix_seconds = [] { return static_cast<std::int64_t>(::time(nullptr)); };
  environment.monotonic = [] {
    timespec now{};
    ::clock_gettime(CLOCK_BOOTTIME, &now);
    return std::chrono::milliseconds(static_cast<std::int64_t>(now.tv_sec) * 1000 + now.tv_nsec / 1'000'000);
  };
  environment.pause = [](std::chrono::milliseconds time) { std::this_thread::sleep_for(time); };
  environment.cancelled = [] { return false; };
  environment.checkpoint = [](const char*) {};
  return environment;
}

}  // namespace haulier::credentials
