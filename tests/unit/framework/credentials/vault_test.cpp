#include <boost/test/unit_test.hpp>

#include "credential_fixtures.hpp"
#include "credentials/bytes.hpp"
#include "credentials/key_command.hpp"

BOOST_AUTO_TEST_SUITE(framework_credentials_vault)
using namespace credential_tests;

static void put(Vault& vault, const std::string& name, const std::string& text) {
  VaultTransaction transaction = vault.begin();
  transaction.put(name, Secret(text));
  transaction.commit();
}

static std::string get(Vault& vault, const std::string& name) {
  const std::optional<VaultRecord> record = vault.read().find(name);
  return record ? std::string(record->plaintext.reveal()) : "(none)";
}

struct VaultFixture {
  TempDirectory directory;
  Environment environment = system_environment();
  VaultOptions options = raw_key_options(directory);
  std::string file = options.path.string();

  std::unique_ptr<Vault> make(const std::string& text = "first") {
    Vault::Created created;
    std::unique_ptr<Vault> vault = Vault::open_or_create(options, environment, created);
    put(*vault, "me@example.org", text);
    return vault;
  }
  void open() const { static_cast<void>(Vault::open(options, environment)); }

  template <class Error>
  void refuses(int code, const std::string& words) const {
    BOOST_CHECK_EXCEPTION(open(), Error, [&](const Error& error) {
      BOOST_TEST(error.what() == words);
      BOOST_TEST(error.exit_code() == code);
      return true;
    });
  }
};

BOOST_FIXTURE_TEST_CASE(record_is_read_back_by_another_process_with_the_key, VaultFixture) {
  make("first");
  put(*Vault::open(options, environment), "other", "second");
  const std::unique_ptr<Vault> again = Vault::open(options, environment);
  BOOST_TEST(get(*again, "me@example.org") == "first");
  BOOST_TEST(get(*again, "other") == "second");
  BOOST_TEST(read_text(file).find("first") == std::string::npos);
  BOOST_TEST(again->read().generation() == 3U);
}

// The layout of auth.md section 3, byte by byte: another program must be able to read it.
BOOST_FIXTURE_TEST_CASE(layout_is_as_written_down, VaultFixture) {
  make(std::string(256, 'x'));
  const std::string bytes = read_text(file);
  BOOST_TEST(bytes.substr(0, 8) == std::string("HLRVLT\0\1", 8));
  BOOST_TEST(bytes.substr(24, 8) == std::string("\0\0\0\0\0\0\0\2", 8));  // generation
  BOOST_TEST(bytes.substr(32, 4) == std::string("\0\1\0\1", 4));          // one slot, one record
  BOOST_TEST(bytes.substr(36, 4) == std::string("\2\0\0\0", 4));          // raw key
  BOOST_TEST(bytes.substr(116, 16) == std::string("\0\16me@example.org", 16));
  BOOST_TEST(bytes.size() == 36U + 80U + 2U + 14U + 8U + 8U + 12U + 4U + 256U + 16U + 32U);
}

BOOST_FIXTURE_TEST_CASE(a_flipped_bit_anywhere_is_refused, VaultFixture) {
  make(std::string(256, 'x'));
  const std::string good = read_text(file);
  const FileDescriptor writer(::open(file.c_str(), O_WRONLY | O_CLOEXEC));
  for (std::size_t at = 0; at < good.size(); ++at) {
    for (unsigned bit = 0; bit < 8; ++bit) {
      const char bad = static_cast<char>(static_cast<unsigned char>(good[at]) ^ (1U << bit));
      BOOST_REQUIRE(::pwrite(writer.get(), &bad, 1, static_cast<off_t>(at)) == 1);
      BOOST_REQUIRE_THROW(open(), VaultError);
    }
    BOOST_REQUIRE(::pwrite(writer.get(), &good[at], 1, static_cast<off_t>(at)) == 1);
  }
  BOOST_CHECK_NO_THROW(open());
}

