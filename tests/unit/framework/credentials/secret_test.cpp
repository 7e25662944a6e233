#include <sys/prctl.h>
#include <sys/resource.h>

#include <boost/test/unit_test.hpp>
#include <iomanip>
#include <sstream>
#include <type_traits>

#include "credential_fixtures.hpp"
#include "credentials/bytes.hpp"
#include "credentials/flat_json.hpp"
#include "credentials/redactor.hpp"

BOOST_AUTO_TEST_SUITE(framework_credentials_secret)
using namespace credential_tests;

BOOST_AUTO_TEST_CASE(prints_as_stars) {
  std::ostringstream out;
  out << Secret("hunter2");
  BOOST_TEST(out.str() == "***");
}

// In a child: the switches cannot be turned back.
BOOST_AUTO_TEST_CASE(an_open_vault_switches_core_dumps_and_debugging_off) {
  const auto open_store = [](bool protect) {
    return in_child([protect] {
      StoreFixture fixture;
      fixture.options.protect_memory = protect;
      static_cast<void>(fixture.store());
      rlimit limit{};
      ::getrlimit(RLIMIT_CORE, &limit);
      const bool off = limit.rlim_cur == 0 && limit.rlim_max == 0 && ::prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0;
      return off ? 7 : 8;
    });
  };
  BOOST_TEST(open_store(true) == 7);
  BOOST_TEST(open_store(false) == 8);
}

BOOST_AUTO_TEST_CASE(cannot_be_copied_by_accident) {
  BOOST_TEST(!std::is_copy_constructible_v<Secret>);
  BOOST_TEST(!std::is_copy_assignable_v<Secret>);
  Secret first("one");
  const Secret copy = first.clone();
  const Secret moved = std::move(first);
  BOOST_TEST(moved.equals(copy));
}

BOOST_AUTO_TEST_CASE(builder_keeps_every_piece_while_it_grows) {
  SecretBuilder builder;
  std::string expected;
  for (int i = 0; i < 500; ++i) {
    builder.append(std::to_string(i));
    expected += std::to_string(i);
  }
  BOOST_TEST(builder.finish().reveal() == expected);
}

BOOST_AUTO_TEST_CASE(json_survives_writing_and_reading) {
  const std::string odd = "quote\" back\\slash \n \x01 \xE6\x8E\x88";
  FlatJsonWriter writer;
  writer.add("text", odd).add("number", -42).add_if_set("empty", "");
  const Secret json = writer.finish(256);
  BOOST_TEST(json.size() == 256U);
  const FlatJson object = FlatJson::parse(json.reveal());
  BOOST_TEST(object.text("text") == odd);
  BOOST_TEST((object.integer("number") == -42));
  BOOST_TEST((object.secret("empty") == nullptr));
}

BOOST_AUTO_TEST_CASE(json_reads_what_token_endpoints_send) {
  const FlatJson object = FlatJson::parse(
      R"( {"a":"\u00e9\ud83d\ude00\/","expires_in":"3599","f":3600.0,"n":null,"o":{"x":[1,{"y":"}"}]},"t":true} )");
  BOOST_TEST(object.text("a") == "\xC3\xA9\xF0\x9F\x98\x80/");
  BOOST_TEST((object.integer("expires_in") == 3599));
  BOOST_TEST((object.integer("f") == 3600));
  BOOST_TEST(object.flag("t"));
  BOOST_TEST(!object.flag("n"));
  BOOST_TEST((object.secret("o") == nullptr));
}

BOOST_AUTO_TEST_CASE(json_refuses_what_is_not_one_object) {
  for (const char* text :
       {"", "[]", "{", "{}x", R"({"a":1,"a":2})", R"({"a":"\ud800"})", R"({"a":nil})", "{\"a\":\"\xff\"}",
        "{\"a\":\"\n\"}", R"({"a":"x)", R"({"a":[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]})"}) {
    BOOST_CHECK_THROW(static_cast<void>(FlatJson::parse(text)), FlatJsonError);
  }
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(framework_credentials_redactor)
using namespace credential_tests;

static std::string base64(std::string_view text) {
  StringTarget target;
  append_base64(as_bytes(text), Base64::standard, target);
  return target.text;
}
static const std::string kToken = "ya29.a0Af-secret/token+with \"odd\" bytes";

BOOST_AUTO_TEST_CASE(masks_every_form_a_secret_travels_in) {
  Redactor redactor;
  redactor.add(Secret(kToken), "me@example.org");
  const auto masked_whole = [&](const std::string& form) { return redactor.mask("<" + form + ">") == "<***>"; };
  BOOST_TEST(masked_whole(kToken));
  BOOST_TEST(masked_whole(base64(kToken)));
  BOOST_TEST(masked_whole(percent_encoded(kToken)));
  BOOST_TEST(masked_whole("ya29.a0Af-secret%2Ftoken%2Bwith+%22odd%22+bytes"));
  BOOST_TEST(masked_whole("ya29.a0Af-secret%2ftoken%2bwith%20%22odd%22%20bytes"));
  BOOST_TEST(masked_whole("ya29.a0Af-secret/token+with \\\"odd\\\" bytes"));
  BOOST_TEST(
      masked_whole(base64("user=me@example.org\x01"
                          "auth=Bearer " +
                          kToken + "\x01\x01")));
  BOOST_TEST(masked_whole(base64(std::string(1, '\0') + "me@example.org" + std::string(1, '\0') + kToken)));
  BOOST_TEST(masked_whole(base64url(as_bytes(kToken))));
  std::ostringstream hexadecimal;
  for (const char c : kToken) hexadecimal << std::hex << std::setw(2) << std::setfill('0') << int{c};
  BOOST_TEST(masked_whole(hexadecimal.str()));
}

BOOST_AUTO_TEST_CASE(masks_base64_whatever_stands_around_the_secret) {
  Redactor redactor;
  redactor.add(Secret(kToken));
  for (const std::string before : {"", "a", "ab",
                                   "n,a=u,\x01host=h\x01port=993\x01"
                                   "auth=Bearer "}) {
    for (const std::string after : {"", "x", "xy", "\x01\x01"}) {
      const std::string masked = redactor.mask(base64(before + kToken + after));
      BOOST_TEST(masked.find("***") != std::string::npos);
      // What is left are the digits shared with the neighbours, and the neighbours themselves.
      BOOST_TEST(masked.size() <= base64(before + after).size() + 3 + 4);
    }
  }
}

BOOST_AUTO_TEST_CASE(leaves_other_text_alone) {
  Redactor redactor;
  redactor.add(Secret("correct horse"), "me");
  redactor.add(Secret("abc"), "me");  // too short to be masked on its own
  BOOST_TEST(redactor.mask("correct hors; abc; me logged in") == "correct hors; abc; me logged in");
  BOOST_TEST(redactor.mask(base64(std::string("\0me\0abc", 7))) == "***");
  BOOST_TEST(redactor.mask("") == "");
}

BOOST_AUTO_TEST_CASE(a_rotating_slot_forgets_old_tokens_and_keeps_fixed_secrets) {
  Redactor redactor;
  redactor.add(Secret("the password"));
  for (int i = 0; i < 20; ++i) redactor.add(Secret("token-number-" + std::to_string(100 + i)), "me", "me/access");
  BOOST_TEST(redactor.mask("token-number-119 token-number-116") == "*** ***");
  BOOST_TEST(redactor.mask("token-number-100") == "token-number-100");
  BOOST_TEST(redactor.mask("the password") == "***");
}

BOOST_AUTO_TEST_SUITE_END()
