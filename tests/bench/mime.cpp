// bench_mime MODE FOLDER [REPEAT]: reads every file of FOLDER into memory, then goes through all of them REPEAT times;
// prints bytes and processor seconds. MODE: structure, decode (whole reader: decode, UTF-8, HTML to text), whole (and
// SHA-256 of the raw message and of each decoded attachment), hash (SHA-256 of the raw message alone: the floor).
#include <time.h>

#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <vector>

#include "mime/reader.hpp"
#include "mime/sha256.hpp"

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
  Reader reader;
  Structure structure;
  DefectList defects;
  Sha256 sha256;
  std::string block;
  const Limits limits;
  const double begin = cpu_seconds();
  for (std::size_t i = 0; i < mails.size() * static_cast<std::size_t>(repeat); ++i) {
    const std::string& mail = mails[i % mails.size()];
    if (mode == "hash") {
      static_cast<void>(sha256.of(mail));
      continue;
    }
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
