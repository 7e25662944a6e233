#pragma once
#include <map>
#include <string>
#include <string_view>
#include <vector>

// A conversation as a text file, for tests/data/imap/*.trace:
//   # a comment
//   C: a1 CAPABILITY          what the client must send; the first word stands for the tag it chooses
//   C| AQ==                   a line of the client without a tag; \xHH is a byte
//   S: * OK ready             what the server sends, CRLF added; a tag as above is replaced
//   S| raw text               the same without CRLF; \xHH is a byte
//   -- cut                    the server goes away
//   -- silence                the client waits until its time is over
//   -- connection             the next connection begins
// Literals are written as they are: a line that ends in {5}, then lines that hold five octets.
namespace replay {

struct TraceItem {
  enum class Kind { kClient, kClientRaw, kServer, kServerRaw, kCut, kSilence };
  Kind kind;
  std::string text;  // without line end
  int line = 0;      // in the file, for messages
};

using TraceConnection = std::vector<TraceItem>;

struct Trace {
  std::string name;
  std::vector<TraceConnection> connections;
};

// Symbolic tag -> the tag that was really sent.
using Tags = std::map<std::string, std::string, std::less<>>;

[[nodiscard]] Trace load_trace(const std::string& path);
[[nodiscard]] Trace parse_trace(const std::string& name, const std::string& text);
[[nodiscard]] std::vector<std::string> list_traces(const std::string& folder);

// The octets of a server's item, tags replaced.
[[nodiscard]] std::string server_octets(const TraceItem& item, const Tags& tags);

}  // namespace replay
