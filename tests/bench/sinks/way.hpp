// Way: one way to write the groups of a load into a database, each in one transaction with its state row.
#pragma once

#include <sys/types.h>

#include <memory>
#include <string>
#include <vector>

#include "load.hpp"

namespace haulier::bench {

class Way {
 public:
  Way() = default;
  Way(const Way&) = delete;
  Way& operator=(const Way&) = delete;
  virtual ~Way() = default;
  virtual void commit(const Group& group, const haulier_record& state) = 0;
  // CPU seconds of the server's process or thread that works for it; 0 without a server.
  [[nodiscard]] virtual double server_cpu() const { return 0; }
};

// Through the plugin's C table. It makes its tables.
class SinkWay : public Way {
 public:
  SinkWay(const std::string& plugins, const char* id, const QuietHost& host, const std::string& config, Load& load);
  void commit(const Group& group, const haulier_record& state) override;
  [[nodiscard]] double server_cpu() const override;
  // Who works for it at the server.
  void works_as(pid_t task) noexcept { task_ = task; }

 private:
  testing::PluginHandle handle_;
  std::vector<std::uint8_t> outcomes_;
  pid_t task_ = 0;
};

// The client library alone, into tables that are there. Each source file says what it does and what it leaves out.
[[nodiscard]] std::unique_ptr<Way> bare_sqlite(const std::string& path, const std::vector<std::string>& pragmas,
                                               Load& load);
[[nodiscard]] std::unique_ptr<Way> bare_postgresql(const std::string& folder, int port, const std::string& schema,
                                                   Load& load);
[[nodiscard]] std::unique_ptr<Way> bare_mariadb(const std::string& socket, const std::string& database, Load& load);

// Who works for the sink of this benchmark: the one connection that is not the asking one.
[[nodiscard]] pid_t postgresql_worker(const std::string& folder, int port);
[[nodiscard]] pid_t mariadb_worker(const std::string& socket, const std::string& database);

// CPU seconds of one process or thread so far.
[[nodiscard]] double task_cpu(pid_t task);

// The columns of a table as a bare loop needs them: the fields of the stream by name, and for the state what the sink
// adds.
struct BareTable {
  std::uint32_t stream = 0;
  std::string name;
  std::vector<std::string> columns;
  std::vector<haulier_type> types;
  bool is_state = false;
};
[[nodiscard]] std::vector<BareTable> bare_tables(Load& load);
// "a, b, c" of texts.
[[nodiscard]] std::string joined(const std::vector<std::string>& texts, const std::string& separator = ", ");

// Each record of the group that belongs to the table.
template <class F>
void each_row(const Group& group, const BareTable& table, F&& f) {
  for (const Batch& batch : group.batches) {
    const BatchView view = batch.view();
    for (std::uint64_t i = 0; i < view.size(); ++i) {
      if (view[i].stream() == table.stream) f(view[i]);
    }
  }
}

}  // namespace haulier::bench
