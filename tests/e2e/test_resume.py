"""Stopped anywhere, a run goes on where it was: the database ends up the same as after an undisturbed run."""
import collections
import os
import random
import re
import shutil
import subprocess
import tempfile
import unittest

import resume_mail
import workspace
from resume_story import Story, choose, numbered
from workspace import ALICE, PASSWORD

BOB, BOBS_PASSWORD = "bob@example.test", "other horse"
# Stops per run; more places than that are sampled.
MAX_STEPS = 300
MAX_CALLS = 30
CHANGE_FILES = {"rename", "unlink", "ftruncate", "fdatasync", "fsync", "pwrite"}
KILLER = os.path.join(workspace.BUILD, "tests", "e2e", "libkill_at_call.so")


class Resume(unittest.TestCase):
    """`first` is the first run of an account; `second` finds new, expunged and re-flagged messages, one of which the
    database refuses."""

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="haulier-rig-")
        cls.addClassCleanup(folder.cleanup)
        cls.rig = workspace.start_rig(folder.name, with_oauth=False)
        cls.addClassCleanup(cls.rig.stop)
        for account in (ALICE, BOB):
            resume_mail.load(cls.rig, account)
        cls.first = Story(cls.rig, ALICE, cls.signed_in(ALICE, PASSWORD))
        cls.second = Story(cls.rig, BOB, cls.changed(cls.signed_in(BOB, BOBS_PASSWORD)))

    @classmethod
    def signed_in(cls, account, password):
        work = cls.enterClassContext(workspace.Workspace())
        work.login_by_password(account, password, cls.rig.passwords.host)
        return work

    @classmethod
    def changed(cls, start):
        """Where the second run begins: everything is stored, then the mail changes."""
        story = Story(cls.rig, BOB, start)
        work = cls.enterClassContext(story.begin())
        story.run(work)
        resume_mail.change(cls.rig, BOB)
        resume_mail.refuse(work.database)
        return work

    def test_account_holds_what_makes_many_steps(self):
        counts = {table: len(rows) for table, rows in self.first.end.items()}
        self.assertLess(counts["emails"] - counts["nested_emails"], counts["email_locations"], "no message lies in two mailboxes")
        self.assertLess(counts["attachment_contents"], counts["attachments"], "no content comes twice")
        self.assertEqual(self.second.outcome.code, 3, "nothing was set aside")
        self.assertEqual(len(self.second.end["quarantine"]), 1)

    def test_stopped_at_every_step_of_a_first_run(self):
        self.check_steps(self.first)

    def test_stopped_at_every_step_of_a_run_that_finds_changes(self):
        self.check_steps(self.second)

    def test_stopped_again_and_again(self):
        chance = random.Random(1)
        for _ in range(3):
            places = [chance.choice(self.first.steps) for _ in range(4)]
            _, wrong = self.first.interrupt(places, *map(stop_at, places))
            self.assertIsNone(wrong)

    def test_killed_at_calls_that_change_files(self):
        for name, story, most in (("first", self.first, 30), ("second", self.second, 30),
                                  ("deleted journal", self.journal("delete"), 15), ("WAL", self.journal("wal"), 15)):
            with self.subTest(name):
                places = self.list_calls(story)
                writes = [place for place in places if place[0] == "pwrite"]
                others = [place for place in places if place[0] != "pwrite"]
                chosen = choose(others, 2 * most) + choose(writes, most)
                stops = {f"{call} {number}": kill_at(f"{call}:{number}") for call, number in chosen}
                stops |= {f"half of pwrite {number}": kill_at(f"pwrite:{number}:half") for _, number in choose(writes, 8)}
                self.check_stops(story, f"{name} run killed at calls:", stops, len(places), least=0.75)

    def test_killed_at_any_system_call(self):
        if not can_trace():
            self.skipTest("this machine does not let one process trace another")
        calls = self.list_system_calls(self.first)
        chosen = random.Random(1).sample(calls, MAX_CALLS)
        stops = {f"{call} {number}": {"wrap": ["strace", "-f", "-qq", "-o", os.devnull, "-e", f"trace={call}",
                                               "-e", f"inject={call}:signal=KILL:when={number}"]} for call, number in chosen}
        self.check_stops(self.first, "killed at system calls:", stops, len(calls), least=0.5)

    def check_steps(self, story):
        self.assertGreater(len(story.steps), 50, "the program has too few crash points to prove anything")
        stops = {f"{name} {number}": stop_at((name, number)) for name, number in choose(story.steps, MAX_STEPS)}
        self.check_stops(story, "stopped at steps:", stops, len(story.steps))

    def check_stops(self, story, what, stops, of, least=0.95):
        """How messages fall into batches, and pages into writes, may differ from run to run: a few stops never come."""
        stopped, wrong = story.interrupt_each(stops)
        print(f"\n{what} {stopped} of {of}", flush=True)
        self.assertEqual(wrong[:3], [], f"{len(wrong)} of {len(stops)}")
        self.assertGreaterEqual(stopped, least * len(stops))

    def journal(self, mode):
        """A first run with another journal mode of the database."""
        start = self.signed_in(ALICE, PASSWORD)
        return Story(self.rig, ALICE, start, [f"sinks.0.sqlite.journal={mode}"])

    @staticmethod
    def list_calls(story):
        with story.begin() as work:
            log = os.path.join(work.folder, "calls")
            story.run(work, env={"LD_PRELOAD": KILLER, "KILL_LIST": log})
            return numbered(name for name in workspace.read_text(log).splitlines() if name in CHANGE_FILES)

    @staticmethod
    def list_system_calls(story):
        """Each call that an undisturbed run made, numbered within its thread as strace counts them."""
        with story.begin() as work:
            log = os.path.join(work.folder, "calls")
            story.run(work, wrap=["strace", "-f", "-qq", "-o", log])
            threads = collections.defaultdict(list)
            for thread, call in re.findall(r"^(\d+) +(\w+)\(", workspace.read_text(log), re.MULTILINE):
                threads[thread].append(call)
            return [place for calls in threads.values() for place in numbered(calls)]


def stop_at(place):
    return {"env": {"HAULIER_CRASH_AT": f"{place[0]}:{place[1]}"}}


def kill_at(place):
    return {"env": {"LD_PRELOAD": KILLER, "KILL_AT": place}}


def can_trace():
    if shutil.which("strace") is None:
        raise AssertionError("strace is missing; run: scripts/setup test")
    return subprocess.run(["strace", "-o", os.devnull, "true"], capture_output=True).returncode == 0


if __name__ == "__main__":
    unittest.main()
