"""What an account may ask of its server: bytes in a day, across runs; and COMPRESS on links of two kinds."""
import signal
import tempfile
import time
import unittest

import workspace
from rig import DelayProxy
from workspace import ALICE, PASSWORD

COMPRESS = "mail_plugins = zlib\nprotocol imap {\n  mail_plugins = zlib imap_zlib\n}\n"
SLOW = 2_000_000  # bytes per second: 16 Mbit/s
DAY = 4_000_000


class AccountLimits(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        mail = workspace.sample_mail("ten2000")
        folder = tempfile.TemporaryDirectory(prefix="haulier-rig-")
        cls.addClassCleanup(folder.cleanup)
        cls.rig = workspace.start_rig(folder.name, with_oauth=False, extra=COMPRESS)
        cls.addClassCleanup(cls.rig.stop)
        cls.rig.load(ALICE, f"{mail}/mail")
        totals = workspace.manifest(mail)["totals"]
        cls.messages, cls.octets = totals["places"], totals["bytes"]

    def start(self):
        work = self.enterContext(workspace.Workspace())
        host = self.rig.imap.host
        work.environment.update(HAULIER_USER=ALICE, HAULIER_IMAP_HOST=host, HAULIER_DATABASE=work.database)
        work.login_by_password(ALICE, PASSWORD, host)
        return work

    def settings(self, server, *more):
        return (*workspace.imap_settings(server, self.rig), *more)

    def run_at(self, work, server, *settings):
        return work.run("imap_to_sqlite.yaml", settings=self.settings(server, *settings))

    def stored(self, work):
        return work.value("SELECT count(*) FROM email_locations")

    def proxy(self, **options):
        server = self.rig.imap
        return self.enterContext(DelayProxy(server.host, server.port, 0.0, **options))

    def test_day_that_is_used_up_ends_the_run_and_the_next_one(self):
        work, proxy = self.start(), self.proxy()
        first = self.run_at(work, proxy, f"source.imap.limits={{bytes_per_day: {DAY}}}")
        self.assertEqual(first.code, 75, first.words())
        self.assertRegex(first.err, r"bytes_per_day is used up for .*; it goes on at \d{4}-\d\d-\d\d \d\d:00 UTC")
        stored = self.stored(work)
        self.assertGreater(stored, 0)
        self.assertLess(stored, self.messages)
        # What is in flight when the limit is reached still comes.
        self.assertGreaterEqual(first.metric("haulier_imap_received_bytes_total"), DAY)
        connections = proxy.connections
        second = self.run_at(work, proxy, f"source.imap.limits={{bytes_per_day: {DAY}}}")
        self.assertEqual(second.code, 75, second.words())
        self.assertEqual(proxy.connections, connections)
        self.assertEqual(self.stored(work), stored)
        third = self.run_at(work, proxy, "source.imap.limits={bytes_per_day: 0}")
        self.assertEqual(third.code, 0, third.words())
        self.assertEqual(self.stored(work), self.messages)
        self.assertEqual(third.metric("haulier_imap_bodies_fetched_total"), self.messages - stored)

    def test_day_that_is_used_up_pauses_a_watch(self):
        work = self.start()
        settings = self.settings(self.proxy(), f"source.imap.limits={{bytes_per_day: {DAY}}}")
        process, report = work.start("imap_to_sqlite.yaml", "--watch", settings=settings)
        lines = []
        for line in process.stderr:
            lines.append(line)
            if "goes on at" in line:
                break
        process.send_signal(signal.SIGTERM)
        outcome = work.finish(process, report)
        self.assertEqual(outcome.code, 75, "".join(lines) + outcome.words())
        self.assertGreater(self.stored(work), 0)
        self.assertEqual(outcome.metric("haulier_imap_connects_total"), 1)

    def test_compressed_conversation_stores_the_same(self):
        rows, figures = {}, {}
        for compress in ("never", "always", "auto"):
            work, proxy = self.start(), self.proxy(bytes_per_second=SLOW)
            began = time.monotonic()
            outcome = self.run_at(work, proxy, f"source.imap.compress={compress}")
            self.assertEqual(outcome.code, 0, outcome.words())
            figures[compress] = time.monotonic() - began, proxy.server_bytes
            rows[compress] = work.snapshot()
            self.assertEqual(self.stored(work), self.messages)
            print(f"\n  compress: {compress}, {SLOW * 8 / 1e6:.0f} Mbit/s: {figures[compress][0]:.2f} s, "
                  f"{figures[compress][1] / 1e6:.2f} MB", flush=True)
        for table in rows["never"]:
            if table != "email_sync_status":
                self.assertEqual(rows["always"][table], rows["never"][table], table)
                self.assertEqual(rows["auto"][table], rows["never"][table], table)
        sizes = {compress: size for compress, (_, size) in figures.items()}
        self.assertLess(sizes["always"], sizes["never"] / 2)
        # It first has to find out that the link is slow, and what is in flight then still comes uncompressed.
        self.assertLess(sizes["auto"], sizes["never"] * 0.6)


if __name__ == "__main__":
    unittest.main()
