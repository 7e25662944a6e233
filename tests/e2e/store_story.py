"""A pipeline from mail on disk into a database engine, so that runs can be stopped, started beside each other and compared
with an undisturbed one. Engines: Sqlite here, the rig's servers behind Server."""
import contextlib
import json
import os
import random
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


class SqlitePlace(Place):
    in_transaction, between_transactions = "fdatasync:12", "unlock:6"

    def __init__(self, folder, **more):
        self.path = os.path.join(tempfile.mkdtemp(dir=folder), "mail.db")
        self.sink = json.dumps({"sqlite": {"path": self.path, **more}})

    def contents(self):
        found = resume_story.contents(self.path)
        return {table: rows for table, rows in found.items() if table not in ("schema_migrations", "haulier_pipelines")}

    def count(self, table):
        with contextlib.suppress(resume_story.sqlite3.OperationalError):
            with contextlib.closing(resume_story.sqlite3.connect(f"file:{self.path}?mode=ro", uri=True)) as connection:
                return connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
        return 0


class ServerPlace(Place):
    def __init__(self, server, name, **more):
        self.server, self.name = server, name
        self.create()
        self.sink = json.dumps({self.kind: {"host": server.host, "port": server.port, "database": name, "user": "haulier",
                                            "password": PASSWORD, "tls": "disable", **more}})

    def query(self, sql):
        return self.server.query(sql, database=self.name)

    def count(self, table):
        return int(self.query(f"SELECT count(*) FROM {table}")[0][0])

    def contents(self):
        columns = {}
        for table, column, kind in self.query(self.columns):
            columns.setdefault(table, []).append(self.spelt(column, f"{self.quote}{column}{self.quote}", kind))
        parts = [f"SELECT {self.array}('{table}', {', '.join(columns[table])}) FROM {table}" for table in sorted(columns)
                 if table not in ("schema_migrations", "haulier_pipelines")]
        found = {}
        for line, in self.query(" UNION ALL ".join(parts)):
            found.setdefault(line.split('"')[1], []).append(line)
        return {table: sorted(rows) for table, rows in found.items()}

    def spelt(self, column, name, kind):
        if column in workspace.VOLATILE:
            return f"({name} IS NOT NULL)"
        return self.digest.format(name) if kind in ("bytea", "longblob") else self.text.format(name)


class PostgresqlPlace(ServerPlace):
    kind, array, quote, digest, text = "postgresql", "json_build_array", '"', "encode(sha256({}), 'hex')", "{}::text"
    columns = ("SELECT table_name, column_name, data_type FROM information_schema.columns JOIN information_schema.tables "
               "USING (table_schema, table_name) WHERE table_schema = 'public' AND table_type = 'BASE TABLE' "
               "ORDER BY table_name, ordinal_position")
    ours = "FROM pg_stat_activity WHERE usename = 'haulier' AND datname = '{}'"

    def create(self):
        self.server.administer(f"CREATE DATABASE {self.name} OWNER haulier")

    def end_connections(self):
        self.server.administer(f"SELECT pg_terminate_backend(pid, 5000) {self.ours.format(self.name)}")


class MysqlPlace(ServerPlace):
    kind, array, quote, digest, text = "mysql", "json_array", "`", "sha2({}, 256)", "cast({} AS char)"
    columns = ("SELECT table_name, column_name, data_type FROM information_schema.columns JOIN information_schema.tables "
               "USING (table_schema, table_name) WHERE table_schema = database() AND table_type = 'BASE TABLE' "
               "ORDER BY table_name, ordinal_position")
    ours = "FROM information_schema.processlist WHERE user = 'haulier' AND db = '{}'"

    def create(self):
        self.server.administer(f"CREATE DATABASE {self.name} CHARACTER SET utf8mb4; "
                               f"GRANT ALL ON {self.name}.* TO haulier@127.0.0.1")

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

    def run(self, env=None):
        return self._work.run(self._file, settings=self._settings, env=env, timeout_s=60)

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
