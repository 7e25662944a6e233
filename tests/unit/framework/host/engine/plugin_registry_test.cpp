// Finding and refusing plugins.
#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <fstream>

#include <stdlib.h>

#include "cli/failure.hpp"
#include "engine/plugin_registry.hpp"

namespace engine_test {

using haulier::host::Failed;
using haulier::host::Failure;
using haulier::host::PluginKind;
using haulier::host::PluginRefused;
using haulier::host::PluginRegistry;
namespace fs = std::filesystem;

struct Folder {
  Folder() {
    path = (fs::temp_directory_path() / "haulier-plugins-XXXXXX").string();
    if (!::mkdtemp(path.data())) throw std::runtime_error("mkdtemp");
  }
  ~Folder() {
    std::error_code ignored;
    fs::remove_all(path, ignored);
  }
  static Failure failure(const PluginRegistry& registry, PluginKind kind, const std::string& id) {
    try {
      (void)registry.descriptor(kind, id);
    } catch (const Failed& failed) {
      return failed.failure();
    }
    return {};
  }
  static std::string details(const Failure& failure) {
    std::string out;
    for (const std::string& line : failure.details) out += line + "\n";
    return out;
  }
  static std::string refusal(const std::function<void()>& f) {
    try {
      f();
    } catch (const PluginRefused& refused) {
      return refused.what();
    }
    return {};
  }
  // A copy of a built test plugin under another name.
  void copy(const std::string& from, const std::string& to) const {
    fs::copy_file(fs::path(TEST_PLUGINS) / (from + ".so"), fs::path(path) / to);
  }
  std::string path;
};

BOOST_FIXTURE_TEST_SUITE(engine_plugin_registry, Folder)

BOOST_AUTO_TEST_CASE(a_plugin_is_found_by_its_file_name_and_only_that_file_is_opened) {
  copy("counter", "counter.so");
  std::ofstream(path + "/broken.so") << "no library";
  const PluginRegistry registry({path});
  const auto* found = registry.find(PluginKind::source, "counter");
  BOOST_REQUIRE(found);
  BOOST_TEST(found->version == "1.2.3");
  BOOST_TEST(found->file == path + "/counter.so");
  BOOST_TEST(registry.descriptor(PluginKind::source, "counter").id == std::string("counter"));
  BOOST_TEST(registry.find(PluginKind::sink, "counter") == nullptr);
}

BOOST_AUTO_TEST_CASE(listing_opens_everything_and_names_what_is_broken) {
  copy("counter", "counter.so");
  copy("old_abi", "old_abi.so");
  std::ofstream(path + "/broken.so") << "no library";
  std::ofstream(path + "/readme.txt") << "no plugin";
  const PluginRegistry registry({path, path});
  BOOST_REQUIRE(registry.plugins().size() == 1u);
  BOOST_TEST(registry.plugins()[0].id == "counter");
  BOOST_TEST(registry.problems().size() == 2u);
}

BOOST_AUTO_TEST_CASE(a_missing_plugin_tells_what_is_there_and_what_is_near) {
  copy("counter", "counter.so");
  const PluginRegistry registry({path});
  const Failure failure = this->failure(registry, PluginKind::source, "countre");
  BOOST_TEST(haulier::host::to_int(failure.exit_code) == 78);
  BOOST_TEST(failure.what.find("did you mean \"counter\"") != std::string::npos);
  BOOST_TEST(details(failure).find("found: counter") != std::string::npos);
  BOOST_TEST(details(failure).find(path) != std::string::npos);
}

BOOST_AUTO_TEST_CASE(another_major_version_is_refused_in_words) {
  copy("old_abi", "old_abi.so");
  const PluginRegistry registry({path});
  const std::string words = details(failure(registry, PluginKind::source, "old_abi"));
  BOOST_TEST(words.find("plugin interface 999.0") != std::string::npos);
  BOOST_TEST(words.find("rebuild the plugin") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_file_or_folder_that_anybody_may_write_to_is_refused) {
  copy("counter", "counter.so");
  fs::permissions(path + "/counter.so", fs::perms::others_write, fs::perm_options::add);
  const std::string words = details(failure(PluginRegistry({path}), PluginKind::source, "counter"));
  BOOST_TEST(words.find("anybody may write") != std::string::npos);
  fs::permissions(path + "/counter.so", fs::perms::others_write, fs::perm_options::remove);
  fs::permissions(path, fs::perms::others_write, fs::perm_options::add);
  BOOST_TEST(details(failure(PluginRegistry({path}), PluginKind::source, "counter")).find("anybody may write") !=
             std::string::npos);
  fs::permissions(path, fs::perms::others_write, fs::perm_options::remove);
  BOOST_TEST(PluginRegistry({path}).find(PluginKind::source, "counter") != nullptr);
}

BOOST_AUTO_TEST_CASE(entries_and_descriptors_that_do_not_fit_are_refused) {
  using haulier::host::check_descriptor;
  using haulier::host::check_entry;
  haulier_descriptor good{sizeof(haulier_descriptor),
                          HAULIER_SINK,
                          "good",
                          "1",
                          "does",
                          "{}",
                          [](const haulier_host*, haulier_str, haulier_instance**, haulier_error*) { return 0; }};
  const haulier_descriptor* list[] = {&good};
  const haulier_plugin_entry entry{
      HAULIER_ABI_MAGIC, HAULIER_ABI_MAJOR, HAULIER_ABI_MINOR, sizeof(haulier_plugin_entry), 1, list};
  BOOST_TEST(refusal([&] { check_entry(entry); }).empty());
  BOOST_TEST(refusal([&] { check_descriptor(good); }).empty());

  auto newer = entry;
  newer.abi_minor = HAULIER_ABI_MINOR + 7;
  newer.struct_size += 64;
  BOOST_TEST(refusal([&] { check_entry(newer); }).empty());
  auto other = entry;
  other.magic = 1;
  BOOST_TEST(!refusal([&] { check_entry(other); }).empty());
  other = entry;
  other.struct_size = 8;
  BOOST_TEST(!refusal([&] { check_entry(other); }).empty());
  other = entry;
  other.n_descriptors = 0;
  BOOST_TEST(!refusal([&] { check_entry(other); }).empty());

  auto bad = good;
  bad.struct_size = 8;
  BOOST_TEST(!refusal([&] { check_descriptor(bad); }).empty());
  bad = good;
  bad.id = "Bad-Id";
  BOOST_TEST(!refusal([&] { check_descriptor(bad); }).empty());
  bad = good;
  bad.kind = 9;
  BOOST_TEST(!refusal([&] { check_descriptor(bad); }).empty());
  bad = good;
  bad.create = nullptr;
  BOOST_TEST(!refusal([&] { check_descriptor(bad); }).empty());
}

BOOST_AUTO_TEST_CASE(the_search_path_is_options_then_environment_then_beside_the_program) {
  fs::create_directories(path + "/bin/plugins-out");
  fs::create_directories(path + "/lib/haulier/plugins");
  fs::create_directories(path + "/env");
  const auto found =
      haulier::host::plugin_search_path({"given"}, (path + "/env:" + path + "/nothing").c_str(), path + "/bin/haulier");
  const std::string real = fs::canonical(path).string();
  const std::vector<std::string> wanted{"given", real + "/env", real + "/bin/plugins-out",
                                        real + "/lib/haulier/plugins"};
  BOOST_TEST(found == wanted, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace engine_test
