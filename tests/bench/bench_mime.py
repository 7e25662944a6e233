#!/usr/bin/python3
"""scripts/bench mime FOLDER [--build DIR] [--rounds N]: the MIME reader over all files of FOLDER, beside GMime.

Programs take turns, processor time counts, the median of the rounds is shown. GMime parses and decodes only; its text
is not converted to UTF-8 and nothing is hashed. "rows" is both transforms as the host calls them, every row and hash made;
"hash" is SHA-256 of the raw messages alone, the floor of it.
"""
import argparse
import os
import statistics
import subprocess

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def build(folder):
    # -O2 as a release has it; the release preset itself builds no tests.
    subprocess.run(["cmake", "-G", "Ninja", "-S", ROOT, "-B", folder, "-DCMAKE_BUILD_TYPE=Release"], check=True,
                   stdout=subprocess.DEVNULL)
    subprocess.run(["ninja", "-C", folder, "bench_mime", "bench_rows", "bench_gmime"], check=True, stdout=subprocess.DEVNULL)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder")
    parser.add_argument("--build", help="a configured build folder that has bench_mime, bench_rows and bench_gmime")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    folder = options.build or os.path.join(ROOT, "build", "bench_mime")
    if not options.build:
        build(folder)
    programs = os.path.join(folder, "tests", "bench")
    files = "\n".join(os.path.join(root, name) for root, _, names in os.walk(options.folder) for name in names) + "\n"
    runs = {f"haulier, {mode}": ([os.path.join(programs, "bench_mime"), mode, options.folder], None)
            for mode in ("hash", "structure", "decode", "whole")}
    runs["haulier, rows"] = ([os.path.join(programs, "bench_rows"), options.folder, os.path.join(folder, "plugins-out")], None)
    runs["gmime, parse and decode"] = ([os.path.join(programs, "bench_gmime")], files)
    speeds = {name: [] for name in runs}
    for _ in range(options.rounds):
        for name, (command, stdin) in runs.items():
            size, seconds = subprocess.run(command, input=stdin, capture_output=True, text=True,
                                           check=True).stdout.split()[:2]
            speeds[name].append(int(size) / 1e6 / max(float(seconds), 1e-9))
    gmime = statistics.median(speeds["gmime, parse and decode"])
    print(f"{int(size) / 1e6:.1f} MB, median of {options.rounds} rounds, MB/s of processor time")
    for name, values in speeds.items():
        middle = statistics.median(values)
        print(f"{name:26} {middle:8.0f}  ({min(values):.0f} to {max(values):.0f})  {middle / gmime:5.1f} x GMime")


if __name__ == "__main__":
    main()
