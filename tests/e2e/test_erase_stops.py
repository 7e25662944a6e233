"""haulier erase stopped at every step, and killed at the calls that talk to the database server or change its file: nothing
is half erased, the receipt is right, and nothing comes back."""
import os
import tempfile
import unittest

import erase_mail
import erase_story
import store_story
from resume_story import choose
from sample_mail import store

EVERYWHERE = bool(os.environ.get("HAULIER_KILL_EVERYWHERE"))
# Of erasing a message each step is taken anyway; of an account, whose steps are much the same, a sample.
STEPS = 10_000 if EVERYWHERE else 20
KILLS = 10_000 if EVERYWHERE else 6


def email_called(subject):
    return lambda place: place.value(f"SELECT id FROM emails WHERE subject = '{subject}'")


class Stops:
    """Beside unittest.TestCase; a subclass names the engine and its calls."""
    engine_name = None
    calls = {"begin", "commit", "send", "recv"}

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="haulier-erase-")
        cls.addClassCleanup(folder.cleanup)
        os.chmod(folder.name, 0o755)  # PostgreSQL may run as another user
        cls.folder, cls.mail = folder.name, os.path.join(folder.name, "mail")
        mailboxes = store.Maildirs(cls.mail)
        for number, raw in enumerate(erase_mail.messages()):
            mailboxes.add(("INBOX", "Sent")[number % 2], number, raw, 1_700_000_000 + number)
        cls.engine = store_story.Engine(cls.engine_name, folder.name)
        cls.addClassCleanup(cls.engine.stop)

    def test_message_and_its_content_in_the_database(self):
        story = self.story("--email", email_called("gone"), in_files=False)
        self.assertEqual(story.receipt["tables"]["emails"]["rows"], 2, "itself and the one inside it")
        self.check(story, story.steps)

    def test_account_and_its_files(self):
        story = self.story("--account", lambda _: erase_story.ACCOUNT, in_files=True)
        self.assertEqual(story.receipt["files"], 4)
        self.assertEqual(story.settled.get("emails", []), [])
        self.check(story, choose(story.steps, STEPS))

    def story(self, option, value, in_files):
        return erase_story.Story(self.engine, self.mail, self.folder, (option, value), in_files)

    def check(self, story, steps):
        calls = [place for place in story.calls if place[0] in self.calls]
        kills = [f"{name}:{number}" for name, number in choose(calls, KILLS)]
        kills += [f"{kill}:after" for kill in kills if kill.startswith("commit")]
        stops = {f"{name}:{number}": {"HAULIER_CRASH_AT": f"{name}:{number}"} for name, number in steps}
        stops |= {f"kill {kill}": {"LD_PRELOAD": store_story.KILLER, "KILL_AT": kill} for kill in kills}
        stopped, behind, wrong = story.interrupt(stops)
        print(f"\n{self.engine_name}: stopped at {len(steps)} of {len(story.steps)} steps and {len(kills)} of {len(calls)} "
              f"calls, {behind} of them behind the commit", flush=True)
        self.assertEqual(wrong[:3], [], f"{len(wrong)} of {len(stops)}")
        self.assertGreaterEqual(stopped, len(steps) + 0.8 * len(kills))
        self.assertGreater(behind, 2)
        self.assertGreater(len(stops) - behind, 10)


class StopsWithPostgreSQL(Stops, unittest.TestCase):
    engine_name = "postgresql"


class StopsWithMariaDB(Stops, unittest.TestCase):
    engine_name = "mysql"


class StopsWithSqlite(Stops, unittest.TestCase):
    engine_name = "sqlite"
    calls = {"pwrite", "fdatasync", "fsync", "ftruncate", "unlink"}


if __name__ == "__main__":
    unittest.main()
