#!/usr/bin/python3
"""scripts/bench sinks: rows into SQLite, PostgreSQL and MariaDB through the sink plugins, beside a bare loop over each engine's
own client (tests/bench/sinks/bare_*.cpp say what it does and leaves out), with the same durability and commits.

Two loads: `mail` (50,000 text mails of 6 KB: rows in emails, email_details, email_locations) and `files` (2,000 mails with an
attachment of 200 KB each: attachments and attachment_contents too). Sink and bare loop take turns commit by commit in one process,
each into tables of its own; making the rows is not measured. Servers have their defaults, fsync included.

--million: 1,000,000 mails of 1 KB through the sink alone, and how long a commit took in each tenth of them.
"""
import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path[:0] = [os.path.join(ROOT, "tests", "integration")]

from rig import mysql, postgresql  # noqa: E402

AIMS = {"sqlite": 0.85, "postgresql": 0.85, "mariadb": 0.75}
MAILS = {"mail": 50_000, "files": 2_000}
FLAT_AIM = 1.3  # last tenth, times the first


def build(folder):
    # -O2 as a release has it; the release preset itself builds no tests.
    subprocess.run(["cmake", "-G", "Ninja", "-S", ROOT, "-B", folder, "-DCMAKE_BUILD_TYPE=Release"], check=True,
                   stdout=subprocess.DEVNULL)
    subprocess.run(["ninja", "-C", folder, "bench_sinks"], check=True, stdout=subprocess.DEVNULL)


class Sqlite:
    """Two new files."""

    def __init__(self, folder, _):
        self.folder = os.path.join(folder, "sqlite")

    def options(self):
        shutil.rmtree(self.folder, ignore_errors=True)
        os.makedirs(self.folder)
        return [f"folder={self.folder}"]

    def size(self):
        return os.path.getsize(os.path.join(self.folder, "sink.db"))

    def stop(self):
        shutil.rmtree(self.folder, ignore_errors=True)


class Postgresql:
    """Two new schemas of one server."""

    def __init__(self, folder, settings):
        self.server = postgresql.PostgreSQL(os.path.join(folder, "postgresql"), settings)

    def options(self):
        for schema in ("sink", "bare"):
            self.server.query(f"DROP SCHEMA IF EXISTS {schema} CASCADE", database="postgres")
        self.server.query("CHECKPOINT", database="postgres")
        return [f"folder={self.server.folder}", f"port={self.server.port}"]

    def size(self):
        return int(self.server.query("SELECT sum(pg_total_relation_size(oid)) FROM pg_class WHERE relkind = 'r' AND "
                                     "relnamespace = 'sink'::regnamespace", database="postgres")[0][0])

    def stop(self):
        self.server.stop()
        shutil.rmtree(self.server.folder, ignore_errors=True)


class Mariadb:
    """Two new databases of one server."""

    def __init__(self, folder, settings):
        self.server = mysql.MySQL(os.path.join(folder, "mariadb"), settings)

    def options(self):
        for database in ("sink", "bare"):
            self.server.query(f"DROP DATABASE IF EXISTS {database}; CREATE DATABASE {database} CHARACTER SET utf8mb4",
                              database="mysql")
        return [f"socket={self.server.socket}"]

    def size(self):
        # Of the files: what information_schema.tables tells is as old as the last statistics.
        return int(self.server.query("SELECT sum(file_size) FROM information_schema.innodb_sys_tablespaces WHERE "
                                     "name LIKE 'sink/%'")[0][0])

    def stop(self):
        self.server.stop()
        shutil.rmtree(self.server.folder, ignore_errors=True)


ENGINES = {"sqlite": Sqlite, "postgresql": Postgresql, "mariadb": Mariadb}


def run(programs, engine, name, load, mails, more):
    command = [os.path.join(programs, "tests", "bench", "bench_sinks"), os.path.join(programs, "plugins-out"), name, load,
               str(mails), *engine.options(), *more]
    os.sync()  # what was written before is not paid by this run
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)}: {done.stderr}")
    return json.loads(done.stdout)


def cpu_s(way):
    return way["client_cpu_s"] + way["server_cpu_s"]


