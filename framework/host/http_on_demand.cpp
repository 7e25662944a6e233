// exchange_http() of the program: loads haulier_http.so at the first token request, so that Poco's network and TLS
// libraries cost a run with app passwords nothing.
#include <dlfcn.h>

#include <filesystem>

#include "credentials/credential_error.hpp"
#include "credentials/http_module.hpp"
#include "engine/plugin_library.hpp"
#include "engine/plugin_registry.hpp"

namespace haulier::credentials {
namespace {

namespace fs = std::filesystem;

// Beside the program in the build tree, else where it was installed.
std::string module_file() {
  const fs::path home = fs::path(host::executable_path()).parent_path();
  for (const fs::path& folder : {fs::path(), fs::path("..") / HAULIER_INSTALL_LIBDIR / "haulier"}) {
    std::error_code error;
    const fs::path file = home / folder / kHttpModuleFile;
    if (fs::exists(file, error)) return file.string();
  }
  return (home / kHttpModuleFile).string();
}

[[noreturn]] void refuse(const std::string& file, const std::string& why) {
  throw CredentialError(ExitCode::local_io, file + " cannot be used: " + why + "; install haulier again");
}

HttpModuleFunction load(const std::string& file) {
  if (const std::string why = host::distrust(file); !why.empty()) refuse(file, why);
  // As plugins: all symbols now, none for others, never unloaded.
  void* module = ::dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
  void* function = module ? ::dlsym(module, kHttpModuleFunction) : nullptr;
  if (!function) {
    const char* words = ::dlerror();
    refuse(file, words ? words : "it is another file");
  }
  return reinterpret_cast<HttpModuleFunction>(function);
}

}  // namespace

HttpResponse exchange_http(const HttpRequest& request) {
  static const std::string file = module_file();
  static const HttpModuleFunction exchange = load(file);
  HttpOutcome outcome;
  exchange(HAULIER_VERSION, request, outcome);
  if (outcome.response) return std::move(*outcome.response);
  if (outcome.failure) throw HttpFailure(*outcome.failure);
  const auto code = static_cast<ExitCode>(outcome.exit_code);
  if (code == ExitCode::configuration) throw Misconfigured(outcome.words);
  if (code == ExitCode::local_io) refuse(file, outcome.words);
  throw CredentialError(code, outcome.words);
}

}  // namespace haulier::credentials
