"""haulier erase, from the same database every time and stopped somewhere else every time; the erasure after it must leave
what an undisturbed one leaves, say so in its receipt, and nothing may come back."""
import contextlib
import json
import os
import shutil
import tempfile
from concurrent.futures import ThreadPoolExecutor

import resume_story
import store_story
import workspace

ACCOUNT = "files"  # that of the source of files
# Rows here are files that are still to be taken away.
OUTSIDE = "haulier_outside"
IN_TURN = 6


class Story:
    """`what` is the option of the command and how its value is asked for. Any thread may interrupt()."""

    def __init__(self, engine, mail, folder, what, in_files):
        self._mail, self._in_files = mail, in_files
        self._folder = tempfile.mkdtemp(dir=folder)
        self._loaded = engine.place()
        self._files = tempfile.mkdtemp(dir=self._folder)
        with self._run_in(self._loaded, self._files) as run:
            outcome = run.run()
            if outcome.code != 0:
                raise AssertionError(outcome.words())
        option, value = what
        self._what = (option, value(self._loaded))
        self._loaded.make_copies()
        self.before, self._files_before = self._loaded.contents(), files_in(self._files)
        self._learn()

    def _learn(self):
        """What an undisturbed erasure does and leaves, and what is there after the run that follows."""
        with self._begin() as (place, files, run):
            steps, calls = os.path.join(run.folder, "steps"), os.path.join(run.folder, "calls")
            done = run.erase(*self._what, env={"HAULIER_CRASH_LIST": steps, "LD_PRELOAD": store_story.KILLER,
                                               "KILL_LIST": calls})
            self.receipt = receipt_of(done)
            self.after, self._files_after = place.contents(), files_in(files)
            self.steps = resume_story.numbered(workspace.read_text(steps).splitlines())
            self.calls = resume_story.numbered(workspace.read_text(calls).splitlines())
            outcome = run.run("--recheck")
            if outcome.code != 0:
                raise AssertionError(outcome.words())
            self.settled = place.contents()

    @contextlib.contextmanager
    def _begin(self):
        files = os.path.join(tempfile.mkdtemp(dir=self._folder), "contents")
        shutil.copytree(self._files, files)
        place = self._loaded.copy()
        with self._run_in(place, files) as run:
            yield place, files, run
        place.drop()

    def _run_in(self, place, files):
        store = f"{{store: {{directory: {files}}}}}" if self._in_files else "{}"
        return store_story.Run(self._mail, place, f"transforms.1.extract_attachments={store}")

    def interrupt(self, stops):
        """stops: {name: env}. Returns (how many erasures were stopped, how many behind their commit, what is wrong)."""
        stops = list(stops.items())
        with ThreadPoolExecutor(resume_story.AT_ONCE) as pool:
            shares = pool.map(self._interrupt_in_turn, (stops[i::resume_story.AT_ONCE] for i in range(resume_story.AT_ONCE)))
            stopped, behind, wrong = zip(*shares)
        return sum(stopped), sum(behind), sum(wrong, [])

    def _interrupt_in_turn(self, stops):
        """One database bears several stops, as long as none is behind the commit; then the erasure goes through."""
        stopped, behind, wrong = 0, 0, []
        while stops:
            with self._begin() as (place, files, run):
                committed, words = False, None
                for _ in range(min(IN_TURN, len(stops))):
                    name, env = stops.pop(0)
                    stopped += run.erase(*self._what, env=env).returncode != 0
                    found, kept = place.contents(), files_in(files)
                    committed = resume_story.difference(self.before, found) is not None
                    words = self._half_erased(found, kept, committed)
                    if committed or words:
                        break
                behind += committed
                words = words or self._wrong_end(run, files, kept, committed) or self._comes_back(place, files, run)
                wrong += [f"{name}: {words}"] if words else []
        return stopped, behind, wrong

    def _half_erased(self, found, kept, committed):
        """All or nothing in the database; a file goes behind the commit, never before."""
        if not committed:
            return None if kept == self._files_before else "files went before the rows"
        if not self._files_after <= kept <= self._files_before:
            return "files that are in use are gone"
        left, known = len(kept - self._files_after), len(found.get(OUTSIDE, []))
        if left > known:
            return f"{left} files are left, and {known} known"
        wrong = resume_story.difference(without_outside(self.after), without_outside(found))
        return wrong and f"half erased: {wrong}"

    def _wrong_end(self, run, files, kept, committed):
        again = run.erase(*self._what)
        if again.returncode != 0:
            return f"erasing again ended with {again.returncode}: {again.stderr}"
        receipt = receipt_of(again)
        tables = {} if committed else self.receipt["tables"]
        gone = len(kept - self._files_after)
        if (receipt["tables"], receipt["files"]) != (tables, gone):
            return f"the receipt tells of {receipt}, not of {tables} and {gone} files"
        return None if files_in(files) == self._files_after else "the files are not those of an undisturbed erasure"

    def _comes_back(self, place, files, run):
        outcome = run.run("--recheck")
        if outcome.code != 0:
            return outcome.words()
        if files_in(files) != self._files_after:
            return "files came back"
        return resume_story.difference(self.settled, place.contents())


def without_outside(contents):
    return {table: rows for table, rows in contents.items() if table != OUTSIDE}


def receipt_of(done):
    if done.returncode != 0:
        raise AssertionError(f"exit code {done.returncode}: {done.stderr}")
    return json.loads(done.stdout)["sinks"][0]


def files_in(folder):
    return {name for _, _, names in os.walk(folder) for name in names}
