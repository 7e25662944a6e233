#include "key_source.hpp"

#include <fcntl.h>
#include <openssl/crypto.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <system_error>

#include "file_descriptor.hpp"
#include "key_command.hpp"
#include "vault_error.hpp"
#include "vault_file.hpp"

namespace haulier::credentials {
namespace {

constexpr std::size_t kMaxSecretFileBytes = 64U << 10U;

enum class Ownership { own_and_private, as_given };

Secret read_file(const std::filesystem::path& file, const std::string& what, Ownership ownership) {
  const FileDescriptor fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!fd.valid()) {
    throw VaultKeyUnusable("the " + what + " " + file.string() +
                           " cannot be read: " + std::system_category().message(errno));
  }
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0 || !S_ISREG(status.st_mode)) {
    throw VaultKeyUnusable("the " + what + " " + file.string() + " is not a regular file");
  }
  if (ownership == Ownership::own_and_private) {
    if (status.st_uid != ::geteuid()) throw VaultOwner(file.string(), status.st_uid, ::geteuid());
    if ((status.st_mode & 077U) != 0) throw VaultMode(file.string(), status.st_mode);
  }
  SecretBuilder builder;
  char piece[512];
  for (;;) {
    const ssize_t count = ::read(fd.get(), piece, sizeof piece);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) break;
    builder.append(std::string_view(piece, static_cast<std::size_t>(count)));
    if (builder.size() > kMaxSecretFileBytes) {
      throw VaultKeyUnusable("the " + what + " " + file.string() + " is larger than 64 KiB");
    }
  }
  OPENSSL_cleanse(piece, sizeof piece);
  return builder.finish();
}

Secret without_newline(const Secret& secret) {
  std::string_view text = secret.reveal();
  if (text.ends_with('\n')) text.remove_suffix(1);
  if (text.ends_with('\r')) text.remove_suffix(1);
  return Secret(text);
}

// Exactly 32 bytes, or 64 hex digits with one newline allowed.
VaultKey raw_key(const Secret& found, const std::string& source) {
  VaultKey key;
  key.source = source;
  if (found.size() == kKeyBytes) {
    key.secret = found.clone();
    return key;
  }
  const Secret digits = without_newline(found);
  std::optional<Bytes> bytes;
  if (digits.size() == 2 * kKeyBytes) bytes = from_hex(digits.reveal());
  if (!bytes) throw VaultKeyMalformed(source, found.size());
  key.secret = Secret(*bytes);
  OPENSSL_cleanse(bytes->data(), bytes->size());
  return key;
}

VaultKey passphrase_key(Secret passphrase, const std::string& source) {
  if (passphrase.empty()) throw VaultKeyUnusable("the passphrase from " + source + " is empty");
  VaultKey key;
  key.kind = SlotKind::scrypt;
  key.secret = std::move(passphrase);
  key.source = source;
  return key;
}

VaultKey key_from_credential(const KeySourceOptions& options, const EnvironmentLookup& lookup) {
  const std::string& name = options.key_credential;
  if (name.find('/') != std::string::npos || name.starts_with('.')) {
    throw VaultKeyUnusable("key_credential \"" + name + "\" is not a plain name");
  }
  const std::optional<std::string> directory = lookup("CREDENTIALS_DIRECTORY");
  if (!directory) {
    throw VaultKeyUnusable(
        "key_credential is set, but $CREDENTIALS_DIRECTORY is not: start it as a systemd service with "
        "LoadCredentialEncrypted=" +
        name);
  }
  // systemd guards its directory itself; inside a user service the files may belong to root with an access list.
  const std::filesystem::path file = std::filesystem::path(*directory) / name;
  return raw_key(read_file(file, "systemd credential", Ownership::as_given), "systemd credential " + name);
}

VaultKey key_from_environment(const KeySourceOptions& options, const EnvironmentLookup& lookup) {
  const std::string source = "environment variable " + options.key_env;
  std::optional<std::string> value = lookup(options.key_env);
  if (!value) throw VaultKeyUnusable(source + " is named as key_env but is not set");
  const Secret found(*value);
  OPENSSL_cleanse(value->data(), value->size());
  // Overwritten in place before it is unset: /proc/PID/environ shows the original memory.
  if (char* place = std::getenv(options.key_env.c_str()); place != nullptr) {
    OPENSSL_cleanse(place, std::strlen(place));
    ::unsetenv(options.key_env.c_str());
  }
  return raw_key(found, source);
}

