"""haulier erase against real servers: what was erased is gone with everything of it, and does not come back. Erasures that
are stopped on the way are in test_erase_stops."""
import json
import os
import sqlite3
import tempfile
import unittest

import workspace
from erase_mail import SECRET, mail, messages
from rig import mysql, postgresql
from sample_mail import store
from workspace import ALICE, PASSWORD

TABLES = ("emails", "email_details", "email_locations", "attachments", "attachment_contents", "attachment_files",
          "nested_emails", "quarantine", "email_sync_status")


class Story:
    """A database has `ask(sql)`: rows as tuples."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="haulier-rig-")
        self.addCleanup(folder.cleanup)
        os.chmod(folder.name, 0o755)
        self.rig = workspace.start_rig(os.path.join(folder.name, "mail"), with_oauth=False)
        self.addCleanup(self.rig.stop)
        self.work = self.enterContext(workspace.Workspace())
        self.work.environment.update(HAULIER_USER=ALICE, HAULIER_IMAP_HOST=self.rig.passwords.host)
        self.work.login_by_password(ALICE, PASSWORD, self.rig.passwords.host)
        self.set_up_database(folder.name)
        self.contents = os.path.join(folder.name, "contents")
        for raw in messages():
            self.rig.append(ALICE, "INBOX", raw)
        self.run_pipeline()

    def settings(self):
        return (*workspace.imap_settings(self.rig.passwords, self.rig, workspace.SHORT_RETRY, *self.sink_settings),
                f"transforms.1.extract_attachments={{store: {{directory: {self.contents}}}}}" if self.in_files else
                "transforms.1.extract_attachments={}")

    in_files = False

    def run_pipeline(self, *arguments):
        outcome = self.work.run(self.pipeline, *arguments, settings=self.settings())
        self.assertEqual(outcome.code, 0, outcome.words())
        return outcome

    def erase(self, *arguments, code=0, env=None):
        options = [word for setting in self.settings() for word in ("--set", setting)]
        kept = dict(self.work.environment)
        self.work.environment.update(env or {})
        try:
            done = self.work.command("erase", os.path.join(workspace.PIPELINES, self.pipeline), "--json", *arguments, *options)
        finally:
            self.work.environment.clear()
            self.work.environment.update(kept)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return json.loads(done.stdout) if code == 0 else done.stderr

    def id_of(self, subject):
        return self.ask(f"SELECT id FROM emails WHERE subject = '{subject}'")[0][0]

    def subjects(self):
        return {row[0] for row in self.ask("SELECT subject FROM emails")}

    def count(self, what):
        return int(self.ask(f"SELECT count(*) FROM {what}")[0][0])

    def files(self):
        return sorted(name for _, _, names in os.walk(self.contents) for name in names)

    def verify(self):
        options = [word for setting in self.settings() for word in ("--set", setting)]
        done = self.work.command("verify", os.path.join(workspace.PIPELINES, self.pipeline), "--json", *options)
        return done.returncode, json.loads(done.stdout)["sinks"][0]["total"]

    def test_a_message_goes_and_stays_away(self):
        receipt = self.erase("--email", self.id_of("gone"), "--yes")
        tables = receipt["sinks"][0]["tables"]
        self.assertEqual(tables["emails"]["rows"], 2, "itself and the one inside it")
        self.assertEqual(tables["email_locations"]["rows"], 1)
        self.assertEqual(tables["nested_emails"]["rows"], 1)
        self.assertNotIn(SECRET, json.dumps(receipt))
        self.assertNotIn("nested", self.subjects())
        self.assertIn("stays", self.subjects())
        shared = self.count("attachments a JOIN attachment_contents c ON c.sha256 = a.sha256 JOIN emails e ON "
                            "e.id = a.email_id WHERE e.subject = 'stays'")
        self.assertEqual(shared, 1, "the content that another message uses")
        wanted = self.subjects()
        for arguments in ((), ("--recheck",)):
            self.run_pipeline(*arguments)
            self.assertEqual(self.subjects(), wanted)
        code, totals = self.verify()
        self.assertEqual((code, totals["erased"], totals["missing"]), (0, 1, 0))
        # By another mailbox's copy, and under a new UIDVALIDITY.
        self.rig.create_mailbox(ALICE, "Copies")
        self.rig.append(ALICE, "Copies", mail("gone", f"text {SECRET}", inside=mail("nested", f"inside {SECRET}")))
        outcome = self.run_pipeline()
        self.assertEqual(outcome.report["counters"]["filtered"], 1, outcome.report["counters"])
        self.assertEqual(self.subjects(), wanted)
        self.rig.imap.doveadm("mailbox", "update", "-u", ALICE, "--uid-validity", "4000000000", "INBOX")
        self.run_pipeline()
        self.assertEqual(self.subjects(), wanted)
        self.rig.create_mailbox(ALICE, "Moved")
        self.rig.imap.doveadm("move", "-u", ALICE, "Moved", "mailbox", "INBOX", "ALL")
        self.run_pipeline()
        self.assertEqual(self.subjects(), wanted)
        self.assertEqual(self.count("email_locations WHERE email_id NOT IN (SELECT id FROM emails)"), 0)
        code, totals = self.verify()
        self.assertEqual((code, totals["missing"]), (0, 0))

    def test_an_account_goes_with_its_state_and_is_skipped(self):
        receipt = self.erase("--account", ALICE, "--yes")
        self.assertEqual(receipt["what"], {"account": ALICE})
        for table in TABLES:
            self.assertEqual(self.count(table), 0, table)
        outcome = self.run_pipeline()
        self.assertIn("was erased", outcome.err)
        self.assertEqual(outcome.report["counters"]["read"], 0)
        self.run_pipeline("--recheck")
        self.assertEqual(self.count("emails"), 0)

    def test_old_messages_go_after_a_run_and_stay_away(self):
        # Seconds since 1970: long ago, and at two places of which one is new.
        old = mail("old", "text")
        with tempfile.TemporaryDirectory(prefix="haulier-mail-") as folder:
            mailboxes = store.Maildirs(folder)
            mailboxes.add("Old", 1, old, 1_600_000_000)
            mailboxes.add("Old", 2, mail("both", "text"), 1_600_000_000)
            self.rig.load(ALICE, folder)
        self.rig.append(ALICE, "INBOX", mail("both", "text"))
        self.run_pipeline()
        self.assertLessEqual({"old", "both"}, self.subjects())
        outcome = self.run_pipeline("--set", "retention={days: 365}")
        self.assertEqual(outcome.report["erased"]["rows"], 1, outcome.report)
        self.assertNotIn("old", self.subjects())
        self.assertIn("both", self.subjects())
        for arguments in ((), ("--recheck",)):
            outcome = self.run_pipeline("--set", "retention={days: 365}", *arguments)
            self.assertEqual(outcome.report["counters"]["read"], 0, outcome.report["counters"])
            self.assertEqual(outcome.report["erased"]["rows"], 0)
        self.assertNotIn("old", self.subjects())

    def test_what_is_not_there_is_said(self):
        self.assertIn("there is no email", self.erase("--email", "0" * 32, "--yes", code=64))
        self.assertIn("there is no account", self.erase("--account", "nobody", "--yes", code=64))
        self.assertIn("--yes", self.erase("--account", ALICE, code=64))
        self.assertIn("either", self.erase("--yes", code=64))
        self.assertIn("lies inside", self.erase("--email", self.id_of("nested"), "--yes", code=64))
        self.assertEqual(self.count("emails"), 10)


class WithSqlite(Story, unittest.TestCase):
    pipeline = "imap_to_sqlite.yaml"
    sink_settings = ()

    def set_up_database(self, _):
        self.work.environment["HAULIER_DATABASE"] = self.work.database

    def ask(self, sql):
        connection = sqlite3.connect(self.work.database)
        try:
            return connection.execute(sql).fetchall()
        finally:
            connection.close()

    def bytes_of_files(self):
        out = b""
        for name in os.listdir(self.work.folder):
            if name.startswith("mail.db"):
                with open(os.path.join(self.work.folder, name), "rb") as file:
                    out += file.read()
        return out

    def test_deleted_bytes_do_not_stay_in_the_file(self):
        self.assertIn(SECRET.encode(), self.bytes_of_files())
        for subject in ("gone", "own"):
            self.erase("--email", self.id_of(subject), "--yes")
        self.assertNotIn(SECRET.encode(), self.bytes_of_files())


class WithFiles(Story, unittest.TestCase):
    """Contents are files beside the database."""

    pipeline = "imap_to_sqlite.yaml"
    sink_settings = ()
    in_files = True
    set_up_database = WithSqlite.set_up_database
    ask = WithSqlite.ask
    test_a_message_goes_and_stays_away = None
    test_what_is_not_there_is_said = None
    test_old_messages_go_after_a_run_and_stay_away = None

    def test_files_go_after_the_commit_also_when_that_was_interrupted(self):
        before, email = self.files(), self.id_of("own")
        for step in ("engine.erase.rows.committed", "engine.erase.discarded", "engine.erase.outside.commit"):
            self.erase("--email", email, "--yes", code=99, env={"HAULIER_CRASH_AT": f"{step}:1"})
            self.assertEqual(self.count("emails"), 9, step)
            self.assertEqual(self.count("haulier_outside"), 1, step)
        self.erase("--email", email, "--yes")
        self.assertEqual(self.count("haulier_outside"), 0)
        self.assertEqual(len(self.files()), len(before) - 1)
        self.assertEqual(set(self.files()), {row[0] for row in self.ask("SELECT sha256 FROM attachment_files")})


class WithPostgresql(Story, unittest.TestCase):
    pipeline = "imap_to_postgresql.yaml"
    sink_settings = ("sinks.0.postgresql.tls=disable",)

    def set_up_database(self, folder):
        self.database = postgresql.PostgreSQL(folder)
        self.addCleanup(self.database.stop)
        self.work.environment.update(HAULIER_POSTGRESQL_HOST=self.database.host,
                                     HAULIER_POSTGRESQL_PORT=str(self.database.port))
        self.work.login_by_password("mail-database", postgresql.PASSWORD, "pipeline")

    def ask(self, sql):
        return self.database.query(sql)


class WithMariaDB(Story, unittest.TestCase):
    pipeline = "imap_to_mysql.yaml"
    sink_settings = ("sinks.0.mysql.tls=disable",)

    def set_up_database(self, folder):
        self.database = mysql.MySQL(folder)
        self.addCleanup(self.database.stop)
        self.work.environment.update(HAULIER_MYSQL_HOST=self.database.host, HAULIER_MYSQL_PORT=str(self.database.port))
        self.work.login_by_password("mail-database", mysql.PASSWORD, "pipeline")

    def ask(self, sql):
        return self.database.query(sql)


if __name__ == "__main__":
    unittest.main()
