"""What goes wrong ends with the promised exit code, a sentence that helps, and nothing lost."""
import os
import shutil
import signal
import subprocess
import tempfile
import unittest

import workspace
from rig import CertificateAuthority, Proxy
from workspace import ALICE, PASSWORD


class BadInput(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.mail = workspace.sample_mail("tiny")
        cls.places = workspace.manifest(cls.mail)["totals"]["places"]
        cls.rig_folder = tempfile.TemporaryDirectory(prefix="haulier-rig-")
        cls.addClassCleanup(cls.rig_folder.cleanup)
        cls.rig = workspace.start_rig(cls.rig_folder.name, with_oauth=False)
        cls.addClassCleanup(cls.rig.stop)
        cls.rig.load(ALICE, os.path.join(cls.mail, "mail"))

    def setUp(self):
        self.server = self.rig.passwords
        self.work = self.enterContext(workspace.Workspace())
        self.work.environment.update(HAULIER_USER=ALICE, HAULIER_IMAP_HOST=self.server.host,
                                     HAULIER_DATABASE=self.work.database)

    def sign_in(self, password=PASSWORD):
        self.work.login_by_password(ALICE, password, self.server.host)

    def settings(self, *more):
        return workspace.imap_settings(self.server, self.rig, workspace.SHORT_RETRY, "source.imap.reconnects=0",
                                       "source.imap.batch={messages: 7}", *more)

    def run_imap(self, *more, **options):
        return self.work.run("imap_to_sqlite.yaml", settings=self.settings(*more), **options)

    def start_through(self, proxy):
        return self.work.start("imap_to_sqlite.yaml", settings=self.settings(f"source.imap.port={proxy.port}"))

    def start_through(self, proxy):
        return self.work.start("imap_to_sqlite.yaml", settings=self.settings(f"source.imap.port={proxy.port}"))

    def check(self, outcome, code, *words):
        self.assertEqual(outcome.code, code, outcome.words())
        for word in words:
            self.assertIn(word, outcome.err)
        self.assertNotIn("terminate called", outcome.err)

    def check_complete(self):
        """The next run finishes the job, and every place of the manifest is there once."""
        outcome = self.run_imap()
        self.check(outcome, 0)
        self.assertEqual(self.work.value("SELECT count(*) FROM email_locations"), self.places)
        self.assertEqual(self.work.value("PRAGMA integrity_check"), "ok")
        return outcome

    def pipeline(self, text):
        path = os.path.join(self.work.folder, "pipeline.yaml")
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    # The command line and the pipeline file

    def test_no_such_pipeline_file(self):
        self.check(self.work.run("/nowhere/pipeline.yaml"), 78, "/nowhere/pipeline.yaml")

    def test_unknown_command_and_option(self):
        self.assertEqual(self.work.command("rum").returncode, 64)
        done = self.work.command("run", "--no-such-option", "x.yaml")
        self.assertEqual(done.returncode, 64)
        self.assertIn("--no-such-option", done.stderr)

    def test_file_that_is_no_yaml(self):
        self.check(self.work.run(self.pipeline("haulier: 1\nname: [unclosed\n")), 78, "pipeline.yaml:")

    def test_unknown_key_is_named_with_its_place_and_a_suggestion(self):
        path = self.pipeline("haulier: 1\nname: x\nsource:\n  mail_files:\n    path: /tmp\n    acount: me\n"
                             "sinks:\n  - jsonl: { path: out.jsonl }\n")
        self.check(self.work.run(path), 78, "pipeline.yaml:6:5", "acount", "account")

    def test_plugin_that_does_not_exist(self):
        path = self.pipeline("haulier: 1\nname: x\nsource:\n  mail_file:\n    path: /tmp\nsinks:\n  - jsonl: { path: o }\n")
        self.check(self.work.run(path), 78, "pipeline.yaml:4:3", "mail_file", "mail_files")

    def test_environment_variable_that_is_not_set(self):
        self.work.environment.pop("HAULIER_USER")
        outcome = self.work.run("imap_to_sqlite.yaml")
        self.check(outcome, 78, "HAULIER_USER", "imap_to_sqlite.yaml:")

    def test_plugin_file_that_is_no_plugin(self):
        folder = os.path.join(self.work.folder, "plugins")
        os.mkdir(folder)
        shutil.copy("/bin/true", os.path.join(folder, "broken.so"))
        path = self.pipeline("haulier: 1\nname: x\nsource:\n  broken: {}\nsinks:\n  - jsonl: { path: o }\n")
        self.check(self.work.run(path, "--plugin-path", folder), 78, "broken")

    # The server

    def test_wrong_password(self):
        self.sign_in("wrong")
        self.check(self.run_imap(), 77, "haulier auth login")

    def test_no_password_stored(self):
        self.check(self.run_imap(), 77, f"haulier auth login {ALICE}")

    def test_server_certificate_of_a_stranger(self):
        stranger = CertificateAuthority(os.path.join(self.work.folder, "stranger"), "Stranger")
        self.sign_in()
        self.check(self.run_imap(f"source.imap.tls={{ca_file: {stranger.ca_file}}}"), 76, "certificate")

    def test_server_certificate_for_another_name(self):
        # 127.0.0.3 is this machine too, but no certificate names it.
        self.work.login_by_password(ALICE, PASSWORD, "127.0.0.3")
        server = self.rig.passwords
        with Proxy(server.host, server.port, host="127.0.0.3") as proxy:
            self.check(self.run_imap("source.imap.host=127.0.0.3", f"source.imap.port={proxy.port}"), 76, "127.0.0.3")

    def test_nobody_listens(self):
        self.sign_in()
        self.check(self.run_imap("source.imap.port=1"), 75)

    def test_server_that_dies_in_the_middle(self):
        self.sign_in()
        with Proxy(self.server.host, self.server.port) as proxy:
            proxy.hold_after(800_000)
            process, report = self.start_through(proxy)
            self.assertTrue(proxy.held.wait(60))
            proxy.stop()
            self.check(self.work.finish(process, report), 75)
        stored = self.work.value("SELECT count(*) FROM email_locations")
        self.assertLess(stored, self.places)
        outcome = self.check_complete()
        self.assertLessEqual(outcome.metric("haulier_imap_bodies_fetched_total"), self.places - stored)

    def test_signals_end_the_run_after_a_checkpoint(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            with self.subTest(number), workspace.Workspace() as work:
                work.environment.update(HAULIER_USER=ALICE, HAULIER_IMAP_HOST=self.server.host,
                                        HAULIER_DATABASE=work.database)
                self.work = work
                self.sign_in()
                with Proxy(self.server.host, self.server.port) as proxy:
                    proxy.hold_after(800_000)
                    process, report = self.start_through(proxy)
                    self.assertTrue(proxy.held.wait(60))
                    process.send_signal(number)
                    self.check(work.finish(process, report, timeout_s=30), 75)
                self.check_complete()

    # The disk and the database

    def test_full_disk_loses_nothing(self):
        self.sign_in()
        disk = os.path.join(self.work.folder, "disk")
        os.mkdir(disk)
        settings = [word for setting in self.settings(f"sinks.0.sqlite.path={disk}/mail.db") for word in ("--set", setting)]
        # A mount namespace of its own: no root needed, nothing left behind.
        script = ('mount -t tmpfs -o size=1500k none "$1" || exit 200; shift; disk=$1; shift\n'
                  '"$@"; code=$?\n'
                  'mount -o remount,size=200m "$disk" || exit 200\n'
                  '"$@" > second.out 2> second.err || exit 201\n'
                  'cp "$disk"/mail.db* . && exit $code')
        command = ["unshare", "-m", *([] if os.geteuid() == 0 else ["-r"]), "sh", "-c", script, "sh", disk, disk,
                   self.work.binary, "run", os.path.join(workspace.PIPELINES, "imap_to_sqlite.yaml"), *settings]
        done = subprocess.run(command, cwd=self.work.folder, env=self.work.environment, capture_output=True, text=True,
                              timeout=120)
        if done.returncode == 200 or "unshare" in done.stderr:
            self.skipTest("this machine does not allow a small file system: " + done.stderr)
        words = done.stderr + workspace.read_text(os.path.join(self.work.folder, "second.err"))
        self.assertEqual(done.returncode, 74, words)
        self.assertIn("disk", done.stderr.lower())
        self.assertEqual(self.work.value("SELECT count(*) FROM email_locations"), self.places)
        self.assertEqual(self.work.value("PRAGMA integrity_check"), "ok")

    def test_database_in_a_folder_that_does_not_exist(self):
        self.sign_in()
        self.check(self.run_imap("sinks.0.sqlite.path=/nowhere/at/all/mail.db"), 74, "/nowhere/at/all")

    def test_file_that_is_no_database(self):
        self.sign_in()
        with open(self.work.database, "w") as file:
            file.write("this is a shopping list, not a database\n" * 50)
        self.check(self.run_imap(), 65, "mail.db")
        self.assertTrue(workspace.read_text(self.work.database).startswith("this is a shopping list"))

    def test_of_two_runs_at_once_only_one_writes(self):
        self.sign_in()
        with Proxy(self.server.host, self.server.port) as proxy:
            proxy.hold_after(300_000)
            process, report = self.start_through(proxy)
            self.assertTrue(proxy.held.wait(60))
            second = self.work.command("run", os.path.join(workspace.PIPELINES, "imap_to_sqlite.yaml"),
                                       *[word for setting in self.settings() for word in ("--set", setting)])
            proxy.release()
            first = self.work.finish(process, report)
        # Refused at the door or fenced off by the other: one of them has to come again.
        self.assertEqual({first.code, second.returncode}, {0, 75}, f"{first.words()}\n{second.stderr}")
        self.check_complete()


if __name__ == "__main__":
    unittest.main()
