// What the tests of framework/credentials share: a private directory, a clock that stands still, vault options with a
// raw key, and an authorization server in a function.
#pragma once

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <sstream>
#include <string>

#include "credentials/credential_store.hpp"

namespace credential_tests {

namespace fs = std::filesystem;
using namespace haulier::credentials;

class TempDirectory {
 public:
  TempDirectory() {
    std::string name = (fs::temp_directory_path() / "haulier-credentials-XXXXXX").string();
    path_ = ::mkdtemp(name.data());
  }
  ~TempDirectory() { fs::remove_all(path_); }
  TempDirectory(const TempDirectory&) = delete;
  TempDirectory& operator=(const TempDirectory&) = delete;
  [[nodiscard]] fs::path operator/(const std::string& name) const { return path_ / name; }

 private:
  fs::path path_;
};

inline std::string read_text(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

inline void write_text(const fs::path& file, const std::string& text, mode_t mode = 0600) {
  std::ofstream(file, std::ios::binary | std::ios::trunc) << text;
  ::chmod(file.c_str(), mode);
}

// Time moves only when a test says so; pause() moves the monotonic clock, so that waiting for a lock ends.
struct TestClock {
  std::atomic<std::int64_t> unix_seconds{1'700'000'000};
  std::atomic<std::int64_t> monotonic_ms{5'000'000};
  void advance(std::int64_t seconds) {
    unix_seconds += seconds;
    monotonic_ms += seconds * 1000;
  }
  [[nodiscard]] Environment environment() {
    Environment environment = system_environment();
    environment.unix_seconds = [this] { return unix_seconds.load(); };
    environment.monotonic = [this] { return std::chrono::milliseconds(monotonic_ms.load()); };
    environment.pause = [this](std::chrono::milliseconds time) { monotonic_ms += time.count(); };
    return environment;
  }
};

inline const std::string kRawKey = "0123456789abcdef0123456789ABCDEF";

inline VaultOptions raw_key_options(const TempDirectory& directory) {
  VaultOptions options;
  options.path = directory / "tokens.vault";
  options.key.key_file = directory / "vault.key";
  if (!fs::exists(options.key.key_file)) write_text(options.key.key_file, kRawKey);
  return options;
}

inline CredentialRecord oauth2_record(std::int64_t now, std::int64_t lifetime) {
  CredentialRecord record;
  record.provider = "custom";
  record.token_url = "http://127.0.0.1:1/token";
  record.client_id = "client";
  record.user = "me@example.org";
  record.imap_hosts = {"imap.example.org"};
  record.access_token = Secret("access-0");
  record.refresh_token = Secret("refresh-0");
  record.scope = "mail";
  record.obtained_at = now;
  record.lifetime = lifetime;
  record.expires_at = now + lifetime;
  return record;
}

inline HttpResponse json_response(int status, const std::string& body) {
  HttpResponse response;
  response.status = status;
  response.content_type = "application/json";
  response.body = Secret(body);
  return response;
}

// A rotating authorization server whose state is a file, so that many processes can talk to it: refresh-N is accepted
// once and answered with access-(N+1) and refresh-(N+1). Every request is one byte in `requests`.
struct FileAuthorizationServer {
  explicit FileAuthorizationServer(const TempDirectory& directory)
      : state(directory / "server.state"), requests(directory / "server.requests") {
    write_text(state, "0");
    write_text(requests, "");
  }
  [[nodiscard]] std::size_t request_count() const { return read_text(requests).size(); }

  [[nodiscard]] HttpExchange exchange(int lifetime = 3600) const {
    return [*this, lifetime](const HttpRequest& request) {
      const FileDescriptor lock(::open(state.c_str(), O_RDWR | O_CLOEXEC));
      ::flock(lock.get(), LOCK_EX);
      std::ofstream(requests, std::ios::app) << 'r';
      const int current = std::stoi(read_text(state));
      const std::string form(request.form.reveal());
      if (form.find("refresh_token=refresh-" + std::to_string(current) + "&") == std::string::npos) {
        return json_response(400, R"({"error":"invalid_grant","error_description":"grant request is invalid"})");
      }
      const std::string next = std::to_string(current + 1);
      write_text(state, next);
      return json_response(200, R"({"access_token":"access-)" + next + R"(","refresh_token":"refresh-)" + next +
                                    R"(","token_type":"Bearer","expires_in":)" + std::to_string(lifetime) + "}");
    };
  }

  fs::path state;
  fs::path requests;
};

// Runs `work` in a child process and returns its exit status; the child never runs destructors of the parent's tests.
inline int in_child(const std::function<int()>& work) {
  const pid_t child = ::fork();
  if (child == 0) {
    int status = 99;
    try {
      status = work();
    } catch (const std::exception&) {
      status = 98;
    }
    ::_exit(status);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

// A store on a fresh vault with one OAuth2 account "me@example.org"; tests set options before store().
struct StoreFixture {
  TempDirectory directory;
  TestClock clock;
  FileAuthorizationServer server{directory};
  StoreOptions options;
  std::vector<std::string> audited;

  StoreFixture() {
    options.vault = raw_key_options(directory);
    options.environment = clock.environment();
    options.http = server.exchange();
    options.protect_memory = false;
    options.audit = [this](const AuditEvent& event) {
      audited.push_back(std::string(event.action) + " " + std::string(event.account) + " " + std::string(event.result));
    };
  }
  [[nodiscard]] std::unique_ptr<CredentialStore> store() {
    Vault::Created created;
    return CredentialStore::open_or_create(options, created);
  }
  [[nodiscard]] std::unique_ptr<CredentialStore> store_with(const CredentialRecord& record) {
    std::unique_ptr<CredentialStore> made = store();
    made->save_login("me@example.org", record);
    audited.clear();
    return made;
  }
  [[nodiscard]] CredentialRecord stored() {
    const std::unique_ptr<Vault> vault = Vault::open(options.vault, options.environment);
    return decode_record(vault->read().find("me@example.org")->plaintext);
  }
};

}  // namespace credential_tests
