// Blobs: where the bytes lie, what the budget says, how long slices live.
#include <boost/test/unit_test.hpp>

#include <cstring>
#include <filesystem>
#include <string>
#include <thread>

#include <stdlib.h>

#include "engine/abi_text.hpp"
#include "engine/blob_store.hpp"

namespace engine_test {

using haulier::host::BlobStore;
using haulier::host::Cancellation;
using haulier::host::MemoryBudget;

struct Blobs {
  Blobs() {
    directory = (std::filesystem::temp_directory_path() / "haulier-blobs-XXXXXX").string();
    if (!::mkdtemp(directory.data())) throw std::runtime_error("mkdtemp");
    store = std::make_unique<BlobStore>(BlobStore::Options{.spill_from = 100'000, .directory = directory}, budget);
  }
  ~Blobs() {
    store.reset();
    std::error_code ignored;
    std::filesystem::remove_all(directory, ignored);
  }
  haulier_blob* blob(const std::string& bytes, std::uint64_t expected, std::size_t piece = SIZE_MAX) {
    haulier_blob* out = nullptr;
    BOOST_REQUIRE_EQUAL(store->create(expected, nullptr, &out, &error), HAULIER_OK);
    for (std::size_t at = 0; at < bytes.size(); at += piece) {
      const std::size_t n = std::min(piece, bytes.size() - at);
      BOOST_REQUIRE_EQUAL(store->append(out, bytes.data() + at, n, &error), HAULIER_OK);
    }
    BOOST_REQUIRE_EQUAL(store->seal(out, &error), HAULIER_OK);
    return out;
  }
  static std::string text(const haulier_blob* blob) {
    return {reinterpret_cast<const char*>(blob->data), static_cast<std::size_t>(blob->size)};
  }
  static std::string pattern(std::size_t n) {
    std::string out(n, '\0');
    for (std::size_t i = 0; i < n; ++i) out[i] = static_cast<char>('a' + (i * 7 + i / 251) % 26);
    return out;
  }

  std::string directory;
  MemoryBudget budget{{.memory_bytes = 1'000'000, .spill_bytes = 10'000'000}};
  std::unique_ptr<BlobStore> store;
  haulier_error error = haulier::host::new_error();
};

BOOST_FIXTURE_TEST_SUITE(engine_blob_store, Blobs)

BOOST_AUTO_TEST_CASE(a_small_blob_lies_in_memory_and_is_charged) {
  const std::string bytes = pattern(5000);
  haulier_blob* it = blob(bytes, 5000);
  BOOST_TEST(text(it) == bytes);
  BOOST_TEST((it->flags & HAULIER_BLOB_SPILLED) == 0u);
  BOOST_TEST(budget.memory_bytes() == 5000u);
  it->release(it);
  BOOST_TEST(budget.memory_bytes() == 0u);
  BOOST_TEST(store->live() == 0u);
}

BOOST_AUTO_TEST_CASE(a_blob_of_unknown_size_gives_spare_memory_back_when_sealed) {
  haulier_blob* it = blob(pattern(60'000), 0, 7000);
  BOOST_TEST(budget.memory_bytes() <= 60'000u + 4096u);
  it->release(it);
  BOOST_TEST(budget.memory_bytes() == 0u);
}

BOOST_AUTO_TEST_CASE(a_big_blob_goes_to_a_file_whether_its_size_was_known_or_not) {
  const std::string bytes = pattern(700'001);
  for (const std::uint64_t expected : {std::uint64_t{700'001}, std::uint64_t{0}, std::uint64_t{10}}) {
    haulier_blob* it = blob(bytes, expected, 10'007);
    BOOST_TEST(text(it) == bytes);
    BOOST_TEST((it->flags & HAULIER_BLOB_SPILLED) != 0u);
    BOOST_TEST(budget.memory_bytes() == 0u);
    BOOST_TEST(budget.spill_bytes() == bytes.size());
    it->release(it);
    BOOST_TEST(budget.spill_bytes() == 0u);
  }
  BOOST_TEST(std::filesystem::is_empty(directory));
}

BOOST_AUTO_TEST_CASE(bytes_stay_readable_after_done_with) {
  const std::string bytes = pattern(500'000);
  haulier_blob* it = blob(bytes, bytes.size());
  it->done_with(it, 0, 300'000);
  BOOST_TEST(text(it) == bytes);
  it->done_with(it, 499'999, 1'000'000);
  haulier_blob* part = store->slice(it, 4097, 200'000);
  part->done_with(part, 1, 100'000);
  BOOST_TEST(text(part) == bytes.substr(4097, 200'000));
  part->release(part);
  it->release(it);
}

BOOST_AUTO_TEST_CASE(a_slice_keeps_the_bytes_alive) {
  const std::string bytes = pattern(9000);
  haulier_blob* whole = blob(bytes, 0);
  haulier_blob* part = store->slice(whole, 1000, 500);
  haulier_blob* deeper = store->slice(part, 10, 20);
  whole->release(whole);
  part->release(part);
  BOOST_TEST(budget.memory_bytes() > 0u);
  BOOST_TEST(text(deeper) == bytes.substr(1010, 20));
  deeper->release(deeper);
  BOOST_TEST(budget.memory_bytes() == 0u);
  BOOST_TEST(store->live() == 0u);
}

BOOST_AUTO_TEST_CASE(a_slice_out_of_range_is_refused) {
  haulier_blob* whole = blob("abc", 3);
  BOOST_TEST(store->slice(whole, 4, 0) == nullptr);
  BOOST_TEST(store->slice(whole, 1, 3) == nullptr);
  BOOST_TEST(store->slice(whole, 1, UINT64_MAX) == nullptr);
  haulier_blob* empty = store->slice(whole, 3, 0);
  BOOST_REQUIRE(empty);
  BOOST_TEST(empty->size == 0u);
  empty->release(empty);
  whole->release(whole);
}

BOOST_AUTO_TEST_CASE(an_empty_blob_can_be_read) {
  haulier_blob* it = blob("", 0);
  BOOST_TEST(it->size == 0u);
  BOOST_TEST(it->data != nullptr);
  it->release(it);
  haulier_blob* spilled = blob("", 200'000);
  BOOST_TEST(spilled->data != nullptr);
  spilled->release(spilled);
}

BOOST_AUTO_TEST_CASE(an_unwritable_folder_is_a_local_fault_with_words) {
  BlobStore lost({.spill_from = 10, .directory = directory + "/missing"}, budget);
  haulier_blob* out = nullptr;
  BOOST_TEST(lost.create(100, nullptr, &out, &error) == HAULIER_LOCAL_IO);
  BOOST_TEST(std::strstr(error.message, "missing") != nullptr);
  BOOST_TEST(std::strstr(error.hint, "spill_directory") != nullptr);
  BOOST_TEST(lost.live() == 0u);
}

BOOST_AUTO_TEST_CASE(a_full_budget_spills_what_is_worth_a_file) {
  budget.take_memory(1'000'000);
  haulier_blob* medium = blob(pattern(70'000), 70'000);
  haulier_blob* small = blob("tiny", 4);
  BOOST_TEST((medium->flags & HAULIER_BLOB_SPILLED) != 0u);
  BOOST_TEST((small->flags & HAULIER_BLOB_SPILLED) == 0u);
  medium->release(medium);
  small->release(small);
  budget.give_memory(1'000'000);
}

BOOST_AUTO_TEST_CASE(the_source_waits_while_batches_downstream_hold_the_memory) {
  Cancellation cancel;
  haulier_blob* downstream = blob(pattern(10), 10);
  budget.take_memory(1'000'000);
  budget.batch_enters();
  std::atomic<bool> got{false};
  std::thread source([&] {
    haulier_blob* out = nullptr;
    haulier_error mine = haulier::host::new_error();
    if (store->create(10, &cancel, &out, &mine) == HAULIER_OK) {
      got = true;
      out->release(out);
    }
  });
  while (!budget.wants_back({1, std::uint64_t{1} << 40})) std::this_thread::yield();
  BOOST_TEST(!got);
  budget.give_memory(1'000'000);
  source.join();
  BOOST_TEST(got);
  budget.batch_leaves();
  downstream->release(downstream);
}

BOOST_AUTO_TEST_CASE(the_source_does_not_wait_when_nobody_could_free_memory) {
  Cancellation cancel;
  budget.take_memory(1'000'000);
  haulier_blob* out = nullptr;
  BOOST_TEST(store->create(10, &cancel, &out, &error) == HAULIER_OK);
  out->release(out);
  budget.give_memory(1'000'000);
}

BOOST_AUTO_TEST_CASE(cancelling_wakes_a_waiting_source) {
  Cancellation cancel;
  budget.take_memory(1'000'000);
  budget.batch_enters();
  int32_t status = HAULIER_OK;
  std::thread source([&] {
    haulier_blob* out = nullptr;
    haulier_error mine = haulier::host::new_error();
    status = store->create(10, &cancel, &out, &mine);
  });
  while (!budget.wants_back({1, std::uint64_t{1} << 40})) std::this_thread::yield();
  cancel.cancel();
  source.join();
  BOOST_TEST(status == HAULIER_CANCELLED);
  budget.batch_leaves();
  budget.give_memory(1'000'000);
}

BOOST_AUTO_TEST_CASE(a_full_spill_disk_makes_the_source_wait_too) {
  Cancellation cancel;
  cancel.cancel();
  budget.take_spill(10'000'000);
  budget.batch_enters();
  haulier_blob* out = nullptr;
  BOOST_TEST(store->create(10, &cancel, &out, &error) == HAULIER_CANCELLED);
  budget.batch_leaves();
  budget.give_spill(10'000'000);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace engine_test
