#include "haulier/batch_builder.hpp"

#include <boost/test/unit_test.hpp>

#include "haulier/host.hpp"
#include "haulier/testing/fake_host.hpp"

using haulier::Batch;
using haulier::BatchBuilder;

BOOST_AUTO_TEST_SUITE(sdk_batch)

BOOST_AUTO_TEST_CASE(values_read_back_as_they_were_set) {
  BatchBuilder builder;
  builder.record(3, 7, HAULIER_UPSERT, 5)
      .text(0, "copied")
      .json(1, "[1]")
      .integer(2, -4)
      .boolean(3, true)
      .timestamp(4, 17)
      .text_move(5, std::string(100000, 'x'));
  const Batch batch = builder.finish();
  const auto record = batch.view()[0];
  BOOST_TEST(record.stream() == 3u);
  BOOST_TEST(record.origin() == 5u);
  BOOST_TEST(record.text(0) == "copied");
  BOOST_TEST(record.text(1) == "[1]");
  BOOST_TEST(*record.integer(2) == -4);
  BOOST_TEST(*record.integer(3) == 1);
  BOOST_TEST(*record.integer(4) == 17);
  BOOST_TEST(record.text(5).size() == 100000u);
  BOOST_TEST(record[6].type == static_cast<unsigned>(HAULIER_NULL));
}

BOOST_AUTO_TEST_CASE(fields_that_an_update_does_not_set_are_absent) {
  BatchBuilder builder;
  builder.record(0, 2, HAULIER_UPDATE, 0).integer(0, 1);
  const Batch batch = builder.finish();
  BOOST_TEST(batch.view()[0].absent(1));
}

BOOST_AUTO_TEST_CASE(blobs_go_when_the_last_holder_goes) {
  haulier::testing::FakeHost fake;
  const haulier::Host host(fake.get());
  {
    BatchBuilder builder;
    haulier::Blob raw = host.copy_blob("0123456789");
    haulier::Blob slice = host.slice(raw, 2, 3);
    BOOST_TEST(slice.bytes() == "234");
    BOOST_TEST(!host.slice(raw, 8, 3));
    builder.record(0, 1, HAULIER_UPSERT, 0).blob(0, std::move(slice));
    Batch first = builder.finish();
    BatchBuilder next;
    next.pass(first.view()[0], 4);
    next.keep(std::move(first));
    const Batch second = next.finish();
    raw = haulier::Blob();
    BOOST_TEST(second.view()[0].stream() == 4u);
    BOOST_TEST(second.view()[0].blob(0).bytes() == "234");
    BOOST_TEST(fake.live_blobs == 2);
  }
  BOOST_TEST(fake.live_blobs == 0);
}

BOOST_AUTO_TEST_CASE(a_moved_batch_is_released_once) {
  haulier::testing::FakeHost fake;
  BatchBuilder builder;
  builder.reject(0, "{}", "why", haulier::Host(fake.get()).copy_blob("raw"));
  Batch batch = builder.finish();
  haulier_batch c{};
  batch.move_to(&c);
  BOOST_TEST(!batch);
  BOOST_TEST(fake.live_blobs == 1);
  Batch again(c);
  BOOST_TEST((c.release == nullptr));
  again = Batch();
  BOOST_TEST(fake.live_blobs == 0);
}

BOOST_AUTO_TEST_CASE(partition_counts_and_state_travel_with_the_batch) {
  BatchBuilder builder;
  builder.partition("me / INBOX");
  builder.counts(4, 1000);
  builder.state(2, 2).text(0, "me").json(1, "{}");
  const Batch batch = builder.finish();
  BOOST_TEST(batch.view().partition() == "me / INBOX");
  BOOST_TEST(batch.view().origin_count() == 4u);
  BOOST_TEST(batch.view().size_bytes() == 1000u);
  BOOST_REQUIRE(batch.view().c_batch().state);
  BOOST_TEST(haulier::RecordView(*batch.view().c_batch().state).text(0) == "me");
}

BOOST_AUTO_TEST_SUITE_END()