BOOST_FIXTURE_TEST_CASE(truncation_at_any_length_is_refused, VaultFixture) {
  make(std::string(256, 'x'));
  const std::string good = read_text(file);
  for (std::size_t length = good.size(); length-- > 0;) {
    BOOST_REQUIRE(::truncate(file.c_str(), static_cast<off_t>(length)) == 0);
    BOOST_REQUIRE_THROW(open(), VaultCutOff);
  }
  write_text(file, good + "x");
  BOOST_CHECK_THROW(open(), VaultDamaged);
}

BOOST_FIXTURE_TEST_CASE(a_record_moved_to_another_account_does_not_open, VaultFixture) {
  const std::unique_ptr<Vault> vault = make("first");
  put(*vault, "me@example.com", "second");
  std::string bytes = read_text(file);
  const std::size_t org = bytes.find("me@example.org");
  bytes.replace(org, 14, "me@example.net");
  write_text(file, bytes);
  refuses<VaultDamaged>(77,
                        "vault: " + file +
                            " was changed or damaged after it was written (record \"me@example.net\"). Do not use "
                            "it; restore a backup, or revoke the tokens at the provider and sign in again into a new "
                            "vault: haulier auth login ACCOUNT");
}

BOOST_FIXTURE_TEST_CASE(missing_file_is_said, VaultFixture) {
  refuses<VaultMissing>(
      77, "vault: " + file + " does not exist. Create it with: haulier auth login ACCOUNT --vault " + file);
}

BOOST_FIXTURE_TEST_CASE(short_file_is_said_with_sizes, VaultFixture) {
  make();
  write_text(file, read_text(file).substr(0, 100));
  refuses<VaultCutOff>(77,
                       "vault: " + file +
                           " is cut off (100 bytes, at least 148 expected). Restore a backup, or make a new vault and "
                           "sign in again: haulier auth login ACCOUNT");
}

BOOST_FIXTURE_TEST_CASE(foreign_file_is_said, VaultFixture) {
  write_text(file, std::string(500, 'z'));
  refuses<NotAVault>(78, "vault: " + file + " is not a token vault");
}

BOOST_FIXTURE_TEST_CASE(newer_format_is_said, VaultFixture) {
  make();
  std::string bytes = read_text(file);
  bytes[7] = 9;
  write_text(file, bytes);
  refuses<VaultNewerFormat>(78, "vault: " + file + " has format 9; this program reads up to 1. Use a newer program");
}

BOOST_FIXTURE_TEST_CASE(wrong_key_is_said_and_changes_nothing, VaultFixture) {
  make();
  const std::string before = read_text(file);
  write_text(directory / "vault.key", std::string(32, 'w'));
  refuses<VaultWrongKey>(78, "vault: the key from key file " + (directory / "vault.key").string() + " does not open " +
                                 file + " (wrong key or passphrase, or a damaged key slot). Nothing was changed");
  BOOST_TEST(read_text(file) == before);
}

BOOST_FIXTURE_TEST_CASE(readable_by_others_is_said, VaultFixture) {
  make();
  ::chmod(file.c_str(), 0644);
  refuses<VaultMode>(78, "vault: " + file + " has mode 0644; others can read it. Run: chmod 600 " + file);
}

BOOST_FIXTURE_TEST_CASE(foreign_owner_is_said, VaultFixture) {
  make();
  if (::geteuid() != 0 || ::chown(file.c_str(), 12345, 12345) != 0) return;  // only root can give a file away
  refuses<VaultOwner>(78, "vault: " + file + " belongs to uid 12345, this process runs as uid 0");
}

BOOST_FIXTURE_TEST_CASE(a_second_name_or_a_link_is_refused, VaultFixture) {
  make();
  fs::create_hard_link(file, directory / "second");
  BOOST_CHECK_THROW(open(), VaultPlace);
  fs::remove(directory / "second");
  fs::rename(file, directory / "elsewhere");
  fs::create_symlink(directory / "elsewhere", file);
  BOOST_CHECK_THROW(open(), VaultPlace);
}

