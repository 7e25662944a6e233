#include "cli/pipeline_argument.hpp"

#include "cli/failure.hpp"

namespace haulier::host {

OptionSpec set_option() {
  return {"set", "PATH=VALUE", "set one value over the file, e.g. sinks.0.sqlite.path=test.db", true};
}

std::unique_ptr<PluginCatalog> open_catalog(Invocation& invocation) {
  if (invocation.services.open_catalog) {
    auto catalog = invocation.services.open_catalog(invocation.global.plugin_paths);
    if (catalog) return catalog;
  }
  throw Failed({.exit_code = ExitCode::bad_config, .what = "this program was built without plugins"});
}

PipelineConfig load_checked_pipeline(Invocation& invocation, const PluginCatalog& catalog) {
  PipelineOptions options;
  options.overrides = invocation.all("set");
  options.sources = system_sources();
  options.open_credentials = invocation.services.open_credentials;
  PipelineConfig config = load_pipeline(invocation.arguments.at(0), options);
  const auto& hide = invocation.services.hide;
  // Before the plugins' half is checked: its faults could show a value that came from a file.
  if (hide) hide(config.secrets);
  check_plugins(config, catalog);
  if (hide) hide(config.secrets);
  for (const Fault& warning : config.warnings) invocation.services.log.log(LogLevel::warning, "host", warning.text());
  return config;
}

}  // namespace haulier::host
