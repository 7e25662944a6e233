"""Many processes whose access token ended at the same moment cause one refresh between them, and nobody loses the account.

The authorization server rotates refresh tokens and ends the whole sign-in when an old one is used again, so a second
refresh would not go unnoticed.
"""
import contextlib
import os
import time
import unittest

from rig.vault_rig import VaultRig

PROCESSES = 20
ROUNDS = int(os.environ.get("HAULIER_RACE_ROUNDS", "50"))
BUILD = os.environ.get("HAULIER_BUILD", "")
PROBE = os.environ.get("HAULIER_PROBE", os.path.join(BUILD, "tests", "integration", "credentials_probe"))


class RefreshRace(unittest.TestCase):
    def test_twenty_processes_cause_exactly_one_refresh_a_round(self):
        rig = VaultRig(BUILD, PROBE)
        self.addCleanup(rig.stop)
        started = time.monotonic()
        lost, slowest = 0, 0.0
        with contextlib.ExitStack() as stack:
            keeper = stack.enter_context(rig.probe("expire"))
            racers = [stack.enter_context(rig.probe("use")) for _ in range(PROCESSES)]
            granted, asked = rig.refreshes()
            for number in range(1, ROUNDS + 1):
                keeper.ask()
                ended = keeper.answer()
                begun = time.monotonic()
                for racer in racers:
                    racer.ask()
                answers = [racer.answer() for racer in racers]
                slowest = max(slowest, time.monotonic() - begun)
                lost += sum(not (answer or "").startswith("ok ") for answer in answers)
                self.assertEqual(len(set(answers)), 1, f"round {number}: {answers}")
                self.assertNotEqual(answers[0], ended, "the ended token was handed out")
                self.assertEqual(rig.refreshes(), (granted + number, asked + number), f"round {number}: {answers}")
        self.assertEqual(lost, 0)
        # The last refresh token works too: the sign-in outlived it all.
        rig.expire()
        self.assertRegex(rig.use(), "^ok ")
        print(f"\n{PROCESSES} processes, {ROUNDS} rounds: {rig.refreshes()[0] - granted - 1} refreshes, {lost} accounts lost, "
              f"slowest round {slowest:.2f} s, {time.monotonic() - started:.1f} s in all")


if __name__ == "__main__":
    unittest.main()
