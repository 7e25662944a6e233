#include "credentials/vault_rekey.hpp"

#include <boost/test/unit_test.hpp>

#include "credential_fixtures.hpp"

BOOST_AUTO_TEST_SUITE(framework_credentials_vault_rekey)
using namespace credential_tests;

struct RekeyFixture {
  TempDirectory directory;
  Environment environment = system_environment();
  VaultOptions options = raw_key_options(directory);

  RekeyFixture() {
    options.scrypt_cost = {14, 8, 1};
    Vault::Created created;
    const std::unique_ptr<Vault> vault = Vault::open_or_create(options, environment, created);
    VaultTransaction transaction = vault->begin();
    transaction.put("me@example.org", Secret("first"));
    transaction.put("you@example.org", Secret("second"));
    transaction.commit();
  }
  [[nodiscard]] std::unique_ptr<Vault> open() const { return Vault::open(options, environment); }
  [[nodiscard]] static std::string both(Vault& vault) {
    const VaultContents contents = vault.read();
    return std::string(contents.find("me@example.org")->plaintext.reveal()) + " " +
           std::string(contents.find("you@example.org")->plaintext.reveal());
  }
  [[nodiscard]] std::string bytes() const { return read_text(options.path); }
  // Where the records begin: behind the header and the one slot.
  [[nodiscard]] std::string record_bytes() const { return bytes().substr(36 + 80, bytes().size() - 36 - 80 - 32); }
};

BOOST_FIXTURE_TEST_CASE(a_passphrase_takes_the_place_of_a_key_file_and_the_records_stay, RekeyFixture) {
  const std::string before = record_bytes();
  RekeyRequest request;
  request.key.passphrase_file = directory / "passphrase";
  write_text(request.key.passphrase_file, "correct horse\n");
  const std::unique_ptr<Vault> vault = open();
  const RekeyResult result = rekey(*vault, request);
  BOOST_TEST((result.key_changed && !result.data_key_changed && !result.key_file_made));
  BOOST_TEST(result.records == 2U);
  BOOST_TEST(result.key_source == "passphrase file " + (directory / "passphrase").string());
  BOOST_TEST(record_bytes() == before);
  BOOST_TEST(both(*vault) == "first second");  // this process goes on
  BOOST_CHECK_THROW(static_cast<void>(open()), VaultWrongKey);
  options.key = request.key;
  BOOST_TEST(both(*open()) == "first second");
  BOOST_TEST(!fs::exists(options.path.string() + ".1"));
}

BOOST_FIXTURE_TEST_CASE(a_new_key_file_is_made_when_it_does_not_exist, RekeyFixture) {
  RekeyRequest request;
  request.key.key_file = directory / "keys/new.key";
  BOOST_TEST(rekey(*open(), request).key_file_made);
  BOOST_CHECK_THROW(static_cast<void>(open()), VaultWrongKey);
  options.key = request.key;
  BOOST_TEST(both(*open()) == "first second");
}

BOOST_FIXTURE_TEST_CASE(the_present_key_file_gets_a_new_key_and_a_running_process_follows, RekeyFixture) {
  const std::unique_ptr<Vault> running = open();
  const std::string old_key = read_text(options.key.key_file);
  const RekeyResult result = rekey(*open(), {});
  BOOST_TEST((result.key_changed && !result.data_key_changed));
  BOOST_TEST(read_text(options.key.key_file) != old_key);
  BOOST_TEST(!fs::exists(options.key.key_file.string() + ".new"));
  BOOST_TEST(both(*running) == "first second");
  BOOST_TEST(both(*open()) == "first second");
  write_text(options.key.key_file, old_key);
  BOOST_CHECK_THROW(static_cast<void>(open()), VaultWrongKey);
}

BOOST_FIXTURE_TEST_CASE(fresh_data_encrypts_every_record_again_under_the_same_key, RekeyFixture) {
  const std::string before = record_bytes();
  RekeyRequest request;
  request.fresh_data_key = true;
  const RekeyResult result = rekey(*open(), request);
  BOOST_TEST((result.data_key_changed && !result.key_changed));
  BOOST_TEST(result.generation == 3U);
  const std::string after = record_bytes();
  BOOST_REQUIRE(after.size() == before.size());
  BOOST_TEST(after.substr(34, 16) != before.substr(34, 16));  // the first record's nonce and ciphertext
  BOOST_TEST(both(*open()) == "first second");
}

