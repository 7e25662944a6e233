"""Messages that are too big to be fetched twice, or at all, from a real server."""
import base64
import hashlib
import random
import tempfile
import unittest

import workspace
from rig import Proxy
from workspace import ALICE, PASSWORD

MIB = 1 << 20
BIG = 150 * 1000 * 1000
SMALL = b"From: a@example.org\r\nSubject: small %d\r\n\r\nshort\r\n"
HEAD = (b"From: a@example.org\r\nTo: b@example.org\r\nSubject: %b\r\nMIME-Version: 1.0\r\n"
        b"Content-Type: application/octet-stream\r\nContent-Disposition: attachment; filename=big.bin\r\n"
        b"Content-Transfer-Encoding: base64\r\n\r\n")


def big_message(subject, size):
    """About `size` octets whose blocks all differ, so that no byte can stand in for another one."""
    chance = random.Random(size)
    lines = [base64.encodebytes(chance.randbytes(57 * 1000)).replace(b"\n", b"\r\n") for _ in range(size // 78000 + 1)]
    return HEAD % subject + b"".join(lines)[:size]


class BigMail(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="haulier-rig-")
        cls.addClassCleanup(folder.cleanup)
        cls.rig = workspace.start_rig(folder.name, with_oauth=False)
        cls.addClassCleanup(cls.rig.stop)
        cls.big = big_message(b"big", BIG)
        for number in range(3):
            cls.rig.append(ALICE, "INBOX", SMALL % number)
        cls.rig.append(ALICE, "INBOX", cls.big)
        for number in range(3, 6):
            cls.rig.append(ALICE, "INBOX", SMALL % number)

    def setUp(self):
        self.work = self.enterContext(workspace.Workspace())
        self.server = self.rig.passwords
        self.work.environment.update(HAULIER_USER=ALICE, HAULIER_IMAP_HOST=self.server.host,
                                     HAULIER_DATABASE=self.work.database)
        self.work.login_by_password(ALICE, PASSWORD, self.server.host)

    def settings(self, proxy, *more):
        return workspace.imap_settings(self.server, self.rig, f"source.imap.port={proxy.port}",
                                       "source.imap.mailboxes={include: [INBOX]}",
                                       workspace.SHORT_RETRY, *more)

    def test_cut_in_the_middle_it_goes_on_there_within_the_memory_limit(self):
        with Proxy(self.server.host, self.server.port) as proxy:
            proxy.hold_after(90 * MIB)
            process, report = self.work.start("imap_to_sqlite.yaml", settings=self.settings(proxy))
            self.assertTrue(proxy.held.wait(120))
            proxy.cut()
            outcome = self.work.finish(process, report)
            self.assertEqual(outcome.code, 0, outcome.words())
            self.assertEqual(proxy.connections, 2)
            # TLS and the small messages need little; a second beginning would need 90 MiB.
            self.assertLess(proxy.passed, len(self.big) + 8 * MIB)
        self.assertLess(outcome.report["peak_memory_bytes"], 64 * MIB)
        self.assertEqual(outcome.metric("haulier_imap_connects_total"), 2)
        stored = self.work.rows("SELECT raw_sha256, raw_size FROM emails ORDER BY raw_size DESC")
        self.assertEqual(len(stored), 7)
        self.assertEqual(stored[0], {"raw_sha256": hashlib.sha256(self.big).hexdigest(), "raw_size": len(self.big)})
        self.assertEqual(self.work.value("SELECT count(*) FROM quarantine"), 0)

    def test_too_big_it_is_quarantined_in_the_first_pass_and_hardly_fetched(self):
        with Proxy(self.server.host, self.server.port) as proxy:
            outcome = self.work.run("imap_to_sqlite.yaml", settings=self.settings(
                proxy, "source.imap.max_message=100MiB", "source.imap.window=1MiB"))
            self.assertEqual(outcome.code, 3, outcome.words())
            self.assertEqual(proxy.connections, 1)
            self.assertLess(proxy.passed, 2 * MIB)
            self.assertEqual(self.work.value("SELECT count(*) FROM emails"), 6)
            self.assertIn("longer than max_message", self.work.value("SELECT reason FROM quarantine"))
            again = self.work.run("imap_to_sqlite.yaml", settings=self.settings(
                proxy, "source.imap.max_message=100MiB", "source.imap.window=1MiB"))
            self.assertEqual(again.code, 0, again.words())
            self.assertEqual(again.metric("haulier_imap_bodies_fetched_total"), 0)


if __name__ == "__main__":
    unittest.main()
