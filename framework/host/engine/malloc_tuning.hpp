// Settings of the C library's allocator for a process whose batches move from thread to thread.
#pragma once

namespace haulier::host {

// First thing in main(). Two arenas instead of eight per processor, and freed memory goes back early: both bound what
// the process holds beyond what it uses.
void tune_malloc() noexcept;

}  // namespace haulier::host