BOOST_FIXTURE_TEST_CASE(a_directory_open_to_all_is_refused, VaultFixture) {
  make();
  ::chmod(options.path.parent_path().c_str(), 0777);
  BOOST_CHECK_THROW(open(), VaultPlace);
}

BOOST_FIXTURE_TEST_CASE(malformed_key_is_said, VaultFixture) {
  make();
  write_text(directory / "vault.key", "too short\n");
  refuses<VaultKeyMalformed>(78,
                             "vault: the key in key file " + (directory / "vault.key").string() +
                                 " has 10 bytes; 32 bytes (or 64 hex digits) are needed. Make one with: openssl rand "
                                 "-out FILE 32");
}

BOOST_FIXTURE_TEST_CASE(no_key_is_said, VaultFixture) {
  make();
  options.key = {};
  options.key.default_key_file = directory / "absent.key";
  refuses<VaultNoKey>(78,
                      "vault: no key is set. Set one of auth.vault.key_credential, key_file, key_env, passphrase_file");
}

BOOST_FIXTURE_TEST_CASE(two_key_sources_are_refused, VaultFixture) {
  make();
  options.key.key_env = "SOME_KEY";
  BOOST_CHECK_THROW(open(), VaultKeyUnusable);
}

BOOST_FIXTURE_TEST_CASE(a_held_lock_is_said_with_its_holder, VaultFixture) {
  const std::unique_ptr<Vault> vault = make();
  TestClock clock;
  const VaultTransaction holder = vault->begin();
  environment = clock.environment();
  BOOST_CHECK_EXCEPTION(open(), VaultLocked, [&](const VaultLocked& error) {
    const std::string words = error.what();
    BOOST_TEST(
        words.starts_with("vault: " + file + " is locked by process " + std::to_string(::getpid()) + " since 2"));
    BOOST_TEST(error.exit_code() == 75);
    return true;
  });
}

BOOST_FIXTURE_TEST_CASE(waiting_for_the_lock_ends_when_cancelled, VaultFixture) {
  const std::unique_ptr<Vault> vault = make();
  const VaultTransaction holder = vault->begin();
  environment.cancelled = [] { return true; };
  BOOST_CHECK_THROW(open(), TryAgainLater);
}

// A restored backup must open, or nobody could follow the advice of the other messages.
BOOST_FIXTURE_TEST_CASE(an_old_copy_put_back_is_said_to_this_process_and_to_the_next, VaultFixture) {
  options.key.key_file = directory / "elsewhere/vault.key";
  fs::create_directory(directory / "elsewhere");
  write_text(options.key.key_file, kRawKey);
  std::vector<std::string> warned;
  options.warn = [&](const std::string& words) { warned.push_back(words); };
  const std::unique_ptr<Vault> vault = make("old");
  const std::string old = read_text(file);
  put(*vault, "me@example.org", "newer");
  write_text(file, old);
  BOOST_TEST(get(*vault, "me@example.org") == "old");
  BOOST_TEST(get(*vault, "me@example.org") == "old");  // said once, not at every use
  const std::string words =
      "vault: " + file + " has generation 2, but 3 was seen before: an old copy was put back. Sign-in may be needed";
  BOOST_TEST(warned == std::vector<std::string>{words}, boost::test_tools::per_element());
  BOOST_TEST(get(*Vault::open(options, environment), "me@example.org") == "old");
  BOOST_REQUIRE(warned.size() == 2U);
  BOOST_TEST(warned[1] == words);
  // The next write goes above everything seen, so no version means two things, and the matter is settled.
  put(*vault, "me@example.org", "again");
  BOOST_TEST(Vault::open(options, environment)->read().generation() == 4U);
  BOOST_TEST(warned.size() == 2U);
}

BOOST_FIXTURE_TEST_CASE(a_vault_that_was_made_anew_starts_counting_again_without_a_word, VaultFixture) {
  std::vector<std::string> warned;
  options.warn = [&](const std::string& words) {
    if (words.find("generation") != std::string::npos) warned.push_back(words);
  };
  for (int i = 0; i < 3; ++i) {
    make();
    BOOST_REQUIRE(fs::remove(file));
  }
  BOOST_TEST(warned.empty());
}

