"""Mail over IMAP into MariaDB: all of it, then nothing, and all of it once although both sides are killed on the way."""
import os
import tempfile
import unittest

import workspace
from rig import mysql
from workspace import ALICE, PASSWORD

# Messages attached to messages have rows of their own, but the servers and the manifest do not count them.
NOT_NESTED = "WHERE id NOT IN (SELECT email_id FROM nested_emails)"


class IntoMariaDB(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.mail = workspace.sample_mail("e2e2000")
        cls.manifest = workspace.manifest(cls.mail)
        cls.folder = tempfile.TemporaryDirectory(prefix="haulier-rig-")
        cls.addClassCleanup(cls.folder.cleanup)
        cls.rig = workspace.start_rig(os.path.join(cls.folder.name, "mail"), with_oauth=False)
        cls.addClassCleanup(cls.rig.stop)
        cls.rig.load(ALICE, os.path.join(cls.mail, "mail"))

    def setUp(self):
        # Each test has a server and a vault of its own.
        folder = tempfile.TemporaryDirectory(prefix="haulier-mysql-", dir=self.folder.name)
        self.addCleanup(folder.cleanup)
        self.database = mysql.MySQL(folder.name)
        self.addCleanup(self.database.stop)
        self.work = self.enterContext(workspace.Workspace())
        self.work.environment.update(
            HAULIER_USER=ALICE, HAULIER_IMAP_HOST=self.rig.passwords.host,
            HAULIER_MYSQL_HOST=self.database.host, HAULIER_MYSQL_PORT=str(self.database.port))
        self.work.login_by_password(ALICE, PASSWORD, self.rig.passwords.host)
        self.work.login_by_password("mail-database", mysql.PASSWORD, "pipeline")

    def settings(self, *more):
        return workspace.imap_settings(self.rig.passwords, self.rig, "sinks.0.mysql.tls=disable",
                                       "retry={attempts: 100, first_wait: 20ms, max_wait: 100ms}", *more)

    def run_pipeline(self, *more):
        return self.work.run("imap_to_mysql.yaml", settings=self.settings(*more))

    def check_complete(self):
        totals = self.manifest["totals"]
        self.assertEqual(self.database.value(f"SELECT count(*) FROM emails {NOT_NESTED}"), str(totals["messages"]))
        self.assertEqual(self.database.value("SELECT count(*) FROM email_locations"), str(totals["places"]))
        self.assertEqual(self.database.value("SELECT count(*) FROM quarantine"), "0")
        stored = {row[0] for row in self.database.query(f"SELECT raw_sha256 FROM emails {NOT_NESTED}")}
        self.assertEqual(stored, {message["sha256"] for messages in self.manifest["mailboxes"].values()
                                  for message in messages})
        broken = self.database.value("SELECT count(*) FROM attachments AS a LEFT JOIN attachment_contents AS c USING "
                                     "(sha256) WHERE a.sha256 IS NOT NULL AND NOT a.size <=> "
                                     "octet_length(c.content)")
        self.assertEqual(broken, "0")
        wrong = self.database.value("SELECT count(*) FROM attachment_contents WHERE "
                                    "sha2(content, 256) <> sha256")
        self.assertEqual(wrong, "0")

    def test_all_of_it_and_then_nothing(self):
        outcome = self.run_pipeline()
        self.assertEqual(outcome.code, 0, outcome.words())
        self.assertNotIn(mysql.PASSWORD, outcome.out + outcome.err)
        self.check_complete()
        outcome = self.run_pipeline()
        self.assertEqual(outcome.code, 0, outcome.words())
        self.assertEqual(outcome.metric("haulier_imap_bodies_fetched_total"), 0)

    def test_both_sides_killed_on_the_way(self):
        more = ("source.imap.batch.messages=20",)
        for killed, at_least in (("program", 100), ("server", 400), ("program", 700), ("server", 1000)):
            process, report = self.work.start("imap_to_mysql.yaml", settings=self.settings(*more))
            self.wait_for_rows(process, at_least)
            if killed == "program":
                process.kill()
                process.communicate()
                continue
            self.database.kill()
            self.database.start()
            outcome = self.work.finish(process, report)
            self.assertEqual(outcome.code, 0, outcome.words())
            self.assertGreater(outcome.report["sinks"][0]["metrics"]["retries"], 0)
            self.check_complete()
            if at_least < 1000:
                for table in ("emails", "email_details", "nested_emails", "email_locations", "attachments", "attachment_contents",
                              "email_sync_status"):
                    self.database.query(f"TRUNCATE {table}")
        self.check_complete()

    def wait_for_rows(self, process, at_least):
        """Until this many messages are committed, or the program has ended."""
        while process.poll() is None:
            known = self.database.value("SELECT count(*) FROM information_schema.tables WHERE "
                                        "table_schema = 'mail' AND table_name = 'email_locations'")
            if known == "1" and int(self.database.value("SELECT count(*) FROM email_locations")) >= at_least:
                return

    def test_a_wrong_password_stops_with_words(self):
        self.database.query("ALTER USER haulier@127.0.0.1 IDENTIFIED BY 'another'")
        outcome = self.run_pipeline()
        self.assertEqual(outcome.code, 77, outcome.words())
        self.assertIn("Access denied", outcome.err)
        self.assertNotIn(mysql.PASSWORD, outcome.out + outcome.err)


if __name__ == "__main__":
    unittest.main()