def print_rounds(name, load, rounds):
    first = rounds[0]

    def median(way, key):
        return statistics.median(key(one[way]) for one in rounds)

    ratios = [one["bare"]["wall_s"] / one["sink"]["wall_s"] for one in rounds]
    cpu = statistics.median(cpu_s(one["bare"]) / cpu_s(one["sink"]) for one in rounds)
    print(f"\n{name}, {load}: {first['mails']} mails, {first['rows']} rows, {first['bytes'] / 1e6:.1f} MB, "
          f"medians of {len(rounds)} rounds")
    print(f"  {'':6}{'wall s':>9}{'mails/s':>10}{'rows/s':>10}{'MB/s':>8}{'client CPU':>12}{'server CPU':>12}")
    for way in ("sink", "bare"):
        wall = median(way, lambda one: one["wall_s"])
        print(f"  {way:6}{wall:9.2f}{first['mails'] / wall:10.0f}{first['rows'] / wall:10.0f}{first['bytes'] / 1e6 / wall:8.1f}"
              f"{median(way, lambda one: one['client_cpu_s']):12.2f}{median(way, lambda one: one['server_cpu_s']):12.2f}")
    print(f"  sink / bare: {statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f}; aim {AIMS[name]}), "
          f"by CPU {cpu:.2f}", flush=True)


def print_tenths(name, one, size):
    commits = one["sink"]["commits_s"]
    tenth = len(commits) // 10

    def tenths(values, of):
        parts = [values[i * tenth:(i + 1) * tenth] for i in range(10)]
        parts[0] = parts[0][min(5, tenth // 4):]  # the first commits fill caches and extend files
        return [of(part) for part in parts]

    middles, means = tenths(commits, statistics.median), tenths(commits, statistics.mean)
    cpu = tenths(one["sink"]["commits_cpu_s"], statistics.mean)
    memory = [one["resident_mib"][(i + 1) * tenth - 1] for i in range(10)]
    print(f"\n{name}, {one['mails']} small mails, {one['rows']} rows, {one['bytes'] / 1e6:.0f} MB, {len(commits)} commits, "
          f"{size / 1e6:.0f} MB stored: {one['sink']['wall_s']:.0f} s, {one['mails'] / one['sink']['wall_s']:.0f} mails/s")
    print("  tenth            " + "".join(f"{i + 1:8}" for i in range(10)))
    print("  ms, median       " + "".join(f"{value * 1000:8.1f}" for value in middles))
    print("  ms, mean         " + "".join(f"{value * 1000:8.1f}" for value in means))
    print("  CPU ms, mean     " + "".join(f"{value * 1000:8.1f}" for value in cpu))
    print("  resident, MiB    " + "".join(f"{value:8.1f}" for value in memory))
    print(f"  last / first: {middles[9] / middles[0]:.2f} by medians, {means[9] / means[0]:.2f} by means, {cpu[9] / cpu[0]:.2f} by CPU "
          f"(aim {FLAT_AIM})", flush=True)


def main():
    parser = argparse.ArgumentParser(prog="scripts/bench sinks", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--engine", action="append", choices=list(ENGINES), help="default: all three")
    parser.add_argument("--load", action="append", choices=list(MAILS), help="default: both")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--scale", type=float, default=1.0, help="share of the mails, for a quick try: 0.1")
    parser.add_argument("--million", action="store_true")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE",
                        help="an option of the sink, or group=WRITES in a commit, batch=MAILS in a write, ways=sink")
    parser.add_argument("--server", action="append", default=[], metavar="NAME=VALUE", help="a setting of the server")
    parser.add_argument("--build", metavar="FOLDER", help="a configured build folder that has bench_sinks")
    parser.add_argument("--folder", default=tempfile.gettempdir(), help="where databases go, on the disk to be measured")
    parser.add_argument("--json", metavar="FILE", help="every single figure, for later comparison")
    options = parser.parse_args()
    programs = options.build or os.path.join(ROOT, "build", "bench_sinks")
    if not options.build:
        build(programs)
    everything = {}
    folder = tempfile.mkdtemp(prefix="haulier-bench-", dir=options.folder)
    os.chmod(folder, 0o755)  # PostgreSQL may run as another user
    try:
        for name in options.engine or ENGINES:
            engine = ENGINES[name](folder, options.server)
            try:
                if options.million:
                    one = run(programs, engine, name, "small", int(1_000_000 * options.scale), ["ways=sink", *options.set])
                    print_tenths(name, one, engine.size())
                    everything[f"{name} million"] = one
                    continue
                for load in options.load or MAILS:
                    rounds = []
                    for number in range(options.rounds):
                        print(f"  {name}, {load}: round {number + 1} of {options.rounds}", file=sys.stderr, flush=True)
                        rounds.append(run(programs, engine, name, load, int(MAILS[load] * options.scale), options.set))
                    print_rounds(name, load, rounds)
                    everything[f"{name} {load}"] = rounds
            finally:
                engine.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if options.json:
        with open(options.json, "w") as file:
            json.dump(everything, file, indent=1)
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
    except (OSError, RuntimeError) as error:
        sys.exit(f"bench: {error}")