BOOST_FIXTURE_TEST_CASE(the_same_key_again_and_a_key_without_a_place_are_refused, RekeyFixture) {
  const std::string before = bytes();
  RekeyRequest request;
  request.key.key_file = options.key.key_file;
  BOOST_CHECK_THROW(static_cast<void>(rekey(*open(), request)), Misconfigured);
  BOOST_TEST(bytes() == before);
  request.key = {};
  request.key.passphrase_file = directory / "passphrase";
  write_text(request.key.passphrase_file, "correct horse");
  static_cast<void>(rekey(*open(), request));
  options.key = request.key;
  BOOST_CHECK_EXCEPTION(static_cast<void>(rekey(*open(), {})), Misconfigured, [](const Misconfigured& error) {
    return std::string(error.what()).find("--new-key-file") != std::string::npos;
  });
}

BOOST_FIXTURE_TEST_CASE(two_typed_passphrases_that_differ_change_nothing, RekeyFixture) {
  const std::string before = bytes();
  RekeyRequest request;
  request.key.ask_passphrase = true;
  int asked = 0;
  request.key.ask = [&](const std::string&) { return Secret("typed " + std::to_string(++asked)); };
  BOOST_CHECK_THROW(static_cast<void>(rekey(*open(), request)), VaultKeyUnusable);
  BOOST_TEST(bytes() == before);
}

// The old or the new key opens it after a stop at any step, and the next rekey cleans up.
BOOST_FIXTURE_TEST_CASE(a_crash_at_any_step_leaves_a_vault_that_opens, RekeyFixture) {
  const std::string vault_before = bytes();
  const std::string key_before = read_text(options.key.key_file);
  for (const bool in_place : {true, false}) {
    RekeyRequest request;
    request.fresh_data_key = !in_place;
    if (!in_place) request.key.key_file = directory / "new.key";
    int stops = 0;
    for (int stop = 1;; ++stop) {
      write_text(options.path, vault_before);
      write_text(options.key.key_file, key_before);
      const int status = in_child([&] {
        int at = 0;
        Environment dying = system_environment();
        dying.checkpoint = [&](const char*) {
          if (++at == stop) ::_exit(10);
        };
        static_cast<void>(rekey(*Vault::open(options, dying), request));
        return 0;
      });
      if (status == 0) break;
      BOOST_REQUIRE(status == 10);
      ++stops;
      VaultOptions found = options;
      try {
        static_cast<void>(Vault::open(found, environment));
      } catch (const VaultWrongKey&) {
        BOOST_REQUIRE(!in_place);
        found.key = request.key;
      }
      const std::unique_ptr<Vault> vault = Vault::open(found, environment);
      BOOST_TEST(both(*vault) == "first second");
      static_cast<void>(vault->begin());
      BOOST_TEST(!fs::exists(options.path.string() + ".1"));
      if (in_place) {
        static_cast<void>(rekey(*vault, {}));
        BOOST_TEST(both(*Vault::open(found, environment)) == "first second");
        BOOST_TEST(bytes().substr(32, 2) == std::string("\0\1", 2));  // one slot again
      }
    }
    BOOST_TEST(stops == (in_place ? 15 : 8));
  }
}

// A vault at the generation before the data key's life ends, made by hand.
BOOST_FIXTURE_TEST_CASE(the_data_key_is_renewed_by_itself_after_many_writes, RekeyFixture) {
  const std::string text = bytes();
  VaultImage image = parse_vault(as_bytes(text), "file");
  const std::optional<Secret> data = unwrap_data_key(image.slots[0], Secret(kRawKey), image.id);
  BOOST_REQUIRE(data);
  image.generation = (1U << 24U) - 2;
  const DataKeys keys = derive_data_keys(data->clone(), image.id);
  write_text(options.path, std::string(as_text(encode_vault(image, keys))));
  const auto touch = [&] {
    const std::unique_ptr<Vault> vault = open();
    VaultTransaction transaction = vault->begin();
    transaction.put("me@example.org", Secret("first"));
    transaction.commit();
  };
  const auto slot = [&] { return bytes().substr(36, 80); };
  const std::string first = slot();
  touch();
  BOOST_TEST(slot() == first);
  touch();
  BOOST_TEST(slot() != first);
  const VaultImage renewed = parse_vault(as_bytes(bytes()), "file");
  BOOST_TEST((!unwrap_data_key(renewed.slots[0], Secret(kRawKey), renewed.id)->equals(*data)));
  BOOST_TEST(both(*open()) == "first second");
}

BOOST_AUTO_TEST_SUITE_END()
