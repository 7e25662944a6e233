// bench_sinks PLUGIN_DIR ENGINE LOAD MAILS [KEY=VALUE]...: writes MAILS mails of LOAD (mail, files, small) into ENGINE
// through its sink plugin and through a bare loop over the engine's own client, transaction by transaction in turn,
// each into tables of its own. Making the rows is not measured. Prints one JSON object.
//
// Keys: folder (SQLite: of its files; PostgreSQL: of the socket), port, socket, ways (both, sink, bare), group (writes
// in one transaction), batch (mails in one write); anything else is an option of the sink, and for SQLite the bare loop
// gets the same.
#include <malloc.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <map>
#include <stdexcept>

#include "way.hpp"

namespace {

using namespace haulier;
using namespace haulier::bench;

using Options = std::map<std::string, std::string>;

double cpu_now() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

double resident_mib() {
  std::ifstream file("/proc/self/statm");
  double all = 0, resident = 0;
  file >> all >> resident;
  return resident * static_cast<double>(sysconf(_SC_PAGESIZE)) / 1048576;
}

void print_list(const char* name, const std::vector<double>& values) {
  std::printf("\"%s\":[", name);
  for (std::size_t i = 0; i < values.size(); ++i) std::printf("%s%.6f", i ? "," : "", values[i]);
  std::printf("]");
}

struct Figures {
  std::unique_ptr<Way> way;
  double cpu_s = 0, wall_s = 0;
  std::vector<double> commits_s, commits_cpu_s;  // with the server's

