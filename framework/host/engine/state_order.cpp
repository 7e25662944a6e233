#include "engine/state_order.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <set>
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

constexpr std::size_t kPrintSize = 32;   // hex digits
constexpr std::size_t kFewLines = 4096;  // a file of so many is not worth writing anew

std::string line_of(const std::string& print, std::uint64_t position) {
  return print + " " + std::to_string(position) + "\n";
}

// A line that was cut short would tell a smaller number: only those that end count.
std::optional<std::uint64_t> position_in(const std::string& line) {
  if (line.size() < kPrintSize + 2 || line[kPrintSize] != ' ') return std::nullopt;
  std::uint64_t position = 0;
  const char* end = line.data() + line.size();
  const auto [at, fault] = std::from_chars(line.data() + kPrintSize + 1, end, position);
  return fault == std::errc() && at == end ? std::optional(position) : std::nullopt;
}

// Null: unknown. Otherwise whether `a` comes before `b`.
std::optional<bool> before(const std::optional<StateOrder::Span>& a, const std::optional<StateOrder::Span>& b) {
  if (!a || !b) return std::nullopt;
  if (a->last < b->first) return true;
  if (b->last < a->first) return false;
  return std::nullopt;
}

}  // namespace

StateOrder::StateOrder(std::string file) : file_(std::move(file)) {
  std::ifstream in(file_);
  for (std::string line; std::getline(in, line) && !in.eof();) {
    if (const auto position = position_in(line)) learn({line.substr(0, kPrintSize), *position});
  }
}

StateOrder::~StateOrder() {
  if (fd_ >= 0) ::close(fd_);
}

void StateOrder::learn(const Mark& mark) {
  const auto [at, fresh] = spans_.try_emplace(mark.print, Span{mark.position, mark.position});
  at->second.first = std::min(at->second.first, mark.position);
  at->second.last = std::max(at->second.last, mark.position);
}

void StateOrder::begin(const StateRows& base, std::size_t sinks) {
  const std::lock_guard lock(mutex_);
  held_.assign(sinks, {});
  base_.clear();
  for (const auto& [key, row] : base) base_.push_back({fingerprint(key, row), 0});
  std::error_code ignored;
  std::filesystem::create_directories(std::filesystem::path(file_).parent_path(), ignored);
  write_anew();
}

// With what the sinks may hold; rows that they have left behind are forgotten.
void StateOrder::write_anew() {
  spans_.clear();
  lines_ = 0;
  std::string text;
  const auto keep = [&](const Mark& mark) {
    if (mark.print.empty()) return;
    learn(mark);
    text += line_of(mark.print, mark.position);
    ++lines_;
  };
  for (const Mark& mark : base_) keep(mark);
  for (const Held& held : held_) {
    for (const auto& [key, marks] : held) std::for_each(marks.begin(), marks.end(), keep);
  }
  write_file_atomically(file_, text, Durable::yes);
  if (fd_ >= 0) ::close(fd_);
  fd_ = ::open(file_.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC);
  if (fd_ < 0) fail(file_);
}

void StateOrder::note(std::size_t sink, const StateRows& rows, const StatePositions& positions) {
  const std::lock_guard lock(mutex_);
  std::string text;
  for (const auto& [key, row] : rows) {
    std::array<Mark, 2>& marks = held_.at(sink)[key];
    marks[0] = std::exchange(marks[1], {fingerprint(key, row), positions.at(key)});
    const auto known = spans_.find(marks[1].print);
    const bool covered =
        known != spans_.end() && known->second.first <= marks[1].position && marks[1].position <= known->second.last;
    if (covered) continue;
    learn(marks[1]);
    text += line_of(marks[1].print, marks[1].position);
    ++lines_;
  }
  std::size_t live = base_.size();
  for (const Held& held : held_) live += 2 * held.size();
  if (lines_ > kFewLines + 2 * live) return write_anew();
  if (!text.empty() && ::write(fd_, text.data(), text.size()) != static_cast<ssize_t>(text.size())) fail(file_);
}

std::optional<StateOrder::Span> StateOrder::find(const std::string& key, const OwnedRecord& row) const {
  const std::lock_guard lock(mutex_);
  const auto at = spans_.find(fingerprint(key, row));
  if (at == spans_.end()) return std::nullopt;
  return at->second;
}

namespace {

// The oldest of one place's rows, which every sink has; null: unknown.
const OwnedRecord* oldest(const std::string& key, const std::vector<const OwnedRecord*>& rows,
                          const StateOrder* order) {
  const OwnedRecord* out = rows[0];
  for (const OwnedRecord* row : rows) {
    if (same_row(*row, *out)) continue;
    const auto earlier = order ? before(order->find(key, *row), order->find(key, *out)) : std::nullopt;
    if (!earlier) return nullptr;
    if (*earlier) out = row;
  }
  return out;
}

}  // namespace

Resume resume_from(const std::vector<StateRows>& sinks, const StateOrder* order) {
  Resume out;
  out.resets.resize(sinks.size());
  std::set<std::string> keys;
  for (const StateRows& rows : sinks) {
    for (const auto& [key, row] : rows) keys.insert(key);
  }
  for (const std::string& key : keys) {
    std::vector<const OwnedRecord*> rows;
    for (const StateRows& of_sink : sinks) {
      const auto at = of_sink.find(key);
      if (at != of_sink.end()) rows.push_back(&at->second);
    }
    if (rows.size() < sinks.size()) {
      out.lacking.push_back(key);
      continue;
    }
    const OwnedRecord* from = oldest(key, rows, order);
    if (!from) {
      out.unknown.push_back(key);
      continue;
    }
    for (std::size_t i = 0; i < rows.size(); ++i) {
      if (!same_row(*rows[i], *from)) out.resets[i].emplace(key, OwnedRecord(from->c()));
    }
    out.rows.emplace(key, OwnedRecord(from->c()));
  }
  return out;
}

}  // namespace haulier::host
