#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace haulier::extract_attachments {

// Contents as files whose name is the SHA-256 of their bytes: ab/abcdef... below one folder. Nothing that a mail says
// comes near a path. A file has its name only once its bytes are on the disk, and sync() puts the names there too: call
// it before the rows that point to them go on to the sink, whose transaction comes later. Owned by one Extractor;
// several workers and processes may share the folder.
class ContentFolder {
 public:
  // Makes the folder when it is missing. Throws Error (local I/O), as everything here does.
  explicit ContentFolder(std::string path);
  ContentFolder(const ContentFolder&) = delete;
  ContentFolder& operator=(const ContentFolder&) = delete;
  ~ContentFolder();

  // `sha256` is 64 hex digits of `bytes`. Returns the path below the folder. A file that is there already stays.
  std::string put(std::string_view sha256, std::string_view bytes);
  void sync();

  // Takes a content away, durably; its size, 0 when it was not there. `folder` need not exist.
  static std::uint64_t remove(const std::string& folder, std::string_view sha256);

 private:
  void write(const std::string& shard, const std::string& path, std::string_view bytes) const;
  void sync_folder(const std::string& path) const;

  std::string path_;
  int folder_ = -1;
  bool new_shards_ = false;
  std::vector<std::string> touched_;  // shards with names that may not be on the disk yet
};

}  // namespace haulier::extract_attachments