BOOST_FIXTURE_TEST_CASE(a_key_beside_the_vault_is_warned_of, VaultFixture) {
  std::vector<std::string> warned;
  options.warn = [&](const std::string& words) { warned.push_back(words); };
  make();
  BOOST_REQUIRE(warned.size() == 1U);
  BOOST_TEST(warned[0] == "vault: the key " + options.key.key_file.string() + " lies in the same folder as " + file +
                              ": who copies the folder can read the sign-ins. Keep the key elsewhere");
}

BOOST_FIXTURE_TEST_CASE(a_changed_header_is_said, VaultFixture) {
  make();
  std::string bytes = read_text(file);
  bytes[31] = 9;  // the generation
  write_text(file, bytes);
  refuses<VaultDamaged>(
      77, "vault: " + file +
              " was changed or damaged after it was written (its header, list of records or checksum). Do "
              "not use it; restore a backup, or revoke the tokens at the provider and sign in again into "
              "a new vault: haulier auth login ACCOUNT");
}

BOOST_FIXTURE_TEST_CASE(an_unwritable_place_is_local_io_and_keeps_the_old_file, VaultFixture) {
  const std::unique_ptr<Vault> vault = make("first");
  fs::create_directory(directory / "tokens.vault.new");  // the place of the temporary file is taken
  BOOST_CHECK_EXCEPTION(put(*vault, "me@example.org", "second"), VaultStorageFailure,
                        [](const VaultStorageFailure& error) { return error.exit_code() == 74; });
  BOOST_TEST(get(*vault, "me@example.org") == "first");
}

BOOST_FIXTURE_TEST_CASE(a_crash_at_any_step_of_a_write_leaves_the_old_or_the_new_vault, VaultFixture) {
  make("old");
  int steps = 0;
  std::map<int, std::string> step_of;
  environment.checkpoint = [&](const char* step) { step_of[++steps] = step; };
  put(*Vault::open(options, environment), "me@example.org", "old");
  BOOST_REQUIRE(steps == 7);
  for (int stop = 1; stop <= steps; ++stop) {
    const int status = in_child([&] {
      int at = 0;
      Environment dying = system_environment();
      dying.checkpoint = [&](const char* step) {
        if (++at == stop)
          ::_exit(std::string(step) == "vault.renamed" || std::string(step) == "vault.directory_synced" ? 11 : 10);
      };
      put(*Vault::open(options, dying), "me@example.org", "new" + std::to_string(stop));
      return 0;
    });
    const std::unique_ptr<Vault> vault = Vault::open(options, system_environment());
    BOOST_REQUIRE(status == 10 || status == 11);
    BOOST_TEST(get(*vault, "me@example.org") == (status == 11 ? "new" + std::to_string(stop) : "old"));
    // Once its last byte was written, the next exclusive user finishes what was cut off.
    const bool whole = status == 11 || step_of[stop] == "vault.temp_written" || step_of[stop] == "vault.temp_synced";
    static_cast<void>(vault->begin());
    BOOST_TEST(get(*vault, "me@example.org") == (whole ? "new" + std::to_string(stop) : "old"));
    BOOST_TEST(fs::exists(file + ".new") == (step_of[stop] == "vault.temp_created"));
    put(*vault, "me@example.org", "old");  // and the next write works over what the crash left
  }
}

BOOST_FIXTURE_TEST_CASE(a_rest_of_another_vault_or_of_half_a_write_is_never_put_in_place, VaultFixture) {
  const std::unique_ptr<Vault> vault = make("mine");
  const std::string mine = read_text(file);
  put(*vault, "me@example.org", "newer");
  const std::string newer = read_text(file);
  VaultOptions other = options;
  other.path = directory / "other.vault";
  Vault::Created created;
  const std::unique_ptr<Vault> foreign = Vault::open_or_create(other, environment, created);
  for (int i = 0; i < 9; ++i) put(*foreign, "me@example.org", "foreign");
  for (const std::string& rest :
       {newer.substr(0, newer.size() - 1), std::string(), mine, read_text(other.path), std::string(9000, 'x')}) {
    write_text(file, newer);
    write_text(file + ".new", rest);
    static_cast<void>(vault->begin());
    BOOST_TEST(read_text(file) == newer);
  }
}

