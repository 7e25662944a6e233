// Sha256Lanes against Sha256, which is OpenSSL's.
#include "mime/sha256_lanes.hpp"

#include <boost/test/unit_test.hpp>
#include <random>
#include <string>
#include <vector>

namespace {

using namespace haulier::mime;

std::string noise(std::size_t size) {
  std::mt19937 random(5);
  std::string bytes(size, '\0');
  for (char& c : bytes) c = static_cast<char>(random());
  return bytes;
}

void check(const std::vector<std::string_view>& texts) {
  std::vector<Sha256::Digest> digests(texts.size());
  std::vector<Sha256Job> jobs;
  for (std::size_t i = 0; i < texts.size(); ++i) jobs.push_back({texts[i], &digests[i]});
  Sha256Lanes().run(jobs);
  Sha256 one;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    BOOST_TEST_CONTEXT("text " << i << " of " << texts[i].size() << " bytes") {
      BOOST_TEST(view_of(hex_of(digests[i])) == view_of(hex_of(one.of(texts[i]))));
    }
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(sha256_lanes)

BOOST_AUTO_TEST_CASE(every_length_at_every_alignment_hashes_as_openssl_does) {
  const std::string bytes = noise(1024);
  std::vector<std::string_view> texts;
  for (std::size_t offset = 0; offset < 16; ++offset) {
    for (std::size_t size = 0; size <= 300; ++size) texts.push_back(std::string_view(bytes).substr(offset, size));
  }
  check(texts);
}

BOOST_AUTO_TEST_CASE(texts_of_unlike_lengths_do_not_disturb_each_other) {
  const std::string bytes = noise(1u << 20);
  std::mt19937 random(6);
  for (std::size_t count : {1u, 2u, 3u, 40u}) {
    std::vector<std::string_view> texts;
    for (std::size_t i = 0; i < count; ++i) {
      const std::size_t size = i % 3 == 0 ? random() % (1u << 20) : random() % 5000;
      texts.push_back(std::string_view(bytes).substr(random() % (bytes.size() - size), size));
    }
    check(texts);
  }
}

BOOST_AUTO_TEST_CASE(one_text_alone_and_none_at_all) {
  check({});
  BOOST_TEST(view_of(hex_of(Sha256Lanes().of("abc"))) ==
             "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

BOOST_AUTO_TEST_SUITE_END()