VaultKey key_from_terminal(const KeySourceOptions& options, KeyPurpose purpose) {
  const AskSecret ask = options.ask ? options.ask : [](const std::string& prompt) { return ask_on_terminal(prompt); };
  Secret first = ask("Passphrase of the token vault: ");
  if (purpose == KeyPurpose::create && !ask("The same passphrase again: ").equals(first)) {
    throw VaultKeyUnusable("the two passphrases differ; nothing was written");
  }
  return passphrase_key(std::move(first), "the terminal");
}

int sources_set(const KeySourceOptions& options) {
  return static_cast<int>(!options.key_credential.empty()) + static_cast<int>(!options.key_file.empty()) +
         static_cast<int>(!options.key_env.empty()) + static_cast<int>(!options.passphrase_file.empty()) +
         static_cast<int>(!options.key_command.empty()) + static_cast<int>(options.ask_passphrase);
}

}  // namespace

EnvironmentLookup process_environment() {
  return [](const std::string& name) -> std::optional<std::string> {
    const char* value = std::getenv(name.c_str());
    return value == nullptr ? std::nullopt : std::optional<std::string>(value);
  };
}

bool names_a_source(const KeySourceOptions& options) { return sources_set(options) > 0; }

bool uses_default_key_file(const KeySourceOptions& options) {
  return sources_set(options) == 0 && !options.default_key_file.empty();
}

std::filesystem::path key_file_of(const KeySourceOptions& options) {
  if (!options.key_file.empty()) return options.key_file;
  if (!options.passphrase_file.empty()) return options.passphrase_file;
  return uses_default_key_file(options) ? options.default_key_file : std::filesystem::path();
}

VaultKey load_key(const KeySourceOptions& options, KeyPurpose purpose) {
  if (sources_set(options) > 1) {
    throw VaultKeyUnusable(
        "more than one key source is set; keep one of key_credential, key_file, key_env, "
        "passphrase_file, key_command");
  }
  const EnvironmentLookup lookup = options.environment ? options.environment : process_environment();
  if (!options.key_credential.empty()) return key_from_credential(options, lookup);
  if (!options.key_file.empty()) {
    return raw_key(read_file(options.key_file, "key file", Ownership::own_and_private),
                   "key file " + options.key_file.string());
  }
  if (!options.key_env.empty()) return key_from_environment(options, lookup);
  if (!options.passphrase_file.empty()) {
    return passphrase_key(read_secret_file(options.passphrase_file, "passphrase file"),
                          "passphrase file " + options.passphrase_file.string());
  }
  if (!options.key_command.empty())
    return raw_key(run_key_command(options.key_command), "key_command " + options.key_command.front());
  if (options.ask_passphrase) return key_from_terminal(options, purpose);
  if (options.default_key_file.empty() || !std::filesystem::exists(options.default_key_file)) throw VaultNoKey();
  return raw_key(read_file(options.default_key_file, "key file", Ownership::own_and_private),
                 "key file " + options.default_key_file.string());
}

bool create_key_file(const std::filesystem::path& file, const Environment& environment) {
  make_private_directories(file.parent_path());
  const FileDescriptor fd(::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!fd.valid()) {
    if (errno == EEXIST) return false;
    throw VaultStorageFailure(file.string(), "created", errno);
  }
  const Secret key = Secret::of_size(kKeyBytes, environment.random);
  if (::write(fd.get(), key.reveal().data(), key.size()) != static_cast<ssize_t>(key.size()) ||
      ::fsync(fd.get()) != 0) {
    const int error = errno;
    ::unlink(file.c_str());
    throw VaultStorageFailure(file.string(), "written", error);
  }
  const FileDescriptor directory(::open(file.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory.valid() || ::fsync(directory.get()) != 0) throw VaultStorageFailure(file.string(), "synced", errno);
  return true;
}

Secret read_secret_file(const std::filesystem::path& file, const std::string& what) {
  return without_newline(read_file(file, what, Ownership::own_and_private));
}

}  // namespace haulier::credentials
