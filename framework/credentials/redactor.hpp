// Masks known secrets in text that is about to leave the process (log, report, error text).
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "secret.hpp"

namespace haulier::credentials {

// Knows the registered secrets and the forms they travel in: plain, JSON-escaped, percent-encoded, hexadecimal, base64
// and base64url at every alignment (which covers SASL PLAIN, XOAUTH2, OAUTHBEARER and HTTP Basic whatever stands beside
// the secret), and the whole XOAUTH2 and PLAIN strings of a known user. One object, made by the program's main and lent
// to the log sink and the credential store. Thread-safe. Base64 that somebody folded into lines is not recognised.
class Redactor {
 public:
  // Secrets shorter than this are only masked in their whole SASL forms: masking every "ab" would ruin the log.
  static constexpr std::size_t kShortestPlain = 4;
  // A slot (one account's access token) remembers this many; older ones have expired and would only cost memory.
  static constexpr std::size_t kKeptPerSlot = 4;

  // `user` may be empty; with it the whole SASL strings are known too. `slot` names what rotates
  // ("me@example.org/access"); a secret without one is known for ever. Adding a known secret again costs little.
  void add(const Secret& secret, std::string_view user = {}, std::string_view slot = {});
  [[nodiscard]] std::string mask(std::string_view text) const;

 private:
  struct Needle {
    std::uint64_t owner = 0;
    Secret text;
  };
  void add_needle(std::uint64_t owner, Secret text);
  void forget(std::uint64_t owner);
  [[nodiscard]] bool knows(const Secret& secret) const;
  [[nodiscard]] std::size_t longest_match(std::string_view text) const;

  mutable std::shared_mutex mutex_;
  // By the first four bytes, so that a line costs one look-up per byte however many secrets there are.
  std::unordered_map<std::uint32_t, std::vector<Needle>> needles_;
  std::map<std::string, std::deque<std::uint64_t>, std::less<>> slots_;
  std::uint64_t next_owner_ = 0;
};

}  // namespace haulier::credentials
