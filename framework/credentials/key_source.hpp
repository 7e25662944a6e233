// Where the key that opens the vault comes from.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "secret.hpp"
#include "vault_format.hpp"

namespace haulier::credentials {

// A key as it was found, before it is known whether it opens the vault.
struct VaultKey {
  SlotKind kind = SlotKind::raw_key;
  Secret secret;       // 32 bytes, or the passphrase
  std::string source;  // for messages: "key file /home/me/.config/haulier/vault.key"
};

// Reads an environment variable; tests give a table. The default reads the process's own.
using EnvironmentLookup = std::function<std::optional<std::string>(const std::string& name)>;
[[nodiscard]] EnvironmentLookup process_environment();

// Asks a person without echo; the prompt goes to the terminal.
using AskSecret = std::function<Secret(const std::string& prompt)>;

// At most one of the first six is set; setting two is Misconfigured. With none, `default_key_file` is used when it
// exists (and is made at the first sign-in). A key on the command line is not offered: every user of the machine could
// read it.
struct KeySourceOptions {
  std::string key_credential;      // name of a file in $CREDENTIALS_DIRECTORY (systemd LoadCredentialEncrypted=)
  std::filesystem::path key_file;  // 32 bytes or 64 hex digits, own, mode 0400 or 0600
  std::string key_env;             // name of a variable; wiped and unset after reading
  std::filesystem::path passphrase_file;
  std::vector<std::string> key_command;  // argv, no shell; 32 bytes or 64 hex digits on stdout within 30 s
  bool ask_passphrase = false;           // on the terminal, through `ask`
  std::filesystem::path default_key_file;
  AskSecret ask;
  EnvironmentLookup environment;  // default: process_environment()
};

enum class KeyPurpose { open, create };

// Throws VaultNoKey, VaultKeyMalformed, VaultKeyUnusable, VaultMode, VaultOwner. With `create` a passphrase is asked
// twice.
[[nodiscard]] VaultKey load_key(const KeySourceOptions& options, KeyPurpose purpose);

// Whether one of the six is set.
[[nodiscard]] bool names_a_source(const KeySourceOptions& options);
// True when no source is set and the default key file is the one that would be used, whether or not it exists yet.
[[nodiscard]] bool uses_default_key_file(const KeySourceOptions& options);
// The file that holds the key or passphrase, empty when the key comes from elsewhere.
[[nodiscard]] std::filesystem::path key_file_of(const KeySourceOptions& options);
// Makes the file with 32 random bytes, mode 0600, synced; missing directories get 0700. An existing file is left alone.
// Returns whether it made one.
bool create_key_file(const std::filesystem::path& file, const Environment& environment);

// Reads a line from the terminal (/dev/tty) without echo. Throws VaultKeyUnusable when there is none, on Ctrl-C and
// once `cancelled` says so.
[[nodiscard]] Secret ask_on_terminal(const std::string& prompt, const std::function<bool()>& cancelled = {});

// The bytes of a small secret file (at most 64 KiB) with the checks a key file gets; one final newline is dropped.
[[nodiscard]] Secret read_secret_file(const std::filesystem::path& file, const std::string& what);

}  // namespace haulier::credentials
