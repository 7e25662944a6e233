"""A run of the pipeline that begins from the same files every time and is stopped somewhere else every time; the run
after it must bring the database to where an undisturbed run brings it, without fetching anything twice."""
import collections
import contextlib
import hashlib
import json
import os
import random
import shutil
import sqlite3
import tempfile
from concurrent.futures import ThreadPoolExecutor

import workspace

AT_ONCE = 2
CRASHED = 99
# In the state: when something was looked at last.
LOOKED_AT = {"reconciled_us", "flags_checked_us"}
# Few messages in a batch and a commit for each: many different places to stop at.
SETTINGS = ("source.imap.batch={messages: 3, bytes: 1MiB}", "limits.commit={bytes: 1}")


class Story:
    """`start` is the Workspace that each run begins from a copy of; it stays as it is. Any thread may interrupt()."""

    def __init__(self, rig, account, start, settings=()):
        self._server, self._account, self._start = rig.passwords, account, start
        self._settings = workspace.imap_settings(rig.passwords, rig, *SETTINGS, *settings)
        with self.begin() as work:
            list_file = os.path.join(work.folder, "steps")
            outcome = self.run(work, env={"HAULIER_CRASH_LIST": list_file})
            if outcome.code not in (0, 3):
                raise AssertionError(outcome.words())
            self.outcome = outcome
            self.steps = numbered(workspace.read_text(list_file).splitlines())
            self.end = contents(work.database)
        self._bodies = outcome.metric("haulier_imap_bodies_fetched_total")
        self._before = settled(start.database)

    @contextlib.contextmanager
    def begin(self):
        with workspace.Workspace() as work:
            shutil.copytree(self._start.folder, work.folder, dirs_exist_ok=True)
            work.environment.update(HAULIER_USER=self._account, HAULIER_IMAP_HOST=self._server.host,
                                    HAULIER_DATABASE=work.database)
            yield work

    def run(self, work, env=None, wrap=()):
        return work.run("imap_to_sqlite.yaml", settings=self._settings, env=env, wrap=wrap)

    def start_through(self, work, port):
        """A run in the background, to the server behind another port; end it with work.finish()."""
        return work.start("imap_to_sqlite.yaml", settings=(*self._settings, f"source.imap.port={port}"))

    def interrupt(self, where, *stops):
        """Each of `stops` is the env and wrap of one run, one after the other; then the run that goes on. Returns (how many
        were stopped, what is wrong or None)."""
        with self.begin() as work:
            codes = [self.run(work, **stop).code for stop in stops]
            wrong = self.go_on(work)
            return sum(code not in (0, self.outcome.code) for code in codes), wrong and f"{where} {codes}: {wrong}"

    def go_on(self, work):
        """The run after the one that was stopped. Returns what is wrong, or None."""
        kept = settled(work.database)
        resumed = self.run(work)
        fetched = resumed.metric("haulier_imap_bodies_fetched_total")
        if resumed.code not in (0, self.outcome.code):
            return resumed.words()
        if kept is None:
            return "what was stored when it stopped is not what its state says"
        if kept - self._before + fetched != self._bodies:
            return f"{kept - self._before} of {self._bodies} messages were stored, and {fetched} were fetched after that"
        return difference(self.end, contents(work.database))

    def interrupt_each(self, stops):
        """stops: {where: env and wrap}. Two at once; returns (how many runs were stopped, everything that is wrong)."""
        with ThreadPoolExecutor(AT_ONCE) as pool:
            results = list(pool.map(lambda stop: self.interrupt(stop[0], stop[1]), stops.items()))
        return sum(stopped for stopped, _ in results), [wrong for _, wrong in results if wrong]


def numbered(names):
    """[("row", 1), ("row", 2), ("commit", 1), ...]: each name with how often it came so far."""
    count, places = collections.Counter(), []
    for name in names:
        count[name] += 1
        places.append((name, count[name]))
    return places


def choose(places, limit):
    """All places when they are few enough; else the first, second and last of each name, and a sample of the others."""
    if len(places) <= limit:
        return places
    last = dict(places)
    kept = {place for place in places if place[1] <= 2 or place[1] == last[place[0]]}
    others = [place for place in places if place not in kept]
    kept.update(random.Random(1).sample(others, max(0, min(limit - len(kept), len(others)))))
    return [place for place in places if place in kept]


def contents(database):
    """{table: sorted rows}: of what differs from run to run (times, epoch, owner) only whether it is there."""
    with contextlib.closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        connection.row_factory = sqlite3.Row
        checks = {check: [tuple(row) for row in connection.execute(f"PRAGMA {check}")]
                  for check in ("integrity_check", "foreign_key_check")}
        tables = [row["name"] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return checks | {table: sorted(json.dumps(_stable(row), sort_keys=True)
                                       for row in connection.execute(f'SELECT * FROM "{table}"')) for table in tables}


def _stable(row):
    out = dict(row)
    for name, value in out.items():
        if name in workspace.VOLATILE:
            out[name] = value is not None
        elif name == "state":
            out[name] = {key: part for key, part in json.loads(value).items() if key not in LOOKED_AT}
        elif isinstance(value, bytes):
            out[name] = hashlib.sha256(value).hexdigest()
    return out


def difference(expected, found):
    """The first rows that one side has and the other has not, or None."""
    for table in sorted({*expected, *found}):
        one, other = expected.get(table, []), found.get(table, [])
        if one != other:
            missing, extra = [row for row in one if row not in other], [row for row in other if row not in one]
            return f"{table}: {len(one)} rows expected, {len(other)} found; missing {missing[:2]}; not expected {extra[:2]}"
    return None


def settled(database):
    """How many messages a stopped run had behind it, or None when the rows and the state do not say the same. Looks at a
    copy: to open a database is to repair it, and that is what the next run must do itself."""
    with tempfile.TemporaryDirectory(prefix="haulier-look-", dir=os.path.dirname(database)) as folder:
        for suffix in ("", "-journal", "-wal"):
            with contextlib.suppress(FileNotFoundError):
                shutil.copy(database + suffix, os.path.join(folder, "mail.db" + suffix))
        with contextlib.closing(sqlite3.connect(os.path.join(folder, "mail.db"))) as connection:
            if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'email_sync_status'").fetchone():
                return 0
            stored, vanished = connection.execute("SELECT count(*), count(vanished_at) FROM email_locations").fetchone()
            refused, = connection.execute("SELECT count(*) FROM quarantine").fetchone()
            states = [json.loads(state) for state, in connection.execute("SELECT state FROM email_sync_status") if state]
    live = sum(_size(state.get("live", "")) for state in states)
    return stored + refused if live == stored - vanished + refused else None


def _size(intervals):
    """How many numbers "1:3,5" means."""
    ends = [part.split(":") for part in intervals.split(",") if part]
    return sum(int(end[-1]) - int(end[0]) + 1 for end in ends)
