"""A huge mailbox: what the second run costs depends on what changed, not on what is there.

HAULIER_HUGE_MESSAGES=200000 makes it as huge as one likes; scripts/test takes 20,000."""
import os
import time
import unittest

import imap_servers
import workspace

MESSAGES = int(os.environ.get("HAULIER_HUGE_MESSAGES", "20000"))
NEW, EXPUNGED, FLAGGED = 4, 3, 3
KIB, MIB = 1024, 1024 * 1024


def mails(count):
    for number in range(count):
        yield (f"From: Sender {number % 97} <s{number % 97}@example.test>\r\nTo: <alice@example.test>\r\nSubject: message {number}\r\n"
               f"Message-ID: <{number}@example.test>\r\nDate: Mon, 01 Jan 2024 10:00:00 +0000\r\n\r\n"
               f"This is message {number} of a huge mailbox.\r\n").encode()


class Huge:
    """`kind` is the server; `most_bytes` is what the second run may receive, by the number of messages."""

    @classmethod
    def setUpClass(cls):
        cls.server = imap_servers.MailServer(cls.kind)
        cls.addClassCleanup(cls.server.stop)
        cls.server.fill(mails(MESSAGES))
        cls.work = cls.server.sign_in(cls.enterClassContext(workspace.Workspace()))

    def run_pipeline(self, what):
        begin = time.monotonic()
        outcome = self.work.run("imap_to_sqlite.yaml", settings=self.server.settings(), timeout_s=500)
        seconds = time.monotonic() - begin
        self.assertEqual(outcome.code, 0, outcome.words())
        received = outcome.metric("haulier_imap_received_bytes_total")
        print(f"\n{self.kind}, {MESSAGES} messages, {what}: {seconds:.2f} s, {received / KIB:.1f} KiB received, "
              f"{outcome.metric('haulier_imap_round_trips_total')} round trips, "
              f"{outcome.metric('haulier_imap_bodies_fetched_total')} bodies, "
              f"peak {outcome.report['peak_memory_bytes'] / MIB:.0f} MiB", flush=True)
        return outcome, received

    def test_second_run_costs_what_changed(self):
        outcome, _ = self.run_pipeline("first run")
        self.assertEqual(outcome.metric("haulier_imap_bodies_fetched_total"), MESSAGES)
        self.assertEqual(self.work.value("SELECT count(*) FROM email_locations"), MESSAGES)
        with self.server.writer() as writer:
            for raw in mails(NEW):
                writer.append("INBOX", raw + b"again\r\n")
            writer.expunge("INBOX", [5, MESSAGES // 2, MESSAGES - 5])
            writer.add_flags("INBOX", [MESSAGES - 1, MESSAGES - 2, MESSAGES - 3], "\\Flagged")
        outcome, received = self.run_pipeline(f"{NEW + EXPUNGED + FLAGGED} changes")
        self.assertEqual(outcome.metric("haulier_imap_bodies_fetched_total"), NEW)
        self.assertEqual(self.work.value("SELECT count(*) FROM email_locations"), MESSAGES + NEW)
        self.assertEqual(self.work.value("SELECT count(*) FROM email_locations WHERE vanished_at IS NOT NULL"), EXPUNGED)
        self.assertEqual(self.work.value("SELECT count(*) FROM email_locations WHERE flags LIKE '%Flagged%'"), FLAGGED)
        self.assertLess(received, self.most_bytes(MESSAGES))


class OnDovecot(Huge, unittest.TestCase):
    kind = "dovecot"

    @staticmethod
    def most_bytes(_):
        return 16 * KIB


class OnCyrus(Huge, unittest.TestCase):
    kind = "cyrus"

    @staticmethod
    def most_bytes(_):
        return 16 * KIB


class OnCourier(Huge, unittest.TestCase):
    """Without CONDSTORE and ESEARCH somebody has to list the UIDs, and look at the newest flags."""
    kind = "courier"

    @staticmethod
    def most_bytes(messages):
        return 64 * KIB + 8 * messages


if __name__ == "__main__":
    unittest.main()
