#include "config/pipeline_config.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "config/fake_catalog.hpp"
#include "config/yaml_document.hpp"

namespace haulier::host::pipeline_config_test {

namespace data = boost::unit_test::data;
namespace fs = std::filesystem;

const fs::path kData = fs::path(HAULIER_SOURCE_DIR) / "tests/data/yaml";

std::string read_file(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::vector<std::string> invalid_names() {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(kData / "invalid")) {
    if (entry.path().extension() == ".yaml") names.push_back(entry.path().stem());
  }
  std::sort(names.begin(), names.end());
  return names;
}

PipelineOptions test_options() {
  PipelineOptions options;
  options.sources.env = [](const char* name) -> const char* {
    return std::string_view(name) == "LETTERS_PASSWORD" ? "correct horse" : nullptr;
  };
  options.sources.file = [](const std::string& path) { return Lookup{std::nullopt, "cannot read the file " + path}; };
  return options;
}

PipelineConfig load(const std::string& text, const PipelineOptions& options = test_options()) {
  PipelineConfig config = read_pipeline(parse_yaml(text, "t.yaml"), "t.yaml", options);
  check_plugins(config, testing::FakeCatalog());
  return config;
}

std::string faults_of(const std::string& text, const PipelineOptions& options = test_options()) {
  try {
    (void)load(text, options);
  } catch (const ConfigError& error) {
    return std::string(error.what()) + "\n";
  }
  return "no fault\n";
}

BOOST_AUTO_TEST_SUITE(framework_host_config_pipeline_config)

// tests/data/yaml/invalid/NAME.yaml and, beside it, every fault that must be told.
BOOST_DATA_TEST_CASE(every_fault_has_its_words_and_its_place, data::make(invalid_names()), name) {
  const std::string expected = read_file(kData / "invalid" / (name + ".expected"));
  BOOST_TEST(!expected.empty());
  BOOST_TEST(faults_of(read_file(kData / "invalid" / (name + ".yaml"))) == expected);
}

BOOST_AUTO_TEST_CASE(a_small_file_gets_every_default) {
  const PipelineConfig config = load(read_file(kData / "valid/small.yaml"));
  BOOST_TEST(config.name == "small");
  BOOST_TEST(config.limits.memory_bytes == 64 << 20);
  BOOST_TEST(config.limits.spill_bytes == 1 << 20);
  BOOST_TEST(config.limits.workers == 0);
  BOOST_TEST(config.limits.queue_batches == 4);
  BOOST_TEST((config.on_error == OnError::quarantine));
  BOOST_TEST((config.if_locked == IfLocked::fail));
  BOOST_TEST(config.retry.attempts == 8);
  BOOST_TEST(config.retry.backoff.max_wait_ms == 300'000);
  BOOST_TEST(config.audit.required);
  BOOST_TEST(!config.audit.file.has_value());
  BOOST_TEST(!config.vault.file.has_value());
  BOOST_TEST(config.transforms.empty());
  BOOST_TEST(config.source.checked.json ==
             R"({"host":"imap.example.org","port":993,"folders":["INBOX"],"timeout":30000,)"
             R"("batch":{"messages":200,"bytes":8388608}})");
}

BOOST_AUTO_TEST_CASE(a_full_file_is_read_completely) {
  const PipelineConfig config = load(read_file(kData / "valid/full.yaml"));
  BOOST_TEST(config.limits.memory_bytes == 32 << 20);
  BOOST_TEST(config.limits.workers == 3);
  BOOST_TEST(config.limits.spill_directory.value() == "/var/tmp");
  BOOST_TEST((config.on_error == OnError::stop));
  BOOST_TEST(config.quarantine_keep_raw);
  BOOST_TEST(config.state_directory.value() == "state");
  BOOST_TEST((config.if_locked == IfLocked::skip));
  BOOST_TEST(config.retry.backoff.first_wait_ms == 250);
  BOOST_TEST(config.retry.give_up_after_ms == 3'600'000);
  BOOST_TEST(config.report_file.value() == "report.json");
  BOOST_TEST(config.audit.file.value() == "audit.jsonl");
  BOOST_TEST(!config.audit.required);
  BOOST_TEST((config.audit.sync == AuditSync::commit));
  BOOST_TEST(config.vault.key_env.value() == "VAULT_KEY");
  BOOST_TEST(config.transforms.size() == 2u);
  BOOST_TEST(config.transforms.at(1).path == "transforms.1.polish");
  BOOST_TEST(config.transforms.at(0).checked.json == R"({"level":1})");
  BOOST_TEST(config.sinks.at(0).checked.json == R"({"path":"mail.db","strict":false,"mode":"safe"})");
  BOOST_TEST(config.source.checked.json ==
             R"({"host":"imap.example.org","port":1993,"folders":["INBOX","no","012","已发送"],"timeout":5400000,)"
             R"("batch":{"messages":1000,"bytes":8388608},"auth":{"password":"correct horse"}})");
}

BOOST_AUTO_TEST_CASE(a_json_pointer_of_a_plugin_leads_back_to_the_file) {
  const PipelineConfig config = load(read_file(kData / "valid/full.yaml"));
  const PlaceMap& places = config.source.checked.places;
  BOOST_TEST(places.find("/folders/3").line == 7);
  BOOST_TEST(places.find("/batch/bytes").line == 8);
  BOOST_TEST(places.find("/batch/no_such_key").line == 8);
  BOOST_TEST(places.find("").line == 5);
}

BOOST_AUTO_TEST_CASE(secret_values_are_collected_for_redaction) {
  const PipelineConfig config = load(read_file(kData / "valid/full.yaml"));
  BOOST_TEST(std::count(config.secrets.begin(), config.secrets.end(), "correct horse") == 1);
}

BOOST_AUTO_TEST_CASE(credentials_are_looked_up_in_the_vault_that_the_file_names) {
  PipelineOptions options = test_options();
  int opened = 0;
  options.open_credentials = [&](const VaultConfig& vault) {
    ++opened;
    BOOST_TEST(vault.file.value() == "my.vault");
    return [](const std::string& name) {
      return name == "me" ? Lookup{"pass", {}} : Lookup{std::nullopt, "no credential " + name};
    };
  };
  const std::string start = "haulier: 1\nname: a\nsinks: [{box: {path: x}}]\nauth: {vault: {file: my.vault}}\n";
  const std::string end = "source: {letters: {host: a, auth: {password: \"${credential:me}\"}}}\n";
  const PipelineConfig config = load(start + end, options);
  BOOST_TEST(config.source.checked.json.find(R"("password":"pass")") != std::string::npos);
  BOOST_TEST(faults_of(start + "source: {letters: {host: \"${credential:you}\"}}\n", options) ==
             "t.yaml:5:26: no credential you\n");
  (void)load(start + "source: {letters: {host: a}}\n", options);
  BOOST_TEST(opened == 2);
}

BOOST_AUTO_TEST_CASE(the_vault_has_one_way_to_its_key_and_a_time_to_warn) {
  const std::string start = "haulier: 1\nname: a\nsinks: [{box: {path: x}}]\nsource: {letters: {host: a}}\n";
  BOOST_TEST(load(start).vault.expiry_warning_ms == 7 * 86'400'000);
  const VaultConfig vault =
      load(start + "auth: {expiry_warning: 14d, vault: {key_command: [pass, show, vault]}}\n").vault;
  BOOST_TEST(vault.expiry_warning_ms == 14 * 86'400'000);
  BOOST_TEST(vault.key_command == (std::vector<std::string>{"pass", "show", "vault"}),
             boost::test_tools::per_element());
  BOOST_TEST(load(start + "auth: {vault: {key_credential: haulier}}\n").vault.key_credential.value() == "haulier");
  BOOST_TEST(faults_of(start + "auth: {vault: {key_credential: a, passphrase_file: b}}\n") ==
             "t.yaml:5:35: a second way to the vault's key; keep one\n");
}

BOOST_AUTO_TEST_CASE(a_second_sink_of_a_kind_has_a_name) {
  const std::string start = "haulier: 1\nname: a\nsource: {letters: {host: a}}\nsinks:\n  - box: {path: x}\n";
  const PipelineConfig config =
      load(start + "  - {name: archive, box: {path: y}}\n  - box: {path: z}\n    name: third\n");
  BOOST_REQUIRE(config.sinks.size() == 3u);
  BOOST_TEST(config.sinks[0].label() == "box");
  BOOST_TEST(config.sinks[1].label() == "archive");
  BOOST_TEST(config.sinks[1].id == "box");
  BOOST_TEST(config.sinks[1].path == "sinks.1.box");
  BOOST_TEST(config.sinks[2].label() == "third");
  BOOST_TEST(faults_of(start + "  - box: {path: y}\n") ==
             "t.yaml:6:5: a second sink \"box\"; write \"name: ...\" beside \"box:\" to tell them apart\n");
  BOOST_TEST(faults_of(start + "  - {box: {path: y}, name: box}\n").find("a second sink \"box\"") != std::string::npos);
  BOOST_TEST(faults_of(start + "  - name: b\n") == "t.yaml:6:5: a name without a sink\n");
  BOOST_TEST(faults_of(start + "  - {box: {path: y}, crate: {}}\n") ==
             "t.yaml:6:22: a second plugin in one entry; begin a new one with \"- crate:\"\n");
  BOOST_TEST(faults_of(start + "  - {box: {path: y}, name: No}\n").find("\"name\"") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(overrides_are_checked_like_the_file) {
  PipelineOptions options = test_options();
  options.overrides = {"source.letters.port=1143", "sinks.0.box.path=b.db", "limits.memory=2MiB"};
  const std::string text = read_file(kData / "valid/small.yaml");
  const PipelineConfig config = load(text, options);
  BOOST_TEST(config.limits.memory_bytes == 2 << 20);
  BOOST_TEST(config.source.checked.json.find("\"port\":1143") != std::string::npos);
  BOOST_TEST(config.sinks.at(0).checked.json.find("b.db") != std::string::npos);
  options.overrides = {"limits.memory=lots"};
  BOOST_TEST(faults_of(text, options) ==
             "--set limits.memory: \"memory\" must be a size in bytes, not \"lots\"; write for example 8MiB\n");
}

BOOST_AUTO_TEST_CASE(a_deprecated_key_is_a_warning) {
  const std::string text = "haulier: 1\nname: a\nsource: {letters: {host: a, old: b}}\nsinks: [{box: {path: x}}]\n";
  const PipelineConfig config = load(text);
  BOOST_TEST(config.warnings.size() == 1u);
  BOOST_TEST(config.warnings.at(0).text() == "t.yaml:3:34: \"old\" is deprecated: use host");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace haulier::host::pipeline_config_test
