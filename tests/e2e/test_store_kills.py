"""A run killed from outside at the calls that talk to the database server: the next one ends with the rows of an undisturbed
run. SQLite's calls are those of test_resume."""
import os
import unittest
from concurrent.futures import ThreadPoolExecutor

import store_story
import workspace
from resume_story import choose, numbered
from store_case import StoreCase

KILLS = 10_000 if os.environ.get("HAULIER_KILL_EVERYWHERE") else 22
AT_ONCE = 2


class Kills(StoreCase):
    def test_killed_at_calls_to_the_server(self):
        calls = self.list_calls()
        commits = [call for call in calls if call[0] == "commit"]
        self.assertGreater(len(commits), 8, "too few transactions to prove anything")
        chosen = choose(calls, KILLS)
        stops = [f"{name}:{number}" for name, number in chosen]
        stops += [f"commit:{number}:after" for _, number in choose(commits, KILLS // 3)]
        with ThreadPoolExecutor(AT_ONCE) as pool:
            results = list(pool.map(self.kill_at, stops))
        killed = sum(code == -workspace.signal.SIGKILL for code, _ in results)
        wrong = [f"{stop}: {words}" for stop, (_, words) in zip(stops, results) if words]
        print(f"\n{self.engine_name}: killed at {killed} of {len(calls)} calls, {len(commits)} of them COMMIT", flush=True)
        self.assertEqual(wrong[:3], [], f"{len(wrong)} of {len(stops)}")
        # How an answer falls into packets may differ from run to run: a few of the last calls never come.
        self.assertGreaterEqual(killed, max(25, 0.8 * len(stops)))

    def kill_at(self, stop):
        place = self.engine.place()
        with store_story.Run(self.mail, place) as run:
            killed = run.run(env={"LD_PRELOAD": store_story.KILLER, "KILL_AT": stop})
            resumed = run.run()
        wrong = resumed.words() if resumed.code != 0 else self.wrong(place)
        place.drop()  # a server with hundreds of databases gets slow
        return killed.code, wrong

    def list_calls(self):
        with store_story.Run(self.mail, self.engine.place()) as run:
            log = os.path.join(run.folder, "calls")
            outcome = run.run(env={"LD_PRELOAD": store_story.KILLER, "KILL_LIST": log})
            self.assertEqual(outcome.code, 0, outcome.words())
            return numbered(workspace.read_text(log).splitlines())


class KillsWithPostgreSQL(Kills, unittest.TestCase):
    engine_name = "postgresql"


class KillsWithMariaDB(Kills, unittest.TestCase):
    engine_name = "mysql"


if __name__ == "__main__":
    unittest.main()
