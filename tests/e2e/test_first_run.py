"""The main job: 2,000 messages over IMAP with OAuth2 into SQLite, then nothing, then exactly what changed."""
import collections
import hashlib
import os
import tempfile
import unittest

import workspace
from workspace import ALICE

# Messages attached to messages have rows of their own, but the servers and the manifest do not count them.
NOT_NESTED = "WHERE id NOT IN (SELECT email_id FROM nested_emails)"

NEW, EXPUNGED, REFLAGGED = 20, 5, 3


class FirstRun(unittest.TestCase):
    """One story in one order: each test goes on from the state the one before it left."""

    @classmethod
    def setUpClass(cls):
        cls.mail = workspace.sample_mail("e2e2000")
        cls.manifest = workspace.manifest(cls.mail)
        cls.folder = tempfile.TemporaryDirectory(prefix="haulier-rig-")
        cls.addClassCleanup(cls.folder.cleanup)
        cls.rig = workspace.start_rig(cls.folder.name, with_passwords=False)
        cls.addClassCleanup(cls.rig.stop)
        cls.rig.load(ALICE, os.path.join(cls.mail, "mail"))
        cls.work = cls.enterClassContext(workspace.Workspace())
        cls.work.environment["HAULIER_DATABASE"] = cls.work.database
        cls.work.environment.update(HAULIER_USER=ALICE, HAULIER_IMAP_HOST=cls.rig.oauth.host)
        cls.work.login_by_browser(ALICE, cls.rig.browser(ALICE), cls.rig.authorization.issuer, cls.rig.oauth.host,
                                  cls.rig.ca_file)

    def run_pipeline(self):
        return self.work.run("imap_to_sqlite.yaml", settings=workspace.imap_settings(self.rig.oauth, self.rig))

    def test_1_first_run_stores_every_message_once(self):
        outcome = self.run_pipeline()
        self.assertEqual(outcome.code, 0, outcome.words())
        totals = self.manifest["totals"]
        self.assertEqual(self.work.value(f"SELECT count(*) FROM emails {NOT_NESTED}"), totals["messages"])
        self.assertEqual(self.work.value("SELECT count(*) FROM email_locations"), totals["places"])
        self.assertEqual(self.work.value("SELECT count(*) FROM quarantine"), 0)
        self.assertEqual(outcome.metric("haulier_imap_bodies_fetched_total"), totals["places"])
        counters = outcome.report["counters"]
        outcomes = ("written", "filtered", "quarantined", "unchanged")
        self.assertEqual(counters["read"], sum(counters[name] for name in outcomes), counters)
        done = {row["mailbox"]: (row["messages_done"], row["messages_total"])
                for row in self.work.rows("SELECT * FROM email_sync_status")}
        for mailbox, messages in self.manifest["mailboxes"].items():
            self.assertEqual(done[mailbox], (len(messages), len(messages)), mailbox)

    def test_2_every_message_is_the_one_of_the_manifest(self):
        for mailbox, messages in self.manifest["mailboxes"].items():
            rows = self.work.rows(
                "SELECT e.raw_sha256, e.raw_size, l.flags, e.subject "
                "FROM email_locations l JOIN emails e ON e.id = l.email_id WHERE l.mailbox = ? ORDER BY l.uid", mailbox)
            self.assertEqual([(row["raw_sha256"], row["raw_size"]) for row in rows],
                             [(message["sha256"], message["size"]) for message in messages], mailbox)
            wrong = [(message["subject"], row["subject"], message["file"]) for row, message in zip(rows, messages)
                     if message["subject"] is not None and message["subject"] != row["subject"]]
            self.assertEqual(wrong, [], mailbox)

    def test_3_every_attachment_is_the_one_of_the_manifest(self):
        stored = collections.defaultdict(list)
        for row in self.work.rows("SELECT e.raw_sha256, a.filename, a.role, a.sha256, a.size FROM attachments a "
                                  "JOIN emails e ON e.id = a.email_id ORDER BY a.ordinal"):
            stored[row["raw_sha256"]].append((row["filename"], row["role"], row["sha256"], row["size"]))
        wrong = []
        for messages in self.manifest["mailboxes"].values():
            for message in messages:
                if message["attachments"] is None:
                    continue
                expected = [(row["filename"], row["role"], row["sha256"], row["size"]) for row in message["attachments"]]
                if stored[message["sha256"]] != expected:
                    wrong.append((message["file"], message["kind"], expected, stored[message["sha256"]]))
        self.assertEqual(wrong, [])

    def test_4_contents_are_stored_once_and_hash_to_their_key(self):
        keys = set()
        for row in self.work.rows("SELECT sha256, size, content FROM attachment_contents"):
            self.assertEqual(hashlib.sha256(row["content"]).hexdigest(), row["sha256"])
            self.assertEqual(len(row["content"]), row["size"])
            keys.add(row["sha256"])
        referenced = {row["sha256"] for row in self.work.rows("SELECT DISTINCT sha256 FROM attachments WHERE NOT truncated")}
        self.assertEqual(keys, referenced - {None})
        self.assertGreaterEqual(len(keys), self.manifest["totals"]["attachment_contents"])

    def test_5_second_run_fetches_nothing(self):
        before = self.work.snapshot()
        outcome = self.run_pipeline()
        self.assertEqual(outcome.code, 0, outcome.words())
        self.assertEqual(outcome.metric("haulier_imap_bodies_fetched_total"), 0)
        self.assertEqual(self.work.snapshot(), before)

    def test_6_changes_arrive_as_exactly_that(self):
        rig, before = self.rig, self.locations()
        for number in range(NEW):
            raw = b"Subject: new %d\r\nFrom: <new@example.test>\r\n\r\nnew\r\n" % number
            rig.append(ALICE, "INBOX" if number % 2 else "项目资料", raw)
        gone = [("INBOX", uid) for uid in rig.uids(ALICE, "INBOX")[10:12]]
        gone += [("R&D", uid) for uid in rig.uids(ALICE, "R&D")[:EXPUNGED - len(gone)]]
        for mailbox, uid in gone:
            rig.expunge(ALICE, mailbox, [uid])
        starred = [("Sent", uid) for uid in rig.uids(ALICE, "Sent")[5:5 + REFLAGGED]]
        for mailbox, uid in starred:
            rig.add_flags(ALICE, mailbox, [uid], r"\Draft")

        outcome = self.run_pipeline()
        self.assertEqual(outcome.code, 0, outcome.words())
        self.assertEqual(outcome.metric("haulier_imap_bodies_fetched_total"), NEW)
        after = self.locations()
        self.assertEqual(len(after.keys() - before.keys()), NEW)
        changed = {key: (before[key], after[key]) for key in before if before[key] != after[key]}
        self.assertEqual(changed.keys(), set(gone) | set(starred))
        for key in gone:
            self.assertIsNotNone(changed[key][1]["vanished_at"])
        for key in starred:
            self.assertIn("\\Draft", changed[key][1]["flags"])
            self.assertIsNone(changed[key][1]["vanished_at"])
        self.assertEqual(self.work.value(f"SELECT count(*) FROM emails {NOT_NESTED}"), self.manifest["totals"]["messages"] + NEW)

    def locations(self):
        return {(row["mailbox"], row["uid"]): {name: row[name] for name in ("flags", "vanished_at", "email_id")}
                for row in self.work.rows("SELECT * FROM email_locations")}


if __name__ == "__main__":
    unittest.main()
