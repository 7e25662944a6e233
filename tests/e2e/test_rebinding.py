"""Messages at a new place of a server without ids: a new UIDVALIDITY, a renamed mailbox, moved and copied messages."""
import os
import tempfile
import unittest

import workspace
from sample_mail import store
from workspace import ALICE, PASSWORD

MANY, FEW = 120, 30


def mail(name, number, body):
    return (f"From: <{ALICE}>\r\nMessage-ID: <{name}.{number}@example.test>\r\nSubject: {name} {number}\r\n\r\n"
            f"{body} {number}\r\n").encode()


class Story:
    """One story in one order: each test goes on from the state the one before it left. Dovecot 2.3 has no OBJECTID."""

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="haulier-rig-")
        cls.addClassCleanup(folder.cleanup)
        cls.rig = workspace.start_rig(folder.name, with_oauth=False, extra=cls.extra)
        cls.addClassCleanup(cls.rig.stop)
        cls.load()
        cls.work = cls.enterClassContext(workspace.Workspace())
        cls.work.environment.update(HAULIER_USER=ALICE, HAULIER_IMAP_HOST=cls.rig.passwords.host,
                                    HAULIER_DATABASE=cls.work.database)
        cls.work.login_by_password(ALICE, PASSWORD, cls.rig.passwords.host)

    @classmethod
    def load(cls):
        with tempfile.TemporaryDirectory(prefix="haulier-mail-") as folder:
            mailboxes = store.Maildirs(folder)
            for number in range(MANY):
                mailboxes.add("INBOX", number, mail("inbox", number, "some text"), 1_700_000_000 + number * 60)
            for number in range(FEW):
                mailboxes.add("Work", MANY + number, mail("work", number, "some more"), 1_710_000_000 + number * 60)
            cls.rig.load(ALICE, folder)

    def run_pipeline(self):
        settings = workspace.imap_settings(self.rig.passwords, self.rig, workspace.SHORT_RETRY)
        outcome = self.work.run("imap_to_sqlite.yaml", settings=settings)
        self.assertEqual(outcome.code, 0, outcome.words())
        return outcome.metric("haulier_imap_bodies_fetched_total"), outcome.metric("haulier_imap_bodies_saved_total")

    def check_places(self, mailboxes, messages):
        """The live places are those of the server, each with an e-mail that has its subject's number in order."""
        for mailbox in mailboxes:
            rows = self.work.rows("SELECT uid FROM email_locations WHERE mailbox = ? AND vanished_at IS NULL ORDER BY uid",
                                  mailbox)
            self.assertEqual([row["uid"] for row in rows], self.rig.uids(ALICE, mailbox), mailbox)
        live = self.work.value("SELECT count(*) FROM email_locations WHERE vanished_at IS NULL")
        self.assertEqual(live, sum(len(self.rig.uids(ALICE, mailbox)) for mailbox in mailboxes))
        self.assertEqual(self.work.value("SELECT count(*) FROM emails"), messages)
        options = [word for setting in workspace.imap_settings(self.rig.passwords, self.rig) for word in ("--set", setting)]
        pipeline = os.path.join(workspace.PIPELINES, "imap_to_sqlite.yaml")
        done = self.work.command("verify", pipeline, "--deep=all", *options)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_1_the_first_run_fetches_everything(self):
        self.assertEqual(self.run_pipeline(), (MANY + FEW, 0))
        self.check_places(("INBOX", "Work"), MANY + FEW)

    def test_2_a_new_uidvalidity_costs_the_proofs_only(self):
        self.rig.imap.doveadm("mailbox", "update", "-u", ALICE, "--uid-validity", "4000000000", "INBOX")
        fetched, saved = self.run_pipeline()
        self.assertEqual((fetched, saved), (5, MANY - 5))
        self.check_places(("INBOX", "Work"), MANY + FEW)
        self.assertEqual(self.run_pipeline(), (0, 0))

    def test_3_a_renamed_mailbox_costs_the_proofs_only(self):
        self.rig.imap.doveadm("mailbox", "rename", "-u", ALICE, "Work", "Trade")
        fetched, saved = self.run_pipeline()
        self.assertEqual((fetched, saved), (3, FEW - 3))
        self.check_places(("INBOX", "Trade"), MANY + FEW)

    def test_4_moved_messages_cost_the_proofs_only(self):
        self.rig.imap.doveadm("move", "-u", ALICE, "Trade", "mailbox", "INBOX", "1:40")
        fetched, saved = self.run_pipeline()
        self.assertEqual((fetched, saved), (3, 37))
        self.check_places(("INBOX", "Trade"), MANY + FEW)

    def test_5_a_copied_folder_costs_the_proofs_only(self):
        self.rig.imap.doveadm("copy", "-u", ALICE, "INBOX", "mailbox", "Trade", "1:60")
        fetched, saved = self.run_pipeline()
        self.assertEqual((fetched, saved), (4, 56))
        self.check_places(("INBOX", "Trade"), MANY + FEW)

    def test_6_another_body_under_the_same_message_id_is_kept(self):
        self.rig.create_mailbox(ALICE, "Copies")
        for number in range(6):
            self.rig.append(ALICE, "Copies", mail("inbox", 50 + number, "other text"))
        self.assertEqual(self.run_pipeline(), (6, 0))
        self.check_places(("INBOX", "Trade", "Copies"), MANY + FEW + 6)


class WithQresync(Story, unittest.TestCase):
    extra = ""


class OnThePlainPath(Story, unittest.TestCase):
    extra = "imap_capability = IMAP4rev1 SASL-IR ID LITERAL+ UIDPLUS LIST-EXTENDED LIST-STATUS NAMESPACE"


if __name__ == "__main__":
    unittest.main()
