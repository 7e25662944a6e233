"""Servers that trickle, fall silent, flood, announce 4 GiB, nest 10,000 deep or hang up, at every phase of a session.

Each run ends within its deadline, in bounded memory and with its exit code; what was committed before stays, and the next
run with a sane server completes."""
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
import unittest

import workspace
from rig import hostile
from rig.hostile import HostileFront
from workspace import ALICE, PASSWORD

PHASES = ("greeting", "capability", "login", "list", "examine", "fetch")
AFTER_MESSAGES = 20
DEADLINE_S = 30
PEAK_KIB = 64 * 1024  # the goal of limits.memory
WAITS = "source.imap.timeouts={connect: 2s, response: 1500ms, stall: 1s}"
LIMITS = ("source.imap.max_answer=16MiB", "source.imap.max_message=4MiB", "source.imap.reconnects=0",
          "source.imap.batch={messages: 7}", "retry={attempts: 1, first_wait: 20ms, max_wait: 50ms}")


class Hostile(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.mail = workspace.sample_mail("tiny")
        cls.places = workspace.manifest(cls.mail)["totals"]["places"]
        cls.rig_folder = tempfile.TemporaryDirectory(prefix="haulier-rig-")
        cls.addClassCleanup(cls.rig_folder.cleanup)
        cls.rig = workspace.start_rig(cls.rig_folder.name, with_oauth=False)
        cls.addClassCleanup(cls.rig.stop)
        cls.rig.load(ALICE, os.path.join(cls.mail, "mail"))
        cls.server = cls.rig.passwords

    def setUp(self):
        self.work = self.enterContext(workspace.Workspace())
        self.work.environment.update(HAULIER_USER=ALICE, HAULIER_IMAP_HOST=self.server.host,
                                     HAULIER_DATABASE=self.work.database)
        self.work.login_by_password(ALICE, PASSWORD, self.server.host)

    def run_imap(self, *more, wrap=()):
        return self.work.run("imap_to_sqlite.yaml", wrap=wrap, timeout_s=3 * DEADLINE_S,
                             settings=workspace.imap_settings(self.server, self.rig, *LIMITS, *more))

    def stored(self):
        if not os.path.exists(self.work.database):
            return 0
        return self.work.value("SELECT count(*) FROM email_locations")

    def suffer(self, phase, fault, codes, refused=0):
        """One run against the fault, then one against the real server. `refused`: messages that the fault makes too long to be
        read; they are in quarantine."""
        peak = os.path.join(self.work.folder, "peak")
        with HostileFront(self.rig.authority, (self.server.host, self.server.port), phase, fault,
                          after=AFTER_MESSAGES if phase == "fetch" else 0) as front:
            started = time.monotonic()
            outcome = self.run_imap(f"source.imap.port={front.port}", WAITS,
                                    wrap=(sys.executable, os.path.abspath(__file__), "peak", peak))
            took = time.monotonic() - started
            self.assertGreater(front.reached, 0, "the fault was never played: " + outcome.words())
        self.assertIn(outcome.code, codes, outcome.words())
        self.assertNotIn("terminate called", outcome.err)
        self.assertLess(took, DEADLINE_S)
        self.assertLess(int(workspace.read_text(peak)), PEAK_KIB)
        kept = self.stored()
        if phase == "fetch" and outcome.code != 0:
            self.assertGreater(kept, 0, "batches from before the fault are committed")
            self.assertLess(kept, self.places)
        again = self.run_imap()
        self.assertEqual(again.code, 0, again.words())
        self.assertEqual(self.stored(), self.places - refused)
        self.assertEqual(again.metric("haulier_imap_bodies_fetched_total"), self.places - refused - kept,
                         "nothing is fetched twice")
        self.assertEqual(self.work.value("SELECT count(*) FROM quarantine"), refused)
        return outcome

    def at_every_phase(self, fault, codes, phases=PHASES):
        for phase in phases:
            with self.subTest(phase=phase):
                self.suffer(phase, fault, codes)
                os.unlink(self.work.database)

    def test_trickle_is_cut_off_at_every_phase(self):
        self.at_every_phase(hostile.trickle, (75,))

    def test_silence_ends_at_every_phase(self):
        self.at_every_phase(hostile.silence, (75,))

    def test_closing_at_every_phase(self):
        self.at_every_phase(hostile.closing, (75,))

    def test_endless_line_is_cut_off_at_every_phase(self):
        self.at_every_phase(hostile.endless_line, (76,))

    def test_endless_responses_are_cut_off_at_every_phase(self):
        self.at_every_phase(hostile.endless_responses, (76,))

    def test_handshake_has_a_deadline(self):
        for fault in (hostile.silence, hostile.slow_record, hostile.closing):
            with self.subTest(fault=fault.__name__):
                self.suffer("handshake", fault, (75,))
                os.unlink(self.work.database)

    def test_talk_without_an_answer_is_cut_off(self):
        self.at_every_phase(hostile.slow_talk, (75,), phases=("capability", "fetch"))

    def test_four_gigabyte_message_is_refused(self):
        self.suffer("fetch", hostile.huge_literal, (76,), refused=1)
        self.assertIn("max_message", self.work.value("SELECT reason FROM quarantine"))

    def test_four_gigabyte_name_is_refused(self):
        self.suffer("list", hostile.huge_name, (76,))

    def test_ten_thousand_parentheses_are_passed_over(self):
        self.at_every_phase(hostile.nesting, (0,), phases=("list", "examine", "fetch"))


def peak_of(path, command):
    """Runs the command and writes its peak of resident memory, in KiB."""
    process = subprocess.Popen(command)
    signal.signal(signal.SIGABRT, lambda *_: process.kill())  # how the workspace ends what takes too long
    code = process.wait()
    with open(path, "w", encoding="utf-8") as file:
        file.write(str(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss))
    return code


if __name__ == "__main__":
    if sys.argv[1:2] == ["peak"]:
        sys.exit(peak_of(sys.argv[2], sys.argv[3:]))
    unittest.main()
