"""A pipeline from mail on disk into a database engine, so that runs can be stopped, started beside each other and compared
with an undisturbed one. Engines: Sqlite here, the rig's servers behind Server."""
import contextlib
import glob
import itertools
import json
import os
import random
import shutil
import tempfile

import resume_story
import workspace
from rig.database_server import PASSWORD
from rig.mysql import MySQL
from rig.postgresql import PostgreSQL
from sample_mail import compose, store

KIB = 1024
KILLER = os.path.join(workspace.BUILD, "tests", "e2e", "libkill_at_call.so")
# What makes some thirty messages of each kind, among them contents that come twice.
KINDS = (("plain", 3), ("alternative", 9), ("mixed", 600), ("nested", 6), ("related", 20), ("invitation", 5), ("mixed", 90),
         ("signed", 6), ("related", 20), ("html_only", 5))
PIPELINE = """haulier: 1
name: files
source: {{ mail_files: {{ path: {mail}, batch: {{ messages: 3, bytes: 64KiB }} }} }}
transforms: [ normalize_mime: {{}}, extract_attachments: {{}} ]
sinks: [ {sink} ]
limits: {{ commit: {{ bytes: 1 }} }}
retry: {{ attempts: 100, first_wait: 20ms, max_wait: 100ms }}
"""


def write_mail(folder, kinds=KINDS * 3):
    mailboxes = store.Maildirs(folder)
    writer = compose.Writer(workspace.ALICE)
    for number, (kind, size) in enumerate(kinds):
        raw = getattr(writer, kind)(random.Random(f"{kind} {size}"), number, size * KIB, 1_700_000_000 + number).raw
        mailboxes.add(("INBOX", "Sent")[number % 2], number, raw, 1_700_000_000 + number)


class Place:
    """One database of an engine, empty at first."""
    # Calls in the middle of a run, see kill_at_call.c.
    in_transaction, between_transactions = "commit:4", "begin:4"

    def contents(self):
        """{table: sorted rows} without what differs from run to run."""
        raise NotImplementedError

    def make_copies(self):
        """From now on it stays as it is, and copy() gives places that hold the same."""

    def copy(self):
        raise NotImplementedError

    def drop(self):
        """Nobody needs it any more."""


class SqlitePlace(Place):
    in_transaction, between_transactions = "fdatasync:12", "unlock:6"

    def __init__(self, folder, **more):
        self._folder = folder
        self.path = os.path.join(tempfile.mkdtemp(dir=folder), "mail.db")
        self.sink = json.dumps({"sqlite": {"path": self.path, **more}})

    def copy(self):
        out = SqlitePlace(self._folder)
        shutil.copy(self.path, out.path)
        return out

    def value(self, sql):
        with contextlib.closing(resume_story.sqlite3.connect(f"file:{self.path}?mode=ro", uri=True)) as connection:
            return connection.execute(sql).fetchone()[0]

    def contents(self):
        # Of a copy: to open a database is to repair it, and that is what the next run must do itself.
        with tempfile.TemporaryDirectory(dir=self._folder) as folder:
            for path in glob.glob(self.path + "*"):
                shutil.copy(path, folder)
            copy = os.path.join(folder, "mail.db")
            with contextlib.closing(resume_story.sqlite3.connect(copy)) as connection:
                connection.execute("SELECT 1 FROM sqlite_master")
            found = resume_story.contents(copy)
        return {table: rows for table, rows in found.items() if table not in ("schema_migrations", "haulier_pipelines")}

    def count(self, table):
        with contextlib.suppress(resume_story.sqlite3.OperationalError):
            return self.value(f"SELECT count(*) FROM {table}")
        return 0


class ServerPlace(Place):
    def __init__(self, server, name, template=None, **more):
        self.server, self.name = server, name
        self._copies = itertools.count(1)
        self._every_row = template and template._every_row  # SQL; a copy has the same tables
        self.create(template)
        self.sink = json.dumps({self.kind: {"host": server.host, "port": server.port, "database": name, "user": "haulier",
                                            "password": PASSWORD, "tls": "disable", **more}})

    def query(self, sql):
        return self.server.query(sql, database=self.name)

    def value(self, sql):
        return self.query(sql)[0][0]

    def count(self, table):
        return int(self.value(f"SELECT count(*) FROM {table}"))

    def make_copies(self):
        self._every_row = self._ask_every_row()

    def copy(self):
        return type(self)(self.server, f"{self.name}_{next(self._copies)}", template=self)

    def drop(self):
        self.server.administer(f"DROP DATABASE {self.name}{self.force}")

    def contents(self):
        found = {}
        for line, in self.query(self._every_row or self._ask_every_row()):
            found.setdefault(line.split('"')[1], []).append(line)
        return {table: sorted(rows) for table, rows in found.items()}

    def _ask_every_row(self):
        columns = {}
        for table, column, kind in self.query(self.columns):
            columns.setdefault(table, []).append(self.spelt(column, f"{self.quote}{column}{self.quote}", kind))
        return " UNION ALL ".join(
            f"SELECT {self.array}('{table}', {', '.join(columns[table])}) FROM {table}" for table in sorted(columns)
            if table not in ("schema_migrations", "haulier_pipelines"))

    def spelt(self, column, name, kind):
        if column in workspace.VOLATILE:
            return f"({name} IS NOT NULL)"
        return self.digest.format(name) if kind in ("bytea", "longblob") else self.text.format(name)


