#include "cli/connect.hpp"

#include "cli/pipeline_setup.hpp"

namespace haulier::host {

int connect_stages(Invocation& invocation, PipelineConfig& config, PluginCatalog& catalog) {
  return with_plugin_faults([&] {
    PipelineSetup setup(invocation, config, catalog);
    IdlePipeline idle(setup, invocation.services.stop);
    for (PluginInstance* instance : idle.pipeline().instances()) {
      // One attempt: somebody is waiting for the answer.
      const bool checked = instance->check();
      invocation.out << instance->use().path << ": " << (checked ? "ok" : "has nothing to check") << std::endl;
    }
    return to_int(ExitCode::ok);
  });
}

}  // namespace haulier::host
