"""The two pipelines that need no server, over .eml files, mbox files and Maildirs."""
import base64
import collections
import contextlib
import hashlib
import json
import os
import shutil
import sqlite3
import unittest

import workspace

# Messages attached to messages have rows of their own, but the servers and the manifest do not count them.
NOT_NESTED = "WHERE id NOT IN (SELECT email_id FROM nested_emails)"


class MailFiles(unittest.TestCase):
    def setUp(self):
        self.work = self.enterContext(workspace.Workspace())

    def run_on(self, form, pipeline="mail_files_to_sqlite.yaml", line_ends="crlf"):
        self.folder = workspace.sample_mail("tiny", form, line_ends)
        self.manifest = workspace.manifest(self.folder)
        self.jsonl = os.path.join(self.work.folder, "mail.jsonl")
        self.work.environment.update(HAULIER_MAIL=os.path.join(self.folder, "mail"), HAULIER_ACCOUNT="archive",
                                     HAULIER_DATABASE=self.work.database, HAULIER_JSONL=self.jsonl)
        outcome = self.work.run(pipeline)
        self.assertEqual(outcome.code, 0, outcome.words())
        return outcome

    def messages(self):
        return [message for messages in self.manifest["mailboxes"].values() for message in messages]

    def check_database(self):
        totals = self.manifest["totals"]
        self.assertEqual(self.work.value("SELECT count(*) FROM email_locations"), totals["places"])
        self.assertEqual({row["raw_sha256"] for row in self.work.rows(f"SELECT raw_sha256 FROM emails {NOT_NESTED}")},
                         {message["sha256"] for message in self.messages()})
        expected = collections.Counter()
        for message in {message["sha256"]: message for message in self.messages()}.values():
            expected.update((row["filename"], row["sha256"], row["size"]) for row in message["attachments"] or ())
        stored = collections.Counter((row["filename"], row["sha256"], row["size"])
                                     for row in self.work.rows("SELECT filename, sha256, size FROM attachments"))
        self.assertEqual(expected - stored, collections.Counter())

    def test_eml_files(self):
        self.run_on("eml")
        self.check_database()

    def test_what_the_database_asks_for_is_told_by_status_only(self):
        self.run_on("eml")
        self.assertEqual(self.ask("status", "--json")["sinks"][0]["advice"], [])
        with contextlib.closing(sqlite3.connect(self.work.database)) as database, database:
            database.execute("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000) INSERT INTO "
                             "attachment_contents (sha256, size, content) SELECT printf('%064d', i), 0, x'' FROM n")
        advice, = self.ask("status", "--json")["sinks"][0]["advice"]
        self.assertEqual(advice["command"], f"sqlite3 {self.work.database} ANALYZE")
        self.assertIn(f"  advice: {advice['words']}\n     try: {advice['command']}\n", self.ask("status"))
        for command in ("plan", "verify"):
            self.ask(command)

    def ask(self, command, *options):
        """What a command tells; no warnings."""
        done = self.work.command(command, os.path.join(workspace.PIPELINES, "mail_files_to_sqlite.yaml"), *options)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertNotIn("ANALYZE", done.stderr)
        return json.loads(done.stdout) if options else done.stdout

    def test_eml_files_with_unix_line_ends(self):
        self.run_on("eml", line_ends="lf")
        self.assertEqual({row["raw_sha256"] for row in self.work.rows(f"SELECT raw_sha256 FROM emails {NOT_NESTED}")},
                         {message["sha256"] for message in self.messages()})

    def test_maildirs(self):
        self.run_on("maildir")
        self.check_database()
        flags = collections.Counter(row["flags"] for row in self.work.rows("SELECT flags FROM email_locations"))
        self.assertTrue(any("Seen" in text for text in flags), flags)

    def test_mbox_files(self):
        self.run_on("mbox")
        self.assertEqual(self.work.value("SELECT count(*) FROM email_locations"), self.manifest["totals"]["places"])
        stored = {row["raw_sha256"] for row in self.work.rows(f"SELECT raw_sha256 FROM emails {NOT_NESTED}")}
        self.assertEqual(stored, {message["sha256"] for message in self.messages()})

    def test_mbox_that_grows_gives_only_the_new_message(self):
        self.run_on("mbox")
        before = self.work.snapshot()["email_locations"]
        copy = shutil.copytree(os.path.join(self.folder, "mail"), os.path.join(self.work.folder, "mail"))
        self.work.environment["HAULIER_MAIL"] = copy
        with open(os.path.join(copy, "INBOX.mbox"), "ab") as file:
            file.write(b"From new@example.test Mon Jan  1 00:00:00 2024\nSubject: new\n\nnew\n\n")
        outcome = self.work.run("mail_files_to_sqlite.yaml")
        self.assertEqual(outcome.code, 0, outcome.words())
        after = self.work.snapshot()["email_locations"]
        self.assertEqual(len(set(after) - set(before)), 1)
        self.assertEqual(set(before) - set(after), set())
        self.assertEqual(self.work.value("SELECT count(*) FROM email_locations WHERE vanished_at IS NOT NULL"), 0)

    def test_second_run_changes_nothing(self):
        self.run_on("maildir")
        before = self.work.snapshot()
        outcome = self.run_on("maildir")
        self.assertEqual(outcome.report["counters"]["written"], 0, outcome.report["counters"])
        self.assertEqual(self.work.snapshot(), before)

    def test_json_lines(self):
        self.run_on("eml", "mail_files_to_jsonl.yaml")
        lines = collections.defaultdict(list)
        with open(self.jsonl, encoding="utf-8") as file:
            for line in file:
                record = json.loads(line)
                lines[record["stream"]].append(record)
        nested = {record["email_id"] for record in lines["nested_emails"]}
        self.assertEqual({record["raw_sha256"] for record in lines["emails"] if record["id"] not in nested},
                         {message["sha256"] for message in self.messages()})
        self.assertEqual(len(lines["email_locations"]), self.manifest["totals"]["places"])
        for record in lines["attachment_contents"]:
            content = base64.b64decode(record["content"]["base64"])
            self.assertEqual(hashlib.sha256(content).hexdigest(), record["sha256"])

    def test_json_lines_second_run_adds_nothing(self):
        self.run_on("eml", "mail_files_to_jsonl.yaml")
        size = os.path.getsize(self.jsonl)
        self.run_on("eml", "mail_files_to_jsonl.yaml")
        self.assertEqual(os.path.getsize(self.jsonl), size)


if __name__ == "__main__":
    unittest.main()
