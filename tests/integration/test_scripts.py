"""The scripts: sample mail keeps its promises, the layer check finds what it must, a crash of a fuzz target is told, and
the quickstart reads one's own mailbox."""
import contextlib
import hashlib
import os
import pty
import select
import sqlite3
import stat
import subprocess
import sys
import tempfile
import termios
import time
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.path.abspath(os.environ.get("HAULIER_BUILD", os.path.join(ROOT, "build", "test")))
sys.path[:0] = [os.path.join(ROOT, "scripts"), os.path.join(ROOT, "tests", "fuzz")]

import seeds  # noqa: E402
from rig import Account, Rig, canary  # noqa: E402
from sample_mail import store  # noqa: E402


class SampleMail(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = folder.name
        cls.manifest = store.write("e2e2000", "1", os.path.join(cls.folder, "one"))

    def test_sizes_are_those_of_real_mail(self):
        totals = self.manifest["totals"]
        self.assertEqual(totals["places"], 2000)
        self.assertAlmostEqual(totals["median_bytes"], 20_000, delta=3_000)
        self.assertAlmostEqual(totals["p99_bytes"], 300_000, delta=100_000)
        self.assertGreater(totals["largest_bytes"], 5_000_000)

    def test_files_are_what_the_manifest_says(self):
        for messages in self.manifest["mailboxes"].values():
            for message in messages[:20]:
                with open(os.path.join(self.folder, "one", message["file"]), "rb") as file:
                    self.assertEqual(hashlib.sha256(file.read()).hexdigest(), message["sha256"])

    def test_contents_come_again(self):
        totals = self.manifest["totals"]
        self.assertLess(totals["attachment_contents"], totals["attachments"])
        self.assertLess(totals["messages"], totals["places"])

    def test_same_seed_same_mail_other_seed_other_mail(self):
        again = store.write("tiny", "1", os.path.join(self.folder, "again"))
        more = store.write("tiny", "1", os.path.join(self.folder, "more"))
        other = store.write("tiny", "2", os.path.join(self.folder, "other"))
        self.assertEqual(again["mailboxes"], more["mailboxes"])
        self.assertNotEqual(again["mailboxes"], other["mailboxes"])


class Layers(unittest.TestCase):
    def check(self, path, line):
        """What the layer check says about a tree that holds one file with one line."""
        with tempfile.TemporaryDirectory() as root:
            for folder in ("scripts", "framework", "plugins", os.path.dirname(path)):
                os.makedirs(os.path.join(root, folder), exist_ok=True)
            with open(os.path.join(ROOT, "scripts", "check_layers")) as source, \
                    open(os.path.join(root, "scripts", "check_layers"), "w") as copy:
                copy.write(source.read())
            with open(os.path.join(root, path), "w") as file:
                file.write("\n" + line + "\n")
            done = subprocess.run([sys.executable, os.path.join(root, "scripts", "check_layers")], capture_output=True, text=True)
            return done.returncode, done.stdout

    def test_wrong_includes_are_named_with_their_line(self):
        for path, line in (("framework/abi/include/haulier/abi/a.h", "#include <string>"),
                           ("framework/sdk/include/haulier/a.hpp", "#include <Poco/Path.h>"),
                           ("framework/host/a.cpp", "#include <sqlite3.h>"),
                           ("plugins/sources/imap/proto/a.cpp", "#include <sys/socket.h>"),
                           ("plugins/sources/imap/sync/a.cpp", "#include <chrono>"),
                           ("plugins/sinks/sqlite/a.cpp", "#include <prometheus/registry.h>")):
            code, words = self.check(path, line)
            self.assertEqual(code, 1, line)
            self.assertTrue(words.startswith(f"{path}:2: "), words)

    def test_right_includes_pass(self):
        for path, line in (("framework/abi/include/haulier/abi/a.h", "#include <stdint.h>"),
                           ("framework/host/a.cpp", "#include <yaml-cpp/yaml.h>"),
                           ("plugins/sources/imap/proto/a.cpp", "#include <vector>"),
                           ("plugins/sinks/sqlite/a.cpp", "#include <sqlite3.h>")):
            self.assertEqual(self.check(path, line), (0, ""), line)


class Fuzz(unittest.TestCase):
    """scripts/fuzz with programs that behave as libFuzzer does."""

    CRASHES = """#!/bin/sh
for word; do case $word in -artifact_prefix=*) prefix=${word#*=} ;; esac; done
echo "==1==ERROR: AddressSanitizer: heap-buffer-overflow"
echo x > "${prefix}crash-1"; echo "Test unit written to ${prefix}crash-1"; exit 77
"""
    RUNS = """#!/bin/sh
for word; do last=$word; case $word in -max_total_time=*) time=${word#*=} ;; esac; done
echo "#9 DONE cov: 12 ft: 3"; echo "stat::number_of_executed_units: $(ls "$last" | wc -l)"
echo "stat::average_exec_per_sec: $time"
"""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def fuzz(self, targets, *arguments, **environment):
        """Runs it over {name: script}; the targets' seeds are one recorded conversation."""
        with open(os.path.join(self.folder, "fuzz_targets.txt"), "w") as listed:
            for name, script in targets.items():
                listed.write(f"{name};3;tests/data/imap/starttls.trace\n")
                with open(os.path.join(self.folder, name), "w") as program:
                    program.write(script)
                os.chmod(program.name, 0o755)
        return subprocess.run([os.path.join(ROOT, "scripts", "fuzz"), "--built", self.folder, *arguments],
                              env={**os.environ, **environment}, capture_output=True, text=True)

    def test_every_listed_target_runs_for_the_time_with_its_seeds(self):
        done = self.fuzz({"fuzz_a": self.RUNS, "fuzz_b": self.RUNS}, HAULIER_FUZZ_SECONDS="7")
        self.assertEqual(done.returncode, 0, done.stderr)
        for name in ("fuzz_a", "fuzz_b"):
            self.assertIn(f"{name}: no crash, 8 inputs, 7/s, 12 edges", done.stderr)
        self.assertIn("2 targets, 14 s in all, 0 failed", done.stderr)

    def test_a_target_says_how_long_it_runs(self):
        done = self.fuzz({"fuzz_a": self.RUNS}, HAULIER_FUZZ_SECONDS="")
        self.assertIn("fuzz_a: no crash, 8 inputs, 3/s, 12 edges", done.stderr)

    def test_a_crash_fails_and_its_input_is_named(self):
        done = self.fuzz({"fuzz_a": self.RUNS, "fuzz_b": self.CRASHES}, "--seconds", "1")
        self.assertEqual(done.returncode, 1)
        path = os.path.join(self.folder, "crashes", "fuzz_b-crash-1")
        self.assertIn(f"fuzz: fuzz_b crashed on {path}\n", done.stdout)
        self.assertIn("heap-buffer-overflow", done.stdout)
        self.assertTrue(os.path.exists(path))
        self.assertIn("fuzz_a: no crash", done.stderr)

    def test_a_target_that_was_not_built_fails(self):
        with open(os.path.join(self.folder, "fuzz_targets.txt"), "w") as listed:
            listed.write("fuzz_gone;1\n")
        done = subprocess.run([os.path.join(ROOT, "scripts", "fuzz"), "--built", self.folder], capture_output=True, text=True)
        self.assertEqual(done.returncode, 1)
        self.assertIn("fuzz_gone: FAILED", done.stderr)

    def test_a_conversation_becomes_what_the_server_sent_and_each_of_its_responses(self):
        trace = "# words\nS: * OK hi\nC: a1 NOOP\nS: * 1 FETCH (BODY[] {6}\nS: abcd\nS: )\nS| a1 \\x41\n-- connection\nS: a2 OK\n"
        self.assertEqual(seeds.of_trace(trace), [
            b"* OK hi\r\n* 1 FETCH (BODY[] {6}\r\nabcd\r\n)\r\na1 A", b"h2 OK\r\n",
            b"* OK hi\r\n", b"* 1 FETCH (BODY[] {6}\r\nabcd\r\n)\r\n", b"a1 A", b"h2 OK\r\n"])


class Terminal:
    """A program on a pseudo-terminal, as a person sees it."""

    def __init__(self, command, environment):
        self.text = ""
        self._process, self._terminal = pty.fork()
        if self._process == 0:
            os.execve(command[0], command, environment)

    def wait_for(self, words, limit_s=60):
        self._read(lambda: words in self.text, limit_s)
        if words not in self.text:
            raise AssertionError(f"{words!r} did not come: {self.text}")

    def type(self, keys):
        os.write(self._terminal, keys.encode())

    @property
    def shows_what_is_typed(self):
        return bool(termios.tcgetattr(self._terminal)[3] & termios.ECHO)

    def end(self, limit_s=120):
        """The exit code. Reads until nobody holds the terminal any more: also nothing that the program started."""
        if not self._read(lambda: False, limit_s):
            raise AssertionError(f"it did not end: {self.text}")
        os.close(self._terminal)
        return os.waitstatus_to_exitcode(os.waitpid(self._process, 0)[1])

    def _read(self, is_enough, limit_s):
        end = time.monotonic() + limit_s
        while not is_enough():
            if not select.select([self._terminal], [], [], max(0.0, end - time.monotonic()))[0]:
                return False
            try:
                self.text += os.read(self._terminal, 65536).decode("utf-8", "replace")
            except OSError:  # EIO: the last program that held the terminal has ended
                return True
        return True


class OwnMailbox(unittest.TestCase):
    """scripts/quickstart --user ADDRESS, with the rig's Dovecot as the provider."""

    USER = "me@example.test"
    PASSWORD = f"abcd efgh {canary.WORD}"
    PROMPT = "not the web password"

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        mail = os.path.join(folder.name, "mail")
        cls.manifest = store.write("tiny", "1", mail)
        cls.rig = Rig(os.path.join(folder.name, "rig"), [Account(cls.USER, cls.PASSWORD)], with_oauth=False)
        cls.addClassCleanup(cls.rig.stop)
        cls.rig.load(cls.USER, os.path.join(mail, "mail"))

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.home, self.work = os.path.join(folder.name, "home"), os.path.join(folder.name, "work")
        os.makedirs(self.home)

    def start(self):
        names = {name: value for name, value in os.environ.items() if not name.startswith(("HAULIER_", "XDG_"))}
        server = self.rig.passwords
        return Terminal([os.path.join(ROOT, "scripts", "quickstart"), "--user", self.USER, "--host", server.host, "--port",
                         str(server.port), "--ca-file", self.rig.ca_file, "--folder", self.work, "--built", BUILD],
                        {**names, "HOME": self.home, "TERM": "dumb", "LC_ALL": "C.UTF-8"})

    def sign_in_and_run(self, password):
        terminal = self.start()
        terminal.wait_for(self.PROMPT)
        self.assertFalse(terminal.shows_what_is_typed)
        terminal.type(password + "\n")
        code = terminal.end()
        self.assertNotIn(password, terminal.text)
        return code, terminal.text

    def left_behind(self):
        """The files that are there, without the work folder's reports."""
        found = []
        for folder in (self.home, self.work):
            for place, _, files in os.walk(folder):
                found += [os.path.relpath(os.path.join(place, name), folder) for name in files]
        return sorted(found)

    def test_a_typed_app_password_reads_the_mailbox_and_is_not_asked_for_again(self):
        code, words = self.sign_in_and_run(self.PASSWORD)
        self.assertEqual(code, 0, words)
        with contextlib.closing(sqlite3.connect(os.path.join(self.work, f"{self.USER}.db"))) as database:
            places = database.execute("SELECT count(*) FROM email_locations").fetchone()[0]
        self.assertEqual(places, self.manifest["totals"]["places"])
        self.assertIn("0 messages fetched again", words)
        self.assertEqual(canary.sweep(self.home) + canary.sweep(self.work), [])
        for name in self.left_behind():
            if name.endswith((".vault", ".key")):
                self.assertFalse(os.stat(os.path.join(self.home, name)).st_mode & (stat.S_IRWXG | stat.S_IRWXO), name)
        again = self.start()
        self.assertEqual(again.end(), 0, again.text)
        self.assertIn("signed in already", again.text)
        self.assertNotIn(self.PROMPT, again.text)

    def test_a_wrong_password_exits_77_says_so_and_is_asked_for_again(self):
        code, words = self.sign_in_and_run("wrong horse")
        self.assertEqual(code, 77, words)
        self.assertIn(f"refuses the password of {self.USER}", words)
        self.assertIn("the mail server refused this sign-in", words)
        code, words = self.sign_in_and_run(self.PASSWORD)
        self.assertEqual(code, 0, words)

    def test_ctrl_c_at_the_prompt_leaves_nothing_behind(self):
        terminal = self.start()
        terminal.wait_for(self.PROMPT)
        terminal.type("half a pass\x03")
        code = terminal.end()
        self.assertEqual(code, 75, terminal.text)
        self.assertNotIn("half a pass", terminal.text)
        self.assertEqual(self.left_behind(), [])


if __name__ == "__main__":
    unittest.main()
