#include "engine/blob_store.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <optional>
#include <system_error>
#include <type_traits>
#include <utility>

#include "engine/abi_text.hpp"
#include "engine/spill_file.hpp"

namespace haulier::host {

// `c` comes first: the ABI pointer and the blob are the same address. Freed by the last release().
struct BlobStore::Blob {
  haulier_blob c{};
  std::atomic<std::uint32_t> references{1};
  BlobStore* store = nullptr;
  Blob* parent = nullptr;  // of a slice: one reference
  char* memory = nullptr;  // malloc'd; null when spilled, empty or a slice
  std::uint64_t capacity = 0;
  std::uint64_t filled = 0;
  std::uint64_t on_disk = 0;  // bytes counted as spilled
  std::unique_ptr<SpillFile> file;
};

namespace {

// What the caller is told when the disk is the trouble.
int32_t local_io(haulier_error* error, const std::system_error& fault) noexcept {
  try {
    const bool full = fault.code().value() == ENOSPC || fault.code().value() == EDQUOT;
    return fill_error(error, HAULIER_LOCAL_IO, fault.what(),
                      full ? "free some space there, or set limits.spill_directory to a folder with more room"
                           : "check the folder, or set limits.spill_directory to another one");
  } catch (...) {
    return fill_error(error, HAULIER_LOCAL_IO, "cannot write a spill file");
  }
}

template <class F>
int32_t guarded(haulier_error* error, F&& f) noexcept {
  try {
    return f();
  } catch (const std::system_error& fault) {
    return local_io(error, fault);
  } catch (const std::exception& fault) {
    return fill_error(error, HAULIER_FATAL, fault.what());
  }
}

}  // namespace

BlobStore::BlobStore(Options options, MemoryBudget& budget) : options_(std::move(options)), budget_(budget) {}

BlobStore::~BlobStore() = default;

BlobStore::Blob& BlobStore::of(haulier_blob* blob) noexcept {
  static_assert(std::is_standard_layout_v<haulier_blob>);
  return *reinterpret_cast<Blob*>(blob);
}

void BlobStore::release_reference(haulier_blob* blob) noexcept {
  Blob& mine = of(blob);
  if (mine.references.fetch_sub(1, std::memory_order_acq_rel) == 1) mine.store->destroy(&mine);
}

void BlobStore::destroy(Blob* blob) noexcept {
  if (blob->capacity > 0) {
    std::free(blob->memory);
    budget_.give_memory(blob->capacity);
  }
  blob->file.reset();
  if (blob->on_disk > 0) budget_.give_spill(blob->on_disk);
  Blob* parent = blob->parent;
  delete blob;
  live_.fetch_sub(1, std::memory_order_relaxed);
  if (parent) release_reference(&parent->c);
}

int32_t BlobStore::create(std::uint64_t expected_size, Cancellation* wait_for_room, haulier_blob** out,
                          haulier_error* error) {
  return guarded(error, [&]() -> int32_t {
    if (wait_for_room && !budget_.wait_for_room(*wait_for_room)) {
      return fill_error(error, HAULIER_CANCELLED, "cancelled");
    }
    auto blob = std::make_unique<Blob>();
    blob->store = this;
    blob->c.struct_size = sizeof blob->c;
    blob->c.retain = [](haulier_blob* it) { of(it).references.fetch_add(1, std::memory_order_relaxed); };
    blob->c.release = [](haulier_blob* it) { release_reference(it); };
    blob->c.done_with = [](haulier_blob* it, std::uint64_t offset, std::uint64_t size) {
      Blob& root = of(it).parent ? *of(it).parent : of(it);
      if (!root.file || offset > it->size) return;
      const std::uint64_t start = it->data ? static_cast<std::uint64_t>(it->data - root.c.data) : 0;
      root.file->drop(start + offset, std::min(size, it->size - offset));
    };
    if (goes_to_file(expected_size)) {
      move_to_file(*blob);
    } else if (expected_size > 0) {
      grow(*blob, expected_size);
    }
    live_.fetch_add(1, std::memory_order_relaxed);
    *out = &blob.release()->c;
    return HAULIER_OK;
  });
}

// `needed`: capacity in bytes, exact.
void BlobStore::grow(Blob& blob, std::uint64_t needed) {
  auto* moved = static_cast<char*>(std::realloc(blob.memory, static_cast<std::size_t>(needed)));
  if (!moved) throw std::bad_alloc();
  blob.memory = moved;
  budget_.take_memory(needed);
  budget_.give_memory(std::exchange(blob.capacity, needed));
}

void BlobStore::move_to_file(Blob& blob) {
  blob.file = std::make_unique<SpillFile>(options_.directory);
  blob.file->append({blob.memory, static_cast<std::size_t>(blob.filled)});
  spilled_total_.fetch_add(blob.filled, std::memory_order_relaxed);
  budget_.take_spill(blob.filled);
  blob.on_disk = blob.filled;
  std::free(std::exchange(blob.memory, nullptr));
  budget_.give_memory(std::exchange(blob.capacity, 0));
}

int32_t BlobStore::append(haulier_blob* c_blob, const void* data, std::uint64_t size, haulier_error* error) {
  return guarded(error, [&]() -> int32_t {
    Blob& blob = of(c_blob);
    if (c_blob->data) return fill_error(error, HAULIER_FATAL, "append to a sealed blob");
    if (size == 0) return HAULIER_OK;
    const std::uint64_t total = blob.filled + size;
    if (!blob.file && total > blob.capacity) {
      if (goes_to_file(total)) {
        move_to_file(blob);
      } else {
        grow(blob, std::max({total, std::uint64_t{256}, std::min(blob.capacity * 2, options_.spill_from)}));
      }
    }
    if (blob.file) {
      budget_.take_spill(size);
      blob.on_disk += size;
      spilled_total_.fetch_add(size, std::memory_order_relaxed);
      blob.file->append({static_cast<const char*>(data), static_cast<std::size_t>(size)});
    } else {
      std::memcpy(blob.memory + blob.filled, data, static_cast<std::size_t>(size));
    }
    blob.filled = total;
    return HAULIER_OK;
  });
}

int32_t BlobStore::seal(haulier_blob* c_blob, haulier_error* error) {
  return guarded(error, [&]() -> int32_t {
    Blob& blob = of(c_blob);
    if (c_blob->data) return fill_error(error, HAULIER_FATAL, "seal of a sealed blob");
    static constexpr std::uint8_t kNothing = 0;
    if (blob.file) {
      c_blob->data = blob.file->map();
      c_blob->flags |= HAULIER_BLOB_SPILLED;
    } else {
      // Memory for bytes that never came is given back.
      if (blob.filled > 0 && blob.filled + 4096 < blob.capacity) grow(blob, blob.filled);
      c_blob->data = reinterpret_cast<const std::uint8_t*>(blob.memory);
    }
    c_blob->size = blob.filled;
    if (!c_blob->data) c_blob->data = &kNothing;
    return HAULIER_OK;
  });
}

haulier_blob* BlobStore::slice(haulier_blob* blob, std::uint64_t offset, std::uint64_t size) {
  if (!blob->data || offset > blob->size || size > blob->size - offset) return nullptr;
  // A slice of a slice hangs on the first parent: no chains.
  Blob& root = of(blob).parent ? *of(blob).parent : of(blob);
  haulier_error ignored = new_error();
  haulier_blob* out = nullptr;
  if (create(0, nullptr, &out, &ignored) != HAULIER_OK) return nullptr;
  root.references.fetch_add(1, std::memory_order_relaxed);
  of(out).parent = &root;
  out->data = blob->data + offset;
  out->size = size;
  out->flags = root.c.flags;
  return out;
}

}  // namespace haulier::host
