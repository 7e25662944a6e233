// A mail server in memory for tests with several connections: it answers at once and never waits. Any number of
// connections on any threads.
#pragma once

#include <algorithm>
#include <charconv>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "io/byte_stream.hpp"

namespace mail_server {

using haulier::imap::ByteStream;
using haulier::imap::IoError;

// What the server does and saw. The test writes the first part before it begins, and reads the second when it is over.
struct Server {
  std::map<std::string, std::vector<std::string>> mailboxes;  // the UIDs are 1, 2, ...
  unsigned most_connections = 99;                             // signed in at once; one more is refused
  bool refuses_password = false;
  bool says_bye = false;                      // instead of a greeting
  unsigned together = 1;                      // FETCH is answered once so many were signed in at the same time
  unsigned throttled = 0;                     // number of the connection that is told to rest at its second FETCH
  bool is_gmail = false;                      // "All" is the mailbox with every message
  std::map<unsigned, std::size_t> cut_after;  // number of the connection, from 1: octets after which it ends

  std::mutex mutex;
  std::condition_variable changed;
  unsigned made = 0;
  unsigned signed_in = 0;
  unsigned most_signed_in = 0;
  unsigned refused = 0;
};

class Stream : public ByteStream {
 public:
  explicit Stream(Server& server) : server_(server) {
    const std::lock_guard lock(server_.mutex);
    number_ = ++server_.made;
    const auto cut = server_.cut_after.find(number_);
    if (cut != server_.cut_after.end()) left_ = cut->second;
    output_ = server_.says_bye ? "* BYE not now\r\n" : "* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN] ready\r\n";
  }
  ~Stream() override { leave(); }

  Read read(std::span<char> into) override {
    const auto size = std::min({into.size(), output_.size(), left_});
    if (size == 0) return {0, ended_ || left_ == 0};
    std::copy_n(output_.data(), size, into.data());
    output_.erase(0, size);
    left_ -= size;
    if (left_ == 0) leave();
    return {size, false};
  }

  std::size_t write(std::string_view bytes) override {
    input_ += bytes;
    for (auto end = input_.find("\r\n"); end != std::string::npos; end = input_.find("\r\n")) {
      const std::string line = input_.substr(0, end);
      input_.erase(0, end + 2);
      const auto space = line.find(' ');
      answer(line.substr(0, space), std::string_view(line).substr(space + 1));
    }
    return bytes.size();
  }

  std::chrono::milliseconds wait(bool, std::chrono::milliseconds) override {
    throw IoError(IoError::Kind::kTimeout, "nothing more will come");
  }
  std::string description() const override { return "memory"; }

 private:
  void leave() {
    const std::lock_guard lock(server_.mutex);
    if (signed_in_) --server_.signed_in;
    signed_in_ = false;
  }

  void answer(const std::string& tag, std::string_view command) {
    if (command.starts_with("AUTHENTICATE")) {
      output_ += tag + sign_in();
      return;
    }
    if (command.starts_with("LIST")) list();
    if (command.starts_with("EXAMINE")) examine(command);
    if (command.starts_with("UID FETCH")) {
      if (number_ == server_.throttled && ++fetches_ == 2) {
        output_ += tag + " NO Request is throttled. Suggested Backoff Time: 300000 milliseconds\r\n";
        return;
      }
      fetch(command.substr(10));
    }
    if (command.starts_with("UID SEARCH")) search();
    if (command == "LOGOUT") {
      output_ += "* BYE bye\r\n";
      ended_ = true;
      leave();
    }
    output_ += tag + " OK done\r\n";
  }

  std::string sign_in() {
    const std::lock_guard lock(server_.mutex);
    if (server_.refuses_password) return " NO [AUTHENTICATIONFAILED] wrong\r\n";
    if (server_.signed_in >= server_.most_connections) {
      ++server_.refused;
      return " NO [LIMIT] no more\r\n";
    }
    signed_in_ = true;
    server_.most_signed_in = std::max(server_.most_signed_in, ++server_.signed_in);
    server_.changed.notify_all();
    return server_.is_gmail ? " OK [CAPABILITY IMAP4rev1 LIST-STATUS X-GM-EXT-1] in\r\n"
                            : " OK [CAPABILITY IMAP4rev1 LIST-STATUS] in\r\n";
  }

  void list() {
    for (const auto& [name, messages] : server_.mailboxes) {
      const bool all = server_.is_gmail && name == "All";
      output_ += std::string("* LIST (") + (all ? "\\All" : "") + ") \"/\" " + name + "\r\n* STATUS " + name +
                 " (MESSAGES " + std::to_string(messages.size()) + " UIDNEXT " + std::to_string(messages.size() + 1) +
                 " UIDVALIDITY 1)\r\n";
    }
  }

  void examine(std::string_view command) {
    const auto from = command.find('"') + 1;
    selected_ = &server_.mailboxes.at(std::string(command.substr(from, command.rfind('"') - from)));
    output_ += "* " + std::to_string(selected_->size()) + " EXISTS\r\n* OK [UIDVALIDITY 1] x\r\n* OK [UIDNEXT " +
               std::to_string(selected_->size() + 1) + "] x\r\n";
  }

  void wait_for_the_others() {
    std::unique_lock lock(server_.mutex);
    server_.changed.wait(lock, [this] { return server_.most_signed_in >= server_.together; });
  }

  void fetch(std::string_view rest) {
    wait_for_the_others();
    const auto set = rest.substr(0, rest.find(' '));
    const bool bodies = rest.find("BODY.PEEK[]") != std::string_view::npos;
    for (std::size_t at = 0; at < set.size();) {
      const auto end = std::min(set.find(',', at), set.size());
      const auto range = set.substr(at, end - at);
      std::size_t lo = 0;
      std::from_chars(range.data(), range.data() + range.size(), lo);
      std::size_t hi = lo;
      if (const auto colon = range.find(':'); colon != std::string_view::npos) {
        hi = selected_->size();
        std::from_chars(range.data() + colon + 1, range.data() + range.size(), hi);
      }
      for (auto uid = lo; uid <= std::min(hi, selected_->size()); ++uid) message(uid, bodies);
      at = end + 1;
    }
  }

  void message(std::size_t uid, bool with_body) {
    const auto number = std::to_string(uid);
    const auto& body = (*selected_)[uid - 1];
    output_ += "* " + number + " FETCH (UID " + number + " FLAGS ()";
    // The last four octets of a message are its number at Gmail.
    if (server_.is_gmail) output_ += " X-GM-MSGID " + body.substr(body.size() - 4);
    if (with_body) output_ += " BODY[] {" + std::to_string(body.size()) + "}\r\n" + body;
    output_ += ")\r\n";
  }

  void search() {
    output_ += "* SEARCH";
    for (std::size_t uid = 1; uid <= selected_->size(); ++uid) output_ += " " + std::to_string(uid);
    output_ += "\r\n";
  }

  Server& server_;
  unsigned number_ = 0;
  unsigned fetches_ = 0;
  const std::vector<std::string>* selected_ = nullptr;
  std::string input_;
  std::string output_;
  std::size_t left_ = SIZE_MAX;
  bool ended_ = false;
  bool signed_in_ = false;
};

}  // namespace mail_server
