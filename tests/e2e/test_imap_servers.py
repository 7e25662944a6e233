"""The same list of tests on Dovecot, Cyrus and Courier: QRESYNC on the first two, the plain path on the third."""
import hashlib
import json
import os
import random
import signal
import unittest

import imap_servers
import workspace
from imap_servers import live, places
from resume_story import settled
from rig import Recorder

CHINESE = "项目资料"
BIG = 20 << 20
KILLER = os.path.join(workspace.BUILD, "tests", "e2e", "libkill_at_call.so")
# Many commits, so that there is a middle.
SMALL_COMMITS = ("source.imap.batch={messages: 3, bytes: 1MiB}", "limits.commit={bytes: 1}")


class Story:
    """One story in one order: each test goes on from the state the one before it left. `kind` is the server."""

    @classmethod
    def setUpClass(cls):
        cls.server = imap_servers.MailServer(cls.kind)
        cls.addClassCleanup(cls.server.stop)
        cls.writer = cls.enterClassContext(cls.server.writer())
        cls.mailboxes = imap_servers.load(cls.writer, "servers")
        cls.work = cls.new_workspace()

    @classmethod
    def new_workspace(cls):
        return cls.server.sign_in(cls.enterClassContext(workspace.Workspace()))

    def use_new_workspace(self):
        type(self).work = self.new_workspace()

    def run_pipeline(self, port=None, more=(), env=None):
        outcome = self.work.run("imap_to_sqlite.yaml", settings=self.server.settings(port, *more), env=env)
        self.assertEqual(outcome.code, 0, outcome.words())
        return outcome

    def bodies(self, outcome):
        return outcome.metric("haulier_imap_bodies_fetched_total")

    def shown(self, mailbox):
        return self.writer.shown(mailbox)

    def commands_of_a_run(self):
        """What the client sends, from a run through a recorder."""
        with Recorder(self.server.authority, self.server.server) as front:
            self.run_pipeline(front.port)
        return [line.decode() for notes in front.conversations for side, line in notes if side == "C"]

    def test_01_first_sync_stores_what_the_manifest_says(self):
        outcome = self.run_pipeline()
        self.assertEqual(self.bodies(outcome), sum(map(len, self.mailboxes.values())))
        found = places(self.work)
        for mailbox, messages in self.mailboxes.items():
            rows = [row for (name, _, _), row in sorted(found.items(), key=lambda place: place[0][2])
                    if name == self.shown(mailbox)]
            self.assertEqual([(row["raw_sha256"], row["raw_size"]) for row in rows],
                             [(message["sha256"], message["size"]) for message in messages], mailbox)
            self.assertEqual([set(json.loads(row["flags"])) - {"\\Recent"} for row in rows],
                             [set(imap_servers.flags_of(message).split()) for message in messages], mailbox)
        self.assertEqual(len(found), sum(map(len, self.mailboxes.values())))

    def test_02_second_run_fetches_no_body(self):
        before = self.work.snapshot()
        self.assertEqual(self.bodies(self.run_pipeline()), 0)
        self.assertEqual(self.work.snapshot(), before)

    def test_03_new_gone_and_flagged_arrive_as_exactly_that(self):
        before = places(self.work)
        for number in range(3):
            self.writer.append("INBOX" if number else CHINESE, b"Subject: new %d\r\n\r\nnew\r\n" % number)
        gone = [("INBOX", uid) for uid in self.writer.uids("INBOX")[3:5]] + [("R&D", self.writer.uids("R&D")[0])]
        for mailbox, uid in gone:
            self.writer.expunge(mailbox, [uid])
        starred = [("Sent", self.writer.uids("Sent")[2]), ("INBOX", self.writer.uids("INBOX")[0])]
        for mailbox, uid in starred:
            self.writer.add_flags(mailbox, [uid], "\\Draft")
        commands = self.commands_of_a_run()
        after = places(self.work)
        self.assertEqual(len(after.keys() - before.keys()), 3)
        changed = {(name, uid): after[name, epoch, uid] for (name, epoch, uid), row in before.items()
                   if row != after[name, epoch, uid]}
        self.assertEqual(changed.keys(), {(self.shown(mailbox), uid) for mailbox, uid in gone + starred})
        for mailbox, uid in gone:
            self.assertIsNotNone(changed[self.shown(mailbox), uid]["vanished_at"])
        for mailbox, uid in starred:
            self.assertIn("\\Draft", changed[self.shown(mailbox), uid]["flags"])
            self.assertIsNone(changed[self.shown(mailbox), uid]["vanished_at"])
        self.check_path(commands)

    def check_path(self, commands):
        """QRESYNC tells the changes, and nothing is listed; or, on the plain path, nobody pretends to know it."""
        examined = [line for line in commands if " EXAMINE " in line]
        listed = [line for line in commands if " UID SEARCH " in line and " ALL" in line]
        if self.has_qresync:
            self.assertTrue(examined and all("(QRESYNC (" in line for line in examined), examined)
            self.assertEqual(listed, [])
        else:
            self.assertTrue(examined and listed, commands)
            wrong = [line for line in commands if any(word in line for word in ("QRESYNC", "CONDSTORE", "CHANGEDSINCE", "MODSEQ"))]
            self.assertEqual(wrong, [])

    def test_04_renamed_mailbox_moves_its_places(self):
        for old, new in ((CHINESE, "项目资料 2023"), ("Archive/2024", "Archive/2023")):
            before = {uid: sha for (_, uid), sha in live(self.work, self.shown(old)).items()}
            emails = self.work.value("SELECT count(*) FROM emails")
            self.writer.rename(old, new)
            outcome = self.run_pipeline()
            after = {uid: sha for (_, uid), sha in live(self.work, self.shown(new)).items()}
            self.assertEqual(sorted(after.values()), sorted(before.values()))
            self.assertEqual(live(self.work, self.shown(old)), {})
            self.assertEqual(self.work.value("SELECT count(*) FROM emails"), emails)
            self.assert_saved(outcome)
        self.assertEqual(len(live(self.work, self.shown("Archive/2023/合同"))), len(self.mailboxes["Archive/2024/合同"]))

    def test_05_copied_and_moved_messages_are_places_of_the_same_mail(self):
        emails = self.work.value("SELECT count(*) FROM emails")
        copied, moved = self.writer.uids("INBOX")[:2]
        sha = live(self.work, "INBOX")
        self.writer.copy("INBOX", [copied], "Sent")
        self.writer.move("INBOX", [moved], "R&D")
        outcome = self.run_pipeline()
        self.assertIn(sha["INBOX", copied], live(self.work, "INBOX").values())
        self.assertIn(sha["INBOX", copied], live(self.work, self.shown("Sent")).values())
        self.assertNotIn(("INBOX", moved), live(self.work, "INBOX"))
        self.assertIn(sha["INBOX", moved], live(self.work, self.shown("R&D")).values())
        self.assertEqual(self.work.value("SELECT count(*) FROM emails"), emails)
        self.assert_saved(outcome)

    def test_06_new_uidvalidity_begins_a_new_epoch(self):
        folder, messages = workspace.sample_mail("servers"), self.mailboxes["Sent"]
        emails, epoch = self.work.value("SELECT count(*) FROM emails"), self.writer.uidvalidity("Sent")
        self.writer.delete("Sent")
        self.writer.create("Sent")
        for message in reversed(messages):
            with open(os.path.join(folder, message["file"]), "rb") as file:
                self.writer.append("Sent", file.read(), when=message["internal_date"])
        self.assertNotEqual(self.writer.uidvalidity("Sent"), epoch, "the server keeps its UIDVALIDITY: no test")
        outcome = self.run_pipeline()
        rows = [row | {"epoch": key[1]} for key, row in sorted(places(self.work).items(), key=lambda place: place[0][2])
                if key[0] == self.shown("Sent")]
        self.assertEqual([row["raw_sha256"] for row in rows if row["vanished_at"] is None],
                         [message["sha256"] for message in reversed(messages)])
        self.assertTrue(all((row["epoch"] == epoch) == (row["vanished_at"] is not None) for row in rows))
        self.assertEqual(self.work.value("SELECT count(*) FROM emails"), emails)
        self.assert_saved(outcome)

    def test_07_raw_header_bytes_and_a_message_of_20_mb(self):
        raw_header = "Subject: 项目进度\r\nFrom: 张伟 <z@example.test>\r\n\r\n你好\r\n".encode("gb18030")
        line = random.Random(1).randbytes(56).hex().encode() + b"\r\n"
        big = b"Subject: big\r\nContent-Type: application/octet-stream\r\n\r\n" + line * (BIG // len(line))
        self.writer.append("INBOX", raw_header)
        self.writer.append("INBOX", big)
        outcome = self.run_pipeline()
        self.assertEqual(self.bodies(outcome), 2)
        rows = {row["raw_sha256"]: row for row in places(self.work).values()}
        self.assertEqual(rows[hashlib.sha256(raw_header).hexdigest()]["subject"], "项目进度")
        self.assertEqual(rows[hashlib.sha256(big).hexdigest()]["raw_size"], len(big))

    def test_08_killed_in_the_middle_it_goes_on_where_it_was(self):
        reference = self.work
        self.use_new_workspace()
        calls = os.path.join(self.work.folder, "calls")
        self.run_pipeline(more=SMALL_COMMITS, env={"LD_PRELOAD": KILLER, "KILL_LIST": calls})
        half = workspace.read_text(calls).split().count("pwrite") // 2
        self.use_new_workspace()
        killed = self.work.run("imap_to_sqlite.yaml", settings=self.server.settings(None, *SMALL_COMMITS),
                               env={"LD_PRELOAD": KILLER, "KILL_AT": f"pwrite:{half}"})
        self.assertEqual(killed.code, -signal.SIGKILL, killed.words())
        kept = settled(self.work.database)
        self.assertTrue(kept, "nothing was stored, or not what the state says")
        outcome = self.run_pipeline()
        self.assertEqual(live(self.work), live(reference))
        self.assertEqual(self.bodies(outcome) + outcome.metric("haulier_imap_bodies_saved_total"), len(live(reference)) - kept)

    def assert_saved(self, outcome):
        """Places were bound without their bodies where the server has ids of its own."""
        if self.has_ids:
            self.assertEqual(self.bodies(outcome), 0)


class OnDovecot(Story, unittest.TestCase):
    kind, has_qresync, has_ids = "dovecot", True, False


class OnCyrus(Story, unittest.TestCase):
    kind, has_qresync, has_ids = "cyrus", True, True


class OnCourier(Story, unittest.TestCase):
    kind, has_qresync, has_ids = "courier", False, False


if __name__ == "__main__":
    unittest.main()
