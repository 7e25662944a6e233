#include "engine/state_order.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <utility>

#include "cli/failure.hpp"
#include "report/run_report.hpp"

namespace haulier::host {

namespace {

constexpr std::uint64_t kPrime = 0x100000001b3;  // FNV-1a

void mix(std::uint64_t& hash, const void* data, std::size_t size) {
  const auto* bytes = static_cast<const unsigned char*>(data);
  for (std::size_t i = 0; i < size; ++i) hash = (hash ^ bytes[i]) * kPrime;
}

std::string fingerprint(const std::string& key, const OwnedRecord& row) {
  // Two lanes with different starts: 128 bits in all.
  std::uint64_t lanes[2] = {0xcbf29ce484222325u, 0x84222325cbf29ce4u};
  for (std::uint64_t& hash : lanes) {
    mix(hash, key.data(), key.size() + 1);
    for (std::uint32_t i = 0; i < row.size(); ++i) {
      const std::string text = std::to_string(row[i].type) + value_json(row[i]);
      mix(hash, text.data(), text.size() + 1);
    }
  }
  static constexpr char kHex[] = "0123456789abcdef";
  std::string out;
  for (const std::uint64_t hash : lanes) {
    for (int shift = 60; shift >= 0; shift -= 4) out.push_back(kHex[(hash >> shift) & 15]);
  }
  return out;
}

[[noreturn]] void fail(const std::string& file) {
  throw Failed({.exit_code = ExitCode::local_io, .what = "cannot write " + file + ": " + std::strerror(errno)});
}

std::string line_of(const std::string& print, std::uint64_t number) {
  return print + " " + std::to_string(number) + "\n";
}

}  // namespace

StateOrder::StateOrder(std::string file) : file_(std::move(file)) {
  std::ifstream in(file_);
  std::string print;
  std::uint64_t number = 0;
  while (in >> print >> number) {
    numbers_.emplace(print, number);
    next_ = std::max(next_, number + 1);
  }
}

StateOrder::~StateOrder() {
  if (fd_ >= 0) ::close(fd_);
}

void StateOrder::keep_only(const std::vector<StateRows>& rows) {
  const std::lock_guard lock(mutex_);
  std::map<std::string, std::uint64_t> kept;
  for (const StateRows& one : rows) {
    for (const auto& [key, row] : one) {
      const auto known = numbers_.find(fingerprint(key, row));
      if (known != numbers_.end()) kept.insert(*known);
    }
  }
  numbers_ = std::move(kept);
  std::string text;
  for (const auto& [print, number] : numbers_) text += line_of(print, number);
  std::error_code ignored;
  std::filesystem::create_directories(std::filesystem::path(file_).parent_path(), ignored);
  write_file_atomically(file_, text, Durable::yes);
  fd_ = ::open(file_.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC);
  if (fd_ < 0) fail(file_);
}

void StateOrder::note(const StateRows& rows) {
  const std::lock_guard lock(mutex_);
  std::string text;
  for (const auto& [key, row] : rows) {
    const std::string print = fingerprint(key, row);
    if (numbers_.emplace(print, next_).second) text += line_of(print, next_++);
  }
  if (!text.empty() && ::write(fd_, text.data(), text.size()) != static_cast<ssize_t>(text.size())) fail(file_);
}

std::optional<std::uint64_t> StateOrder::number(const std::string& key, const OwnedRecord& row) const {
  const std::lock_guard lock(mutex_);
  const auto at = numbers_.find(fingerprint(key, row));
  if (at == numbers_.end()) return std::nullopt;
  return at->second;
}

StateRows oldest_rows(const std::vector<StateRows>& sinks, const StateOrder* order, std::vector<std::string>& unknown) {
  StateRows out;
  for (const auto& [key, first] : sinks.at(0)) {
    const OwnedRecord* oldest = &first;
    bool in_all = true;
    bool known = true;
    for (std::size_t i = 1; i < sinks.size() && in_all; ++i) {
      const auto other = sinks[i].find(key);
      in_all = other != sinks[i].end();
      if (!in_all || same_row(other->second, *oldest)) continue;
      const auto a = order ? order->number(key, *oldest) : std::nullopt;
      const auto b = order ? order->number(key, other->second) : std::nullopt;
      known = known && a && b;
      if (known && *b < *a) oldest = &other->second;
    }
    if (in_all && known) out.emplace(key, OwnedRecord(oldest->c()));
    if (in_all && !known) unknown.push_back(key);
  }
  return out;
}

}  // namespace haulier::host
