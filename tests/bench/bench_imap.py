"""scripts/bench imap: Haulier from Dovecot over TLS into SQLite with everything on, beside a bare drain (log in, EXAMINE,
one UID FETCH of everything, discard) and mbsync into a Maildir (compression off, fsync off and on).

The clients take turns, so that whatever else the machine does meets all of them; figures are medians. The floor is what
no client on these cores can go below: (client CPU of the drain + server CPU + SHA-256 of the same bytes + a bare loop of
prepared inserts of the same rows) / cores.
"""
import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path[:0] = [os.path.join(ROOT, "tests", "integration"), os.path.join(ROOT, "scripts"), HERE]

import clients  # noqa: E402
from rig import Account, Rig  # noqa: E402
from rig.haulier_program import HaulierProgram  # noqa: E402
from sample_mail import profiles, store  # noqa: E402

BUILD = os.path.join(ROOT, "build", "release")
TOOLS = os.path.join(ROOT, "build", "bench")
STATE = os.path.join(ROOT, "build", "bench-state")
ACCOUNT = Account(profiles.ACCOUNT, "bench-password")
AIMS = {"small10k": 1.6, "mixed2k": 2.0}  # times the drain
FLOOR_AIM = 1.25
POLL_AIM = 0.5  # times mbsync
MEMORY_AIM_MIB = 64
# The sink's own transaction size, for the bare insert loop.
BATCH_BYTES = 12 * 1024 * 1024
# What the sink sets for its connection; page size and the rest of the file's settings are read from the file.
SINK_PRAGMAS = ("journal_mode=TRUNCATE", "synchronous=FULL", "cache_size=-8192")


def build_programs():
    for command in (["cmake", "--preset", "release"], ["ninja", "-C", BUILD, "--quiet"],
                    ["cmake", "-G", "Ninja", "-S", HERE, "-B", TOOLS], ["ninja", "-C", TOOLS, "--quiet"]):
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(f"bench: {' '.join(command)} failed:\n{(done.stdout + done.stderr)[-3000:]}")


def imap_settings(server, rig):
    return [f"source.imap.host={server.host}", f"source.imap.port={server.port}",
            f"source.imap.tls={{ca_file: {json.dumps(rig.ca_file)}}}"]


def load(rig, profile):
    folder = os.path.join(STATE, "mail", profile)
    manifest, _ = store.write_once(profile, folder)
    rig.forget_mail(ACCOUNT.name)
    rig.load(ACCOUNT.name, os.path.join(folder, "mail"))
    return manifest["totals"]


def haulier_client(scratch, rig, server, extra):
    program = HaulierProgram(BUILD, os.path.join(STATE, "haulier"))
    program.environment.update(HAULIER_USER=ACCOUNT.name, HAULIER_IMAP_HOST=server.host)
    program.login_by_password(ACCOUNT.name, ACCOUNT.password, server.host)
    pipeline = os.path.join(ROOT, "pipelines", "imap_to_sqlite.yaml")
    return clients.Haulier(scratch, program, pipeline, [*imap_settings(server, rig), *extra])


def measure(rig, profile, rounds, extra, without):
    """{client name: [Measurement]}, taking turns, and the Haulier client, whose last database stays."""
    server = rig.passwords
    scratch = os.path.join(STATE, "clients")
    haulier = haulier_client(scratch, rig, server, extra)
    everyone = [clients.Drain(scratch, TOOLS, server, rig, ACCOUNT), haulier,
                clients.Mbsync(scratch, server, rig, ACCOUNT, fsync=False),
                clients.Mbsync(scratch, server, rig, ACCOUNT, fsync=True)]
    everyone = [client for client in everyone if client.name not in without]
    measured = {client.name: [] for client in everyone}
    everyone[0].measure(TOOLS, server)  # the first one finds a cold server
    for number in range(rounds):
        print(f"  {profile}: round {number + 1} of {rounds}", file=sys.stderr, flush=True)
        for client in everyone:
            measured[client.name].append(client.measure(TOOLS, server))
            if client is not haulier:
                shutil.rmtree(client.folder, ignore_errors=True)
    return measured, haulier


def measure_polls(rig, rounds, extra):
    """Nothing new in 50 mailboxes: {client name: [Measurement]}, taking turns, after a first sync of each."""
    server, scratch = rig.passwords, os.path.join(STATE, "clients")
    everyone = [haulier_client(scratch, rig, server, extra),
                clients.Mbsync(scratch, server, rig, ACCOUNT, fsync=False, patterns="*")]
    for client in everyone:
        client.measure(TOOLS, server)
        client.measure(TOOLS, server, anew=False)  # the second sign-in finds out what the server takes
    return {client.name: runs for client, runs in
            zip(everyone, zip(*([client.measure(TOOLS, server, anew=False) for client in everyone] for _ in range(rounds))))}


def print_polls(profile, measured):
    print(f"\n{profile}: nothing new in 50 mailboxes, medians of {len(measured['haulier'])} alternating runs\n")
    for name, runs in measured.items():
        walls = sorted(run.wall_s for run in runs)
        print(f"  {name:13}{median(runs, 'wall_s'):8.3f} s {f'({walls[0]:.3f}-{walls[-1]:.3f})':>16}"
              f"{median(runs, 'client_cpu_s'):10.3f} client CPU{median(runs, 'server_cpu_s'):10.3f} server CPU")
    ratio = median(measured["haulier"], "wall_s") / median(measured["mbsync"], "wall_s")
    print(f"\n  Haulier takes {ratio:.2f}x the time of mbsync (aim {POLL_AIM})", flush=True)


