"""haulier verify against a real server: clean, then what was taken out of the database, changed in it, or on the server."""
import json
import os
import sqlite3
import tempfile
import unittest

import resume_mail
import workspace
from rig import postgresql
from workspace import ALICE, PASSWORD

MESSAGES = sum(len(mails) for mails in resume_mail.FIRST.values())


class Story:
    """One story in one order: each test goes on from the state the one before it left. A database has `change(sql)`."""

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="haulier-rig-")
        cls.addClassCleanup(folder.cleanup)
        os.chmod(folder.name, 0o755)  # PostgreSQL's server runs as another user
        cls.rig = workspace.start_rig(os.path.join(folder.name, "mail"), with_oauth=False)
        cls.addClassCleanup(cls.rig.stop)
        resume_mail.load(cls.rig, ALICE)
        cls.work = cls.enterClassContext(workspace.Workspace())
        cls.work.environment.update(HAULIER_USER=ALICE, HAULIER_IMAP_HOST=cls.rig.passwords.host)
        cls.work.login_by_password(ALICE, PASSWORD, cls.rig.passwords.host)
        cls.set_up_database(folder.name)

    def settings(self):
        return workspace.imap_settings(self.rig.passwords, self.rig, workspace.SHORT_RETRY, *self.sink_settings)

    def run_pipeline(self, *arguments):
        return self.work.run(self.pipeline, *arguments, settings=self.settings())

    def verify(self, *arguments):
        """(exit code, totals, whole answer) of verify --json."""
        options = [word for setting in self.settings() for word in ("--set", setting)]
        done = self.work.command("verify", os.path.join(workspace.PIPELINES, self.pipeline), "--json", *arguments, *options)
        self.assertTrue(done.stdout.startswith("{"), f"exit code {done.returncode}: {done.stdout}{done.stderr}")
        answer = json.loads(done.stdout)
        self.assertEqual(answer["exit_code"], done.returncode)
        return done.returncode, answer["sinks"][0]["total"], answer

    def check(self, wanted, code, *arguments):
        got, totals, answer = self.verify(*arguments)
        self.assertEqual({name: totals[name] for name in wanted}, wanted, answer)
        self.assertEqual(got, code, answer)
        return answer

    def test_1_before_the_first_run_everything_is_still_to_be_read(self):
        answer = self.check({"at_source": MESSAGES, "not_read_yet": MESSAGES, "missing": 0}, 75)
        self.assertIn("haulier run", answer["command"])

    def test_2_after_a_run_nothing_is_missing(self):
        self.assertEqual(self.run_pipeline().code, 0)
        wanted = {"at_source": MESSAGES, "in_sink": MESSAGES, "missing": 0, "extra": 0, "other_size": 0, "not_read_yet": 0}
        answer = self.check(wanted, 0)
        places = {row["place"]: row["in_sink"] for row in answer["sinks"][0]["partitions"]}
        for mailbox, mails in resume_mail.FIRST.items():
            self.assertEqual(places[f"{ALICE} / {mailbox}"], len(mails))
        self.check({**wanted, "hashed": MESSAGES, "other_hash": 0}, 0, "--deep=all")
        self.check({"hashed": 4}, 0, "--deep=2")

    def test_3_a_row_that_was_taken_out_is_missing(self):
        self.change("DELETE FROM email_locations WHERE mailbox = 'INBOX' AND uid = 2")
        answer = self.check({"missing": 1, "in_sink": MESSAGES - 1}, 65)
        self.assertEqual(answer["sinks"][0]["first"]["missing"][0]["key"]["uid"], 2)

    def test_4_another_content_is_found_by_its_hash_only(self):
        self.change("UPDATE emails SET raw_sha256 = 'corrupt' WHERE id = (SELECT email_id FROM email_locations WHERE "
                    "mailbox = 'INBOX' AND uid = 3)")
        self.check({"other_hash": 0, "missing": 1}, 65)
        answer = self.check({"other_hash": 1, "missing": 1}, 65, "--deep=all")
        self.assertEqual(answer["sinks"][0]["first"]["other_hash"][0]["key"]["uid"], 3)

    def test_5_a_run_that_checks_again_repairs_both(self):
        outcome = self.run_pipeline("--recheck")
        self.assertEqual(outcome.code, 0, outcome.words())
        self.check({"missing": 0, "other_hash": 0, "in_sink": MESSAGES}, 0, "--deep=all")

    def test_6_what_changed_on_the_server_is_no_fault(self):
        self.rig.append(ALICE, "INBOX", b"From: <a@example.test>\r\nSubject: new\r\n\r\nnew\r\n")
        self.rig.expunge(ALICE, "INBOX", (1,))
        self.check({"arrived_since": 1, "extra": 1, "missing": 0}, 0)
        self.assertEqual(self.run_pipeline().code, 0)
        self.check({"arrived_since": 0, "extra": 0, "vanished": 1, "missing": 0, "in_sink": MESSAGES}, 0)

    def test_7_a_quarantined_message_is_accounted_for(self):
        self.refuse()
        self.rig.append(ALICE, "INBOX", f"From: <{ALICE}>\r\nSubject: {resume_mail.REFUSED}\r\n\r\nno\r\n".encode())
        self.assertEqual(self.run_pipeline().code, 3)
        self.check({"quarantined": 1, "missing": 0, "in_sink": MESSAGES}, 0)

    def test_8_a_server_that_is_away_is_75(self):
        self.rig.passwords.halt()
        self.addCleanup(self.rig.passwords.start)
        options = [word for setting in self.settings() for word in ("--set", setting)]
        done = self.work.command("verify", os.path.join(workspace.PIPELINES, self.pipeline), *options)
        self.assertEqual(done.returncode, 75, done.stderr)
        self.assertEqual(done.stdout, "")


class WithSqlite(Story, unittest.TestCase):
    pipeline = "imap_to_sqlite.yaml"
    sink_settings = ()

    @classmethod
    def set_up_database(cls, _):
        cls.work.environment["HAULIER_DATABASE"] = cls.work.database

    def change(self, sql):
        connection = sqlite3.connect(self.work.database)
        with connection:
            self.assertEqual(connection.execute(sql).rowcount, 1)
        connection.close()

    def refuse(self):
        resume_mail.refuse(self.work.database)


class WithPostgresql(Story, unittest.TestCase):
    pipeline = "imap_to_postgresql.yaml"
    sink_settings = ("sinks.0.postgresql.tls=disable",)

    @classmethod
    def set_up_database(cls, folder):
        cls.database = postgresql.PostgreSQL(folder)
        cls.addClassCleanup(cls.database.stop)
        cls.work.environment.update(HAULIER_POSTGRESQL_HOST=cls.database.host,
                                    HAULIER_POSTGRESQL_PORT=str(cls.database.port))
        cls.work.login_by_password("mail-database", postgresql.PASSWORD, "pipeline")

    def change(self, sql):
        self.database.query(sql)

    def refuse(self):
        self.database.query(f"ALTER TABLE emails ADD CONSTRAINT refuse CHECK (subject <> '{resume_mail.REFUSED}')")


if __name__ == "__main__":
    unittest.main()
