// StateStore: keeps the state rows for a sink that cannot keep them itself, in one JSON file.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "clock.hpp"
#include "crash_point.hpp"
#include "engine/state_rows.hpp"
#include "haulier/abi/value.h"

namespace haulier::host {

// How the state files are found.
struct StatePlace {
  const char* xdg_state_home = nullptr;  // environment
  const char* home = nullptr;
};

// The folder of a pipeline's state files: `configured`, else $XDG_STATE_HOME/haulier/<pipeline>, else
// ~/.local/state/haulier/<pipeline>.
[[nodiscard]] std::string state_folder(const std::string& configured, const std::string& pipeline,
                                       const StatePlace& place);

// One file per pipeline and sink, replaced as a whole: written beside, synced, renamed, folder synced. One thread.
// Every function throws Failed: exit 65 when the file cannot be used, 74 when it cannot be read or written, 75 when
// another run has taken it over or is just writing it.
class StateStore {
 public:
  // Nothing is touched. stream: the state stream, outlives this.
  StateStore(std::string folder, std::string pipeline, std::string sink, const haulier_stream& stream,
             std::uint32_t stream_index, const Clock& clock, CrashPoints& crash_points);
  ~StateStore() = default;
  StateStore(const StateStore&) = delete;
  StateStore& operator=(const StateStore&) = delete;

  // Rows of the last save; none when there is no file yet.
  [[nodiscard]] StateRows load();
  // Makes the folder and raises the epoch by one, durably: what an earlier holder saves from now on is refused.
  std::uint64_t fence();
  // Replaces rows of the same key, keeps the others. Only after fence().
  void save(const StateRows& rows);

  [[nodiscard]] const std::string& file() const noexcept { return file_; }
  [[nodiscard]] std::uint64_t epoch() const noexcept { return epoch_; }

 private:
  // Which file it is that has the name: each write makes another.
  struct Identity {
    std::uint64_t inode = 0;
    std::int64_t changed_ns = 0;
    bool operator==(const Identity&) const = default;
  };

  [[nodiscard]] Identity identity() const noexcept;
  void read();
  void write();
  [[nodiscard]] std::string text() const;

  const std::string folder_;
  const std::string file_;
  const std::string pipeline_;
  const std::string sink_;
  const haulier_stream& stream_;
  const std::uint32_t stream_index_;
  const Clock& clock_;
  CrashPoints& crash_points_;
  std::uint64_t epoch_ = 0;
  Identity written_;  // by this run
  StateRows rows_;
};

}  // namespace haulier::host
