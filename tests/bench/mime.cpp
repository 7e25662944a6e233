// bench_mime MODE FOLDER [REPEAT]: reads every file of FOLDER into memory, then goes through all of them REPEAT times;
// prints bytes and processor seconds. MODE: structure, decode (whole reader: decode, UTF-8, HTML to text), whole (and
// SHA-256 of the raw message and of each decoded attachment), hash (SHA-256 of the raw messages alone, in groups as
// normalize_mime does it: the floor), contents (the same of the decoded attachments, without decoding them).
#include <time.h>

#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <vector>

#include "mime/reader.hpp"
#include "mime/sha256_lanes.hpp"

namespace {

using namespace haulier::mime;

double cpu_seconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

void extract(const Email& email, std::string_view message, Sha256& sha256, std::string& block) {
  for (const Attachment& row : email.attachments) {
    sha256.begin();
    TransferDecoder decoder(row.encoding);
    decode_body(row.encoded(message), decoder, row.encoding, block, [&](std::string_view piece) {
      sha256.update(piece);
      return true;
    });
    static_cast<void>(sha256.finish());
  }
}

// In groups of at most 200 texts and 8 MiB, the batches of bench_rows. Returns the seconds.
double hash_all(const std::vector<std::string>& texts) {
  Sha256Lanes lanes;
  std::vector<Sha256Job> jobs;
  std::vector<Sha256::Digest> digests(200);
  const double begin = cpu_seconds();
  for (std::size_t at = 0; at < texts.size();) {
    jobs.clear();
    std::size_t size = 0;
    for (; at < texts.size() && jobs.size() < digests.size() && size < (8u << 20); ++at) {
      jobs.push_back({texts[at], &digests[jobs.size()]});
      size += texts[at].size();
    }
    lanes.run(jobs);
  }
  return cpu_seconds() - begin;
}

std::vector<std::string> contents_of(const std::vector<std::string>& mails) {
  Reader reader;
  std::string block;
  std::vector<std::string> contents;
  for (const std::string& mail : mails) {
    const Email& email = reader.read(mail);
    for (const Attachment& row : email.attachments) {
      TransferDecoder decoder(row.encoding);
      contents.emplace_back();
      decode_body(row.encoded(mail), decoder, row.encoding, block, [&](std::string_view piece) {
        contents.back().append(piece);
        return true;
      });
    }
  }
  return contents;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) return 64;
  const int repeat = argc > 3 ? std::stoi(argv[3]) : 1;
  const std::string mode = argv[1];
  std::vector<std::string> mails;
  std::size_t bytes = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(argv[2])) {
    if (!entry.is_regular_file()) continue;
    std::ifstream file(entry.path(), std::ios::binary);
    mails.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
    bytes += mails.back().size();
  }
  if (mode == "hash" || mode == "contents") {
    std::cout << bytes << ' ' << hash_all(mode == "hash" ? mails : contents_of(mails)) << '\n';
    return 0;
  }
  Reader reader;
  Structure structure;
  DefectList defects;
  Sha256 sha256;
  std::string block;
  const Limits limits;
  const double begin = cpu_seconds();
  for (std::size_t i = 0; i < mails.size() * static_cast<std::size_t>(repeat); ++i) {
    const std::string& mail = mails[i % mails.size()];
    if (mode == "structure") {
      defects.clear();
      scan(mail, limits, structure, defects);
      continue;
    }
    const Email& email = reader.read(mail);
    if (mode != "whole") continue;
    extract(email, mail, sha256, block);
    static_cast<void>(sha256.of(mail));
  }
  std::cout << bytes * static_cast<std::size_t>(repeat) << ' ' << cpu_seconds() - begin << '\n';
}
