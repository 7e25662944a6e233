"""Several connections of an account, several accounts: the database is the same as with one after the other."""
import collections
import contextlib
import json
import os
import random
import signal
import tempfile
import unittest

import workspace
from resume_story import Story, contents, difference
from rig import Proxy
from sample_mail import compose, store
from workspace import ALICE, PASSWORD

BOB, BOBS_PASSWORD = "bob@example.test", "other horse"
MAILBOXES = ("INBOX", "项目资料", *(f"Box {n}" for n in range(10)))
MESSAGES = 40  # in each
CONNECTIONS = "source.imap.connections=4"
BATCH = "source.imap.batch={messages: 9}"
# Bytes of the server after which it stands still.
MOMENTS = (40_000, 200_000, 450_000, 800_000)


def load(rig, account, size=2000, kinds=("plain", "alternative", "mixed")):
    writer = compose.Writer(account)
    with tempfile.TemporaryDirectory(prefix="haulier-mail-") as folder:
        mailboxes = store.Maildirs(folder)
        for number, mailbox in enumerate(MAILBOXES * MESSAGES):
            chance = random.Random(f"lanes {number}")
            kind = kinds[number % len(kinds)]
            when = 1_700_000_000 + number * 60
            mailboxes.add(mailbox, number, getattr(writer, kind)(chance, number, size, when).raw, when)
        rig.load(account, folder)


