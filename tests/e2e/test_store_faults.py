"""A database server that goes away in the middle of a load, several runs at once, and a run that sleeps while another takes
over: the rows of an undisturbed run, and the right exit code and words. A run stands still at one of its calls, so that the
middle is always the same place."""
import contextlib
import glob
import os
import tempfile
import unittest
from concurrent.futures import ThreadPoolExecutor

import store_story
from commit_proxy import CommitProxy
from store_case import StoreCase

ASKS_AGAIN = "flock:3"  # a try to get the lock takes two at most
TAKEN_OVER = "another run has taken over the pipeline files"


class ServerFaults(StoreCase):
    """Of a server."""

    def test_server_killed_in_a_transaction_and_started_again(self):
        place = self.engine.place()
        with store_story.Run(self.mail, place) as run:
            run.start_held(place.in_transaction)
            self.engine.server.kill()
            self.engine.server.start()
            self.check_went_on(place, run.go_on().finish())

    def test_connection_ended_by_the_server_in_a_transaction(self):
        place = self.engine.place()
        with store_story.Run(self.mail, place) as run:
            run.start_held(place.in_transaction)
            place.end_connections()
            self.check_went_on(place, run.go_on().finish())

    def test_commit_cut_off_on_its_way_and_its_answer(self):
        for lost in ("question", "answer"):
            with self.subTest(lost), CommitProxy(self.engine.server.port, number=4, lost=lost) as proxy:
                place = self.engine.place(port=proxy.port)
                with store_story.Run(self.mail, place) as run:
                    outcome = run.run()
                self.assertTrue(proxy.done)
                self.assertIn("the outcome of a commit is unknown", outcome.err)
                self.check(place, outcome, codes=[0])

    def test_run_that_sleeps_in_a_transaction_loses_it(self):
        place = self.engine.place()
        with store_story.Run(self.mail, place) as sleeping:
            sleeping.start_held(place.in_transaction)
            place.end_connections()  # as the server does after two minutes
            self.check(place, self.run_once(place), codes=[0])
            before = place.contents()
            woken = sleeping.go_on().finish()
        self.check_fenced(woken)
        self.assertEqual(place.contents(), before)

    def check_went_on(self, place, outcome):
        self.check(place, outcome, codes=[0])
        self.assertRegex(outcome.err, f"warning {self.engine_name}: .*, while committing")


class SeveralRuns(StoreCase):
    """Of every engine."""

    def test_runs_at_once_without_a_lock(self):
        # As on several machines: the youngest run owns the pipeline, the others are told so and stop.
        for runs in (2, 4):
            with self.subTest(runs):
                place = self.engine.place()
                outcomes = self.run_each([place] * runs)
                for outcome in outcomes:
                    if outcome.code != 0:
                        self.check_fenced(outcome)
                self.assertIn(0, [outcome.code for outcome in outcomes])
                self.check(place, self.run_once(place), codes=[0])

    def test_runs_that_wait_for_each_other(self):
        for runs in (2, 4):
            with self.subTest(runs), contextlib.ExitStack() as stack:
                place, state = self.engine.place(), self.one_state()
                first = stack.enter_context(store_story.Run(self.mail, place, *state))
                first.start_held(place.between_transactions)
                others = [stack.enter_context(store_story.Run(self.mail, place, *state, "if_locked=wait"))
                          for _ in range(runs - 1)]
                with ThreadPoolExecutor(runs) as pool:
                    list(pool.map(lambda run: run.start_held(ASKS_AGAIN), others))
                for run in (first, *others):
                    run.go_on()
                outcomes = [run.finish() for run in (first, *others)]
                self.check(place, *outcomes, codes=[0] * runs)
                self.assertEqual([outcome.report["counters"]["written"] for outcome in outcomes],
                                 [self.messages] + [0] * (runs - 1))

    def test_second_run_fails_or_has_nothing_to_do_while_the_first_is_at_work(self):
        place, state = self.engine.place(), self.one_state()
        with store_story.Run(self.mail, place, *state) as first:
            first.start_held(place.between_transactions)
            refused = self.run_once(place, *state)
            skipped = self.run_once(place, *state, "if_locked=skip")
            self.check(place, first.go_on().finish(), codes=[0])
        self.assertEqual(refused.code, 75, refused.words())
        self.assertIn("another run of pipeline files is at work", refused.err)
        self.assertEqual(skipped.code, 0, skipped.words())
        self.assertIn("another run of this pipeline is at work; nothing to do here", skipped.err)

    def test_sleeping_run_writes_nothing_once_its_lease_has_passed(self):
        place, state = self.engine.place(), self.one_state()
        with store_story.Run(self.mail, place, *state) as sleeping:
            sleeping.start_held(place.between_transactions)
            self.let_the_lease_pass()
            other = self.run_once(place, *state)
            self.check(place, other, codes=[0])
            self.assertIn("gave no sign of life for its lease", other.err)
            before = place.contents()
            woken = sleeping.go_on().finish()
        self.check_fenced(woken)
        self.assertEqual(place.contents(), before)

    def test_runs_that_are_taken_over_stop(self):
        place, settings = self.engine.place(), (*self.one_state(), "if_locked=take_over")
        with contextlib.ExitStack() as stack:
            older = [stack.enter_context(store_story.Run(self.mail, place, *settings)) for _ in range(3)]
            for run in older:
                run.start_held(place.between_transactions)
            self.check(place, self.run_once(place, *settings), codes=[0])
            before = place.contents()
            for run in older:
                run.go_on()
            for run in older:
                self.check_fenced(run.finish())
        self.assertEqual(place.contents(), before)

    def one_state(self):
        """The setting that makes runs meet at one lock."""
        self.state = tempfile.TemporaryDirectory(prefix="haulier-state-")
        self.addCleanup(self.state.cleanup)
        return (f"state.directory={self.state.name}",)

    def let_the_lease_pass(self):
        for path in glob.glob(os.path.join(self.state.name, "**", "*.lock"), recursive=True):
            os.utime(path, (0, 0))

    def check_fenced(self, outcome):
        self.assertEqual(outcome.code, 75, outcome.words())
        self.assertIn(TAKEN_OVER, outcome.err)

    def run_once(self, place, *settings):
        with store_story.Run(self.mail, place, *settings) as run:
            return run.run()

    def run_each(self, places, *settings):
        with ThreadPoolExecutor(len(places)) as pool:
            return list(pool.map(lambda place: self.run_once(place, *settings), places))


class SqliteFaults(SeveralRuns, unittest.TestCase):
    engine_name = "sqlite"

    def test_run_that_sleeps_in_a_transaction_keeps_others_waiting(self):
        place, state = self.engine.place(busy_timeout="100ms"), self.one_state()
        with store_story.Run(self.mail, place, *state) as sleeping:
            sleeping.start_held(place.in_transaction)
            self.let_the_lease_pass()
            other = self.run_once(place, *state, "retry.attempts=2")
            woken = sleeping.go_on().finish()
        self.assertEqual(other.code, 75, other.words())
        self.assertIn("locked", other.err)
        self.check(place, woken, codes=[0])


class PostgresqlFaults(ServerFaults, SeveralRuns, unittest.TestCase):
    engine_name = "postgresql"


class MysqlFaults(ServerFaults, SeveralRuns, unittest.TestCase):
    engine_name = "mysql"


if __name__ == "__main__":
    unittest.main()
