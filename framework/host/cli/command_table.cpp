#include "cli/command_table.hpp"

#include "cli/command_audit.hpp"
#include "cli/command_auth.hpp"
#include "cli/command_doctor.hpp"
#include "cli/command_erase.hpp"
#include "cli/command_plan.hpp"
#include "cli/command_plugins.hpp"
#include "cli/command_preview.hpp"
#include "cli/command_run.hpp"
#include "cli/command_schema.hpp"
#include "cli/command_status.hpp"
#include "cli/command_validate.hpp"
#include "cli/command_verify.hpp"
#include "cli/command_version.hpp"

namespace haulier::host {

CommandLine command_table() {
  return CommandLine({run_command(), plan_command(), preview_command(), status_command(), verify_command(),
                      erase_command(), validate_command(), doctor_command(), plugins_list_command(),
                      plugins_describe_command(), auth_login_command(), auth_status_command(), auth_logout_command(),
                      auth_rekey_command(), audit_verify_command(), schema_command(), version_command()});
}

}  // namespace haulier::host