class Lanes(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="haulier-rig-")
        cls.addClassCleanup(folder.cleanup)
        cls.rig = workspace.start_rig(folder.name, with_oauth=False)
        cls.addClassCleanup(cls.rig.stop)
        for account in (ALICE, BOB):
            load(cls.rig, account)
        cls.start = cls.enterClassContext(workspace.Workspace())
        cls.start.login_by_password(ALICE, PASSWORD, cls.rig.passwords.host)
        cls.one = Story(cls.rig, ALICE, cls.start, (BATCH,))

    @contextlib.contextmanager
    def run_with(self, *settings, server=None):
        """(Workspace, Outcome) of a run from the start."""
        server = server or self.rig.passwords
        with self.one.begin() as work:
            yield work, work.run("imap_to_sqlite.yaml", settings=workspace.imap_settings(server, self.rig, BATCH, *settings))

    def test_four_connections_fill_the_database_as_one_does(self):
        with self.run_with(CONNECTIONS) as (work, outcome):
            self.assertEqual(outcome.code, 0, outcome.words())
            self.assertEqual(outcome.metric("haulier_imap_connects_total"), 4)
            self.assertIsNone(difference(self.one.end, contents(work.database)))
            self.assertEqual(work.value("SELECT count(*) FROM email_locations"), len(MAILBOXES) * MESSAGES)
            again = work.run("imap_to_sqlite.yaml", settings=workspace.imap_settings(self.rig.passwords, self.rig, CONNECTIONS))
            self.assertEqual((again.code, again.metric("haulier_imap_connects_total")), (0, 1), again.words())
            self.assertEqual(again.metric("haulier_imap_bodies_fetched_total"), 0)

    def test_each_login_examine_fetch_and_logout_is_in_the_audit_log(self):
        audit = os.path.join(self.start.folder, "lanes-audit.jsonl")
        with self.run_with(CONNECTIONS, f"audit.file={audit}") as (_, outcome):
            self.assertEqual(outcome.code, 0, outcome.words())
        records = [json.loads(line) for line in workspace.read_text(audit).splitlines()]
        events = collections.Counter(record["event"] for record in records)
        self.assertEqual((events["imap.login"], events["imap.logout"]), (4, 4))
        fetched = collections.Counter()
        for record in records:
            fields = record.get("fields", record)
            if record["event"] == "imap.fetch":
                fetched[fields["mailbox"]] += int(fields["messages"])
        self.assertEqual(fetched, {mailbox: MESSAGES for mailbox in MAILBOXES})
        self.assertGreaterEqual(events["imap.examine"], len(MAILBOXES))

    def test_server_that_takes_two_connections_is_read_with_two(self):
        with tempfile.TemporaryDirectory(prefix="haulier-rig-") as folder, \
                workspace.start_rig(folder, with_oauth=False, extra="mail_max_userip_connections = 2") as rig:
            load(rig, ALICE)
            with self.one.begin() as work:
                outcome = work.run("imap_to_sqlite.yaml",
                                   settings=workspace.imap_settings(rig.passwords, rig, BATCH, CONNECTIONS))
                self.assertEqual(outcome.code, 0, outcome.words())
                self.assertIn("connections at once", outcome.err)
                self.assertEqual(work.value("SELECT count(*) FROM email_locations"), len(MAILBOXES) * MESSAGES)

    def test_killed_with_four_connections_it_goes_on_where_it_was(self):
        story = Story(self.rig, ALICE, self.start, (BATCH, CONNECTIONS))
        self.assertIsNone(difference(self.one.end, story.end))
        for moment in MOMENTS:
            server = self.rig.passwords
            with self.subTest(moment=moment), Proxy(server.host, server.port) as proxy, story.begin() as work:
                proxy.hold_after(moment)
                process, _ = story.start_through(work, proxy.port)
                self.assertTrue(proxy.held.wait(60))
                process.send_signal(signal.SIGKILL)
                process.communicate()
                proxy.cut()
                self.assertIsNone(story.go_on(work))

    def test_signal_with_four_connections_ends_with_75(self):
        story = Story(self.rig, ALICE, self.start, (BATCH, CONNECTIONS))
        server = self.rig.passwords
        with Proxy(server.host, server.port) as proxy, story.begin() as work:
            proxy.hold_after(MOMENTS[1])
            process, report = story.start_through(work, proxy.port)
            self.assertTrue(proxy.held.wait(60))
            process.send_signal(signal.SIGTERM)
            outcome = work.finish(process, report, timeout_s=30)
            self.assertEqual(outcome.code, 75, outcome.words())
            self.assertIsNone(story.go_on(work))

    def test_accounts_are_read_side_by_side_and_one_that_fails_stops_none(self):
        with self.one.begin() as work:
            work.login_by_password(BOB, "not his", self.rig.passwords.host)
            settings = workspace.imap_settings(self.rig.passwords, self.rig, BATCH, CONNECTIONS,
                                               f"source.imap.accounts=[{{user: {BOB}}}, {{user: {ALICE}}}]")
            outcome = work.run("imap_to_sqlite.yaml", settings=settings)
            self.assertEqual(outcome.code, 77, outcome.words())
            count = "SELECT count(*) FROM email_locations WHERE account = ?"
            self.assertEqual(work.rows(count, ALICE), [{"count(*)": len(MAILBOXES) * MESSAGES}])
            work.login_by_password(BOB, BOBS_PASSWORD, self.rig.passwords.host)
            outcome = work.run("imap_to_sqlite.yaml", settings=settings)
            self.assertEqual(outcome.code, 0, outcome.words())
            self.assertEqual(work.rows(count, BOB), [{"count(*)": len(MAILBOXES) * MESSAGES}])

    def test_memory_for_less_than_a_batch_of_each_connection_is_enough(self):
        # 48 MB in batches of 8 MiB: what four connections have begun is more than the budget.
        with tempfile.TemporaryDirectory(prefix="haulier-rig-") as folder, \
                workspace.start_rig(folder, with_oauth=False) as rig:
            load(rig, ALICE, size=100_000, kinds=("mixed",))
            with self.one.begin() as work:
                outcome = work.run("imap_to_sqlite.yaml", timeout_s=120, settings=workspace.imap_settings(
                    rig.passwords, rig, CONNECTIONS, "source.imap.batch={messages: 200, bytes: 8MiB}", "limits.memory=32MiB"))
                self.assertEqual(outcome.code, 0, outcome.words())
                self.assertEqual(outcome.metric("haulier_imap_connects_total"), 4)
                self.assertEqual(work.value("SELECT count(*) FROM email_locations"), len(MAILBOXES) * MESSAGES)


if __name__ == "__main__":
    unittest.main()
