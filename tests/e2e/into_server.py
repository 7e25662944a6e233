"""Mail over IMAP into a database server: all of it, then nothing, and all of it once although both sides are killed on the
way. One list of tests; an engine is a subclass."""
import os
import tempfile

import workspace
from rig import database_server
from workspace import ALICE, PASSWORD

# Messages attached to messages have rows of their own, but the servers and the manifest do not count them.
NOT_NESTED = "WHERE id NOT IN (SELECT email_id FROM nested_emails)"
TABLES = ("emails", "email_details", "nested_emails", "email_locations", "attachments", "attachment_contents",
          "email_sync_status")


class IntoServer:
    """Beside unittest.TestCase. The engine is a rig.servers class with the names below."""
    engine = None         # rig.postgresql.PostgreSQL or rig.mysql.MySQL
    sink = None           # its name in a pipeline file
    hash_of_content = None  # SQL
    new_password = None   # SQL that makes the password another one
    refusal = None        # words of the server when the password is wrong

    @classmethod
    def setUpClass(cls):
        cls.mail = workspace.sample_mail("e2e2000")
        cls.manifest = workspace.manifest(cls.mail)
        cls.folder = tempfile.TemporaryDirectory(prefix="haulier-rig-")
        cls.addClassCleanup(cls.folder.cleanup)
        os.chmod(cls.folder.name, 0o755)  # the database server may run as another user
        cls.rig = workspace.start_rig(os.path.join(cls.folder.name, "mail"), with_oauth=False)
        cls.addClassCleanup(cls.rig.stop)
        cls.rig.load(ALICE, os.path.join(cls.mail, "mail"))

    def setUp(self):
        # Each test has a server and a vault of its own.
        folder = tempfile.TemporaryDirectory(prefix=f"haulier-{self.sink}-", dir=self.folder.name)
        self.addCleanup(folder.cleanup)
        self.database = self.engine(folder.name)
        self.addCleanup(self.database.stop)
        self.work = self.enterContext(workspace.Workspace())
        self.work.environment.update(HAULIER_USER=ALICE, HAULIER_IMAP_HOST=self.rig.passwords.host,
                                     **database_environment(self.sink, self.database))
        self.work.login_by_password(ALICE, PASSWORD, self.rig.passwords.host)
        self.work.login_by_password("mail-database", database_server.PASSWORD, "pipeline")

    def settings(self, *more):
        return workspace.imap_settings(self.rig.passwords, self.rig, f"sinks.0.{self.sink}.tls=disable",
                                       "retry={attempts: 100, first_wait: 20ms, max_wait: 100ms}", *more)

    @property
    def pipeline(self):
        return f"imap_to_{self.sink}.yaml"

    def run_pipeline(self, *more):
        return self.work.run(self.pipeline, settings=self.settings(*more))

    def check_complete(self):
        totals = self.manifest["totals"]
        self.assertEqual(self.database.value(f"SELECT count(*) FROM emails {NOT_NESTED}"), str(totals["messages"]))
        self.assertEqual(self.database.value("SELECT count(*) FROM email_locations"), str(totals["places"]))
        self.assertEqual(self.database.value("SELECT count(*) FROM quarantine"), "0")
        stored = {row[0] for row in self.database.query(f"SELECT raw_sha256 FROM emails {NOT_NESTED}")}
        self.assertEqual(stored, {message["sha256"] for messages in self.manifest["mailboxes"].values()
                                  for message in messages})
        broken = self.database.value("SELECT count(*) FROM attachments AS a LEFT JOIN attachment_contents AS c USING "
                                     "(sha256) WHERE a.sha256 IS NOT NULL AND (c.content IS NULL OR a.size IS NULL OR "
                                     "a.size <> octet_length(c.content))")
        self.assertEqual(broken, "0")
        wrong = self.database.value("SELECT count(*) FROM attachment_contents WHERE "
                                    f"{self.hash_of_content} <> sha256")
        self.assertEqual(wrong, "0")

    def test_all_of_it_and_then_nothing(self):
        outcome = self.run_pipeline()
        self.assertEqual(outcome.code, 0, outcome.words())
        self.assertNotIn(database_server.PASSWORD, outcome.out + outcome.err)
        self.check_complete()
        outcome = self.run_pipeline()
        self.assertEqual(outcome.code, 0, outcome.words())
        self.assertEqual(outcome.metric("haulier_imap_bodies_fetched_total"), 0)

    def test_both_sides_killed_on_the_way(self):
        more = ("source.imap.batch.messages=20",)
        for killed, at_least in (("program", 100), ("server", 400), ("program", 700), ("server", 1000)):
            process, report = self.work.start(self.pipeline, settings=self.settings(*more))
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
                for table in TABLES:
                    self.database.query(f"TRUNCATE {table}")
        self.check_complete()

    def wait_for_rows(self, process, at_least):
        """Until this many messages are committed, or the program has ended."""
        while process.poll() is None:
            if self.database.count("email_locations") >= at_least:
                return

    def test_a_wrong_password_stops_with_words(self):
        self.database.administer(self.new_password)
        outcome = self.run_pipeline()
        self.assertEqual(outcome.code, 77, outcome.words())
        self.assertIn(self.refusal, outcome.err)
        self.assertNotIn(database_server.PASSWORD, outcome.out + outcome.err)


def database_environment(sink, database):
    """What the ready pipeline file of that sink wants to know."""
    return {f"HAULIER_{sink.upper()}_HOST": database.host, f"HAULIER_{sink.upper()}_PORT": str(database.port)}
