#include <fstream>

#include "source_contract.hpp"

namespace {

using haulier::contract::SourceUnderTest;

void write_mail(const std::filesystem::path& file, int n) {
  std::filesystem::create_directories(file.parent_path());
  std::ofstream(file) << "From: a@example.org\r\nSubject: mail " << n << "\r\n\r\nbody of mail " << n << "\r\n";
}

SourceUnderTest mail_files() {
  SourceUnderTest out;
  out.plugin = "mail_files";
  out.fill = [](const std::string& folder) {
    for (int n = 0; n < 7; ++n) write_mail(folder + "/inbox/" + std::to_string(n) + ".eml", n);
    for (int n = 7; n < 10; ++n) write_mail(folder + "/sent/" + std::to_string(n) + ".eml", n);
  };
  out.add = [](const std::string& folder) { write_mail(folder + "/inbox/new.eml", 100); };
  out.config = [](const std::string& folder) {
    return "{\"path\":\"" + folder +
           "\",\"format\":\"auto\",\"account\":\"files\",\"batch\":{\"messages\":3,\"bytes\":65536}}";
  };
  return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(mail_files_source)
HAULIER_SOURCE_CONTRACT(mail_files())
BOOST_AUTO_TEST_SUITE_END()
