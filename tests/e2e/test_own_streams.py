"""Streams that Haulier knows nothing of, from a source plugin of the tests, into every sink: tables from the declaration,
columns that come later, and refusals in words."""
import base64
import json
import os
import tempfile
import unittest

import workspace
from rig import mysql, postgresql

PLUGINS = os.path.join(workspace.BUILD, "tests", "e2e", "plugins")
GROUP = "it's \"quoted\"; DROP TABLE readings; --"
TEXT = "Grüße 📧 \\ '"
MAX = 2**63 - 1


class OwnStreams(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="haulier-rig-")
        cls.addClassCleanup(folder.cleanup)
        os.chmod(folder.name, 0o755)  # the database server runs as another user
        cls.postgresql = postgresql.PostgreSQL(os.path.join(folder.name, "postgresql"))
        cls.addClassCleanup(cls.postgresql.stop)
        cls.mysql = mysql.MySQL(os.path.join(folder.name, "mysql"))
        cls.addClassCleanup(cls.mysql.stop)

    def setUp(self):
        self.work = self.enterContext(workspace.Workspace())
        self.lines = os.path.join(self.work.folder, "lines.jsonl")
        self.postgresql.query("DROP DATABASE IF EXISTS mail", database="postgres")
        self.postgresql.query("CREATE DATABASE mail OWNER haulier", database="postgres")
        self.mysql.query("DROP DATABASE IF EXISTS mail", database="mysql")
        self.mysql.query("CREATE DATABASE mail CHARACTER SET utf8mb4", database="mysql")
        self.sinks = {
            "sqlite": {"path": self.work.database}, "jsonl": {"path": self.lines},
            "postgresql": {"host": self.postgresql.host, "port": self.postgresql.port, "database": "mail",
                           "user": "haulier", "password": postgresql.PASSWORD, "tls": "disable"},
            "mysql": {"host": self.mysql.host, "port": self.mysql.port, "database": "mail", "user": "haulier",
                      "password": mysql.PASSWORD, "tls": "disable"}}

    def pipeline(self, shape, sinks=None):
        path = os.path.join(self.work.folder, "own.yaml")
        with open(path, "w", encoding="utf-8") as file:
            json.dump({"haulier": 1, "name": "own", "source": {"own_streams": {"shape": shape}}, "retry": {"attempts": 1},
                       "sinks": [{name: self.sinks[name]} for name in sinks or self.sinks]}, file)
        return path

    def run_shape(self, shape, sinks=None):
        return self.work.run(self.pipeline(shape, sinks), "--plugin-path", PLUGINS)

    def check_run(self, shape, written):
        outcome = self.run_shape(shape)
        self.assertEqual(outcome.code, 0, outcome.words())
        self.assertEqual({sink["counters"]["written"] for sink in outcome.report["sinks"]}, {written})

    def test_every_type_is_in_every_sink_under_any_legal_name(self):
        self.check_run("first", 3)
        row = self.work.rows("SELECT * FROM readings WHERE id = 2")[0]
        self.assertEqual((row["group"], row["flag"], row["count"], row["select"], row["nothing"]),
                         (GROUP, 1, MAX - 2, TEXT, None))
        self.assertEqual((row["order"], row["at"], json.loads(row["doc"]), row["bytes"]),
                         (0.2, "2023-11-14T22:13:20.123458Z", {"a": [1, None, True]}, b"\0\1\xff"))
        self.assertEqual(self.postgresql.query(
            "SELECT \"group\", flag, count, \"order\", extract(epoch FROM at), \"select\", doc->'a'->>0, encode(bytes, 'hex'), "
            "nothing IS NULL FROM readings WHERE id = 2"),
            [[GROUP, "t", str(MAX - 2), "0.2", "1700000000.123458", TEXT, "1", "0001ff", "t"]])
        self.assertEqual(self.mysql.query(
            "SELECT hex(`group`), flag, count, `order`, at, hex(`select`), json_extract(doc, '$.a[0]'), hex(bytes), "
            "nothing IS NULL FROM readings WHERE id = 2"),
            [[GROUP.encode().hex().upper(), "1", str(MAX - 2), "0.2", "2023-11-14 22:13:20.123458",
              TEXT.encode().hex().upper(), "1", "0001FF", "1"]])
        line = next(line for line in map(json.loads, workspace.read_text(self.lines).splitlines()) if line["id"] == 2)
        self.assertEqual((line["group"], line["flag"], line["count"], line["select"], line["doc"], line["nothing"]),
                         (GROUP, True, MAX - 2, TEXT, {"a": [1, None, True]}, None))
        self.assertEqual(base64.b64decode(line["bytes"]["base64"]), b"\0\1\xff")

    def test_a_stream_that_grew_gets_its_columns_and_plan_tells_them(self):
        self.check_run("first", 3)
        plan = self.work.command("plan", self.pipeline("grown"), "--plugin-path", PLUGINS)
        self.assertEqual(plan.returncode, 0, plan.stderr)
        for type_name, engines in (("INTEGER", 1), ("bigint", 2)):
            self.assertEqual(plan.stdout.count(f'ALTER TABLE "readings" ADD COLUMN "more" {type_name}'), engines, plan.stdout)
        self.assertEqual(len(self.work.rows("PRAGMA table_info(readings)")), 10, "plan changed a table")
        self.check_run("grown", 1)
        wanted = [(1, None, None), (4, "new", 7)]
        rows = self.work.rows("SELECT * FROM readings WHERE id IN (1, 4) ORDER BY id")
        # What was there before has no value, or the empty one where there has to be a value.
        self.assertEqual([(row["id"], row["where"]) for row in rows], [row[:2] for row in wanted])
        self.assertEqual(rows[1]["more"], 7)
        sql = 'SELECT id, "where", more FROM readings WHERE id = 4'
        self.assertEqual(self.postgresql.query(sql), [["4", "new", "7"]])
        self.assertEqual(self.mysql.query(sql.replace('"', "`")), [["4", "new", "7"]])

    def test_a_stream_that_contradicts_its_table_is_refused_and_nothing_is_written(self):
        self.check_run("first", 3)
        for sink in ("sqlite", "postgresql", "mysql"):
            for shape, words in (("other_type", "column flag of table readings is"), ("other_key", "has no unique index over")):
                outcome = self.run_shape(shape, [sink])
                self.assertEqual(outcome.code, 65, f"{sink} {shape}: {outcome.words()}")
                self.assertIn(words, outcome.err)
        self.check_untouched()

    def test_names_that_could_break_out_are_refused(self):
        self.check_run("first", 3)
        for sink in ("sqlite", "postgresql", "mysql"):
            for shape in ("hostile_stream", "hostile_field", "system_field", "view"):
                outcome = self.run_shape(shape, [sink])
                self.assertEqual(outcome.code, 65, f"{sink} {shape}: {outcome.words()}")
                self.assertIn("name is not allowed", outcome.err)
        self.check_untouched()

    def check_untouched(self):
        sql = "SELECT count(*) FROM readings"
        self.assertEqual((self.work.value(sql), self.postgresql.value(sql), self.mysql.value(sql)), (3, "3", "3"))


if __name__ == "__main__":
    unittest.main()
