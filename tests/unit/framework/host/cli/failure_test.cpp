#include "cli/failure.hpp"

#include <boost/test/unit_test.hpp>

namespace haulier::host::failure_test {

BOOST_AUTO_TEST_SUITE(framework_host_cli_failure)

BOOST_AUTO_TEST_CASE(the_codes_are_the_documented_ones) {
  BOOST_TEST(to_int(ExitCode::ok) == 0);
  BOOST_TEST(to_int(ExitCode::quarantined) == 3);
  BOOST_TEST(to_int(ExitCode::usage) == 64);
  BOOST_TEST(to_int(ExitCode::bad_state) == 65);
  BOOST_TEST(to_int(ExitCode::bug) == 70);
  BOOST_TEST(to_int(ExitCode::local_io) == 74);
  BOOST_TEST(to_int(ExitCode::try_again) == 75);
  BOOST_TEST(to_int(ExitCode::protocol) == 76);
  BOOST_TEST(to_int(ExitCode::needs_auth) == 77);
  BOOST_TEST(to_int(ExitCode::bad_config) == 78);
  for (const ExitCode code : kExitCodes) BOOST_TEST(exit_code_words(code) != "unknown");
}

BOOST_AUTO_TEST_CASE(the_text_has_four_parts) {
  const Failure failure{.exit_code = ExitCode::needs_auth,
                        .what = "me@example.org must sign in again",
                        .data_safety = "all stored",
                        .next = "stopped",
                        .command = "haulier auth login me@example.org",
                        .details = {"invalid_grant"}};
  BOOST_TEST(failure_text(failure, false) ==
             "error: me@example.org must sign in again\n"
             "    invalid_grant\n"
             "  data:  all stored\n"
             "  next:  stopped (exit code 77)\n"
             "  try:   haulier auth login me@example.org\n");
  BOOST_TEST(failure_text(failure, true).starts_with("\x1b[1;31merror:\x1b[0m "));
}

BOOST_AUTO_TEST_CASE(every_code_has_sentences_of_its_own) {
  for (const ExitCode code : kExitCodes) {
    const std::string text = failure_text({.exit_code = code, .what = "x"}, false);
    BOOST_TEST(text.find("  data:  ") != std::string::npos);
    BOOST_TEST(text.find("  next:  stopped") != std::string::npos);
  }
}

BOOST_AUTO_TEST_CASE(control_characters_of_a_server_are_harmless) {
  const std::string text = failure_text({.what = "server said \x1b[2J\nerror: fake"}, false);
  BOOST_TEST(text.starts_with("error: server said \\x1b[2J\\nerror: fake\n"));
}

BOOST_AUTO_TEST_CASE(the_json_form_is_one_line) {
  const std::string json =
      failure_json({.exit_code = ExitCode::try_again, .what = "a\nb", .next = "n", .command = "c"});
  BOOST_TEST(json ==
             R"({"error":{"exit_code":75,"outcome":"try again later: network, throttled, database down, locked, )"
             R"(deadline, terminated","what":"a\nb","details":[],"data":"everything up to the last commit is stored, )"
             R"(nothing after it; the next run goes on from there","next":"n","command":"c"}})"
             "\n");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace haulier::host::failure_test
