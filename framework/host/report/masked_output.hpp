// Standard output without secrets: what a command prints for people and scripts goes through here.
#pragma once

#include <ostream>
#include <streambuf>
#include <string>

#include "report/redact.hpp"

namespace haulier::host {

// Collects whole lines, so that a secret printed in pieces is found, and passes them on masked; a flush passes on what
// is there. The mask does not know JSON: a secret of digits alone would also be masked where it is a number. Not
// thread-safe, as any stream.
class MaskedOutput final : public std::streambuf {
 public:
  // `out` outlives this. An empty `redact` passes everything on unchanged.
  MaskedOutput(std::ostream& out, Redact redact) : out_(out), redact_(std::move(redact)) {}
  ~MaskedOutput() override;
  MaskedOutput(const MaskedOutput&) = delete;
  MaskedOutput& operator=(const MaskedOutput&) = delete;

 protected:
  int_type overflow(int_type byte) override;
  std::streamsize xsputn(const char* text, std::streamsize size) override;
  int sync() override;

 private:
  // Passes on masked text and keeps what may still grow: the line without an end, or `keep` bytes of a very long one.
  bool pass_on(std::size_t end, std::size_t keep);

  std::ostream& out_;
  const Redact redact_;
  std::string waiting_;
};

}  // namespace haulier::host
