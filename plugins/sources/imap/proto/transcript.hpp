#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "proto/framer.hpp"

namespace haulier::imap {

/// What was said on one connection, without what must not be shared: secrets, names of people and mailboxes, addresses,
/// content. It keeps what it knows to be harmless and puts `***` for all else, so that an answer nobody thought of
/// gives nothing away. One thread; sees the bytes as they pass.
class Transcript {
 public:
  using Line = std::function<void(std::string_view)>;
  explicit Transcript(Line line);

  /// A word that may occur in free text of the server: the user's name, the secret. Also its part before an "@".
  void mask(std::string_view word);
  void note(std::string_view words);
  void server(std::string_view bytes);
  void client(std::string_view bytes);

  /// From here the client's bytes are a secret; `line` stands for them. The words of the answer are left out when it is
  /// OK: servers greet people by name there.
  void begin_sign_in(std::string_view line);
  void end_sign_in() { signing_in_ = false; }

 private:
  void put(char who, std::string_view text);
  [[nodiscard]] std::string redact_server(std::string_view text) const;
  [[nodiscard]] std::string redact_client(std::string_view text) const;
  [[nodiscard]] std::string redact_status(std::string_view head, std::string_view condition,
                                          std::string_view rest) const;
  [[nodiscard]] std::string without_masked(std::string_view text) const;
  [[nodiscard]] std::string redact_words(std::string_view words) const;

  static constexpr std::size_t kMaxLines = 5'000;
  static constexpr std::size_t kMaxLineBytes = 2'000;

  Line line_;
  Framer framer_;
  std::vector<std::string> masked_;  ///< lower case
  std::string client_;               ///< the line under way
  std::uint64_t client_literal_ = 0;
  std::size_t lines_ = 0;
  bool signing_in_ = false;
  bool broken_ = false;
};

/// Tokens of protocol data: numbers, flags and words of the protocol stay, strings and other atoms become `***`. `all`:
/// every atom stays (capabilities).
[[nodiscard]] std::string redact_data(std::string_view text, bool all = false);

}  // namespace haulier::imap
