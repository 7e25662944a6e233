#!/usr/bin/python3
"""scripts/bench mime FOLDER [--build DIR] [--rounds N] [--all-files]: the MIME reader over the mail of FOLDER, beside GMime.

Programs take turns, processor time counts, the median of the rounds is shown. All read the same files: those that look
like mail, because a corpus also holds JSON, XML and bare TNEF beside it (--all-files takes them, too). GMime runs twice:
"bytes" parses and decodes, and neither converts nor keeps anything; "text" also gives text parts as UTF-8 and every other
part in memory, as its callers need it and as our rows have it. "rows" is both transforms as the host calls them, every
row and hash made; "rows, no hash" leaves out the time that "hash" and "hash of contents" take.
"""
import argparse
import os
import re
import statistics
import subprocess
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PROGRAMS = ["bench_mime", "bench_rows", "bench_memory", "bench_gmime"]
FIELD = re.compile(rb"[!-9;-~]{1,76}[ \t]*:")


def build(folder):
    # -O2 as a release has it; the release preset itself builds no tests.
    subprocess.run(["cmake", "-G", "Ninja", "-S", ROOT, "-B", folder, "-DCMAKE_BUILD_TYPE=Release"], check=True,
                   stdout=subprocess.DEVNULL)
    subprocess.run(["ninja", "-C", folder, *PROGRAMS], check=True, stdout=subprocess.DEVNULL)


def is_mail(path):
    """The first line that is not empty is a header field or mbox's From line."""
    with open(path, "rb") as file:
        head = file.read(4096).lstrip(b"\r\n")
    return head.startswith(b"From ") or FIELD.match(head) is not None


def link_files(source, target, every_file):
    """One folder of links to the files that are measured; returns how many and how many were left out."""
    taken = left = 0
    for root, _, names in os.walk(source):
        for name in sorted(names):
            path = os.path.abspath(os.path.join(root, name))
            if not every_file and not is_mail(path):
                left += 1
                continue
            os.symlink(path, os.path.join(target, f"{taken:06}"))
            taken += 1
    return taken, left


def measure(runs, rounds):
    """Nanoseconds per byte of each run, and the size of the mail."""
    costs = {name: [] for name in runs}
    size = 0
    for _ in range(rounds):
        for name, (command, stdin) in runs.items():
            words = subprocess.run(command, input=stdin, capture_output=True, text=True, check=True).stdout.split()
            size = int(words[0])
            costs[name].append(max(float(words[1]), 1e-9) * 1e9 / size)
    return costs, size


def show(costs):
    text, plain = (statistics.median(costs[f"gmime, {kind}"]) for kind in ("text", "bytes"))
    print(f"{'':26}{'MB/s':>8}  {'from to':>13}  x GMime text  x GMime bytes")
    for name, values in costs.items():
        middle = statistics.median(values)
        spread = f"{1e3 / max(values):.0f} {1e3 / min(values):.0f}"
        print(f"{name:26}{1e3 / middle:8.0f}  {spread:>13}  {text / middle:12.1f}  {plain / middle:13.1f}")


def show_memory(program, folder, plugins):
    big, most, message, largest, above, small = map(int, subprocess.run(
        [program, folder, plugins], capture_output=True, text=True, check=True).stdout.split())
    mib = 1 << 20
    if big:
        print(f"memory above the input and the contents' blobs: {most / mib:.2f} MiB for a message of {message / mib:.1f} MiB "
              f"whose largest decoded part has {largest / mib:.1f}; {above} of {big} messages above 1 MiB need more than that part")
    print(f"the most that a message below 1 MiB needs, buffers that grow for it included: {small / mib:.2f} MiB")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder")
    parser.add_argument("--build", help="a configured build folder that has " + ", ".join(PROGRAMS))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--all-files", action="store_true", help="also files that do not look like mail")
    options = parser.parse_args()
    folder = options.build or os.path.join(ROOT, "build", "bench_mime")
    if not options.build:
        build(folder)
    program = {name: os.path.join(folder, "tests", "bench", name) for name in PROGRAMS}
    plugins = os.path.join(folder, "plugins-out")
    with tempfile.TemporaryDirectory() as mail:
        taken, left = link_files(options.folder, mail, options.all_files)
        names = "".join(f"{mail}/{i:06}\n" for i in range(taken))
        runs = {f"haulier, {mode}": ([program["bench_mime"], mode, mail], None)
                for mode in ("hash", "contents", "structure", "decode", "whole")}
        runs["haulier, rows"] = ([program["bench_rows"], mail, plugins], None)
        runs |= {f"gmime, {kind}": ([program["bench_gmime"], kind], names) for kind in ("text", "bytes")}
        costs, size = measure(runs, options.rounds)
        hashes = zip(costs["haulier, rows"], costs["haulier, hash"], costs.pop("haulier, contents"))
        costs["haulier, rows, no hash"] = [rows - raw - contents for rows, raw, contents in hashes]
        print(f"{taken} files, {size / 1e6:.1f} MB ({left} that are no mail left out), median of {options.rounds} rounds, "
              "MB/s of processor time")
        show(costs)
        show_memory(program["bench_memory"], mail, plugins)


if __name__ == "__main__":
    main()
