#include "config/quantity.hpp"

#include <boost/test/unit_test.hpp>

#include <vector>

namespace haulier::host::quantity_test {

BOOST_AUTO_TEST_SUITE(framework_host_config_quantity)

BOOST_AUTO_TEST_CASE(sizes_are_read) {
  BOOST_TEST(parse_bytes("0").value() == 0);
  BOOST_TEST(parse_bytes("512").value() == 512);
  BOOST_TEST(parse_bytes("512B").value() == 512);
  BOOST_TEST(parse_bytes("8MiB").value() == 8 << 20);
  BOOST_TEST(parse_bytes("8 mib").value() == 8 << 20);
  BOOST_TEST(parse_bytes("8M").value() == 8 << 20);
  BOOST_TEST(parse_bytes("8MB").value() == 8'000'000);
  BOOST_TEST(parse_bytes("1.5KiB").value() == 1536);
  BOOST_TEST(parse_bytes("2TiB").value() == std::int64_t{2} << 40);
}

BOOST_AUTO_TEST_CASE(what_is_no_size_is_refused) {
  for (const char* text : {"", "MiB", "8XB", "-1", "1.", ".5", "8MiB8", "1e3", "0.3", "99999999TiB", "1,5K"}) {
    BOOST_TEST_CONTEXT(text) { BOOST_TEST(!parse_bytes(text).has_value()); }
  }
}

BOOST_AUTO_TEST_CASE(durations_are_read) {
  BOOST_TEST(parse_milliseconds("250ms").value() == 250);
  BOOST_TEST(parse_milliseconds("10s").value() == 10'000);
  BOOST_TEST(parse_milliseconds("1h30m").value() == 5'400'000);
  BOOST_TEST(parse_milliseconds("1h 30min").value() == 5'400'000);
  BOOST_TEST(parse_milliseconds("1.5s").value() == 1500);
  BOOST_TEST(parse_milliseconds("7d").value() == 604'800'000);
  BOOST_TEST(parse_milliseconds("0").value() == 0);
}

BOOST_AUTO_TEST_CASE(what_is_no_duration_is_refused) {
  for (const char* text : {"", "10", "s", "10 parsecs", "-1s", "1h30", "0.1ms", "99999999999d"}) {
    BOOST_TEST_CONTEXT(text) { BOOST_TEST(!parse_milliseconds(text).has_value()); }
  }
}

BOOST_AUTO_TEST_CASE(counts_are_read) {
  BOOST_TEST(parse_count("5000").value() == 5000);
  BOOST_TEST(parse_count("10k").value() == 10'000);
  BOOST_TEST(parse_count("2M").value() == 2'000'000);
  BOOST_TEST(!parse_count("2MiB").has_value());
  BOOST_TEST(!parse_count("0.5").has_value());
}

BOOST_AUTO_TEST_CASE(what_is_printed_reads_back) {
  for (const std::int64_t bytes : {0ll, 1ll, 1023ll, 1024ll, 1536ll, 8ll << 20, 3ll << 40}) {
    BOOST_TEST(parse_bytes(format_bytes(bytes)).value() == bytes);
  }
  for (const std::int64_t ms : {0ll, 1ll, 999ll, 1000ll, 61'001ll, 5'400'000ll, 90'061'001ll}) {
    BOOST_TEST(parse_milliseconds(format_milliseconds(ms)).value() == ms);
  }
  BOOST_TEST(format_bytes(8 << 20) == "8MiB");
  BOOST_TEST(format_milliseconds(5'400'000) == "1h30m");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace haulier::host::quantity_test
