"""The rig must be able to refuse: a server that accepts anything would prove nothing."""
import base64
import hashlib
import http.server
import imaplib
import json
import secrets
import ssl
import tempfile
import threading
import unittest
import urllib.error
import urllib.parse
import urllib.request

from rig import Account, BrowserError, Rig

ALICE, BOB = "alice@example.test", "bob@example.test"


class Redirect(http.server.BaseHTTPRequestHandler):
    """The loopback listener of a native app: keeps the query it got."""

    def do_GET(self):
        self.server.query = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(self.path).query))
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"signed in")

    def log_message(self, *_):
        pass


class RigTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix="haulier-rig-")
        cls.addClassCleanup(cls.folder.cleanup)
        cls.rig = Rig(cls.folder.name, [Account(ALICE, "one secret"), Account(BOB, "another")])
        cls.addClassCleanup(cls.rig.stop)
        cls.tls = ssl.create_default_context(cafile=cls.rig.ca_file)

    def setUp(self):
        self.listener = http.server.HTTPServer(("127.0.0.1", 0), Redirect)
        self.listener.query = {}
        threading.Thread(target=self.listener.serve_forever, args=(0.01,), daemon=True).start()
        self.addCleanup(self.listener.server_close)
        self.addCleanup(self.listener.shutdown)
        self.redirect_uri = f"http://127.0.0.1:{self.listener.server_port}/callback"

    def authorize(self, browser, **changes):
        self.verifier = secrets.token_urlsafe(48)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(self.verifier.encode()).digest()).rstrip(b"=").decode()
        query = dict(response_type="code", client_id="haulier", redirect_uri=self.redirect_uri, scope="mail offline_access",
                     prompt="consent", state="s", code_challenge=challenge, code_challenge_method="S256") | changes
        browser.authorize(f"{self.rig.authorization.issuer}/auth?{urllib.parse.urlencode(query)}")
        return self.listener.query

    def token(self, **fields):
        body = urllib.parse.urlencode(dict(client_id="haulier", **fields)).encode()
        with urllib.request.urlopen(self.rig.authorization.issuer + "/token", data=body, context=self.tls) as response:
            return json.load(response)

    def sign_in(self, account=ALICE):
        code = self.authorize(self.rig.browser(account))["code"]
        return self.token(grant_type="authorization_code", code=code, redirect_uri=self.redirect_uri, code_verifier=self.verifier)

    def log_in(self, user, token, mechanism="XOAUTH2"):
        server = self.rig.oauth
        start = {"XOAUTH2": f"user={user}\1auth=Bearer {token}\1\1",
                 "OAUTHBEARER": f"n,a={user},\1host={server.host}\1port={server.port}\1auth=Bearer {token}\1\1"}[mechanism]
        connection = imaplib.IMAP4_SSL(server.host, server.port, ssl_context=self.tls)
        self.addCleanup(connection.shutdown)
        connection.authenticate(mechanism, lambda challenge: start if not challenge else b"")
        return connection

    def test_token_opens_its_own_mailbox_with_both_mechanisms(self):
        token = self.sign_in()["access_token"]
        for mechanism in ("XOAUTH2", "OAUTHBEARER"):
            self.assertEqual(self.log_in(ALICE, token, mechanism).select("INBOX", readonly=True)[0], "OK")

    def test_token_does_not_open_another_mailbox(self):
        with self.assertRaisesRegex(imaplib.IMAP4.error, "AUTHENTICATIONFAILED"):
            self.log_in(BOB, self.sign_in()["access_token"])

    def test_code_works_once(self):
        code = self.authorize(self.rig.browser(ALICE))["code"]
        ask = dict(grant_type="authorization_code", code=code, redirect_uri=self.redirect_uri, code_verifier=self.verifier)
        self.token(**ask)
        with self.assertRaises(urllib.error.HTTPError) as caught:
            self.token(**ask)
        caught.exception.close()

    def test_wrong_verifier_is_refused(self):
        code = self.authorize(self.rig.browser(ALICE))["code"]
        with self.assertRaises(urllib.error.HTTPError) as caught:
            self.token(grant_type="authorization_code", code=code, redirect_uri=self.redirect_uri, code_verifier="x" * 50)
        caught.exception.close()

    def test_used_refresh_token_kills_the_grant(self):
        first = self.sign_in()
        second = self.token(grant_type="refresh_token", refresh_token=first["refresh_token"])
        for old in (first, second):
            with self.assertRaises(urllib.error.HTTPError) as caught:
                self.token(grant_type="refresh_token", refresh_token=old["refresh_token"])
            caught.exception.close()

    def test_revoked_account_is_out_at_once(self):
        token = self.sign_in()["access_token"]
        self.rig.authorization.revoke(ALICE)
        with self.assertRaisesRegex(imaplib.IMAP4.error, "AUTHENTICATIONFAILED"):
            self.log_in(ALICE, token)

    def test_no_refresh_token_without_consent_prompt(self):
        query = self.authorize(self.rig.browser(ALICE), prompt="login")
        tokens = self.token(grant_type="authorization_code", code=query["code"], redirect_uri=self.redirect_uri,
                            code_verifier=self.verifier)
        self.assertNotIn("refresh_token", tokens)

    def test_denied_consent_comes_back_as_an_error(self):
        self.assertEqual(self.authorize(self.rig.browser(ALICE, answer="deny"))["error"], "access_denied")

    def test_wrong_password_does_not_sign_in(self):
        with self.assertRaises(BrowserError):
            self.authorize(self.rig.browser(ALICE, password="guess"))

    def test_passwords_instance_offers_no_tokens(self):
        server = self.rig.passwords
        with imaplib.IMAP4_SSL(server.host, server.port, ssl_context=self.tls) as connection:
            self.assertNotIn("AUTH=XOAUTH2", connection.capabilities)
            connection.login(ALICE, "one secret")

    def test_mailboxes_take_any_name_and_keep_uids(self):
        for number in range(3):
            self.rig.create_mailbox(BOB, "项目资料") if number == 0 else None
            self.rig.append(BOB, "项目资料", b"Subject: %d\r\n\r\nx\r\n" % number)
        self.rig.expunge(BOB, "项目资料", [2])
        self.assertEqual(self.rig.uids(BOB, "项目资料"), [1, 3])


if __name__ == "__main__":
    unittest.main()
