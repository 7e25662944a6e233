"""What every end-to-end test needs: the built program in a folder of its own, sample mail, and the database as dicts."""
import contextlib
import dataclasses
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.path.abspath(os.environ.get("HAULIER_BUILD", os.path.join(ROOT, "build", "test")))
sys.path[:0] = [os.path.join(ROOT, "tests", "integration"), os.path.join(ROOT, "scripts")]

from rig import Account, Rig, canary  # noqa: E402
from rig.haulier_program import HaulierProgram, LoginFailed  # noqa: E402, F401
from sample_mail import profiles, store  # noqa: E402

ALICE = profiles.ACCOUNT
PASSWORD = f"correct horse {canary.WORD}"
PIPELINES = os.path.join(ROOT, "pipelines")
# For tests that want to know what is stored, not to wait for a disk.
IN_MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) and shutil.disk_usage("/dev/shm").free > 2 << 30 else None
# Columns that say when, or which run, and so differ between two runs that did the same.
VOLATILE = {"first_seen", "updated_at", "last_success_at", "quarantined_at", "applied_at", "taken_at", "epoch", "owner",
            "vanished_at", "erased_at"}


def sample_mail(profile, form="maildir", line_ends="crlf"):
    """The folder with mail/ and manifest.json; made once per build folder."""
    folder = os.path.join(BUILD, "sample-mail", f"{profile}-{form}-{line_ends}")
    store.write_once(profile, folder, form, line_ends)
    return folder


def read_text(path):
    try:
        with open(path, encoding="utf-8") as file:
            return file.read()
    except OSError:
        return ""


def manifest(folder):
    with open(os.path.join(folder, "manifest.json"), encoding="utf-8") as file:
        return json.load(file)


@dataclasses.dataclass
class Outcome:
    code: int
    out: str
    err: str
    report: dict

    def metric(self, name):
        """A metric of the source, 0 when it was never counted."""
        return self.report.get("source", {}).get("metrics", {}).get(name, 0)

    def words(self):
        return f"exit code {self.code}\nstdout: {self.out[-2000:]}\nstderr: {self.err[-4000:]}"


class Workspace(HaulierProgram):
    """A folder with its own vault, state and database, below `place` if given. Use as a context manager."""

    def __init__(self, place=None):
        folder = tempfile.mkdtemp(prefix="haulier-e2e-", dir=place)
        super().__init__(BUILD, folder)
        self.database = os.path.join(folder, "mail.db")
        self._started = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for process in self._started:
            if process.poll() is None:
                process.kill()
                process.communicate()
        self.sweep()
        shutil.rmtree(self.folder, ignore_errors=True)

    def run(self, pipeline, *arguments, settings=(), env=None, wrap=(), timeout_s=180):
        """haulier run: waits for the end and reads the run report."""
        process, report = self.start(pipeline, *arguments, settings=settings, env=env, wrap=wrap)
        try:
            out, err = process.communicate(timeout=timeout_s)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGABRT)
            out, err = process.communicate()
            raise AssertionError(f"haulier did not end within {timeout_s} s; stderr: {err[-4000:]}") from None
        return self.outcome(process, out, err, report)

    def start(self, pipeline, *arguments, settings=(), env=None, wrap=()):
        """haulier run in the background: (process, path of its report); end it with finish()."""
        report = os.path.join(self.folder, "report.json")
        with contextlib.suppress(FileNotFoundError):
            os.unlink(report)
        path = pipeline if os.path.isabs(pipeline) else os.path.join(PIPELINES, pipeline)
        options = [word for setting in settings for word in ("--set", setting)]
        command = [*wrap, self.binary, "run", path, "--report", report, *options, *arguments]
        process = subprocess.Popen(command, cwd=self.folder, env={**self.environment, **(env or {})},
                                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self._started.append(process)
        return process, report

    def finish(self, process, report, timeout_s=120):
        out, err = process.communicate(timeout=timeout_s)
        return self.outcome(process, out, err, report)

    @staticmethod
    def outcome(process, out, err, report):
        canary.sweep_text("haulier run", out, err)
        return Outcome(process.returncode, out, err, json.loads(read_text(report) or "{}"))

    def rows(self, sql, *values):
        """The result as a list of dicts."""
        with contextlib.closing(sqlite3.connect(f"file:{self.database}?mode=ro", uri=True)) as connection:
            connection.row_factory = sqlite3.Row
            return [dict(row) for row in connection.execute(sql, values)]

    def value(self, sql, *values):
        return next(iter(self.rows(sql, *values)[0].values()))

    def snapshot(self):
        """{table: sorted rows without the volatile columns}: equal for two databases that hold the same."""
        tables = [row["name"] for row in self.rows("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {table: sorted(self._stable(row) for row in self.rows(f'SELECT * FROM "{table}"')) for table in tables
                if table not in ("haulier_pipelines", "schema_migrations")}

    @staticmethod
    def _stable(row):
        return json.dumps({key: value if not isinstance(value, bytes) else value.hex() for key, value in row.items()
                           if key not in VOLATILE and key != "state"}, sort_keys=True)


def imap_settings(server, rig, *more):
    """--set values that point pipelines/imap_to_sqlite.yaml at one of the rig's servers, all mailboxes included."""
    return (f"source.imap.host={server.host}", f"source.imap.port={server.port}",
            f"source.imap.tls={{mode: implicit, ca_file: {rig.ca_file}}}", *more)


# Passing faults are tried again for half an hour by default; a test wants to see the end.
SHORT_RETRY = "retry={attempts: 2, first_wait: 20ms, max_wait: 50ms}"


def start_rig(folder, **options):
    return Rig(folder, [Account(ALICE, PASSWORD), Account("bob@example.test", "other horse")], **options)
