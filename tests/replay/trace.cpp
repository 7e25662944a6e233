#include "trace.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace replay {
namespace {

std::string unescaped(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text.substr(i, 2) == "\\x" && i + 3 < text.size()) {
      out += static_cast<char>(static_cast<unsigned char>(std::stoi(std::string(text.substr(i + 2, 2)), nullptr, 16)));
      i += 3;
    } else {
      out += text[i];
    }
  }
  return out;
}

}  // namespace

Trace load_trace(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw std::runtime_error("no trace " + path);
  std::stringstream text;
  text << in.rdbuf();
  return parse_trace(std::filesystem::path(path).stem().string(), text.str());
}

Trace parse_trace(const std::string& name, const std::string& text_of_file) {
  std::istringstream in(text_of_file);
  Trace trace{name, {{}}};
  std::string line;
  for (int number = 1; std::getline(in, line); ++number) {
    if (line.empty() || line.starts_with('#')) continue;
    auto& items = trace.connections.back();
    const std::string text = line.size() > 3 ? line.substr(3) : std::string();
    if (line == "-- connection") {
      trace.connections.emplace_back();
    } else if (line == "-- silence") {
      items.push_back({TraceItem::Kind::kSilence, {}, number});
    } else if (line == "-- cut") {
      items.push_back({TraceItem::Kind::kCut, {}, number});
    } else if (line.starts_with("C:")) {
      items.push_back({TraceItem::Kind::kClient, text, number});
    } else if (line.starts_with("C|")) {
      items.push_back({TraceItem::Kind::kClientRaw, unescaped(text), number});
    } else if (line.starts_with("S:")) {
      items.push_back({TraceItem::Kind::kServer, text, number});
    } else if (line.starts_with("S|")) {
      items.push_back({TraceItem::Kind::kServerRaw, unescaped(text), number});
    } else {
      throw std::runtime_error(name + ":" + std::to_string(number) + ": neither C, S nor --");
    }
  }
  return trace;
}

std::vector<std::string> list_traces(const std::string& folder) {
  std::vector<std::string> out;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() == ".trace") out.push_back(entry.path().string());
  }
  std::sort(out.begin(), out.end());
  return out;
}

std::string server_octets(const TraceItem& item, const Tags& tags) {
  if (item.kind == TraceItem::Kind::kServerRaw) return item.text;
  const auto word = item.text.substr(0, item.text.find(' '));
  const auto tag = tags.find(word);
  auto text = tag == tags.end() ? item.text : tag->second + item.text.substr(word.size());
  constexpr std::string_view kCorrelator = "* ESEARCH (TAG \"";
  if (text.starts_with(kCorrelator)) {
    const auto size = text.find('"', kCorrelator.size()) - kCorrelator.size();
    const auto named = tags.find(text.substr(kCorrelator.size(), size));
    if (named != tags.end()) text.replace(kCorrelator.size(), size, named->second);
  }
  return text + "\r\n";
}

}  // namespace replay
