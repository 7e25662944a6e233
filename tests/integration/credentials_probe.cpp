// A process that uses the vault as the program does, without a pipeline around it: for tests that need many of them, or
// one that dies at a chosen step.
//
//   credentials_probe use VAULT KEY_FILE ACCOUNT HOST     per line on standard input: open the vault, ask for access
//   credentials_probe expire VAULT KEY_FILE ACCOUNT HOST  per line: let the stored access token be at its end
//
// Each line is answered by one: "ok FINGERPRINT", the token's hash cut short, or "failed EXIT_CODE WORDS".
// PROBE_STEPS=FILE lists the durability steps; PROBE_KILL_AT=N ends the process with SIGKILL at the N-th.
#include <openssl/sha.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <memory>
#include <string>

#include "credentials/credential_error.hpp"
#include "credentials/credential_store.hpp"

namespace {

using namespace haulier::credentials;

Environment environment_with_steps() {
  Environment environment = system_environment();
  const char* list = std::getenv("PROBE_STEPS");
  const char* kill_at = std::getenv("PROBE_KILL_AT");
  const int stop = kill_at == nullptr ? 0 : std::atoi(kill_at);
  const std::string file = list == nullptr ? "" : list;
  // Shared by the copies that vault and store make.
  environment.checkpoint = [file, stop, step = std::make_shared<int>(0)](const char* name) {
    if (!file.empty()) std::ofstream(file, std::ios::app) << name << "\n";
    if (++*step == stop) ::kill(::getpid(), SIGKILL);
  };
  return environment;
}

std::string fingerprint(const Secret& token) {
  unsigned char digest[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<const unsigned char*>(token.reveal().data()), token.size(), digest);
  constexpr const char* kDigits = "0123456789abcdef";
  std::string text;
  for (std::size_t i = 0; i < 8; ++i) (text += kDigits[digest[i] >> 4]) += kDigits[digest[i] & 15];
  return text;
}

std::string use(StoreOptions options, const std::string& account, const std::string& host) {
  options.warn = options.vault.warn = [](const std::string& words) { std::cerr << words << std::endl; };
  const auto store = CredentialStore::open(std::move(options));
  return "ok " + fingerprint(store->access(account, host, false).secret);
}

std::string expire(const StoreOptions& options, const std::string& account) {
  const auto vault = Vault::open(options.vault, options.environment);
  VaultTransaction transaction = vault->begin();
  CredentialRecord record = decode_record(transaction.find(account).value().plaintext);
  record.obtained_at = 1;
  record.lifetime = 1;
  record.expires_at = 2;
  transaction.put(account, encode_record(record));
  transaction.commit();
  return "ok " + fingerprint(record.access_token);
}

std::string answer(const std::string& what, const StoreOptions& options, char** argv) {
  try {
    return what == "use" ? use(options, argv[4], argv[5]) : expire(options, argv[4]);
  } catch (const CredentialError& error) {
    return "failed " + std::to_string(error.exit_code()) + " " + error.what();
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 6) return 64;
  StoreOptions options;
  options.vault.path = argv[2];
  options.vault.key.key_file = argv[3];
  options.environment = environment_with_steps();
  for (std::string line; std::getline(std::cin, line);) {
    std::cout << answer(argv[1], options, argv) << std::endl;
  }
  return 0;
}
