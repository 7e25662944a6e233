#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <Poco/URI.h>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "credentials/assertion.hpp"
#include "credentials/flat_json.hpp"
#include "credentials/renewal.hpp"
#include "loopback_server.hpp"

BOOST_AUTO_TEST_SUITE(framework_credentials_assertion)
using namespace credential_tests;

static Bytes from_base64url(std::string_view text) {
  Bytes bytes;
  std::uint32_t group = 0;
  int bits = 0;
  for (const char c : text) {
    const std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    group = (group << 6U) | static_cast<std::uint32_t>(alphabet.find(c));
    bits += 6;
    if (bits >= 8) bytes.push_back(static_cast<std::uint8_t>(group >> static_cast<unsigned>(bits -= 8)));
  }
  return bytes;
}

struct Jwt {
  explicit Jwt(std::string_view text) {
    const std::size_t first = text.find('.');
    const std::size_t second = text.find('.', first + 1);
    signed_part = text.substr(0, second);
    header_text = from_base64url(text.substr(0, first));
    body_text = from_base64url(text.substr(first + 1, second - first - 1));
    signature = from_base64url(text.substr(second + 1));
  }
  [[nodiscard]] FlatJson header() const { return FlatJson::parse(as_text(header_text)); }
  [[nodiscard]] FlatJson body() const { return FlatJson::parse(as_text(body_text)); }
  std::string signed_part;
  Bytes header_text;
  Bytes body_text;
  Bytes signature;
};

struct KeyPair {
  explicit KeyPair(const std::string& kind)
      : key(kind == "EC" ? EVP_EC_gen("P-256") : EVP_RSA_gen(kind == "RSA1024" ? 1024U : 2048U), EVP_PKEY_free) {
    const std::unique_ptr<BIO, decltype(&BIO_free)> out(BIO_new(BIO_s_mem()), BIO_free);
    PEM_write_bio_PrivateKey(out.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr);
    char* data = nullptr;
    const long size = BIO_get_mem_data(out.get(), &data);
    pem.assign(data, static_cast<std::size_t>(size));
  }
  [[nodiscard]] bool verifies(const Jwt& jwt, bool pss) const {
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
    EVP_PKEY_CTX* parameters = nullptr;
    EVP_DigestVerifyInit(context.get(), &parameters, EVP_sha256(), nullptr, key.get());
    if (pss) EVP_PKEY_CTX_set_rsa_padding(parameters, RSA_PKCS1_PSS_PADDING);
    const Bytes signature = EVP_PKEY_base_id(key.get()) == EVP_PKEY_EC ? der_of(jwt.signature) : jwt.signature;
    return EVP_DigestVerify(context.get(), signature.data(), signature.size(), as_bytes(jwt.signed_part).data(),
                            jwt.signed_part.size()) == 1;
  }
  static Bytes der_of(const Bytes& both) {
    ECDSA_SIG* signature = ECDSA_SIG_new();
    ECDSA_SIG_set0(signature, BN_bin2bn(both.data(), 32, nullptr), BN_bin2bn(both.data() + 32, 32, nullptr));
    Bytes der(128);
    unsigned char* at = der.data();
    der.resize(static_cast<std::size_t>(i2d_ECDSA_SIG(signature, &at)));
    ECDSA_SIG_free(signature);
    return der;
  }
  std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key;
  std::string pem;
};

static const std::vector<std::string> kAlgorithms{"RS256", "PS256", "ES256"};
BOOST_DATA_TEST_CASE(a_statement_is_signed_as_its_header_says, kAlgorithms, algorithm) {
  const KeyPair pair(algorithm == "ES256" ? "EC" : "RSA");
  const CheckedKey checked = check_signing_key({Secret(pair.pem), "", algorithm, "key-1"});
  const Secret token =
      sign_assertion(checked.key, {"me", "you", "https://as.example/token", "mail"}, 1'000'000, system_environment());
  const Jwt jwt(token.reveal());
  BOOST_TEST(pair.verifies(jwt, algorithm == "PS256"));
  BOOST_TEST(!KeyPair(algorithm == "ES256" ? "EC" : "RSA").verifies(jwt, algorithm == "PS256"));
  BOOST_TEST(jwt.header().text("alg") == algorithm);
  BOOST_TEST(jwt.header().text("kid") == "key-1");
  BOOST_TEST(jwt.header().text("x5t") == "");
  BOOST_TEST(jwt.body().text("iss") == "me");
  BOOST_TEST(jwt.body().text("sub") == "you");
  BOOST_TEST(jwt.body().text("aud") == "https://as.example/token");
  BOOST_TEST(jwt.body().text("scope") == "mail");
  BOOST_TEST(jwt.body().integer("iat").value() == 1'000'000 - 30);
  BOOST_TEST(jwt.body().integer("exp").value() == 1'000'000 + 270);
  const Secret other =
      sign_assertion(checked.key, {"me", "you", "https://as.example/token", "mail"}, 1'000'000, system_environment());
  BOOST_TEST(Jwt(other.reveal()).body().text("jti") != jwt.body().text("jti"));
}