def floor_tool(*arguments):
    done = subprocess.run([os.path.join(TOOLS, "bench_floor"), *arguments], capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(done.stderr)
    return json.loads(done.stdout)


def floor_parts(measured, totals, database, rounds):
    """[(name, CPU seconds)]: medians of the same number of rounds."""
    hashes, inserts = [], []
    target = os.path.join(STATE, "insert.db")
    for _ in range(rounds):
        hashes.append(floor_tool("sha256", str(totals["bytes"]))["cpu_s"])
        for suffix in ("", "-wal", "-shm", "-journal"):
            if os.path.exists(target + suffix):
                os.unlink(target + suffix)
        inserts.append(floor_tool("insert", database, target, str(BATCH_BYTES), *SINK_PRAGMAS)["cpu_s"])
    os.unlink(target)
    return [("client CPU of the drain", median(measured["drain"], "client_cpu_s")),
            ("server CPU", median(measured["drain"], "server_cpu_s")),
            ("SHA-256 of the same bytes", statistics.median(hashes)),
            ("bare insert of the same rows", statistics.median(inserts))]


def median(measurements, field):
    return statistics.median(getattr(one, field) for one in measurements)


def print_profile(profile, totals, measured):
    size, count = totals["bytes"] / 1e6, totals["places"]
    print(f"\n{profile}: {count} messages, {size:.1f} MB, medians of {len(measured['drain'])} alternating runs\n")
    print(f"  {'':13}{'wall s':>8}{'(min-max)':>16}{'MB/s':>8}{'msg/s':>9}{'client CPU':>12}{'server CPU':>12}{'peak MiB':>10}{'x drain':>9}")
    base = median(measured["drain"], "wall_s")
    for name, runs in measured.items():
        walls, wall = sorted(run.wall_s for run in runs), median(runs, "wall_s")
        print(f"  {name:13}{wall:8.3f}{f'({walls[0]:.3f}-{walls[-1]:.3f})':>16}{size / wall:8.0f}{count / wall:9.0f}"
              f"{median(runs, 'client_cpu_s'):12.3f}{median(runs, 'server_cpu_s'):12.3f}"
              f"{max(run.peak_rss_bytes for run in runs) / 1048576:10.1f}{wall / base:9.2f}")


def print_floor(profile, measured, parts):
    cores = os.cpu_count() or 1
    total = sum(seconds for _, seconds in parts)
    wall = median(measured["haulier"], "wall_s")
    ratio = wall / median(measured["drain"], "wall_s")
    print(f"\n  The floor on {cores} cores (SHA instructions: {'yes' if has_sha_instructions() else 'no'}):")
    for name, seconds in parts:
        print(f"    {name:30}{seconds:8.3f} s  {100 * seconds / total:4.0f} %")
    print(f"    {'sum / ' + str(cores) + ' cores':30}{total / cores:8.3f} s")
    print(f"  Haulier is at {wall / (total / cores):.2f}x the floor (aim {FLOOR_AIM}) and {ratio:.2f}x the drain (aim {AIMS[profile]}); "
          f"its own CPU beyond the floor's parts: {median(measured['haulier'], 'client_cpu_s') - total + parts[1][1]:.3f} s")


def print_attachment_bytes(database):
    """Hashing attachment contents is real work that the floor does not count, so it is shown beside it."""
    done = subprocess.run(["sqlite3", database, "SELECT coalesce(sum(size), 0) FROM attachments"], capture_output=True, text=True)
    size = int(done.stdout or 0)
    if size > 0:
        seconds = floor_tool("sha256", str(size))["cpu_s"]
        print(f"  Not in the floor: SHA-256 of {size / 1e6:.0f} MB of decoded attachments, {seconds:.3f} s of CPU")


def has_sha_instructions():
    with open("/proc/cpuinfo") as file:
        return " sha_ni " in file.read().replace("\n", " ") + " "


def main():
    parser = argparse.ArgumentParser(prog="scripts/bench imap", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--profile", action="append", choices=("small10k", "mixed2k", "huge", "poll50"), help="default: all four")
    parser.add_argument("--without", action="append", default=[], choices=("mbsync", "mbsync fsync"),
                        help="leave a client out; on a slow disk one round of 'mbsync fsync' takes minutes")
    parser.add_argument("--set", action="append", default=[], metavar="PATH=VALUE", help="passed on to haulier run")
    parser.add_argument("--json", metavar="FILE", help="every single figure, for later comparison")
    options = parser.parse_args()
    build_programs()
    os.makedirs(STATE, exist_ok=True)
    shutil.rmtree(os.path.join(STATE, "rig"), ignore_errors=True)
    everything = {}
    with Rig(os.path.join(STATE, "rig"), [ACCOUNT], with_oauth=False) as rig:
        for profile in options.profile or ("small10k", "mixed2k", "huge", "poll50"):
            totals = load(rig, "many50" if profile == "poll50" else profile)
            if profile == "poll50":
                measured = measure_polls(rig, options.rounds, options.set)
                print_polls(profile, measured)
                everything[profile] = {name: [vars(run) for run in runs] for name, runs in measured.items()}
                shutil.rmtree(os.path.join(STATE, "clients"), ignore_errors=True)
                continue
            measured, haulier = measure(rig, profile, options.rounds, options.set, options.without)
            print_profile(profile, totals, measured)
            if profile in AIMS:
                print_floor(profile, measured, floor_parts(measured, totals, haulier.database, options.rounds))
                print_attachment_bytes(haulier.database)
            peak = max(run.peak_rss_bytes for run in measured["haulier"]) / 1048576
            print(f"  Peak memory of Haulier: {peak:.1f} MiB (aim {MEMORY_AIM_MIB})", flush=True)
            everything[profile] = {name: [vars(run) for run in runs] for name, runs in measured.items()}
            shutil.rmtree(os.path.join(STATE, "clients"), ignore_errors=True)
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
