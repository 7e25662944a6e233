#include "key_command.hpp"

#include <fcntl.h>
#include <openssl/crypto.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <system_error>

#include "child_process.hpp"
#include "file_descriptor.hpp"
#include "vault_error.hpp"

namespace haulier::credentials {
namespace {

constexpr std::size_t kMaxOutputBytes = 4096;

pid_t start(const std::vector<std::string>& argv, int output) {
  try {
    return start_program(argv, output, false);
  } catch (const std::system_error& error) {
    throw VaultKeyUnusable("key_command " + argv.front() + " cannot be started: " + error.code().message());
  }
}

// False when the time is over or the output too large.
bool read_output(int fd, std::chrono::steady_clock::time_point deadline, SecretBuilder& output) {
  char piece[512];
  for (;;) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    pollfd waiting{fd, POLLIN, 0};
    if (left.count() <= 0 || (::poll(&waiting, 1, static_cast<int>(left.count())) < 0 && errno != EINTR)) return false;
    if (waiting.revents == 0) continue;
    const ssize_t count = ::read(fd, piece, sizeof piece);
    if (count == 0) break;
    if (count > 0) output.append(std::string_view(piece, static_cast<std::size_t>(count)));
    if (output.size() > kMaxOutputBytes) return false;
  }
  OPENSSL_cleanse(piece, sizeof piece);
  return true;
}

}  // namespace

Secret run_key_command(const std::vector<std::string>& argv, std::chrono::milliseconds limit) {
  int ends[2] = {-1, -1};
  if (::pipe2(ends, O_CLOEXEC) != 0) throw VaultKeyUnusable("no pipe for key_command");
  const FileDescriptor reader(ends[0]);
  FileDescriptor writer(ends[1]);
  const pid_t child = start(argv, writer.get());
  writer.reset();
  SecretBuilder output;
  const bool complete = read_output(reader.get(), std::chrono::steady_clock::now() + limit, output);
  if (!complete) ::kill(child, SIGKILL);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (!complete) throw VaultKeyUnusable("key_command " + argv.front() + " took too long or printed too much");
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
    throw VaultKeyUnusable("key_command " + argv.front() + " failed with status " +
                           std::to_string(WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status)));
  }
  return output.finish();
}

}  // namespace haulier::credentials
