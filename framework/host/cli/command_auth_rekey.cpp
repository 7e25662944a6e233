// haulier auth rekey: another key or passphrase for the vault, or a fresh data key inside it.
#include "cli/auth_command.hpp"
#include "cli/command_auth.hpp"
#include "credentials/vault_rekey.hpp"
#include "json_writer.hpp"

namespace haulier::host {

namespace {

using credentials::RekeyRequest;
using credentials::RekeyResult;

RekeyRequest request_of(Invocation& invocation) {
  RekeyRequest request;
  request.fresh_data_key = invocation.has("data");
  if (const auto file = invocation.option("new-key-file")) request.key.key_file = *file;
  if (const auto file = invocation.option("new-passphrase-file")) request.key.passphrase_file = *file;
  if (const auto name = invocation.option("new-key-credential")) request.key.key_credential = *name;
  request.key.key_command = invocation.all("new-key-command");
  request.key.ask_passphrase = invocation.has("new-passphrase");
  request.key.ask = [&stop = invocation.services.stop](const std::string& prompt) {
    return credentials::ask_on_terminal("New key. " + prompt, [&stop] { return stop.is_set(); });
  };
  return request;
}

std::string result_json(const std::string& vault, const RekeyResult& result) {
  JsonWriter json;
  json.begin_object().member("vault", vault).member("key", result.key_source);
  json.member("key_changed", result.key_changed).member("key_file_made", result.key_file_made);
  json.member("data_key_changed", result.data_key_changed);
  json.member("accounts", static_cast<std::int64_t>(result.records));
  json.member("generation", static_cast<std::int64_t>(result.generation)).end_object();
  return json.take() + "\n";
}

void say_result(Invocation& invocation, const std::string& vault, const RekeyResult& result) {
  if (result.key_changed) {
    auth_command::say(invocation, vault + " now opens with " + result.key_source +
                                      " and no longer with the former key" +
                                      (result.key_file_made ? "; keep a copy of the new one somewhere else" : ""));
  }
  if (result.data_key_changed) {
    auth_command::say(invocation, std::to_string(result.records) +
                                      " accounts were encrypted again under a fresh data "
                                      "key; who has an old copy of the vault and its key can still read that copy");
  }
}

int run_rekey(Invocation& invocation) {
  return auth_command::told("", [&] {
    credentials::StoreOptions options = auth_command::options_of(invocation);
    credentials::protect_process_memory();
    const auto vault = credentials::Vault::open(options.vault, options.environment);
    const RekeyResult result = credentials::rekey(*vault, request_of(invocation));
    const std::string file = vault->path().string();
    if (invocation.has("json")) {
      invocation.out << result_json(file, result);
    } else {
      say_result(invocation, file, result);
    }
    return to_int(ExitCode::ok);
  });
}

}  // namespace

Command auth_rekey_command() {
  std::vector<OptionSpec> options = auth_command::vault_options();
  options.insert(options.begin(),
                 {{"new-key-file", "FILE", "key file to use from now on; made when it does not exist"},
                  {"new-passphrase-file", "FILE", "file with the new passphrase"},
                  {"new-passphrase", "", "ask for the new passphrase on the terminal, twice"},
                  {"new-key-credential", "NAME", "systemd credential that holds the new key"},
                  {"new-key-command", "WORD", "program that prints the new key: one option per word", true},
                  {"data", "", "also encrypt every account again under a fresh data key"},
                  {"json", "", "say what was done as one JSON object"}});
  return {
      .name = "auth rekey",
      .summary = "give the vault another key or passphrase",
      .description =
          "Without an option the present key file gets a new key in its place. With --data alone the key stays and\n"
          "everything inside is encrypted again: do that when somebody may have seen the vault and its key, and\n"
          "then sign in again. A crash at any moment leaves a vault that opens with the old or with the new key.",
      .options = std::move(options),
      .exit_codes = auth_command::exit_codes(),
      .examples = {{"haulier auth rekey", "a new key in the present key file"},
                   {"haulier auth rekey --new-passphrase", "from a key file to a passphrase"},
                   {"haulier auth rekey --data", "the same key, everything encrypted again"}},
      .run = run_rekey};
}

}  // namespace haulier::host
