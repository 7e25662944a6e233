"""Through an HTTP and a SOCKS5 proxy that want a user and a password, which comes from the vault."""
import tempfile
import unittest

import imap_servers
import workspace
from rig import SignInProxy, canary

USER = "hauler"
PASSWORD = f"proxy-{canary.WORD}"
CREDENTIAL = "way-out"


class SignInAtAProxy(unittest.TestCase):
    kind = None

    @classmethod
    def setUpClass(cls):
        if cls.kind is None:
            raise unittest.SkipTest("only what the suites share")
        cls.server = imap_servers.MailServer("dovecot")
        cls.addClassCleanup(cls.server.stop)
        with cls.server.writer() as writer:
            for number in range(5):
                writer.append("INBOX", b"Subject: %d\r\n\r\nx\r\n" % number)
        folder = cls.enterClassContext(tempfile.TemporaryDirectory(prefix="haulier-proxy-"))
        cls.proxy = SignInProxy(cls.kind, folder, USER, PASSWORD, cls.server.server.port)
        cls.addClassCleanup(cls.proxy.stop)

    def start(self, password=PASSWORD):
        work = self.server.sign_in(self.enterContext(workspace.Workspace()))
        work.login_by_password(CREDENTIAL, password, "pipeline")
        return work

    def run_by(self, work, sign_in):
        way = f"source.imap.proxy={{type: {self.kind}, host: {self.proxy.host}, port: {self.proxy.port}{sign_in}}}"
        return work.run("imap_to_sqlite.yaml", settings=(*self.server.settings(), way, workspace.SHORT_RETRY))

    SIGN_IN = f", user: {USER}, password: '${{credential:{CREDENTIAL}}}'"

    def test_mail_comes_through(self):
        work = self.start()
        outcome = self.run_by(work, self.SIGN_IN)
        self.assertEqual(outcome.code, 0, outcome.words())
        self.assertEqual(work.value("SELECT count(*) FROM email_locations"), 5)

    def test_refused_sign_in_is_for_a_person_and_not_tried_again(self):
        outcome = self.run_by(self.start(PASSWORD + "x"), self.SIGN_IN)
        self.assertEqual(outcome.code, 78, outcome.words())
        self.assertIn("refuses its user or password", outcome.err)
        self.assertNotIn(PASSWORD, outcome.err)

    def test_proxy_that_wants_a_sign_in_says_so(self):
        outcome = self.run_by(self.start(), "")
        self.assertEqual(outcome.code, 78, outcome.words())
        self.assertIn("proxy.user", outcome.err)


class ByHttp(SignInAtAProxy):
    kind = "http"


class BySocks5(SignInAtAProxy):
    kind = "socks5"


if __name__ == "__main__":
    unittest.main()