  void commit(const Group& group, const haulier_record& state) {
    const double cpu = cpu_now(), server = way->server_cpu();
    const auto start = std::chrono::steady_clock::now();
    way->commit(group, state);
    commits_s.push_back(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
    wall_s += commits_s.back();
    const double own = cpu_now() - cpu;
    cpu_s += own;
    commits_cpu_s.push_back(own + way->server_cpu() - server);
  }
  void print(const char* name, double server_cpu_s) const {
    std::printf("\"%s\":{\"wall_s\":%.6f,\"client_cpu_s\":%.6f,\"server_cpu_s\":%.6f,", name, wall_s, cpu_s,
                server_cpu_s);
    print_list("commits_s", commits_s);
    std::printf(",");
    print_list("commits_cpu_s", commits_cpu_s);
    std::printf("},");
  }
};

std::string take(Options& options, const std::string& key, const std::string& otherwise = {}) {
  const auto found = options.find(key);
  if (found == options.end()) return otherwise;
  const std::string out = found->second;
  options.erase(found);
  return out;
}

// What is left of the options, as members of the sink's JSON.
std::string members(const Options& options) {
  std::string out;
  for (const auto& [key, value] : options) {
    const bool number = value.find_first_not_of("0123456789") == std::string::npos;
    out += ",\"" + key + "\":" + (number ? value : "\"" + value + "\"");
  }
  return out;
}

std::vector<std::string> pragmas_of(const Options& options) {
  const auto get = [&](const char* key, const char* otherwise) {
    const auto found = options.find(key);
    return found == options.end() ? std::string(otherwise) : found->second;
  };
  return {"journal_mode=" + get("journal", "truncate"), "synchronous=" + get("synchronous", "full"),
          "cache_size=-" + std::to_string(std::stoll(get("cache_size", "8388608")) / 1024)};
}

struct Ways {
  Figures sink, bare;
};

Ways open_sqlite(const std::string& plugins, const QuietHost& host, Load& load, Options options) {
  const std::string folder = take(options, "folder");
  const auto config = [&](const char* name) {
    return "{\"path\":\"" + folder + "/" + name + ".db\"" + members(options) + "}";
  };
  Ways out;
  SinkWay(plugins, "sqlite", host, config("bare"), load);  // makes the tables
  out.sink.way = std::make_unique<SinkWay>(plugins, "sqlite", host, config("sink"), load);
  out.bare.way = bare_sqlite(folder + "/bare.db", pragmas_of(options), load);
  return out;
}

Ways open_postgresql(const std::string& plugins, const QuietHost& host, Load& load, Options options) {
  const std::string folder = take(options, "folder"), port = take(options, "port");
  const auto config = [&](const char* name) {
    return "{\"host\":\"" + folder + "\",\"port\":" + port +
           ",\"database\":\"postgres\",\"user\":\"postgres\",\"tls\":\"disable\",\"schema\":\"" + name + "\"" +
           members(options) + "}";
  };
  Ways out;
  SinkWay(plugins, "postgresql", host, config("bare"), load);
  auto sink = std::make_unique<SinkWay>(plugins, "postgresql", host, config("sink"), load);
  sink->works_as(postgresql_worker(folder, std::stoi(port)));
  out.sink.way = std::move(sink);
  out.bare.way = bare_postgresql(folder, std::stoi(port), "bare", load);
  return out;
}

// The databases `sink` and `bare` are there.
Ways open_mariadb(const std::string& plugins, const QuietHost& host, Load& load, Options options) {
  const std::string socket = take(options, "socket");
  const auto config = [&](const char* name) {
    return "{\"host\":\"" + socket + "\",\"database\":\"" + name + "\",\"user\":\"root\"" + members(options) + "}";
  };
  Ways out;
  SinkWay(plugins, "mysql", host, config("bare"), load);
  auto sink = std::make_unique<SinkWay>(plugins, "mysql", host, config("sink"), load);
  sink->works_as(mariadb_worker(socket, "sink"));
  out.sink.way = std::move(sink);
  out.bare.way = bare_mariadb(socket, "bare", load);
  return out;
}

Ways open(const std::string& engine, const std::string& plugins, const QuietHost& host, Load& load, Options options) {
  if (engine == "sqlite") return open_sqlite(plugins, host, load, std::move(options));
  if (engine == "postgresql") return open_postgresql(plugins, host, load, std::move(options));
  if (engine == "mariadb") return open_mariadb(plugins, host, load, std::move(options));
  throw std::runtime_error("no such engine: " + engine);
}

int measure(const std::string& plugins, const std::string& engine, const std::string& load_name, std::uint64_t mails,
            Options options) {
  const QuietHost host;
  Shape shape = shape_of(load_name);
  const std::string which = take(options, "ways", "both");
  shape.writes_per_commit = std::stoul(take(options, "group", std::to_string(shape.writes_per_commit)));
  shape.mails_per_write = std::stoul(take(options, "batch", std::to_string(shape.mails_per_write)));
  Load load(plugins, host, shape, mails);
  Ways ways = open(engine, plugins, host, load, std::move(options));
  const double sink_before = ways.sink.way->server_cpu(), bare_before = ways.bare.way->server_cpu();
  std::uint64_t rows = 0, bytes = 0;
  std::vector<double> resident;
  for (std::size_t number = 0; load.left(); ++number) {
    const Group group = load.next();
    const Batch state = load.state();
    rows += group.rows;
    bytes += group.bytes;
    // ABBA: whoever comes second finds the disk busier.
    Figures* order[] = {&ways.sink, &ways.bare};
    if (number % 4 == 1 || number % 4 == 2) std::swap(order[0], order[1]);
    for (Figures* figures : order) {
      if (which != "both" && figures != (which == "sink" ? &ways.sink : &ways.bare)) continue;
      figures->commit(group, state.view()[0].c_record());
    }
    resident.push_back(resident_mib());
  }
  std::printf("{\"mails\":%llu,\"rows\":%llu,\"bytes\":%llu,", static_cast<unsigned long long>(mails),
              static_cast<unsigned long long>(rows), static_cast<unsigned long long>(bytes));
  ways.sink.print("sink", ways.sink.way->server_cpu() - sink_before);
  ways.bare.print("bare", ways.bare.way->server_cpu() - bare_before);
  print_list("resident_mib", resident);
  std::printf("}\n");
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 5) {
    std::fprintf(stderr, "usage: bench_sinks PLUGIN_DIR ENGINE LOAD MAILS [KEY=VALUE]...\n");
    return 64;
  }
  // Batches of a load are freed to the system, so that what stays resident is the ways'.
  mallopt(M_MMAP_THRESHOLD, 128 * 1024);
  mallopt(M_TRIM_THRESHOLD, 1024 * 1024);
  try {
    Options options;
    for (int i = 5; i < argc; ++i) {
      const std::string option = argv[i];
      const std::size_t at = option.find('=');
      if (at == std::string::npos) throw std::runtime_error("not KEY=VALUE: " + option);
      options[option.substr(0, at)] = option.substr(at + 1);
    }
    return measure(argv[1], argv[2], argv[3], std::stoull(argv[4]), std::move(options));
  } catch (const std::exception& error) {
    std::fprintf(stderr, "bench_sinks: %s\n", error.what());
    return 1;
  }
}
