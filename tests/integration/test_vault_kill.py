"""SIGKILL at every step of a refresh and of the vault's own writes: the next start finds the old state or the new one.

One window cannot be closed by anybody: the provider has replaced the refresh token, and the process dies before the first
byte of the answer is written. The next start says so in words.
"""
import os
import shutil
import signal
import subprocess
import unittest

from rig.vault_rig import ACCOUNT, VaultRig

BUILD = os.environ.get("HAULIER_BUILD", "")
PROBE = os.environ.get("HAULIER_PROBE", os.path.join(BUILD, "tests", "integration", "credentials_probe"))
IN_WORDS = "an earlier refresh was cut off after the request was sent"


# The calls by which a refresh reaches the disk and the server.
CALLS = ("flock", "unlink", "write", "pwrite64", "fsync", "rename")


def can_trace():
    return shutil.which("strace") is not None and subprocess.run(
        ["strace", "-qq", "-o", os.devnull, "true"], capture_output=True).returncode == 0


class Killed(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.rig = VaultRig(BUILD, PROBE)
        cls.addClassCleanup(cls.rig.stop)

    def steps(self):
        """The names of the steps of one refresh, in order."""
        path = os.path.join(self.rig.folder, "steps")
        self.rig.expire()
        self.assertRegex(self.rig.use(PROBE_STEPS=path), "^ok ")
        with open(path, encoding="utf-8") as file:
            return file.read().split()

    def kill_at(self, step):
        with self.rig.probe("use", PROBE_KILL_AT=str(step)) as probe:
            probe.ask()
            self.assertIsNone(probe.answer())
        self.assertEqual(probe.returncode, -signal.SIGKILL)

    def test_a_kill_at_any_step_of_a_refresh_loses_only_what_the_server_alone_knew(self):
        steps = self.steps()
        answered = steps.index("refresh.answered")
        written = steps.index("vault.temp_written", answered)
        kept, told = 0, 0
        for number, step in enumerate(steps):
            ended = self.rig.expire()
            self.kill_at(number + 1)
            answer = self.rig.use()
            if answered <= number < written:
                self.assertIn("failed 77", answer, step)
                self.assertIn(IN_WORDS, answer, step)
                status = self.rig.program.command("auth", "status", ACCOUNT)
                self.assertEqual(status.returncode, 77, status.stderr)
                self.assertIn(IN_WORDS, status.stdout)
                told += 1
                self.rig.sign_in()  # nothing was deleted; the same command brings it back
                continue
            self.assertRegex(answer, "^ok ", f"killed at step {number + 1} ({step})")
            self.assertNotEqual(answer, ended)
            kept += 1
        self.assertEqual(told, 2)
        print(f"\nSIGKILL at {len(steps)} steps: {kept} sign-ins kept, {told} told in words (killed before the first byte of "
              f"the answer was written), 0 lost that could be saved")

    @unittest.skipUnless(can_trace(), "strace is missing or may not trace")
    def test_a_kill_at_any_system_call_loses_nothing_that_the_server_had_not_replaced(self):
        kept, told = 0, 0
        for call in CALLS:
            for number in range(1, 40):
                self.rig.expire()
                before, _ = self.rig.refreshes()
                wrap = ("strace", "-f", "-qq", "-e", f"trace={call}", "-e", f"inject={call}:signal=SIGKILL:when={number}")
                with self.rig.probe("use", wrap=(*wrap, "-o", os.path.join(self.rig.folder, "trace"))) as probe:
                    probe.ask()
                    survived = probe.answer()
                if survived and probe.returncode == 0:
                    break  # it makes fewer such calls than that
                answer = self.rig.use()
                if answer.startswith("ok "):
                    kept += 1
                    continue
                # Only what the server has replaced may be gone, and then it is said.
                self.assertEqual(self.rig.refreshes()[0], before + 1, f"{call} {number}: {answer}")
                self.assertIn(IN_WORDS, answer, f"{call} {number}")
                told += 1
                self.rig.sign_in()
        self.assertGreater(kept, 10)
        print(f"\nSIGKILL at {kept + told} system calls: {kept} sign-ins kept, {told} told in words, 0 lost that could be saved")

    def test_a_stop_at_any_step_of_a_rekey_leaves_a_vault_that_opens(self):
        for options in ((), ("--data",)):
            stops = 0
            while True:
                done = self.rig.program.command("auth", "rekey", *options, env={"HAULIER_CRASH_AT": str(stops + 1)})
                status = self.rig.program.command("auth", "status", ACCOUNT)
                self.assertEqual(status.returncode, 0, status.stderr)
                if done.returncode == 0:
                    break
                self.assertNotIn("Traceback", done.stderr)
                stops += 1
                self.assertLess(stops, 100, done.stderr)
            self.assertGreater(stops, 5)
            print(f"\nauth rekey {' '.join(options)}: stopped at {stops} steps, the vault opened every time")
        self.rig.expire()
        self.assertRegex(self.rig.use(), "^ok ")


if __name__ == "__main__":
    unittest.main()
