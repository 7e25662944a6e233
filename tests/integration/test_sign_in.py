"""Every way to sign in, against Dovecot and a real authorization server: what works, and what must not."""
import base64
import hashlib
import json
import os
import ssl
import tempfile
import unittest
import urllib.error
import urllib.parse

import sign_in_program
from rig import Account, IdDemanding, Rig, TokenFaults, canary
from sign_in_program import SignIn

ALICE, TEAM = "alice@example.test", "team@example.test"
PASSWORD = f"correct horse {canary.WORD}"


SHARED = None


class Shared:
    """The servers, which all tests of this file share."""

    def __init__(self, folder):
        self.keys = sign_in_program.ApplicationKeys(os.path.join(folder, "keys"))
        self.rig = Rig(os.path.join(folder, "rig"), [Account(ALICE, PASSWORD), Account(TEAM, "team horse")],
                       authorization_extra=self.keys.authorization_extra(TEAM))
        unittest.addModuleCleanup(self.rig.stop)
        self.front = TokenFaults(self.rig.authority, self.rig.authorization.port)
        unittest.addModuleCleanup(self.front.stop)
        for account in (ALICE, TEAM):
            self.rig.append(account, "INBOX", b"Subject: hello\r\n\r\nx\r\n")


def setUpModule():
    global SHARED
    folder = tempfile.TemporaryDirectory(prefix="haulier-sign-in-")
    unittest.addModuleCleanup(folder.cleanup)
    SHARED = Shared(folder.name)