BOOST_AUTO_TEST_CASE(a_certificate_is_announced_by_its_thumbprints_and_its_end_is_kept) {
  const TempDirectory directory;
  const TestCertificate certificate(directory, "client", "DNS:localhost");
  const CheckedKey checked =
      check_signing_key({Secret(read_text(certificate.key_file)), read_text(certificate.certificate_file), "", ""});
  BOOST_TEST(checked.key.algorithm == "ES256");
  BOOST_TEST(checked.key.x5t.size() == 27U);       // SHA-1, base64url without padding
  BOOST_TEST(checked.key.x5t_s256.size() == 43U);  // SHA-256
  const std::int64_t now = system_environment().unix_seconds();
  BOOST_TEST(checked.certificate_expires_at > now + 3000);
  BOOST_TEST(checked.certificate_expires_at <= now + 3600);
  const Jwt jwt(sign_assertion(checked.key, {}, now, system_environment()).reveal());
  BOOST_TEST(jwt.header().text("x5t") == checked.key.x5t);
  BOOST_TEST(jwt.header().text("x5t#S256") == checked.key.x5t_s256);
  const TestCertificate other(directory, "other", "DNS:localhost");
  BOOST_CHECK_THROW(static_cast<void>(check_signing_key(
                        {Secret(read_text(other.key_file)), read_text(certificate.certificate_file), "", ""})),
                    Misconfigured);
}

BOOST_AUTO_TEST_CASE(a_key_that_does_not_fit_is_refused_before_anything_is_sent) {
  const auto check = [](const std::string& pem, const std::string& algorithm) {
    static_cast<void>(check_signing_key({Secret(pem), "", algorithm, ""}));
  };
  BOOST_CHECK_THROW(check("no key", ""), Misconfigured);
  BOOST_CHECK_THROW(check(KeyPair("EC").pem, "RS256"), Misconfigured);
  BOOST_CHECK_THROW(check(KeyPair("RSA").pem, "ES256"), Misconfigured);
  BOOST_CHECK_THROW(check(KeyPair("RSA1024").pem, "RS256"), Misconfigured);
  BOOST_CHECK_THROW(check(KeyPair("RSA").pem, "HS256"), Misconfigured);
  const std::string locked = "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIGb\n-----END ENCRYPTED PRIVATE KEY-----\n";
  BOOST_CHECK_THROW(check(locked, ""), Misconfigured);
}

// What a stored sign-in without a person sends, and by which clock it signs.
struct RenewalFixture {
  TestClock clock;
  KeyPair pair{"EC"};
  CredentialRecord record;
  std::vector<std::map<std::string, std::string>> forms;
  std::vector<HttpResponse> answers;

  RenewalFixture() {
    record.token_url = "https://as.example/token";
    record.client_id = "app";
    record.user = "team@example.org";
    record.scope = "mail";
    record.signing_key = check_signing_key({Secret(pair.pem), "", "", "k"}).key;
  }
  TokenAnswer ask() {
    const HttpExchange http = [this](const HttpRequest& request) {
      Poco::URI uri;
      uri.setRawQuery(std::string(request.form.reveal()));
      forms.emplace_back();
      for (const auto& [name, value] : uri.getQueryParameters()) forms.back()[name] = value;
      HttpResponse answer = std::move(answers.front());
      answers.erase(answers.begin());
      return answer;
    };
    return ask_for_access(record, http, clock.environment());
  }
  void answer(int status, const std::string& body, const std::string& date = "") {
    answers.push_back(json_response(status, body));
    answers.back().date = date;
  }
};

