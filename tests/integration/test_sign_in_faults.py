"""Token endpoints that stumble, while a stored sign-in is being used: a passing fault is never bad credentials."""
import concurrent.futures
import os
import subprocess
import tempfile
import threading
import unittest

from rig import Account, Proxy, Rig, TokenFaults
from sign_in_program import SignIn

ALICE, BOB = "alice@example.test", "bob@example.test"
HTML = {"status": 200, "headers": {"Content-Type": "text/html"}, "body": "<html>the hotel's sign-in page</html>"}
GATEWAY = {"status": 500, "headers": {"Content-Type": "text/html"}, "body": "<html>oops</html>"}
THROTTLED = {"status": 429, "headers": {"Retry-After": "1"}, "body": "slower"}
SHARED = None


class Shared:
    def __init__(self, folder):
        self.rig = Rig(os.path.join(folder, "rig"), [Account(ALICE, "correct horse"), Account(BOB, "other horse")],
                       with_passwords=False)
        unittest.addModuleCleanup(self.rig.stop)
        self.front = TokenFaults(self.rig.authority, self.rig.authorization.port)
        unittest.addModuleCleanup(self.front.stop)
        # A message every few KiB, so that a run can be stopped in the middle.
        for number in range(40):
            self.rig.append(ALICE, "INBOX", b"Subject: %d\r\n\r\n%s\r\n" % (number, b"x" * 70 * 1024))


        # The program waits 25 s for an answer that does not come; the other tests run meanwhile.
        self.silent = TokenFaults(self.rig.authority, self.rig.authorization.port)
        unittest.addModuleCleanup(self.silent.stop)
        self.waiting = signed_in(os.path.join(folder, "waiting"), self.rig, self.silent, BOB)
        self.silent.fail("/token", "hang")
        self.wait = concurrent.futures.ThreadPoolExecutor(1).submit(self.waiting.connect, BOB, self.rig.oauth)


def setUpModule():
    global SHARED
    folder = tempfile.TemporaryDirectory(prefix="haulier-sign-in-")
    unittest.addModuleCleanup(folder.cleanup)
    SHARED = Shared(folder.name)


def signed_in(folder, rig, front, account=ALICE):
    """A program whose token endpoint is `front`, and whose access token counts as used up from the beginning."""
    program = SignIn(folder, rig)
    front.clear()
    # A life of no seconds: every use has to ask for a new token, and no test has to wait for that.
    front.rewrite("/token", expires_in=0)
    done = program.login(account, *program.by_issuer(), "--token-url", front.url + "/token", "--authorize-url",
                         rig.authorization.issuer + "/auth", "--no-browser", on_url=rig.browser(account).authorize)
    if done.returncode != 0:
        raise AssertionError(done.stderr)
    front.clear()
    front.rewrite("/token", expires_in=0)
    return program


class SignedIn(unittest.TestCase):
    def setUp(self):
        self.rig, self.front = SHARED.rig, SHARED.front
        folder = tempfile.TemporaryDirectory(prefix="haulier-sign-in-")
        self.addCleanup(folder.cleanup)
        self.program = signed_in(folder.name, self.rig, self.front)
        self.addCleanup(lambda: self.assertEqual(self.program.sweep(), []))

    def assert_ends(self, done, code, *words):
        self.assertEqual(done.returncode, code, done.stderr)
        for word in words:
            self.assertIn(word, done.stderr)
        if code in (75, 76):
            self.assertNotIn("auth login", done.stderr)

    def assert_passes(self):
        self.assert_ends(self.program.connect(ALICE, self.rig.oauth), 0)


class TokenEndpointFaults(SignedIn):
    def test_server_fault_is_passing_and_loses_nothing(self):
        self.front.fail("/token", GATEWAY)
        self.assert_ends(self.program.connect(ALICE, self.rig.oauth), 75, "answered HTTP 500", "The sign-in is kept")
        self.assert_passes()

    def test_throttling_is_passing_and_its_retry_after_is_obeyed(self):
        self.front.fail("/token", THROTTLED)
        done = self.program.run(ALICE, self.rig.oauth)
        asked = self.front.forms("/token")
        if done.returncode == 0:
            self.assertGreaterEqual(asked[1].at_s - asked[0].at_s, 1.0)
        else:
            self.assert_ends(done, 75, "HTTP 429")
            self.assertEqual(len(asked), 1)
        self.assert_passes()

    def test_web_page_instead_of_json_is_a_protocol_fault_and_loses_nothing(self):
        self.front.fail("/token", HTML)
        self.assert_ends(self.program.connect(ALICE, self.rig.oauth), 76, "answered with text/html")
        self.assert_passes()

    def test_lost_answer_is_told_in_words_when_the_server_had_rotated(self):
        self.front.fail("/token", "swallow")
        self.assert_ends(self.program.connect(ALICE, self.rig.oauth), 75)
        done = self.program.connect(ALICE, self.rig.oauth)
        self.assertEqual(done.returncode, 77, done.stderr)
        self.assertIn("an earlier refresh was cut off", done.stderr)
        self.assertIn(f"haulier auth login {ALICE}", done.stderr)
        self.assertEqual(self.program.accounts(), [ALICE])


class DuringTheRun(SignedIn):
    def test_token_revoked_in_the_middle_of_a_run_ends_with_77(self):
        with Proxy(self.rig.oauth.host, self.rig.oauth.port) as proxy:
            proxy.host = self.rig.oauth.host
            proxy.hold_after(600_000)
            path = self.program.pipeline(ALICE, proxy, source="batch: { messages: 5 }")
            with subprocess.Popen([self.program.binary, "run", path], env=self.program.environment,
                                  stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                                  text=True) as process:
                guard = threading.Timer(60, process.kill)
                guard.start()
                self.assertTrue(proxy.held.wait(30), "the run never got to its 600,000th byte")
                self.rig.authorization.revoke(ALICE)
                proxy.cut()
                _, err = process.communicate()
                guard.cancel()
            self.assertEqual(process.returncode, 77, err)
            self.assertIn(f"haulier auth login {ALICE}", err)
        self.assertEqual(self.program.accounts(), [ALICE])

    def test_mail_server_without_its_authorization_server_is_passing(self):
        # Dovecot answers [UNAVAILABLE] without any continuation; the token itself is good. A rig of its own, because
        # nothing brings an authorization server back with what it knew.
        folder = tempfile.TemporaryDirectory(prefix="haulier-sign-in-")
        self.addCleanup(folder.cleanup)
        with Rig(os.path.join(folder.name, "rig"), [Account(ALICE, "correct horse")], with_passwords=False) as rig:
            program = SignIn(os.path.join(folder.name, "program"), rig)
            done = program.login(ALICE, *program.by_issuer(), "--no-browser", on_url=rig.browser(ALICE).authorize)
            self.assertEqual(done.returncode, 0, done.stderr)
            rig.authorization.stop()
            self.assert_ends(program.connect(ALICE, rig.oauth), 75, "Temporary authentication failure")
            self.assertEqual(program.status()["accounts"][0]["state"], "ok")


class WithoutAnswer(SignedIn):
    """Last by its name, because it collects what was started first."""

    def test_endpoint_that_does_not_answer_is_passing(self):
        self.assert_ends(SHARED.wait.result(60), 75, "no answer in time")
        # It may be that the request arrived, so the mark of the attempt stays, and the token is tried once more.
        self.assert_ends(SHARED.waiting.connect(BOB, self.rig.oauth), 0)


if __name__ == "__main__":
    unittest.main()
