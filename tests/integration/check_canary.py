"""Run by CTest when every test with secrets is over: fails when one of them was found where no secret may be.

  check_canary.py begin   forget what earlier runs found
  check_canary.py end     read the ledger and the log of this CTest run, print the figures
"""
import glob
import json
import os
import shutil
import sys

from rig import canary

BUILD = os.path.abspath(os.environ["HAULIER_BUILD"])


def main():
    if sys.argv[1:] == ["begin"]:
        shutil.rmtree(canary.LEDGER, ignore_errors=True)
        return 0
    entries = [json.loads(line) for path in sorted(glob.glob(os.path.join(canary.LEDGER, "*.jsonl")))
               for line in open(path, encoding="utf-8")]
    findings = [f"{entry['what']}: {place}" for entry in entries for place in entry["findings"]]
    # CTest writes into the .tmp file while it runs; without it this is not CTest, and the finished log is looked at.
    logs = [glob.glob(os.path.join(BUILD, "Testing", "Temporary", f"LastTest*.log{end}")) for end in (".tmp", "")]
    logs = logs[0] or logs[1]
    findings += [f"log of the tests: {path}" for path in logs if canary.found_in(open(path, "rb").read())]
    kinds = {what: [entry for entry in entries if entry["what"] == what] for what in ("files", "output", "/proc")}
    for what, of_kind in kinds.items():
        print(f"{what}: {len(of_kind)} sweeps, {sum(entry['count'] for entry in of_kind)} looked at, "
              f"{sum(entry['bytes'] for entry in of_kind)} bytes")
    if kinds["/proc"] and not kinds["files"] and not kinds["output"]:
        findings.append("programs ran, but nothing they wrote was looked at: the check saw nothing")
    print(f"{len(logs)} logs of CTest; {len(findings)} findings")
    print("\n".join(findings))
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
