#include "http_module.hpp"

#include <cstring>

#include "credential_error.hpp"

using namespace haulier::credentials;

extern "C" __attribute__((visibility("default"))) void haulier_http_exchange(const char* version,
                                                                             const HttpRequest& request,
                                                                             HttpOutcome& outcome) noexcept {
  const auto refuse = [&outcome](ExitCode code, const char* words) {
    outcome.exit_code = static_cast<int>(code);
    outcome.words = words;
  };
  if (std::strcmp(version, HAULIER_VERSION) != 0) {
    return refuse(ExitCode::local_io, "it is of version " HAULIER_VERSION ", install both from one build");
  }
  try {
    outcome.response = exchange_http(request);
  } catch (const HttpFailure& failure) {
    outcome.failure = failure;
  } catch (const CredentialError& error) {
    refuse(error.code(), error.what());
  } catch (const std::exception& error) {
    refuse(ExitCode::bug, error.what());
  }
}
