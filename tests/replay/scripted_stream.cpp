#include "scripted_stream.hpp"

#include <algorithm>

namespace replay {

using haulier::imap::IoError;
using Kind = TraceItem::Kind;

// True when the client has said this; false when it has not said a whole line yet.
bool ScriptedStream::match_client(const TraceItem& item) {
  const auto end = received_.find("\r\n");
  if (end == std::string::npos) return false;
  std::string line = received_.substr(0, end);
  received_.erase(0, end + 2);
  std::string expected = item.text;
  if (item.kind == Kind::kClient) {
    const auto tag = line.substr(0, line.find(' '));
    const auto symbol = expected.substr(0, expected.find(' '));
    tags_[symbol] = tag;
    line = line.substr(tag.size());
    expected = expected.substr(symbol.size());
  }
  if (line != expected) {
    throw TraceMismatch("line " + std::to_string(item.line) + ": expected \"" + expected + "\", the client says \"" +
                        line + "\"");
  }
  return true;
}

ScriptedStream::Read ScriptedStream::read(std::span<char> into) {
  if (cuts_.seen >= cuts_.ends_at) return {0, true};
  while (pending_.empty()) {
    if (next_ == items_.size()) return {0, true};
    const auto& item = items_[next_];
    if (item.kind == Kind::kCut) return {0, true};
    if (item.kind == Kind::kSilence) return {};
    if (item.kind == Kind::kClient || item.kind == Kind::kClientRaw) {
      if (!match_client(item)) return {};
    } else {
      pending_ = server_octets(item, tags_);
    }
    ++next_;
  }
  std::size_t size = std::min({into.size(), pending_.size(), cuts_.every, cuts_.ends_at - cuts_.seen});
  if (cuts_.at > cuts_.seen) size = std::min(size, cuts_.at - cuts_.seen);
  std::copy_n(pending_.data(), size, into.data());
  pending_.erase(0, size);
  cuts_.seen += size;
  return {size, false};
}

std::size_t ScriptedStream::write(std::string_view bytes) {
  received_ += bytes;
  return bytes.size();
}

std::chrono::milliseconds ScriptedStream::wait(bool, std::chrono::milliseconds) {
  if (next_ < items_.size() && items_[next_].kind == Kind::kSilence) {
    ++next_;
    throw IoError(IoError::Kind::kTimeout, "silence");
  }
  const auto expected = next_ < items_.size() ? items_[next_].text : std::string("nothing more");
  const int line = next_ < items_.size() ? items_[next_].line : 0;
  throw TraceMismatch("line " + std::to_string(line) + ": the client waits, the trace expects \"" + expected +
                      "\", received \"" + received_ + "\"");
}

}  // namespace replay
