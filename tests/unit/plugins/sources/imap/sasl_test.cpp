#include "proto/sasl.hpp"

#include <boost/test/unit_test.hpp>

#include "proto/base64.hpp"

namespace sasl_test {
using namespace haulier::imap;

BOOST_AUTO_TEST_SUITE(sasl)

BOOST_AUTO_TEST_CASE(base64_vectors_of_rfc_4648) {
  const struct {
    const char* plain;
    const char* base64;
  } rows[] = {{"", ""},
              {"f", "Zg=="},
              {"fo", "Zm8="},
              {"foo", "Zm9v"},
              {"foob", "Zm9vYg=="},
              {"fooba", "Zm9vYmE="},
              {"foobar", "Zm9vYmFy"}};
  for (const auto& row : rows) {
    BOOST_TEST(encode_base64(row.plain) == row.base64);
    BOOST_TEST(decode_base64(row.base64).value() == row.plain);
  }
  BOOST_TEST(decode_base64("Zm9vYg").value() == "foob");
  BOOST_TEST(!decode_base64("a").has_value());
  BOOST_TEST(!decode_base64("a*bc").has_value());
}

BOOST_AUTO_TEST_CASE(plain_message_of_rfc_4616) {
  BOOST_TEST(plain_message({"tim", "tanstaaftanstaaf", {}, 0}) == std::string("\0tim\0tanstaaftanstaaf", 21));
}

// The example of the XOAUTH2 description.
BOOST_AUTO_TEST_CASE(xoauth2_message_as_described_by_its_inventor) {
  SaslExchange exchange(Mechanism::kXOAuth2,
                        {"someuser@example.com", "ya29.vF9dft4qmTc2Nvb3RlckBhdHRhdmlzdGEuY29tCg", {}, 0});
  BOOST_TEST(exchange.initial_response() ==
             "dXNlcj1zb21ldXNlckBleGFtcGxlLmNvbQFhdXRoPUJlYXJlciB5YTI5LnZGOWRmdDRxbVRjMk52YjNSbGNrQmhkSFJoZG1semRHRXVZM"
             "jl0Q2cBAQ==");
}

// RFC 7628 section 4.1
BOOST_AUTO_TEST_CASE(oauthbearer_message_of_rfc_7628) {
  SaslExchange exchange(Mechanism::kOAuthBearer,
                        {"user@example.com", "vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==", "server.example.com", 143});
  BOOST_TEST(decode_base64(exchange.initial_response()).value() ==
             "n,a=user@example.com,\x01host=server.example.com\x01port=143\x01"
             "auth=Bearer vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==\x01\x01");
}

BOOST_AUTO_TEST_CASE(refused_token_is_answered_and_its_reason_kept) {
  SaslExchange xoauth2(Mechanism::kXOAuth2, {"u", "t", {}, 0});
  (void)xoauth2.initial_response();
  BOOST_TEST(xoauth2.answer(encode_base64("{\"status\":\"401\"}")) == "");
  BOOST_TEST(xoauth2.refusal() == "{\"status\":\"401\"}");
  SaslExchange bearer(Mechanism::kOAuthBearer, {"u", "t", "h", 993});
  (void)bearer.initial_response();
  BOOST_TEST(bearer.answer(encode_base64("{\"status\":\"invalid_token\"}")) == "AQ==");
  BOOST_TEST(bearer.refusal() == "{\"status\":\"invalid_token\"}");
}

BOOST_AUTO_TEST_CASE(without_initial_response_the_first_challenge_gets_it) {
  SaslExchange exchange(Mechanism::kPlain, {"a", "b", {}, 0});
  BOOST_TEST(exchange.answer("") == encode_base64(std::string("\0a\0b", 4)));
  BOOST_TEST(exchange.answer("") == "*");
}

BOOST_AUTO_TEST_CASE(login_answers_user_then_password_then_gives_up) {
  SaslExchange exchange(Mechanism::kLogin, {"me", "pw", {}, 0});
  BOOST_TEST(!exchange.has_initial_response());
  BOOST_TEST(exchange.answer("VXNlcm5hbWU6") == encode_base64("me"));
  BOOST_TEST(exchange.answer("UGFzc3dvcmQ6") == encode_base64("pw"));
  BOOST_TEST(exchange.answer("") == "*");
}

BOOST_AUTO_TEST_CASE(endless_challenges_are_given_up) {
  SaslExchange exchange(Mechanism::kXOAuth2, {"u", "t", {}, 0});
  std::string last;
  for (int i = 0; i < 20; ++i) last = exchange.answer("");
  BOOST_TEST(last == "*");
}

BOOST_AUTO_TEST_CASE(control_characters_that_would_forge_fields_are_refused) {
  BOOST_CHECK_THROW(SaslExchange(Mechanism::kXOAuth2, {"u\x01"
                                                       "auth=Bearer x",
                                                       "t",
                                                       {},
                                                       0}),
                    std::invalid_argument);
  BOOST_CHECK_THROW(SaslExchange(Mechanism::kPlain, {std::string("a\0b", 3), "t", {}, 0}), std::invalid_argument);
  BOOST_TEST(oauthbearer_message({"a,b=c", "t", {}, 0}).starts_with("n,a=a=2Cb=3Dc,"));
}

BOOST_AUTO_TEST_SUITE_END()
}  // namespace sasl_test
