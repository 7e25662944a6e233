// Transcript: whatever a server says and however it is split, the lines are the same, they have an end, and the masked
// word is in none of them.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "proto/transcript.hpp"

namespace {

constexpr std::string_view kSecret = "Qz7k!";
constexpr std::size_t kMostBytes = 64 << 20;

std::string lines(std::string_view input, std::size_t piece) {
  std::string out;
  haulier::imap::Transcript transcript([&out](std::string_view line) { (out += line) += '\n'; });
  transcript.mask(kSecret);
  for (std::size_t from = 0; from < input.size(); from += piece) {
    const auto part = input.substr(from, piece);
    const std::vector<char> block(part.begin(), part.end());
    transcript.server({block.data(), block.size()});
  }
  for (std::size_t from = 0; from < input.size(); from += piece) transcript.client(input.substr(from, piece));
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // The first byte is where the secret is said.
  std::string input(reinterpret_cast<const char*>(data), size);
  if (size > 1) input.insert(1 + data[0] % size, " " + std::string(kSecret) + " ");
  const std::string whole = lines(input, input.size() + 1);
  if (whole.size() > kMostBytes || whole != lines(input, size % 17 + 1)) std::abort();
  // Where it is a word, that is: an atom of the protocol is shown only when it is a word of the protocol.
  if (whole.find(kSecret) != std::string::npos) std::abort();
  return 0;
}
