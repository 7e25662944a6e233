#include "places/email_ids.hpp"

#include <boost/test/unit_test.hpp>

namespace haulier::places {
namespace {

constexpr std::string_view kAccount = "me@example.org";
constexpr std::string_view kHash = "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881";  // of "x"
constexpr std::int64_t kSent_us = 1'057'049'557'000'000;

}  // namespace

// The ids are promises: databases hold them. Each was worked out by another program from schemas/README.md.
BOOST_AUTO_TEST_SUITE(email_ids)

BOOST_AUTO_TEST_CASE(message_without_server_id_goes_by_its_date_and_its_bytes) {
  EmailIds ids;
  BOOST_TEST(ids.of_bytes(kAccount, kHash, kSent_us) == "3f014bd53616f6f5f571a9924fe73e1f");
  BOOST_TEST(ids.of_bytes("you@example.org", kHash, kSent_us) != ids.of_bytes(kAccount, kHash, kSent_us));
}

BOOST_AUTO_TEST_CASE(date_that_is_missing_or_out_of_range_counts_as_none) {
  EmailIds ids;
  const std::string without = ids.of_bytes(kAccount, kHash, std::nullopt);
  BOOST_TEST(without.substr(0, 8) == "00000000");
  BOOST_TEST(without.substr(8) == ids.of_bytes(kAccount, kHash, kSent_us).substr(8));
  BOOST_TEST(ids.of_bytes(kAccount, kHash, -1'000'000) == without);
  BOOST_TEST(ids.of_bytes(kAccount, kHash, 4'294'967'295'000'000).substr(0, 8) == "ffffffff");
  BOOST_TEST(ids.of_bytes(kAccount, kHash, 4'294'967'296'000'000) == without);
}

BOOST_AUTO_TEST_CASE(servers_id_decides_alone_and_gmails_tells_the_time) {
  EmailIds ids;
  BOOST_TEST(ids.of_server_id(kAccount, "M0123") == "00000000849a64a68074947dedb9c121");
  BOOST_TEST(ids.of_server_id(kAccount, "1278455344230334865") == "48abf94a2377a976b8ae7fcfe28e868e");
  for (const std::string_view id : {"", "12x", "18446744073709551616", "123456"}) {
    BOOST_TEST(ids.of_server_id(kAccount, id).substr(0, 8) == "00000000");
  }
}

BOOST_AUTO_TEST_CASE(id_is_told_from_one_of_other_bytes_whatever_its_date) {
  EmailIds ids;
  BOOST_TEST(ids.is_of_bytes(ids.of_bytes(kAccount, kHash, kSent_us), kAccount, kHash));
  BOOST_TEST(ids.is_of_bytes(ids.of_bytes(kAccount, kHash, std::nullopt), kAccount, kHash));
  BOOST_TEST(!ids.is_of_bytes(ids.of_bytes(kAccount, std::string(64, '0'), kSent_us), kAccount, kHash));
  BOOST_TEST(!ids.is_of_bytes(ids.of_bytes("you@example.org", kHash, kSent_us), kAccount, kHash));
  BOOST_TEST(!ids.is_of_bytes("", kAccount, kHash));
}

BOOST_AUTO_TEST_CASE(nested_message_lies_beside_the_one_it_came_in) {
  EmailIds ids;
  BOOST_TEST(ids.of_nested(kAccount, "3f014bd53616f6f5f571a9924fe73e1f", "2.1") == "3f014bd5b110bffdd4100a41e0212b7f");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace haulier::places
