// TranscriptFile: what was said to and by a server, for a person to share.
#pragma once

#include <string>
#include <string_view>

#include "report/redact.hpp"

namespace haulier::host {

// Readable by its owner only (0600). Owned by the command; one thread.
class TranscriptFile {
 public:
  // Throws Failed (exit 74) when it cannot be made. `redact` takes out every secret this process knows.
  TranscriptFile(const std::string& path, Redact redact);
  ~TranscriptFile();
  TranscriptFile(const TranscriptFile&) = delete;
  TranscriptFile& operator=(const TranscriptFile&) = delete;

  void line(std::string_view text);
  // Throws Failed (exit 74) when a line could not be written.
  void finish();

 private:
  std::string path_;
  Redact redact_;
  int fd_;
  bool failed_ = false;
};

}  // namespace haulier::host
