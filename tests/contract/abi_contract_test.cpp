// The contract of the ABI: what was released stays where it is. A change here is a new major version.
#include <boost/test/unit_test.hpp>

#include <string>

#include "abi_layout.h"

namespace {

const layout_entry kAsCpp[] = {HAULIER_LAYOUT};

// Of ABI 1 on 64-bit machines. Fields may be appended to a struct that starts with struct_size: then its size grows,
// and nothing else in this table changes.
const layout_entry kReleased[] = {
    {"haulier_str", 16},
    {"haulier_value", 24},
    {"haulier_value.v", 8},
    {"haulier_record", 32},
    {"haulier_record.origin", 8},
    {"haulier_record.n_values", 16},
    {"haulier_record.values", 24},
    {"haulier_field", 24},
    {"haulier_field.type", 16},
    {"haulier_field.flags", 20},
    {"haulier_stream", 48},
    {"haulier_stream.name", 8},
    {"haulier_stream.fields", 24},
    {"haulier_stream.n_fields", 32},
    {"haulier_schema", 16},
    {"haulier_schema.n_streams", 4},
    {"haulier_schema.streams", 8},
    {"haulier_blob", 48},
    {"haulier_blob.data", 8},
    {"haulier_blob.size", 16},
    {"haulier_blob.retain", 24},
    {"haulier_blob.release", 32},
    {"haulier_blob.done_with", 40},
    {"haulier_reject", 48},
    {"haulier_reject.raw", 40},
    {"haulier_batch", 96},
    {"haulier_batch.record_size", 4},
    {"haulier_batch.n_records", 8},
    {"haulier_batch.records", 16},
    {"haulier_batch.n_rejects", 24},
    {"haulier_batch.rejects", 32},
    {"haulier_batch.partition", 40},
    {"haulier_batch.origin_count", 56},
    {"haulier_batch.size_bytes", 64},
    {"haulier_batch.state", 72},
    {"haulier_batch.release", 80},
    {"haulier_batch.owner", 88},
    {"haulier_error", 1816},
    {"haulier_error.status", 4},
    {"haulier_error.retry_after_ms", 8},
    {"haulier_error.record_index", 16},
    {"haulier_error.pointer", 24},
    {"haulier_error.message", 280},
    {"haulier_error.hint", 1304},
    {"haulier_host", 192},
    {"haulier_host.ctx", 16},
    {"haulier_host.log", 64},
    {"haulier_host.audit", 80},
    {"haulier_host.now_us", 88},
    {"haulier_host.cancel_fd", 120},
    {"haulier_host.blob_new", 136},
    {"haulier_host.credential", 168},
    {"haulier_host.crash_point", 176},
    {"haulier_host.extension", 184},
    {"haulier_credential_request", 40},
    {"haulier_credential", 48},
    {"haulier_instance", 40},
    {"haulier_instance.ability", 32},
    {"haulier_descriptor", 48},
    {"haulier_descriptor.config_schema_json", 32},
    {"haulier_descriptor.create", 40},
    {"haulier_plugin_entry", 32},
    {"haulier_plugin_entry.descriptors", 24},
    {"haulier_source", 40},
    {"haulier_source.committed", 32},
    {"haulier_source_options", 16},
    {"haulier_transform", 24},
    {"haulier_transform.apply", 16},
    {"haulier_sink", 32},
    {"haulier_sink.flush", 24},
    {"haulier_sink_options", 8},
    {"haulier_transaction", 48},
    {"haulier_transaction.rollback", 40},
    {"haulier_check", 16},
    {"haulier_plan", 16},
    {"haulier_match", 32},
    {"haulier_lookup_request", 72},
    {"haulier_lookup_request.after", 56},
    {"haulier_lookup", 16},
    {"haulier_host_lookup", 16},
    {"haulier_comparison", 128},
    {"haulier_comparison.places", 8},
    {"haulier_comparison.hash", 96},
    {"haulier_enumerate_options", 16},
    {"haulier_place_page", 120},
    {"haulier_place_page.standings", 112},
    {"haulier_enumerate", 32},
    {"haulier_recheck", 16},
    {"haulier_prepare", 16},
    {"haulier_comparison.received", 112},
    {"haulier_stream.relations", 40},
    {"haulier_erase", 32},
    {"haulier_host_erased", 16},
    {"haulier_discard", 16},
    {"haulier_advice", 40},
    {"haulier_upkeep", 16},
};

}  // namespace

BOOST_AUTO_TEST_SUITE(contract_abi)

BOOST_AUTO_TEST_CASE(c_and_cpp_see_the_same_layout) {
  std::size_t count = 0;
  const layout_entry* as_c = layout_as_c(&count);
  BOOST_REQUIRE(count == std::size(kAsCpp));
  for (std::size_t i = 0; i < count; ++i) {
    BOOST_TEST_CONTEXT(as_c[i].name) { BOOST_TEST(as_c[i].number == kAsCpp[i].number); }
  }
}

BOOST_AUTO_TEST_CASE(what_was_released_is_where_it_was) {
  static_assert(sizeof(void*) == 8, "the table is that of 64-bit machines");
  for (const layout_entry& released : kReleased) {
    BOOST_TEST_CONTEXT(released.name) {
      bool found = false;
      for (const layout_entry& now : kAsCpp) {
        if (std::string(now.name) != released.name) continue;
        found = true;
        BOOST_TEST(now.number == released.number);
      }
      BOOST_TEST(found);
    }
  }
}

BOOST_AUTO_TEST_CASE(numbers_keep_their_meaning) {
  BOOST_TEST(HAULIER_ABI_MAJOR == 1u);
  BOOST_TEST(HAULIER_ABI_MAGIC == 0x0152454c49554148u);
  BOOST_TEST(HAULIER_RETRY == 10);
  BOOST_TEST(HAULIER_BAD_RECORD == 11);
  BOOST_TEST(HAULIER_BAD_CONFIG == 12);
  BOOST_TEST(HAULIER_NEEDS_AUTH == 13);
  BOOST_TEST(HAULIER_FENCED == 14);
  BOOST_TEST(HAULIER_COMMIT_UNKNOWN == 20);
  BOOST_TEST(HAULIER_FATAL == 21);
  BOOST_TEST(HAULIER_BLOB == 8);
  BOOST_TEST(HAULIER_DELETE == 2);
  BOOST_TEST(HAULIER_STREAM_STATE == 4u);
}

BOOST_AUTO_TEST_SUITE_END()
