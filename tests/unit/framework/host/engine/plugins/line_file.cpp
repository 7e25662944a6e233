// A sink that appends one line per record to a file: for the tests of the commands.
#include <fstream>

#include <haulier/sink.hpp>

namespace {

class LineFile {
 public:
  LineFile(haulier::Config config, haulier::Host) : path_(config.text("path")) {}
  void open(haulier::SchemaView, const haulier::SinkOptions& options) {
    if (!options.inspect) file_.open(path_, std::ios::app);
  }
  void write(haulier::BatchView batch, haulier::Outcomes) {
    for (std::uint64_t i = 0; i < batch.size(); ++i) file_ << batch[i].integer(0).value_or(-1) << "\n";
  }
  void flush() { file_.flush(); }
  void plan(haulier::PlanLines& lines) { lines("{\"statement\":\"append to " + path_ + "\"}"); }

 private:
  std::string path_;
  std::ofstream file_;
};

constexpr char kConfig[] =
    R"({"type":"object","required":["path"],"properties":{"path":{"type":"string","description":"the file"}}})";

}  // namespace

HAULIER_EXPORT(haulier::sink<LineFile>("line_file", "1.0.0", "lines in a file", kConfig));