BOOST_FIXTURE_TEST_CASE(writers_in_many_processes_lose_nothing, VaultFixture) {
  make();
  std::vector<pid_t> children;
  for (int child = 0; child < 4; ++child) {
    const pid_t pid = ::fork();
    if (pid == 0) {
      for (int i = 0; i < 10; ++i) put(*Vault::open(options, environment), "a" + std::to_string(child * 10 + i), "x");
      ::_exit(0);
    }
    children.push_back(pid);
  }
  for (const pid_t pid : children) ::waitpid(pid, nullptr, 0);
  BOOST_TEST(Vault::open(options, environment)->read().names().size() == 41U);
}

BOOST_FIXTURE_TEST_CASE(passphrase_opens_what_it_made_and_another_does_not, VaultFixture) {
  options.key = {};
  options.key.passphrase_file = directory / "passphrase";
  options.scrypt_cost = {14, 8, 1};
  write_text(options.key.passphrase_file, "correct horse\n");
  make("first");
  BOOST_TEST(get(*Vault::open(options, environment), "me@example.org") == "first");
  write_text(options.key.passphrase_file, "battery staple\n");
  BOOST_CHECK_THROW(open(), VaultWrongKey);
}

BOOST_FIXTURE_TEST_CASE(a_typed_passphrase_is_asked_twice_when_the_vault_is_made, VaultFixture) {
  options.key = {};
  options.key.ask_passphrase = true;
  options.scrypt_cost = {14, 8, 1};
  int asked = 0;
  options.key.ask = [&](const std::string&) { return Secret(++asked == 2 ? "typo" : "right"); };
  BOOST_CHECK_THROW(make(), VaultKeyUnusable);
  BOOST_TEST(!fs::exists(file));
  asked = 10;
  make();
  BOOST_TEST(asked == 12);
  open();
  BOOST_TEST(asked == 13);
}

BOOST_FIXTURE_TEST_CASE(default_key_file_is_made_once_with_the_vault, VaultFixture) {
  options.key = {};
  options.key.default_key_file = directory / "config/haulier/vault.key";
  options.path = directory / "data/haulier/tokens.vault";
  Vault::Created created;
  static_cast<void>(Vault::open_or_create(options, environment, created));
  BOOST_TEST((created.vault && created.key_file));
  struct stat status {};
  BOOST_REQUIRE(::stat(options.key.default_key_file.c_str(), &status) == 0);
  BOOST_TEST((status.st_mode & 07777U) == 0600U);
  BOOST_TEST(status.st_size == 32);
  const std::string key = read_text(options.key.default_key_file);
  static_cast<void>(Vault::open_or_create(options, environment, created));
  BOOST_TEST((!created.vault && !created.key_file));
  BOOST_TEST(read_text(options.key.default_key_file) == key);
}

BOOST_FIXTURE_TEST_CASE(key_from_environment_is_wiped_after_reading, VaultFixture) {
  ::setenv("HAULIER_TEST_VAULT_KEY", "00112233445566778899aabbccddeeff00112233445566778899AABBCCDDEEFF", 1);
  options.key = {};
  options.key.key_env = "HAULIER_TEST_VAULT_KEY";
  const char* place = ::getenv("HAULIER_TEST_VAULT_KEY");
  const VaultKey key = load_key(options.key, KeyPurpose::open);
  BOOST_TEST(key.secret.size() == 32U);
  BOOST_TEST(place[0] == '\0');
  BOOST_TEST((::getenv("HAULIER_TEST_VAULT_KEY") == nullptr));
}

