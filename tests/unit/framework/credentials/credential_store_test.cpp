#include <boost/test/unit_test.hpp>
#include <thread>

#include "credential_fixtures.hpp"

BOOST_AUTO_TEST_SUITE(framework_credentials_store)
using namespace credential_tests;

static const std::string kMe = "me@example.org";
static const std::string kHost = "imap.example.org";

static std::string token(CredentialStore& store, bool force = false) {
  return std::string(store.access(kMe, kHost, force).secret.reveal());
}

BOOST_FIXTURE_TEST_CASE(a_good_token_is_handed_out_without_asking_anybody, StoreFixture) {
  const auto made = store_with(oauth2_record(clock.unix_seconds, 3600));
  const Access access = made->access(kMe, "IMAP.Example.ORG.", false);
  BOOST_TEST(access.secret.reveal() == "access-0");
  BOOST_TEST(access.user == kMe);
  BOOST_TEST((access.kind == AccessKind::bearer));
  BOOST_TEST(access.expires_at == clock.unix_seconds + 3600);
  BOOST_TEST(server.request_count() == 0U);
}

BOOST_FIXTURE_TEST_CASE(another_host_is_refused_and_gets_nothing, StoreFixture) {
  const auto made = store_with(oauth2_record(clock.unix_seconds, 3600));
  for (int round = 0; round < 2; ++round) {
    for (const char* host : {"imap.evil.example", "xn--imap.example.org", "example.org", ""}) {
      BOOST_CHECK_THROW(static_cast<void>(made->access(kMe, host, false)), Misconfigured);
      BOOST_CHECK_THROW(static_cast<void>(made->access(kMe, host, true)), Misconfigured);
    }
    BOOST_TEST(token(*made) == "access-0");  // and again with the record in memory
  }
  BOOST_TEST(server.request_count() == 0U);
}

BOOST_FIXTURE_TEST_CASE(an_unknown_account_needs_a_sign_in, StoreFixture) {
  const auto made = store();
  BOOST_CHECK_EXCEPTION(
      static_cast<void>(made->access("you@example.org", kHost, false)), SignInNeeded, [](const SignInNeeded& error) {
        return std::string(error.what()).find("haulier auth login you@example.org") != std::string::npos &&
               error.exit_code() == 77;
      });
}

BOOST_FIXTURE_TEST_CASE(an_expiring_token_is_refreshed_once_and_the_rotated_one_kept, StoreFixture) {
  const auto made = store_with(oauth2_record(clock.unix_seconds, 3600));
  clock.advance(3600 - 361);  // the margin of an hour is 360 s
  BOOST_TEST(token(*made) == "access-0");
  clock.advance(2);
  BOOST_TEST(token(*made) == "access-1");
  BOOST_TEST(token(*made) == "access-1");
  BOOST_TEST(server.request_count() == 1U);
  const CredentialRecord record = stored();
  BOOST_TEST(record.refresh_token.reveal() == "refresh-1");
  BOOST_TEST(record.access_token.reveal() == "access-1");
  BOOST_TEST((record.state == RecordState::ok));
  BOOST_TEST(record.scope == "mail");
  BOOST_REQUIRE(audited.size() == 1U);
  BOOST_TEST(audited[0] == "refresh me@example.org ok");
}

BOOST_FIXTURE_TEST_CASE(a_refresh_token_that_is_not_sent_again_is_kept, StoreFixture) {
  options.http = [](const HttpRequest&) {
    return json_response(200, R"({"access_token":"new","token_type":"Bearer","expires_in":3600})");
  };
  const auto made = store_with(oauth2_record(clock.unix_seconds - 4000, 3600));
  BOOST_TEST(token(*made) == "new");
  BOOST_TEST(stored().refresh_token.reveal() == "refresh-0");
}