BOOST_FIXTURE_TEST_CASE(an_application_proves_itself_with_a_statement_about_itself, RenewalFixture) {
  record.renewal = Renewal::client_credentials;
  record.client_auth = ClientAuth::private_key_jwt;
  answer(200, R"({"access_token":"a","token_type":"Bearer"})");
  BOOST_TEST(ask().index() == 0U);
  BOOST_TEST(forms[0]["grant_type"] == "client_credentials");
  BOOST_TEST(forms[0]["client_assertion_type"] == "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
  const Jwt jwt(forms[0]["client_assertion"]);
  BOOST_TEST(pair.verifies(jwt, false));
  BOOST_TEST(jwt.body().text("iss") == "app");
  BOOST_TEST(jwt.body().text("sub") == "app");
  BOOST_TEST(jwt.body().text("aud") == "https://as.example/token");
  BOOST_TEST(forms[0].count("client_secret") == 0U);
}

BOOST_FIXTURE_TEST_CASE(a_service_account_states_for_whom_it_acts, RenewalFixture) {
  record.renewal = Renewal::service_account;
  record.client_id.clear();
  record.assertion_issuer = "robot@project.example";
  for (const bool claim : {false, true}) {
    record.scope_in_assertion = claim;
    answer(200, R"({"access_token":"a","token_type":"Bearer"})");
    BOOST_TEST(ask().index() == 0U);
    const Jwt jwt(forms.back()["assertion"]);
    BOOST_TEST(forms.back()["grant_type"] == "urn:ietf:params:oauth:grant-type:jwt-bearer");
    BOOST_TEST(jwt.body().text("iss") == "robot@project.example");
    BOOST_TEST(jwt.body().text("sub") == "team@example.org");
    BOOST_TEST(jwt.body().text("scope") == (claim ? "mail" : ""));
    BOOST_TEST(forms.back().count("scope") == (claim ? 0U : 1U));
    BOOST_TEST(forms.back().count("client_id") == 0U);
  }
}

BOOST_FIXTURE_TEST_CASE(a_clock_that_is_wrong_is_made_good_by_the_servers_own, RenewalFixture) {
  record.renewal = Renewal::service_account;
  const std::string date = "Tue, 14 Nov 2023 23:13:20 GMT";  // one hour after the test's clock
  answer(400, R"({"error":"invalid_grant","error_description":"expired"})", date);
  answer(200, R"({"access_token":"a","token_type":"Bearer"})");
  BOOST_TEST(ask().index() == 0U);
  BOOST_REQUIRE(forms.size() == 2U);
  BOOST_TEST(Jwt(forms[1]["assertion"]).body().integer("iat").value() == 1'700'003'600 - 30);
  answer(400, R"({"error":"invalid_grant"})", date);
  answer(400, R"({"error":"invalid_grant"})", date);
  const TokenAnswer refused = ask();
  BOOST_REQUIRE(refused.index() == 1U);
  BOOST_TEST((std::get<TokenRefusal>(refused).kind == RefusalKind::configuration));
  BOOST_TEST(std::get<TokenRefusal>(refused).words.find("differs from the provider's by -3600 s") != std::string::npos);
}

BOOST_FIXTURE_TEST_CASE(an_applications_refusal_never_asks_a_person_to_sign_in, RenewalFixture) {
  record.renewal = Renewal::client_credentials;
  record.client_secret = Secret("s");
  answer(400, R"({"error":"invalid_grant","error_description":"AADSTS65001: consent"})");
  const TokenAnswer refused = ask();
  BOOST_REQUIRE(refused.index() == 1U);
  BOOST_TEST((std::get<TokenRefusal>(refused).kind == RefusalKind::configuration));
  BOOST_TEST(std::get<TokenRefusal>(refused).words.find("administrator's consent") != std::string::npos);
}

BOOST_FIXTURE_TEST_CASE(key_and_grant_survive_the_vaults_encoding, RenewalFixture) {
  record.renewal = Renewal::service_account;
  record.client_auth = ClientAuth::private_key_jwt;
  record.signing_key.x5t = "t1";
  record.signing_key.x5t_s256 = "t256";
  record.assertion_issuer = "robot";
  record.assertion_audience = "https://as.example";
  record.scope_in_assertion = true;
  const CredentialRecord back = decode_record(encode_record(record));
  BOOST_TEST((back.renewal == Renewal::service_account));
  BOOST_TEST((back.client_auth == ClientAuth::private_key_jwt));
  BOOST_TEST(back.signing_key.private_key.equals(record.signing_key.private_key));
  BOOST_TEST(back.signing_key.algorithm == "ES256");
  BOOST_TEST(back.signing_key.key_id == "k");
  BOOST_TEST(back.signing_key.x5t == "t1");
  BOOST_TEST(back.signing_key.x5t_s256 == "t256");
  BOOST_TEST(back.assertion_issuer == "robot");
  BOOST_TEST(back.assertion_audience == "https://as.example");
  BOOST_TEST(back.scope_in_assertion);
  BOOST_TEST(back.can_renew());
}

BOOST_AUTO_TEST_SUITE_END()