BOOST_FIXTURE_TEST_CASE(key_from_a_systemd_credential, VaultFixture) {
  options.key = {};
  options.key.key_credential = "vault-key";
  write_text(directory / "vault-key", kRawKey, 0440);
  options.key.environment = [&](const std::string& name) -> std::optional<std::string> {
    return name == "CREDENTIALS_DIRECTORY" ? std::optional<std::string>((directory / "").string()) : std::nullopt;
  };
  BOOST_TEST(load_key(options.key, KeyPurpose::open).secret.reveal() == kRawKey);
  options.key.key_credential = "../vault-key";
  BOOST_CHECK_THROW(static_cast<void>(load_key(options.key, KeyPurpose::open)), VaultKeyUnusable);
}

BOOST_AUTO_TEST_CASE(key_command_is_run_without_a_shell_and_within_its_time) {
  BOOST_TEST(run_key_command({"printf", "%s", "$HOME;x"}).reveal() == "$HOME;x");
  BOOST_CHECK_THROW(static_cast<void>(run_key_command({"false"})), VaultKeyUnusable);
  BOOST_CHECK_THROW(static_cast<void>(run_key_command({"haulier-no-such-program"})), VaultKeyUnusable);
  BOOST_CHECK_THROW(static_cast<void>(run_key_command({"sleep", "60"}, std::chrono::milliseconds{50})),
                    VaultKeyUnusable);
  BOOST_CHECK_THROW(static_cast<void>(run_key_command({"head", "-c", "10000", "/dev/zero"})), VaultKeyUnusable);
}

BOOST_AUTO_TEST_CASE(defaults_follow_the_xdg_directories) {
  std::map<std::string, std::string> variables{{"HOME", "/home/me"}};
  const EnvironmentLookup lookup = [&](const std::string& name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    return found == variables.end() ? std::nullopt : std::optional<std::string>(found->second);
  };
  BOOST_TEST(default_vault_options(lookup).path == "/home/me/.local/share/haulier/tokens.vault");
  BOOST_TEST(default_vault_options(lookup).key.default_key_file == "/home/me/.config/haulier/vault.key");
  variables["XDG_DATA_HOME"] = "/data";
  variables["XDG_CONFIG_HOME"] = "relative/is/ignored";
  BOOST_TEST(default_vault_options(lookup).path == "/data/haulier/tokens.vault");
  BOOST_TEST(default_vault_options(lookup).key.default_key_file == "/home/me/.config/haulier/vault.key");
  variables["HAULIER_VAULT"] = "/v";
  variables["HAULIER_VAULT_KEY_FILE"] = "/k";
  BOOST_TEST(default_vault_options(lookup).path == "/v");
  BOOST_TEST(default_vault_options(lookup).key.key_file == "/k");
}

BOOST_AUTO_TEST_CASE(scrypt_costs_beyond_the_limits_are_not_tried) {
  BOOST_TEST((ScryptCost{17, 8, 1}.acceptable()));
  BOOST_TEST((ScryptCost{20, 8, 1}.acceptable()));
  BOOST_TEST((!ScryptCost{13, 8, 1}.acceptable()));
  BOOST_TEST((!ScryptCost{21, 8, 1}.acceptable()));
  BOOST_TEST((!ScryptCost{20, 16, 1}.acceptable()));
  BOOST_TEST((!ScryptCost{17, 8, 5}.acceptable()));
}

// RFC 7914 section 12 (N = 1024 is below what a vault accepts, so the function is called directly), RFC 5869 appendix
// A.1 (first 32 bytes of the output).
BOOST_AUTO_TEST_CASE(key_derivations_match_the_published_vectors) {
  const auto hex = [](std::string_view text) { return *from_hex(text); };
  const Secret key(hex("0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b"));
  const Bytes info = hex("f0f1f2f3f4f5f6f7f8f9");
  const Secret okm = hkdf_sha256(key, hex("000102030405060708090a0b0c"), as_text(info));
  BOOST_TEST((okm.equals(Secret(hex("3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf")))));
}

BOOST_AUTO_TEST_SUITE_END()
