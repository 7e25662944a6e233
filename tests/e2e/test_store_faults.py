"""A database server that goes away in the middle of a load, several runs at once, and a run that sleeps while another takes
over: the rows of an undisturbed run, and the right exit code and words. A run stands still at one of its calls, so that the
middle is always the same place."""
import os
import subprocess
import unittest
from concurrent.futures import ThreadPoolExecutor

import store_story
from commit_proxy import CommitProxy
from store_case import StoreCase


class ServerFaults(StoreCase):
    """Of a server."""

    def test_server_killed_in_a_transaction_and_started_again(self):
        place = self.engine.place()
        with store_story.Run(self.mail, place) as run:
            run.start_held(place.held_at)
            self.engine.server.kill()
            self.engine.server.start()
            outcome = run.go_on().finish()
        self.check_tried_again(place, outcome)

    def test_connection_ended_by_the_server_in_a_transaction(self):
        place = self.engine.place()
        with store_story.Run(self.mail, place) as run:
            run.start_held(place.held_at)
            place.end_connections()
            outcome = run.go_on().finish()
        self.check_tried_again(place, outcome)

    def test_commit_cut_off_on_its_way_and_its_answer(self):
        for lost in ("question", "answer"):
            with self.subTest(lost), CommitProxy(self.engine.server.port, number=4, lost=lost) as proxy:
                place = self.engine.place(port=proxy.port)
                with store_story.Run(self.mail, place) as run:
                    outcome = run.run()
                self.assertTrue(proxy.done)
                self.check(place, outcome, codes=[0])

    def check_tried_again(self, place, outcome):
        self.check(place, outcome, codes=[0])
        self.assertRegex(outcome.err, f"warning {self.engine_name}: .*, while committing")


class SeveralRuns(StoreCase):
    """Of every engine. Without a lock the youngest run owns the pipeline: the others are told so and stop."""

    def test_runs_at_once(self):
        for runs_at_once in (2, 4):
            with self.subTest(runs_at_once):
                place = self.engine.place()
                with ThreadPoolExecutor(runs_at_once) as pool:
                    outcomes = list(pool.map(lambda _, to=place: self.run_once(to), range(runs_at_once)))
                codes = sorted(outcome.code for outcome in outcomes)
                self.assertLessEqual(set(codes), {0, 75}, "\n".join(outcome.words() for outcome in outcomes))
                self.assertIn(0, codes, "\n".join(outcome.words() for outcome in outcomes))
                for outcome in outcomes:
                    if outcome.code == 75:
                        self.assertIn("another run has taken over", outcome.err)
                self.check(place, self.run_once(place), codes=[0])

    def test_sleeping_run_writes_nothing_once_another_has_taken_over(self):
        place = self.engine.place()
        with store_story.Run(self.mail, place) as sleeping:
            sleeping.start_held(self.between_transactions)
            other = self.run_once(place)
            self.check(place, other, codes=[0])
            before = place.contents()
            woken = sleeping.go_on().finish()
        self.assertEqual(woken.code, 75, woken.words())
        self.assertIn("another run has taken over", woken.err)
        self.assertEqual(place.contents(), before)

    def run_once(self, place, *settings):
        with store_story.Run(self.mail, place, *settings) as run:
            return run.run()


class SqliteFaults(SeveralRuns, unittest.TestCase):
    engine_name = "sqlite"
    between_transactions = "unlock:8"


class PostgresqlFaults(ServerFaults, SeveralRuns, unittest.TestCase):
    engine_name = "postgresql"
    between_transactions = "begin:4"


class MysqlFaults(ServerFaults, SeveralRuns, unittest.TestCase):
    engine_name = "mysql"
    between_transactions = "begin:4"


if __name__ == "__main__":
    unittest.main()
