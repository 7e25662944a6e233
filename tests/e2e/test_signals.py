"""Ctrl-C and SIGTERM at any moment: the promised exit code and words, and the next run goes on without fetching twice."""
import signal
import tempfile
import unittest

import resume_mail
import workspace
from resume_story import Story
from rig import Proxy
from workspace import ALICE, PASSWORD

# Bytes of the server after which it stands still: in the TLS handshake, around log-in, in small messages, in the big one.
MOMENTS = (1, 4_000, 30_000, 150_000, 1_500_000)


class Signals(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="haulier-rig-")
        cls.addClassCleanup(folder.cleanup)
        cls.rig = workspace.start_rig(folder.name, with_oauth=False)
        cls.addClassCleanup(cls.rig.stop)
        resume_mail.load(cls.rig, ALICE)
        start = cls.enterClassContext(workspace.Workspace())
        start.login_by_password(ALICE, PASSWORD, cls.rig.passwords.host)
        cls.story = Story(cls.rig, ALICE, start)

    def test_signal_at_any_moment_ends_the_run_with_75_and_loses_nothing(self):
        for moment in MOMENTS:
            for number in (signal.SIGINT, signal.SIGTERM):
                self.check(moment, number)

    def test_second_signal_loses_nothing_either(self):
        # Whether the first one had ended the run before the second came is not ours to say.
        for moment in MOMENTS:
            self.check(moment, signal.SIGTERM, signal.SIGINT)

    def check(self, moment, *numbers):
        server = self.rig.passwords
        with self.subTest(moment=moment, numbers=numbers), Proxy(server.host, server.port) as proxy, self.story.begin() as work:
            proxy.hold_after(moment)
            process, report = self.story.start_through(work, proxy.port)
            self.assertTrue(proxy.held.wait(60))
            for number in numbers:
                process.send_signal(number)
            outcome = work.finish(process, report, timeout_s=30)
            self.assertEqual(outcome.code, 75, outcome.words())
            self.assertRegex(outcome.err, "everything up to the last commit is (stored|safe)")
            self.assertIsNone(self.story.go_on(work))


if __name__ == "__main__":
    unittest.main()