class PostgresqlPlace(ServerPlace):
    force = " WITH (FORCE)"  # the end of a killed run may not have come to it yet
    kind, array, quote, digest, text = "postgresql", "json_build_array", '"', "encode(sha256({}), 'hex')", "{}::text"
    columns = ("SELECT table_name, column_name, data_type FROM information_schema.columns JOIN information_schema.tables "
               "USING (table_schema, table_name) WHERE table_schema = 'public' AND table_type = 'BASE TABLE' "
               "ORDER BY table_name, ordinal_position")
    ours = "FROM pg_stat_activity WHERE usename = 'haulier' AND datname = '{}'"

    def create(self, template):
        like = f" TEMPLATE {template.name}" if template else ""
        self.server.administer(f"CREATE DATABASE {self.name} OWNER haulier{like}")

    def end_connections(self):
        self.server.administer(f"SELECT pg_terminate_backend(pid, 5000) {self.ours.format(self.name)}")


class MysqlPlace(ServerPlace):
    force = ""
    kind, array, quote, digest, text = "mysql", "json_array", "`", "sha2({}, 256)", "cast({} AS char)"
    columns = ("SELECT table_name, column_name, data_type FROM information_schema.columns JOIN information_schema.tables "
               "USING (table_schema, table_name) WHERE table_schema = database() AND table_type = 'BASE TABLE' "
               "ORDER BY table_name, ordinal_position")
    ours = "FROM information_schema.processlist WHERE user = 'haulier' AND db = '{}'"

    def create(self, template):
        self.server.administer(f"CREATE DATABASE {self.name} CHARACTER SET utf8mb4; "
                               f"GRANT ALL ON {self.name}.* TO haulier@127.0.0.1")
        if template:
            self.query(f"source {template.dump}")

    def make_copies(self):
        super().make_copies()
        self.dump = os.path.join(self.server.folder, f"{self.name}.sql")
        self.server.dump(self.name, self.dump)

    def end_connections(self):
        ours = self.ours.format(self.name)
        for connection, in self.server.administer(f"SELECT id {ours}"):
            self.server.administer(f"KILL CONNECTION {connection}")
        while self.server.administer(f"SELECT count(*) {ours}") != [["0"]]:
            pass


class Engine:
    """Makes empty places; `name` is the sink's."""

    def __init__(self, name, folder):
        self.name, self._folder, self._made = name, folder, 0
        self.server = None
        if name != "sqlite":
            self.server = {"postgresql": PostgreSQL, "mysql": MySQL}[name](os.path.join(folder, "server"))

    def place(self, **more):
        self._made += 1
        if self.name == "sqlite":
            return SqlitePlace(self._folder, **more)
        kind = {"postgresql": PostgresqlPlace, "mysql": MysqlPlace}[self.name]
        return kind(self.server, f"mail_{self._made}", **more)

    def stop(self):
        if self.server:
            self.server.stop()


class Run:
    """The pipeline, in a folder of its own. Use as a context manager."""

    def __init__(self, mail, place, *settings):
        self._work = workspace.Workspace()
        self.folder = self._work.folder
        self._file = os.path.join(self.folder, "files.yaml")
        self._settings = settings
        with open(self._file, "w", encoding="utf-8") as file:
            file.write(PIPELINE.format(mail=mail, sink=place.sink))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._work.__exit__()

    def run(self, *arguments, env=None):
        return self._work.run(self._file, *arguments, settings=self._settings, env=env, timeout_s=60)

    def erase(self, *what, env=None):
        """The finished process; its output is the receipt as JSON."""
        options = [word for setting in self._settings for word in ("--set", setting)]
        return self._work.command("erase", self._file, "--yes", "--json", *what, *options, env=env)

    def start(self, env=None):
        self.process, self._report = self._work.start(self._file, settings=self._settings, env=env)
        return self

    def start_held(self, call):
        """In the background until it stands still at that call, see kill_at_call.c; go_on() wakes it up."""
        self.start({"LD_PRELOAD": KILLER, "KILL_AT": call, "KILL_WITH": "STOP"})
        how = os.waitid(os.P_PID, self.process.pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT).si_code
        if how != os.CLD_STOPPED:
            raise AssertionError(f"it ended before {call}: {self.finish().words()}")
        return self

    def go_on(self):
        self.process.send_signal(workspace.signal.SIGCONT)
        return self

    def finish(self):
        return self._work.finish(self.process, self._report, timeout_s=60)