BOOST_AUTO_TEST_CASE(margin_is_a_minute_or_a_tenth_but_never_more_than_a_fifth) {
  using std::chrono::milliseconds;
  BOOST_TEST((refresh_margin(5) == milliseconds{1000}));
  BOOST_TEST((refresh_margin(100) == milliseconds{20'000}));
  BOOST_TEST((refresh_margin(300) == milliseconds{60'000}));
  BOOST_TEST((refresh_margin(3600) == milliseconds{360'000}));
  BOOST_TEST((refresh_margin(0) == milliseconds{0}));
}

BOOST_FIXTURE_TEST_CASE(tokens_of_five_seconds_are_used_for_four, StoreFixture) {
  options.http = server.exchange(5);
  const auto made = store_with(oauth2_record(clock.unix_seconds, 5));
  int changes = 0;
  std::string last = token(*made);
  for (int second = 0; second < 60; ++second) {
    clock.advance(1);
    const std::string now = token(*made);
    changes += static_cast<int>(now != last);
    last = now;
  }
  BOOST_TEST(changes == 15);
  BOOST_TEST(server.request_count() == 15U);
}

BOOST_FIXTURE_TEST_CASE(a_wall_clock_set_back_does_not_revive_a_token, StoreFixture) {
  const auto made = store_with(oauth2_record(clock.unix_seconds - 4000, 3600));
  BOOST_TEST(token(*made) == "access-1");
  clock.monotonic_ms += 3'500'000;  // an hour later by the clock that counts
  clock.unix_seconds -= 86'400;     // while somebody set the other one back
  BOOST_TEST(token(*made) == "access-2");
  const auto other_process = CredentialStore::open(options);
  clock.unix_seconds -= 86'400;
  BOOST_TEST(token(*other_process) == "access-3");
}

BOOST_FIXTURE_TEST_CASE(a_token_without_expiry_is_used_until_it_is_refused, StoreFixture) {
  CredentialRecord record = oauth2_record(clock.unix_seconds, 0);
  record.expires_at = 0;
  const auto made = store_with(record);
  clock.advance(1'000'000);
  BOOST_TEST(token(*made) == "access-0");
  BOOST_TEST(token(*made, true) == "access-1");
}

BOOST_FIXTURE_TEST_CASE(connections_refused_at_the_same_moment_share_one_forced_refresh, StoreFixture) {
  const auto made = store_with(oauth2_record(clock.unix_seconds, 3600));
  BOOST_TEST(token(*made) == "access-0");
  for (int connection = 0; connection < 4; ++connection) BOOST_TEST(token(*made, true) == "access-1");
  BOOST_TEST(server.request_count() == 1U);
  clock.advance(11);
  BOOST_TEST(token(*made, true) == "access-2");
}

BOOST_FIXTURE_TEST_CASE(a_refused_token_that_another_process_has_replaced_is_not_refreshed_again, StoreFixture) {
  const auto first = store_with(oauth2_record(clock.unix_seconds, 3600));
  const auto second = CredentialStore::open(options);
  BOOST_TEST(token(*first) == "access-0");
  BOOST_TEST(token(*second) == "access-0");
  BOOST_TEST(token(*first, true) == "access-1");
  BOOST_TEST(token(*second, true) == "access-1");
  BOOST_TEST(server.request_count() == 1U);
}

BOOST_FIXTURE_TEST_CASE(twenty_processes_cause_one_refresh, StoreFixture) {
  options.environment = system_environment();
  options.audit = [](const AuditEvent&) {};
  constexpr int kRounds = 5;
  constexpr int kProcesses = 20;
  store_with(oauth2_record(0, 0)).reset();
  for (int round = 1; round <= kRounds; ++round) {
    {
      const auto keeper = CredentialStore::open(options);
      CredentialRecord expired = stored();
      expired.obtained_at = 1;
      expired.expires_at = 2;
      expired.lifetime = 1;
      keeper->save_login(kMe, expired);
    }
    std::vector<pid_t> children;
    for (int i = 0; i < kProcesses; ++i) {
      const pid_t child = ::fork();
      if (child == 0) ::_exit(token(*CredentialStore::open(options)) == "access-" + std::to_string(round) ? 0 : 1);
      children.push_back(child);
    }
    for (const pid_t child : children) {
      int status = 0;
      ::waitpid(child, &status, 0);
      BOOST_TEST(status == 0);
    }
    BOOST_TEST(server.request_count() == static_cast<std::size_t>(round));
  }
}

BOOST_FIXTURE_TEST_CASE(many_threads_cause_one_refresh, StoreFixture) {
  options.environment = system_environment();
  options.audit = [](const AuditEvent&) {};
  const auto made = store_with(oauth2_record(1, 1));
  std::atomic<int> good = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) threads.emplace_back([&] { good += static_cast<int>(token(*made) == "access-1"); });
  for (std::thread& thread : threads) thread.join();
  BOOST_TEST(good == 8);
  BOOST_TEST(server.request_count() == 1U);
}

BOOST_FIXTURE_TEST_CASE(a_passing_fault_is_never_reported_as_bad_credentials, StoreFixture) {
  int status = 503;
  int asked = 0;
  options.http = [&](const HttpRequest& request) {
    ++asked;
    if (status == 0) throw HttpFailure("connection refused", false, false);
    if (status == 200) return server.exchange()(request);
    HttpResponse response = json_response(status, "<html>sorry</html>");
    response.retry_after = "30";
    return response;
  };
  const auto made = store_with(oauth2_record(clock.unix_seconds - 4000, 3600));
  for (const int fault : {503, 429, 500, 0}) {
    status = fault;
    BOOST_CHECK_THROW(token(*made), TryAgainLater);
    // A server that failed in the middle may have replaced the token: the mark stays, for the words of a later refusal.
    BOOST_TEST((stored().state == (fault == 500 ? RecordState::refreshing : RecordState::ok)));
    BOOST_TEST(stored().refresh_token.reveal() == "refresh-0");
    clock.advance(31);
  }
  BOOST_TEST(asked == 4);
  status = 200;
  BOOST_TEST(token(*made) == "access-1");
}

BOOST_FIXTURE_TEST_CASE(retry_after_is_obeyed, StoreFixture) {
  int asked = 0;
  options.http = [&](const HttpRequest&) {
    ++asked;
    HttpResponse response = json_response(429, "");
    response.retry_after = "30";
    return response;
  };
  const auto made = store_with(oauth2_record(clock.unix_seconds - 4000, 3600));
  const auto waits = [&](int seconds) {
    BOOST_CHECK_EXCEPTION(token(*made), TryAgainLater, [&](const TryAgainLater& error) {
      return error.retry_after() == std::chrono::seconds{seconds};
    });
  };
  waits(30);
  clock.advance(10);
  waits(20);
  BOOST_TEST(asked == 1);
  clock.advance(20);
  waits(30);
  BOOST_TEST(asked == 2);
}

BOOST_FIXTURE_TEST_CASE(the_old_token_serves_on_while_a_refresh_ahead_of_time_fails, StoreFixture) {
  options.http = [](const HttpRequest&) { return json_response(503, ""); };
  const auto made = store_with(oauth2_record(clock.unix_seconds, 3600));
  clock.advance(3500);
  BOOST_TEST(token(*made) == "access-0");
  BOOST_TEST(token(*made) == "access-0");
  BOOST_CHECK_THROW(token(*made, true), TryAgainLater);  // refused by the mail server: the old one is no use
  clock.advance(100);
  BOOST_CHECK_THROW(token(*made), TryAgainLater);
}

BOOST_FIXTURE_TEST_CASE(a_dead_sign_in_is_marked_once_and_kept, StoreFixture) {
  write_text(server.state, "77");  // the server has moved on: refresh-0 is dead
  const auto made = store_with(oauth2_record(clock.unix_seconds - 4000, 3600));
  BOOST_CHECK_EXCEPTION(token(*made), SignInNeeded, [](const SignInNeeded& error) {
    const std::string words = error.what();
    return words.find("haulier auth login me@example.org") != std::string::npos && error.exit_code() == 77;
  });
  BOOST_CHECK_THROW(token(*made), SignInNeeded);
  BOOST_CHECK_THROW(token(*CredentialStore::open(options)), SignInNeeded);
  BOOST_TEST(server.request_count() == 1U);
  BOOST_REQUIRE(audited.size() == 1U);
  BOOST_TEST(audited[0] == "refresh me@example.org sign_in_needed");
  const CredentialRecord record = stored();
  BOOST_TEST((record.state == RecordState::sign_in_needed));
  BOOST_TEST(record.refresh_token.reveal() == "refresh-0");
  BOOST_TEST(record.access_token.reveal() == "access-0");
}

BOOST_FIXTURE_TEST_CASE(a_new_sign_in_ends_the_dead_state, StoreFixture) {
  write_text(server.state, "77");
  const auto made = store_with(oauth2_record(clock.unix_seconds - 4000, 3600));
  BOOST_CHECK_THROW(token(*made), SignInNeeded);
  CredentialRecord fresh = oauth2_record(clock.unix_seconds, 3600);
  fresh.access_token = Secret("brand-new");
  CredentialStore::open(options)->save_login(kMe, fresh);
  BOOST_TEST(token(*made) == "brand-new");
}

BOOST_FIXTURE_TEST_CASE(a_wrong_client_is_a_setting_and_not_a_dead_sign_in, StoreFixture) {
  options.http = [](const HttpRequest&) { return json_response(401, R"({"error":"invalid_client"})"); };
  const auto made = store_with(oauth2_record(clock.unix_seconds - 4000, 3600));
  BOOST_CHECK_THROW(token(*made), Misconfigured);
  BOOST_TEST((stored().state == RecordState::ok));
}

// A vault that another program replaced while the token endpoint was asked (a restore, a file sync, NFS without locks).
BOOST_FIXTURE_TEST_CASE(invalid_grant_is_not_believed_before_the_vault_was_read_again, StoreFixture) {
  const fs::path other = directory / "other.vault";
  options.http = [&](const HttpRequest&) {
    if (fs::exists(other)) fs::rename(other, options.vault.path);
    return json_response(400, R"({"error":"invalid_grant"})");
  };
  const auto made = store_with(oauth2_record(clock.unix_seconds - 4000, 3600));
  const std::string before = read_text(options.vault.path);
  CredentialRecord newer = oauth2_record(clock.unix_seconds, 3600);
  newer.access_token = Secret("from-elsewhere");
  newer.refresh_token = Secret("refresh-elsewhere");
  for (int i = 0; i < 5; ++i) made->save_login(kMe, newer);
  fs::copy_file(options.vault.path, other);
  write_text(options.vault.path, before);
  const auto reader = CredentialStore::open(options);
  BOOST_TEST(token(*reader) == "from-elsewhere");
  BOOST_TEST((stored().state == RecordState::ok));
}

BOOST_FIXTURE_TEST_CASE(an_answer_that_got_lost_leaves_the_mark_and_is_told, StoreFixture) {
  bool lost = true;
  options.http = [&](const HttpRequest& request) {
    HttpResponse response = server.exchange()(request);
    if (lost) throw HttpFailure("no answer in time", true, false);
    return response;
  };
  const auto made = store_with(oauth2_record(clock.unix_seconds - 4000, 3600));
  BOOST_CHECK_THROW(token(*made), TryAgainLater);
  BOOST_TEST((stored().state == RecordState::refreshing));
  lost = false;
  clock.advance(60);
  BOOST_CHECK_EXCEPTION(token(*made), SignInNeeded, [](const SignInNeeded& error) {
    return std::string(error.what()).find("an earlier refresh was cut off") != std::string::npos;
  });
  BOOST_REQUIRE(audited.size() == 3U);
  BOOST_TEST(audited[0] == "refresh me@example.org transient");
  BOOST_TEST(audited[1] == "refresh_interrupted me@example.org unknown");
  BOOST_TEST(audited[2] == "refresh me@example.org sign_in_needed");
}

// The one window nobody can close lies between the server's rotation and our durable write.
BOOST_FIXTURE_TEST_CASE(a_crash_at_any_step_of_a_refresh_loses_only_what_the_server_alone_knew, StoreFixture) {
  options.audit = [](const AuditEvent&) {};
  int steps = 0;
  options.environment.checkpoint = [&](const char*) { ++steps; };
  auto made = store_with(oauth2_record(clock.unix_seconds - 4000, 3600));
  steps = 0;
  BOOST_TEST(token(*made) == "access-1");
  BOOST_REQUIRE(steps == 15);
  int lost = 0;
  int kept = 0;
  for (int stop = 1; stop <= steps; ++stop) {
    const int generation = std::stoi(read_text(server.state));
    CredentialRecord record = oauth2_record(clock.unix_seconds - 4000, 3600);
    record.refresh_token = Secret("refresh-" + std::to_string(generation));
    options.environment.checkpoint = [](const char*) {};
    CredentialStore::open(options)->save_login(kMe, record);
    const int status = in_child([&] {
      int at = 0;
      bool answered = false;
      bool written = false;
      options.environment.checkpoint = [&](const char* step) {
        answered = answered || std::string(step) == "refresh.answered";
        written = written || (answered && std::string(step) == "vault.temp_written");
        if (++at == stop) ::_exit(answered && !written ? 20 : 10);
      };
      static_cast<void>(token(*CredentialStore::open(options)));
      return 0;
    });
    const auto next = CredentialStore::open(options);
    if (status == 20) {
      ++lost;
      BOOST_CHECK_EXCEPTION(token(*next), SignInNeeded, [](const SignInNeeded& error) {
        return std::string(error.what()).find("an earlier refresh was cut off") != std::string::npos;
      });
    } else {
      BOOST_TEST(status == 10);
      BOOST_TEST(token(*next) == "access-" + std::to_string(generation + 1));
      ++kept;
    }
  }
  BOOST_TEST(lost == 2);  // answered, temp created: from then on the next start finds the new token
  BOOST_TEST(kept == 13);
  BOOST_TEST_MESSAGE("stopped at " << steps << " steps: " << kept << " sign-ins kept, " << lost
                                   << " lost in the window between the provider's answer and the first write");
}

BOOST_FIXTURE_TEST_CASE(a_token_that_could_not_be_written_is_written_at_the_next_use, StoreFixture) {
  const fs::path obstacle = directory / "tokens.vault.new";
  options.http = [&](const HttpRequest& request) {
    fs::create_directory(obstacle);  // from now on nothing can be written
    return server.exchange()(request);
  };
  const auto made = store_with(oauth2_record(clock.unix_seconds - 4000, 3600));
  BOOST_CHECK_EXCEPTION(token(*made), CredentialError,
                        [](const CredentialError& error) { return error.exit_code() == 74; });
  BOOST_CHECK_THROW(token(*made), CredentialError);
  fs::remove(obstacle);
  BOOST_TEST(token(*made) == "access-1");
  BOOST_TEST(stored().refresh_token.reveal() == "refresh-1");
  BOOST_TEST(server.request_count() == 1U);
}

BOOST_FIXTURE_TEST_CASE(an_app_password_is_handed_out_and_never_refreshed, StoreFixture) {
  CredentialRecord record;
  record.method = Method::app_password;
  record.user = kMe;
  record.imap_hosts = {kHost};
  record.password = Secret("16 letters given");
  const auto made = store_with(record);
  for (const bool force : {false, true}) {
    const Access access = made->access(kMe, kHost, force);
    BOOST_TEST((access.kind == AccessKind::password));
    BOOST_TEST(access.secret.reveal() == "16 letters given");
  }
  BOOST_CHECK_THROW(static_cast<void>(made->access(kMe, "imap.evil.example", false)), Misconfigured);
}

BOOST_FIXTURE_TEST_CASE(status_names_everything_but_secrets, StoreFixture) {
  const auto made = store_with(oauth2_record(clock.unix_seconds, 3600));
  const std::vector<AccountStatus> all = made->status();
  BOOST_REQUIRE(all.size() == 1U);
  BOOST_TEST(all[0].account == kMe);
  BOOST_TEST(all[0].scope == "mail");
  BOOST_TEST(all[0].can_refresh);
  BOOST_TEST(all[0].expires_at == clock.unix_seconds + 3600);
  BOOST_TEST((all[0].state == RecordState::ok));
}

BOOST_FIXTURE_TEST_CASE(logout_revokes_at_the_provider_and_removes_the_record, StoreFixture) {
  std::string form;
  int status = 200;
  options.http = [&](const HttpRequest& request) {
    form = request.form.reveal();
    return json_response(status, "");
  };
  CredentialRecord record = oauth2_record(clock.unix_seconds, 3600);
  record.revocation_url = "http://127.0.0.1:1/revoke";
  const auto made = store_with(record);
  LogoutResult result = made->logout(kMe);
  BOOST_TEST(result.removed);
  BOOST_TEST((result.revocation == LogoutResult::Revocation::done));
  BOOST_TEST(form == "token=refresh-0&token_type_hint=refresh_token&client_id=client");
  BOOST_CHECK_THROW(token(*made), SignInNeeded);
  BOOST_TEST(!made->logout(kMe).removed);
  made->save_login(kMe, record);
  status = 503;
  result = made->logout(kMe);
  BOOST_TEST(result.removed);
  BOOST_TEST((result.revocation == LogoutResult::Revocation::failed));
}

BOOST_FIXTURE_TEST_CASE(every_secret_the_store_sees_is_masked, StoreFixture) {
  Redactor redactor;
  options.redactor = &redactor;
  const auto made = store_with(oauth2_record(clock.unix_seconds - 4000, 3600));
  BOOST_TEST(token(*made) == "access-1");
  BOOST_TEST(redactor.mask("access-0 refresh-0 access-1 refresh-1 client") == "*** *** *** *** client");
}

BOOST_FIXTURE_TEST_CASE(a_server_that_repeats_a_secret_in_its_error_is_not_repeated, StoreFixture) {
  options.http = [](const HttpRequest& request) {
    const std::string form(request.form.reveal());
    const std::string token = form.substr(form.find("refresh-"), 9);
    return json_response(400, R"({"error":"invalid_grant","error_description":"no grant for )" + token + "\"}");
  };
  std::vector<std::string> told;
  options.audit = [&](const AuditEvent& event) { told.emplace_back(event.detail); };
  const auto made = store_with(oauth2_record(clock.unix_seconds - 4000, 3600));
  BOOST_CHECK_EXCEPTION(token(*made), SignInNeeded, [&](const SignInNeeded& error) {
    told.emplace_back(error.what());
    return true;
  });
  told.push_back(stored().state_reason);
  told.push_back(made->status()[0].state_reason);
  for (const std::string& words : told) {
    BOOST_TEST(words.find("refresh-0") == std::string::npos);
  }
  BOOST_TEST(stored().state_reason.find("no grant for ***") != std::string::npos);
}

BOOST_FIXTURE_TEST_CASE(record_survives_encoding, StoreFixture) {
  CredentialRecord record = oauth2_record(10, 20);
  record.issuer = "https://as.example";
  record.revocation_url = "https://as.example/revoke";
  record.client_secret = Secret("cs\"");
  record.client_auth = ClientAuth::post;
  record.ca_file = "/etc/ca.pem";
  record.imap_hosts = {"a.example", "b.example"};
  record.refresh_expires_at = 99;
  record.state = RecordState::sign_in_needed;
  record.state_since = 5;
  record.state_reason = "why";
  const Secret text = encode_record(record);
  BOOST_TEST(text.size() % 256 == 0U);
  const CredentialRecord back = decode_record(text);
  BOOST_TEST(encode_record(back).equals(text));
  BOOST_TEST(back.allows_host("B.example"));
}

BOOST_AUTO_TEST_SUITE_END()
