#include <fcntl.h>
#include <poll.h>
#include <termios.h>

#include "credential_error.hpp"
#include "file_descriptor.hpp"
#include "key_source.hpp"
#include "vault_error.hpp"

namespace haulier::credentials {
namespace {

// Echo and signals off while a secret is typed, so that Ctrl-C cannot leave the terminal without echo.
class QuietTerminal {
 public:
  explicit QuietTerminal(int fd) : fd_(fd) {
    if (::tcgetattr(fd_, &former_) != 0) throw VaultKeyUnusable("the terminal cannot be set to hide what is typed");
    termios quiet = former_;
    quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO | ECHONL | ICANON | ISIG);
    quiet.c_cc[VMIN] = 1;
    quiet.c_cc[VTIME] = 0;
    ::tcsetattr(fd_, TCSAFLUSH, &quiet);
  }
  ~QuietTerminal() { ::tcsetattr(fd_, TCSAFLUSH, &former_); }
  QuietTerminal(const QuietTerminal&) = delete;
  QuietTerminal& operator=(const QuietTerminal&) = delete;

 private:
  int fd_;
  termios former_{};
};

void say(int fd, std::string_view text) {
  if (::write(fd, text.data(), text.size()) < 0) throw VaultKeyUnusable("the terminal cannot be written to");
}

// False at the end of the input. A stop of the program must not leave the terminal without echo, so the wait ends with
// it.
bool read_key(int fd, char& byte, const std::function<bool()>& cancelled) {
  constexpr int kStepMs = 200;
  for (;;) {
    pollfd waiting{fd, POLLIN, 0};
    const int ready = ::poll(&waiting, 1, kStepMs);
    if (cancelled && cancelled()) throw TryAgainLater("cancelled at the terminal; nothing was stored or changed");
    if (ready > 0) return ::read(fd, &byte, 1) == 1;
  }
}

Secret without_last_character(const Secret& typed) {
  std::string_view text = typed.reveal();
  while (!text.empty() && (static_cast<unsigned char>(text.back()) & 0xC0U) == 0x80U) text.remove_suffix(1);
  if (!text.empty()) text.remove_suffix(1);
  return Secret(text);
}

}  // namespace

Secret ask_on_terminal(const std::string& prompt, const std::function<bool()>& cancelled) {
  constexpr char kCtrlC = 3;
  constexpr char kCtrlD = 4;
  constexpr char kCtrlU = 21;
  constexpr std::size_t kMaxTypedBytes = 16384;  // a pasted address holds a code of some KiB
  const FileDescriptor tty(::open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC));
  if (!tty.valid()) throw VaultKeyUnusable("there is no terminal to ask on; use a file option instead");
  const QuietTerminal quiet(tty.get());
  say(tty.get(), prompt);
  Secret typed;
  char byte = 0;
  while (read_key(tty.get(), byte, cancelled) && byte != '\n' && byte != '\r' && byte != kCtrlD) {
    if (byte == kCtrlC) {
      say(tty.get(), "\n");
      throw TryAgainLater("cancelled at the terminal; nothing was stored or changed");
    }
    if (byte == 0x7F || byte == '\b') {
      typed = without_last_character(typed);
    } else if (byte == kCtrlU) {
      typed = Secret();
    } else if (typed.size() < kMaxTypedBytes) {
      SecretBuilder longer;
      typed = longer.append(typed.reveal()).append(byte).finish();
    }
  }
  byte = 0;
  say(tty.get(), "\n");
  return typed;
}

}  // namespace haulier::credentials