class SignInTest(unittest.TestCase):
    """Each test has a program of its own with an empty vault."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="haulier-sign-in-")
        self.addCleanup(folder.cleanup)
        self.keys, self.rig, self.front = SHARED.keys, SHARED.rig, SHARED.front
        self.program = SignIn(folder.name, self.rig)
        self.addCleanup(lambda: self.assertEqual(self.program.sweep(), []))
        self.front.clear()

    def assert_opens(self, account, server=None, **options):
        done = self.program.connect(account, server or self.rig.oauth, **options)
        self.assertEqual(done.returncode, 0, done.stderr)

    def assert_ends(self, done, code, *words):
        self.assertEqual(done.returncode, code, done.stderr)
        for word in words:
            self.assertIn(word, done.stderr)


class BrowserSignIn(SignInTest):
    def browser_login(self, browser, *options, account=ALICE, scope="mail offline_access"):
        return self.program.login(account, *self.program.by_issuer(scope), "--no-browser", *options,
                                  on_url=browser.authorize)

    def diverted(self, **changes):
        """A browser that comes back to the program with some parameters changed."""
        browser = self.rig.browser(ALICE)

        def divert(address):
            address = urllib.parse.urlsplit(address)
            query = dict(urllib.parse.parse_qsl(address.query)) | changes
            return urllib.parse.urlunsplit(address._replace(query=urllib.parse.urlencode(query)))

        browser.divert = divert
        return browser

    def test_signed_in_account_opens_its_mailbox_and_logout_revokes(self):
        done = self.browser_login(self.rig.browser(ALICE), "--token-url", self.front.url + "/token",
                                  "--revocation-url", self.front.url + "/token/revocation",
                                  "--authorize-url", self.rig.authorization.issuer + "/auth")
        self.assert_ends(done, 0, "signed in: " + ALICE, "OAuth2 sign-in in the browser")
        self.assert_opens(ALICE)
        self.assertEqual(self.program.status()["accounts"][0]["state"], "ok")
        self.assert_ends(self.program.command("auth", "logout", ALICE), 0, "the provider has revoked it")
        [revoked] = self.front.forms("/token/revocation")
        with self.assertRaises(urllib.error.HTTPError) as caught:
            sign_in_program.refresh(self.rig, revoked.form["token"])
        with caught.exception as error:
            self.assertEqual(json.load(error)["error"], "invalid_grant")
        self.assertEqual(self.program.accounts(), [])

    def test_failed_revocation_is_reported_and_the_local_record_still_goes(self):
        done = self.browser_login(self.rig.browser(ALICE), "--revocation-url", self.front.url + "/token/revocation")
        self.assert_ends(done, 0)
        self.front.fail("/token/revocation", {"status": 503, "body": "later"})
        self.assert_ends(self.program.command("auth", "logout", ALICE), 0, "did not revoke it", "HTTP 503")
        self.assertEqual(self.program.accounts(), [])

    def test_wrong_state_is_refused(self):
        self.assert_ends(self.browser_login(self.diverted(state="forged")), 76, "wrong state")
        self.assertEqual(self.program.accounts(), [])

    def test_wrong_issuer_is_refused(self):
        self.assert_ends(self.browser_login(self.diverted(iss="https://evil.example")), 76, "another issuer")
        self.assertEqual(self.program.accounts(), [])

    def test_denied_consent_is_told(self):
        self.assert_ends(self.browser_login(self.rig.browser(ALICE, answer="deny")), 77, "was not granted", "access_denied")
        self.assertEqual(self.program.accounts(), [])

    def test_no_refresh_token_fails_at_once(self):
        self.assert_ends(self.browser_login(self.rig.browser(ALICE), scope="mail"), 78, "no refresh token was issued")
        self.assertEqual(self.program.accounts(), [])

    def test_pasted_address_signs_in_and_its_code_works_once(self):
        used = []

        def paste(url):
            used.append(self.rig.browser(ALICE).authorize_elsewhere(url))
            return used[0]

        self.assert_ends(self.program.login(ALICE, *self.program.by_issuer(), "--paste", on_url=paste), 0, "signed in")
        self.assert_opens(ALICE)
        code = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(used[0]).query))["code"]

        def replay(url):
            state = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(url).query))["state"]
            return used[0].split("?")[0] + "?" + urllib.parse.urlencode(
                {"code": code, "state": state, "iss": self.rig.authorization.issuer})

        done = self.program.login("again@example.test", *self.program.by_issuer(), "--paste", on_url=replay)
        self.assert_ends(done, 77, "it was used before or is too old")
        self.assertEqual(self.program.accounts(), [ALICE])
        self.assertNotIn(code, done.stderr)

    def test_pasted_address_with_another_state_is_refused(self):
        def paste(url):
            address = self.rig.browser(ALICE).authorize_elsewhere(url)
            return address.replace("state=", "state=x")

        done = self.program.login(ALICE, *self.program.by_issuer(), "--paste", on_url=paste)
        self.assert_ends(done, 76, "wrong state")
        self.assert_ends(self.program.login(ALICE, *self.program.by_issuer(), "--paste", on_url=lambda _: "just-the-code"),
                         76, "pasted as a whole")
        self.assertEqual(self.program.accounts(), [])


class DeviceSignIn(SignInTest):
    def setUp(self):
        super().setUp()
        # The server names no interval, which means five seconds; a test has less time.
        self.front.rewrite("/device/auth", interval=1)
        self.urls = ["--device-url", self.front.url + "/device/auth", "--token-url", self.front.url + "/token",
                     "--issuer", self.rig.authorization.issuer]

    def device_login(self, on_url):
        return self.program.login(ALICE, *self.program.client(), *self.urls, "--device", on_url=on_url)

    def person(self, answer="allow", after=1):
        def types_it_in(url):
            self.front.wait_for("/token", after)  # it is pending for the first time
            self.rig.browser(ALICE, answer=answer).enter_device_code(url)
        return types_it_in

    def test_code_typed_in_on_another_device_signs_in(self):
        self.assert_ends(self.device_login(self.person()), 0, "type in this code", "signed in: " + ALICE)
        self.assertGreaterEqual(len(self.front.forms("/token")), 2)
        self.assert_opens(ALICE)

    def test_slow_down_adds_five_seconds(self):
        self.front.fail("/token", {"status": 400, "body": '{"error":"slow_down"}'})
        self.assert_ends(self.device_login(self.person()), 0, "signed in: " + ALICE)
        first, second = self.front.forms("/token")[:2]
        self.assertGreaterEqual(second.at_s - first.at_s, 5.9)

    def test_denied_on_the_other_device_is_told(self):
        self.assert_ends(self.device_login(self.person(answer="deny")), 77, "denied on the other device")
        self.assertEqual(self.program.accounts(), [])

    def test_code_that_is_too_old_is_told(self):
        self.rig.authorization.set(device_code_ttl_s=1)
        self.addCleanup(self.rig.authorization.set, device_code_ttl_s=600)
        self.front.rewrite("/device/auth", interval=1, expires_in=60)  # it is the server that says so
        self.front.fail("/token", {"status": 400, "body": '{"error":"authorization_pending"}'})
        self.assert_ends(self.device_login(lambda _: None), 77, "it has expired")
        self.assertEqual(self.program.accounts(), [])


class SignInWithoutPerson(SignInTest):
    def application(self, client, *options):
        return self.program.login(TEAM, "--application", *self.program.server(), "--client-id", client, "--scope", "mail",
                                  "--issuer", self.rig.authorization.issuer, "--token-url", self.front.url + "/token",
                                  "--assertion-audience", self.rig.authorization.issuer + "/token", *options)

    def test_application_with_a_secret(self):
        done = self.application("app-secret", "--client-secret-file", self.keys.secret_file, "--client-auth", "basic",
                                "--client-secret-expires", "2099-12-31")
        self.assert_ends(done, 0, "as the application itself")
        self.assert_opens(TEAM)
        self.assert_opens(TEAM)
        wrong = self.program.write("wrong-secret", "not it")
        self.assert_ends(self.application("app-secret", "--client-secret-file", wrong, "--client-auth", "basic"), 78,
                         "does not accept client id or client secret")
        self.assertEqual(self.program.accounts(), [TEAM])

    def test_application_with_a_private_key(self):
        for algorithm in ("RS256", "PS256"):
            done = self.application("app-key", "--client-key-file", self.keys.key_file, "--signing-algorithm", algorithm)
            self.assert_ends(done, 0)
            self.assert_opens(TEAM)

    def test_application_with_a_certificate_names_its_thumbprints(self):
        done = self.application("app-key", "--client-key-file", self.keys.key_file, "--client-certificate",
                                self.keys.certificate_file)
        self.assert_ends(done, 0)
        self.assert_opens(TEAM)
        header = sign_in_program.jwt_part(self.front.forms("/token")[0].form["client_assertion"], 0)
        with open(self.keys.certificate_file) as file:
            der = ssl.PEM_cert_to_DER_cert(file.read())
        for name, digest in (("x5t", hashlib.sha1(der)), ("x5t#S256", hashlib.sha256(der))):
            self.assertEqual(header[name], base64.urlsafe_b64encode(digest.digest()).decode().rstrip("="))

    def test_wrong_private_key_is_a_setting_and_not_a_dead_sign_in(self):
        done = self.application("app-key", "--client-key-file", self.keys.other_key_file)
        self.assert_ends(done, 78, "does not accept")
        self.assertEqual(self.program.accounts(), [])

    def service_account(self, account):
        return self.program.login(account, "--service-account", self.keys.key_file, "--assertion-issuer", "robot",
                                  *self.program.server(), "--client-id", "haulier", "--scope", "mail", "--issuer", self.rig.authorization.issuer)

    def test_service_account_opens_the_mailbox_it_may_act_for(self):
        self.assert_ends(self.service_account(TEAM), 0, "as the service account robot")
        self.assert_opens(TEAM)
        self.assert_ends(self.service_account(ALICE), 78, "may act for " + ALICE)
        self.assertEqual(self.program.accounts(), [TEAM])


class AppPassword(SignInTest):
    def store(self, password, account=ALICE, host="127.0.0.1"):
        return self.program.login(account, "--password-file", self.program.write("code", password), "--host", host)

    def test_app_password_opens_a_mailbox_that_knows_no_tokens(self):
        self.assert_ends(self.store(PASSWORD), 0, "授权码, an app password given by the provider, not OAuth2")
        self.assert_opens(ALICE, self.rig.passwords)
        self.assertNotIn(PASSWORD, self.program.command("auth", "status").stdout)

    def test_terminal_is_asked_without_echo(self):
        screen, code = sign_in_program.at_a_terminal(
            self.program, ["auth", "login", "--app-password", ALICE, "--host", "127.0.0.1"], b"not the web password): ",
            PASSWORD.encode() + b"\n")
        self.assertEqual(code, 0, screen)
        self.assertIn("授权码", screen)
        self.assertNotIn(PASSWORD, screen)
        self.assert_opens(ALICE, self.rig.passwords)

    def test_refused_password_says_that_it_may_be_the_web_password(self):
        self.store("my web password")
        self.assert_ends(self.program.connect(ALICE, self.rig.passwords), 77, "web password", "授权码",
                         f"haulier auth login --app-password {ALICE}")
        self.assertEqual(self.program.accounts(), [ALICE])

    def test_a_host_that_the_credential_is_not_bound_to_gets_nothing(self):
        self.assert_ends(self.store(PASSWORD, host="imap.example.org"), 0)
        self.assert_ends(self.program.connect(ALICE, self.rig.passwords), 78, "may be sent to imap.example.org only",
                         "Nothing was sent")

    def test_token_is_bound_to_its_host_too(self):
        browser = self.rig.browser(ALICE)
        self.assert_ends(self.program.login(ALICE, *self.program.by_issuer(), "--no-browser", on_url=browser.authorize), 0)
        before = self.rig.authorization.counts()["token_requests"]["total"]
        self.assert_ends(self.program.connect(ALICE, self.rig.oauth, host="localhost"), 78, "not to localhost")
        self.assertEqual(self.rig.authorization.counts()["token_requests"]["total"], before)

    def test_address_alone_picks_server_tls_profile_and_method(self):
        account = "someone@gd.chinamobile.com"
        done = self.program.login(account, "--password-file", self.program.write("code", "0123456789abcdef0123"))
        self.assert_ends(done, 0, "provider chinamobile", "mail server imap.chinamobile.com port 993", "TLS profile default",
                         "授权码", 'host: "imap.chinamobile.com", port: 993')
        done = self.program.login(account, "--password-file", self.program.write("code", "0123456789abcdef0123"), "--host",
                                  "imap.example.org", "--port", "1993", "--tls-profile", "legacy", "--user", "someone")
        self.assert_ends(done, 0, "mail server imap.example.org port 1993", "TLS profile legacy", "user someone")

    def test_server_like_163_gets_its_id_on_every_connection(self):
        front = IdDemanding(self.rig.authority, self.rig.passwords)
        self.addCleanup(front.stop)
        self.store(PASSWORD)
        done = self.program.run(ALICE, front, source="id: never")
        self.assert_ends(done, 77, "Unsafe Login", "source.imap.id")
        self.assertEqual((front.refused, front.ids), (1, []))
        self.assert_ends(self.program.run(ALICE, front), 0)
        self.assertEqual(front.refused, 1)
        self.assertIn('"name" "haulier"', front.ids[0])


if __name__ == "__main__":
    unittest.main()
