"""--watch on its own: new mail arrives while connections are cut, fall silent and the server restarts; nothing is lost or
doubled, and a signal ends it."""
import contextlib
import signal
import tempfile
import threading
import time
import unittest

import workspace
from rig import Proxy
from workspace import ALICE, PASSWORD

BOB, BOBS_PASSWORD = "bob@example.test", "other horse"
ARCHIVE = "Archive"
# Within this a message must be in the database, whatever happened to the connection before.
BOUND_S = 30
BOTH = f"source.imap.accounts=[{{user: {ALICE}}}, {{user: {BOB}}}]"
QUICK = ("source.imap.timeouts={connect: 3s, response: 3s}", "source.imap.poll_interval=4s")


class Watch(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="haulier-rig-")
        cls.addClassCleanup(folder.cleanup)
        cls.rig = workspace.start_rig(folder.name, with_oauth=False)
        cls.addClassCleanup(cls.rig.stop)

    def setUp(self):
        self.begin(ALICE)

    def begin(self, *accounts):
        """A new folder and proxy, and one message in each account."""
        self.sent = 0
        self.work = self.enterContext(workspace.Workspace())
        self.work.environment.update(HAULIER_USER=ALICE, HAULIER_IMAP_HOST=self.rig.passwords.host,
                                     HAULIER_DATABASE=self.work.database)
        self.work.login_by_password(ALICE, PASSWORD, self.rig.passwords.host)
        for account in accounts:
            self.rig.forget_mail(account)
            self.send(account)
            self.rig.create_mailbox(account, ARCHIVE)
        self.proxy = self.enterContext(Proxy(self.rig.passwords.host, self.rig.passwords.port))

    def send(self, account, mailbox="INBOX"):
        self.sent += 1
        self.rig.append(account, mailbox, f"From: <{account}>\r\nSubject: number {self.sent}\r\n\r\nHere it is.\r\n".encode())
        return self.sent

    @contextlib.contextmanager
    def watching(self, *settings):
        """The program at work; at the end it gets SIGTERM, and everything must be there once."""
        settings = workspace.imap_settings(self.rig.passwords, self.rig, *settings, f"source.imap.port={self.proxy.port}")
        process, report = self.work.start("imap_to_sqlite.yaml", "--watch", settings=settings)
        reader = _Reader(process)
        try:
            yield lambda: reader.text
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=30)
        finally:
            if process.poll() is None:
                process.kill()
            reader.join()
        outcome = self.work.outcome(process, "", reader.text, report)
        self.assertEqual(outcome.code, 75, outcome.words())
        subjects = [row["subject"] for row in self.work.rows("SELECT subject FROM emails ORDER BY subject")]
        self.assertEqual(subjects, sorted(f"number {number}" for number in range(1, self.sent + 1)))
        self.assertEqual(self.work.value("SELECT count(*) FROM email_locations"), self.sent)

    def assert_arrives(self, number):
        """Nothing tells another process of a commit in SQLite, so this looks again and again."""
        end = time.monotonic() + BOUND_S
        while time.monotonic() < end:
            with contextlib.suppress(Exception):
                if self.work.rows("SELECT 1 FROM emails WHERE subject = ?", f"number {number}"):
                    return
            threading.Event().wait(0.05)
        self.fail(f"number {number} is not there after {BOUND_S} s")

    def test_every_cut_is_recovered_from_without_a_person(self):
        for way in ("reset", "cut", "fall_silent"):
            with self.subTest(way):
                self.begin(ALICE)
                with self.watching(*QUICK):
                    self.assert_arrives(1)
                    for mailbox in ("INBOX", ARCHIVE, "INBOX"):
                        getattr(self.proxy, way)()
                        self.assert_arrives(self.send(ALICE, mailbox))

    def test_server_that_restarts_is_come_back_to(self):
        with self.watching(*QUICK):
            self.assert_arrives(1)
            for _ in range(2):
                self.rig.passwords.halt()
                self.rig.passwords.start()
                self.assert_arrives(self.send(ALICE))

    def test_accounts_are_watched_each_on_its_own(self):
        self.begin(ALICE, BOB)
        self.work.login_by_password(BOB, BOBS_PASSWORD, self.rig.passwords.host)
        with self.watching(*QUICK, BOTH, "source.imap.parallel_accounts=1", "source.imap.connections=2"):
            self.assert_arrives(1)
            self.assert_arrives(2)
            for way in ("reset", "fall_silent"):
                getattr(self.proxy, way)()
                for account in (BOB, ALICE):
                    self.assert_arrives(self.send(account))

    def test_account_that_a_person_must_authorise_does_not_end_the_watch_of_another(self):
        self.work.login_by_password(BOB, "not his", self.rig.passwords.host)
        with self.watching(*QUICK, BOTH) as said:
            self.assert_arrives(1)
            for _ in range(2):
                self.assert_arrives(self.send(ALICE))
        self.assertEqual(said().count("refuses the password of " + BOB), 1)

    def test_idle_tells_of_mail_before_the_next_poll(self):
        with self.watching("source.imap.poll_interval=1h"):
            self.assert_arrives(1)
            self.assert_arrives(self.send(ALICE))


class _Reader(threading.Thread):
    """Reads what the program says, so that it never waits for room in the pipe."""

    def __init__(self, process):
        super().__init__(daemon=True)
        self._process, self.text = process, ""
        self.start()

    def run(self):
        self._process.stdout.close()
        with self._process.stderr as errors:
            self.text = errors.read()


if __name__ == "__main__":
    unittest.main()
