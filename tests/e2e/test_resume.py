"""Stopped anywhere, a run goes on where it was: the database ends up the same as after an undisturbed run."""
import collections
import os
import re
import shutil
import subprocess
import tempfile
import unittest

import workspace
from workspace import ALICE, PASSWORD

# In-process steps that are tried (all of them when there are fewer), and system calls that are killed.
MAX_STEPS = 40
MAX_KILLS = 12
KILLED_CALLS = ("pwrite64", "fdatasync", "ftruncate", "unlink")
CRASHED = 99


class Resume(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.mail = workspace.sample_mail("tiny")
        folder = tempfile.TemporaryDirectory(prefix="haulier-rig-")
        cls.addClassCleanup(folder.cleanup)
        cls.rig = workspace.start_rig(folder.name, with_oauth=False)
        cls.addClassCleanup(cls.rig.stop)
        cls.rig.load(ALICE, os.path.join(cls.mail, "mail"))
        with workspace.Workspace() as work:
            cls.prepare(work)
            cls.steps_file = os.path.join(work.folder, "steps")
            outcome = cls.run_pipeline(work, env={"HAULIER_CRASH_LIST": cls.steps_file})
            if outcome.code != 0:
                raise AssertionError(outcome.words())
            cls.undisturbed = work.snapshot()
            cls.steps = workspace.read_text(cls.steps_file).splitlines()

    @classmethod
    def prepare(cls, work):
        work.environment.update(HAULIER_USER=ALICE, HAULIER_IMAP_HOST=cls.rig.passwords.host, HAULIER_DATABASE=work.database)
        work.login_by_password(ALICE, PASSWORD, cls.rig.passwords.host)

    @classmethod
    def run_pipeline(cls, work, env=None, wrap=()):
        # Small batches: many commits, so many different places to stop at.
        settings = workspace.imap_settings(cls.rig.passwords, cls.rig, "source.imap.batch={messages: 7}")
        return work.run("imap_to_sqlite.yaml", settings=settings, env=env, wrap=wrap)

    def check_resumed(self, work, where):
        outcome = self.run_pipeline(work)
        self.assertEqual(outcome.code, 0, f"{where}: {outcome.words()}")
        self.assertEqual(work.snapshot(), self.undisturbed, where)
        self.assertEqual(work.value("PRAGMA integrity_check"), "ok", where)

    def check_each(self, where, number, stop):
        """Stops a run with stop(work), resumes it and compares. False when the run was over before it could be stopped:
        how many steps there are depends on how the messages happened to fall into batches."""
        with workspace.Workspace() as work, self.subTest(where=where, number=number):
            self.prepare(work)
            stopped = stop(work)
            self.check_resumed(work, f"{where} {number}")
            return stopped.code != 0

    def test_stopped_at_every_step(self):
        self.assertGreater(len(self.steps), 10, "the program has too few crash points to prove anything")
        numbers = sample(len(self.steps), MAX_STEPS)
        stopped = [self.check_each(self.steps[number - 1], number, lambda work, at=str(number): self.run_pipeline(
            work, env={"HAULIER_CRASH_AT": at})) for number in numbers]
        self.assertGreater(sum(map(bool, stopped)), len(numbers) * 3 // 4)

    def test_killed_at_system_calls_on_the_database(self):
        if not can_trace():
            self.skipTest("this machine does not let one process trace another")
        for call in KILLED_CALLS:
            numbers = sample(self.count_calls(call), MAX_KILLS)
            killed = [self.check_each(call, number, lambda work, when=number: self.run_pipeline(
                work, wrap=self.trace(work, call, "-e", f"inject={call}:signal=KILL:when={when}", "-o", os.devnull)))
                      for number in numbers]
            self.assertGreaterEqual(sum(map(bool, killed)), len(numbers) // 2, call)

    def test_stopped_twice_in_a_row(self):
        middle = len(self.steps) // 2
        with workspace.Workspace() as work:
            self.prepare(work)
            for number in (middle, 3):
                self.assertEqual(self.run_pipeline(work, env={"HAULIER_CRASH_AT": str(number)}).code, CRASHED)
            self.check_resumed(work, "stopped twice")

    def count_calls(self, call):
        """How often the busiest thread of an undisturbed run makes this call on the files of its database: strace counts
        each thread for itself."""
        with workspace.Workspace() as work:
            self.prepare(work)
            log = os.path.join(work.folder, "calls")
            outcome = self.run_pipeline(work, wrap=self.trace(work, call, "-o", log))
            self.assertEqual(outcome.code, 0, outcome.words())
            threads = re.findall(rf"^(\d+) +{call}\(", workspace.read_text(log), re.MULTILINE)
            return max(collections.Counter(threads).values(), default=0)

    @staticmethod
    def trace(work, call, *options):
        paths = [word for suffix in ("", "-wal", "-journal", "-shm") for word in ("-P", work.database + suffix)]
        return ["strace", "-f", "-qq", "-e", f"trace={call}", *paths, *options]


def sample(count, limit):
    """1..count, or `limit` of them spread evenly with both ends."""
    if count <= limit:
        return list(range(1, count + 1))
    return sorted({1 + round(index * (count - 1) / (limit - 1)) for index in range(limit)})


def can_trace():
    if shutil.which("strace") is None:
        raise AssertionError("strace is missing; run: scripts/setup test")
    return subprocess.run(["strace", "-o", os.devnull, "true"], capture_output=True).returncode == 0


if __name__ == "__main__":
    unittest.main()
