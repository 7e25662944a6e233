"""One mailbox into SQLite, JSON lines, PostgreSQL and MariaDB at once: killed, with a server down, with a sink added later;
in the end all four hold the same rows, those of a run that nothing disturbed."""
import os
import tempfile
import unittest

import resume_mail
import sink_rows
import workspace
from rig import mysql, postgresql
from sample_mail import store
from workspace import ALICE, PASSWORD

PIPELINE = "imap_to_several.yaml"
MANY = 600


def mail(number):
    return (f"From: <{ALICE}>\r\nMessage-ID: <many.{number}@example.test>\r\nSubject: mail {number}\r\n\r\n"
            f"{'some text ' * (number % 50)}{number}\r\n").encode()


class FourSinks(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix="haulier-rig-")
        cls.addClassCleanup(cls.folder.cleanup)
        os.chmod(cls.folder.name, 0o755)  # the database server runs as another user
        cls.rig = workspace.start_rig(os.path.join(cls.folder.name, "mail"), with_oauth=False)
        cls.addClassCleanup(cls.rig.stop)
        with tempfile.TemporaryDirectory(prefix="haulier-mail-") as folder:
            mailboxes = store.Maildirs(folder)
            for number in range(MANY):
                mailboxes.add("INBOX" if number % 3 else "Work", number, mail(number), 1_700_000_000 + number * 60)
            cls.rig.load(ALICE, folder)
        cls.postgresql = postgresql.PostgreSQL(os.path.join(cls.folder.name, "postgresql"))
        cls.addClassCleanup(cls.postgresql.stop)
        cls.mysql = mysql.MySQL(os.path.join(cls.folder.name, "mysql"))
        cls.addClassCleanup(cls.mysql.stop)

    def setUp(self):
        for server in (self.postgresql, self.mysql):
            server.query("DROP DATABASE IF EXISTS mail", database="postgres" if server is self.postgresql else "mysql")
        self.postgresql.query("CREATE DATABASE mail OWNER haulier", database="postgres")
        self.mysql.query("CREATE DATABASE mail CHARACTER SET utf8mb4", database="mysql")
        self.work = self.enterContext(workspace.Workspace())
        self.lines = os.path.join(self.work.folder, "mail.jsonl")
        self.work.environment.update(
            HAULIER_USER=ALICE, HAULIER_IMAP_HOST=self.rig.passwords.host, HAULIER_DATABASE=self.work.database,
            HAULIER_JSONL=self.lines, HAULIER_POSTGRESQL_HOST=self.postgresql.host,
            HAULIER_POSTGRESQL_PORT=str(self.postgresql.port), HAULIER_MYSQL_HOST=self.mysql.host,
            HAULIER_MYSQL_PORT=str(self.mysql.port))
        self.work.login_by_password(ALICE, PASSWORD, self.rig.passwords.host)
        self.work.login_by_password("postgresql", postgresql.PASSWORD, "pipeline")
        self.work.login_by_password("mariadb", mysql.PASSWORD, "pipeline")

    def settings(self, *more, with_mysql=True):
        tls = ("sinks.2.postgresql.tls=disable",) + (("sinks.3.mysql.tls=disable",) if with_mysql else ())
        return workspace.imap_settings(self.rig.passwords, self.rig, *tls, "source.imap.batch.messages=20",
                                       "retry={attempts: 3, first_wait: 20ms, max_wait: 50ms}", *more)

    def run_pipeline(self, *more, pipeline=PIPELINE, with_mysql=True):
        return self.work.run(pipeline, settings=self.settings(*more, with_mysql=with_mysql))

    def without_mysql(self):
        """The ready file without its last sink."""
        text = workspace.read_text(os.path.join(workspace.PIPELINES, PIPELINE))
        path = os.path.join(self.work.folder, "three.yaml")
        with open(path, "w", encoding="utf-8") as file:
            file.write(text[:text.index("  - mysql:")])
        return path

    def check_equal(self, with_mysql=True):
        """All sinks hold the same, and all that the server has; returns how many lines there are."""
        rows = sink_rows.of_sqlite(self.work.database)
        lines, count = sink_rows.of_jsonl(self.lines)
        others = {"jsonl": lines, "postgresql": sink_rows.of_postgresql(self.postgresql)}
        if with_mysql:
            others["mysql"] = sink_rows.of_mysql(self.mysql)
        for name, held in others.items():
            for table, expected in rows.items():
                self.assertEqual(held[table], expected, f"{table} in {name}")
        live = [row for row in rows["email_locations"] if row[-1] == "0"]
        self.assertEqual(len(live), self.total())
        return count

    def total(self):
        return sum(self.rig.count(ALICE, mailbox) for mailbox in ("INBOX", "Work"))

    def stored(self):
        try:
            return int(self.postgresql.value("SELECT count(*) FROM email_locations"))
        except RuntimeError:
            return 0  # there is no table yet

    def start_until(self, at_least):
        """A run that is on its way, with so much stored: (process, path of its report). Slow enough to be met there."""
        process, report = self.work.start(PIPELINE, settings=self.settings("limits.commit.bytes=16KiB",
                                                                           "source.imap.limits={commands_per_second: 10}"))
        while process.poll() is None and self.stored() < at_least:
            pass
        self.assertIsNone(process.poll(), "the run ended too early")
        return process, report

    def kill_in_the_middle(self, at_least):
        process, _ = self.start_until(at_least)
        process.kill()
        process.communicate()

    def test_undisturbed_then_nothing_new_and_every_guarantee_is_told(self):
        outcome = self.run_pipeline()
        self.assertEqual(outcome.code, 0, outcome.words())
        self.assertEqual(outcome.report["guarantee"], "at least once")
        self.assertEqual([sink["guarantee"] for sink in outcome.report["sinks"]],
                         ["exactly once", "at least once", "exactly once", "exactly once"])
        self.assertEqual({sink["counters"]["written"] for sink in outcome.report["sinks"]}, {self.total()})
        lines = self.check_equal()
        outcome = self.run_pipeline()
        self.assertEqual(outcome.code, 0, outcome.words())
        self.assertEqual(outcome.metric("haulier_imap_bodies_fetched_total"), 0)
        self.assertNotIn("from the start", outcome.err)
        self.assertEqual(self.check_equal(), lines, "a run without news wrote lines")
        self.check_commands()

    def check_commands(self):
        options = [word for setting in self.settings() for word in ("--set", setting)]
        path = os.path.join(workspace.PIPELINES, PIPELINE)
        plan = self.work.command("plan", path, *options)
        self.assertEqual(plan.returncode, 0, plan.stderr)
        self.assertIn("sinks.1.jsonl: at least once", plan.stdout)
        self.assertIn("sinks.3.mysql: exactly once", plan.stdout)
        self.assertNotIn("from the start", plan.stdout)
        status = self.work.command("status", path, *options)
        self.assertEqual(status.returncode, 0, status.stderr)
        for sink in ("sinks.0.sqlite", "sinks.1.jsonl", "sinks.2.postgresql", "sinks.3.mysql"):
            self.assertIn(sink, status.stdout)
        verify = self.work.command("verify", path, *options)
        self.assertEqual(verify.returncode, 0, verify.stdout + verify.stderr)
        self.assertIn("sinks.1.jsonl cannot be looked into", verify.stderr)
        recheck = self.work.run(PIPELINE, "--recheck", settings=self.settings())
        self.assertNotEqual(recheck.code, 0, "JSON lines cannot be looked into")
        self.assertIn("every one of them", recheck.err)

    def test_killed_again_and_again_and_with_a_server_down(self):
        for at_least in (60, 200):
            self.kill_in_the_middle(at_least)
        self.mysql.kill()
        outcome = self.run_pipeline()
        self.assertEqual(outcome.code, 75, outcome.words())
        self.assertIn("sinks.3.mysql", outcome.err)
        self.mysql.start()
        self.kill_in_the_middle(350)
        outcome = self.run_pipeline()
        self.assertEqual(outcome.code, 0, outcome.words())
        self.assertNotIn("nobody knows", outcome.err)
        self.check_equal()

    def test_a_server_that_stops_on_the_way_stops_the_run_and_catches_up(self):
        process, report = self.start_until(100)
        self.mysql.kill()
        outcome = self.work.finish(process, report)
        self.assertEqual(outcome.code, 75, outcome.words())
        before = self.stored()
        self.assertGreaterEqual(before, 100, "what the others committed is kept")
        self.mysql.start()
        outcome = self.run_pipeline()
        self.assertEqual(outcome.code, 0, outcome.words())
        self.check_equal()

    def test_a_sink_added_later_gets_everything_and_the_others_stay_as_they_are(self):
        three = self.without_mysql()
        outcome = self.run_pipeline(pipeline=three, with_mysql=False)
        self.assertEqual(outcome.code, 0, outcome.words())
        self.check_equal(with_mysql=False)
        first_seen = self.work.rows("SELECT mailbox, uid, first_seen FROM email_locations ORDER BY mailbox, uid")
        before = self.work.snapshot()
        outcome = self.run_pipeline()
        self.assertEqual(outcome.code, 0, outcome.words())
        self.check_equal()
        self.assertEqual(outcome.report["sinks"][0]["counters"]["unchanged"], self.total())
        self.assertEqual(outcome.report["sinks"][3]["counters"]["written"], self.total())
        self.assertEqual(self.work.rows("SELECT mailbox, uid, first_seen FROM email_locations ORDER BY mailbox, uid"),
                         first_seen)
        self.assertEqual(self.work.snapshot()["emails"], before["emails"])
        # And taken out again: the others go on.
        self.rig.append(ALICE, "INBOX", mail(MANY))
        outcome = self.run_pipeline(pipeline=three, with_mysql=False)
        self.assertEqual(outcome.code, 0, outcome.words())
        self.assertEqual(outcome.metric("haulier_imap_bodies_fetched_total"), 1)
        self.check_equal(with_mysql=False)

    def test_what_one_sink_refuses_the_others_have(self):
        outcome = self.run_pipeline()
        self.assertEqual(outcome.code, 0, outcome.words())
        resume_mail.refuse(self.work.database)
        raw = f"From: <{ALICE}>\r\nSubject: {resume_mail.REFUSED}\r\n\r\nSo be it.\r\n".encode()
        self.rig.append(ALICE, "INBOX", raw)
        outcome = self.run_pipeline()
        self.assertEqual(outcome.code, 3, outcome.words())
        self.assertEqual([sink["counters"]["quarantined"] for sink in outcome.report["sinks"]], [1, 0, 0, 0])
        wanted = f"SELECT count(*) FROM emails WHERE subject = '{resume_mail.REFUSED}'"
        self.assertEqual((self.work.value(wanted), self.postgresql.value(wanted), self.mysql.value(wanted)), (0, "1", "1"))
        self.assertEqual(self.work.value("SELECT count(*) FROM quarantine"), 1)
        outcome = self.run_pipeline()
        self.assertEqual(outcome.code, 0, outcome.words())
        self.assertEqual(outcome.metric("haulier_imap_bodies_fetched_total"), 0)


if __name__ == "__main__":
    unittest.main()
