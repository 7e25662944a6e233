"""A word that every secret of the tests carries, and the search for it wherever no secret may ever be.

Tokens, codes and passwords of the rig hold `WORD`. What a test leaves behind (log, report, database, state, core) is
swept before it is thrown away, and /proc is looked at while programs run. The findings go into the ledger, a folder that
check_canary.py reads when all tests are over.
"""
import atexit
import base64
import json
import os
import threading

WORD = "hlrCanary7Q"
LEDGER = os.path.join(os.path.abspath(os.environ["HAULIER_BUILD"]), "canary") if os.environ.get("HAULIER_BUILD") else None
LOOK_EVERY_S = 0.02
PIECE_BYTES = 1 << 20


def forms_of(secret):
    """The secret as bytes, and as it looks inside base64 (at every alignment, both alphabets) and hexadecimal."""
    forms = {secret, secret.hex().encode(), secret.hex().upper().encode()}
    for before in range(3):
        # The digits at both ends also depend on the neighbours.
        first = 0 if before == 0 else before + 1
        last = (before + len(secret)) * 8 // 6
        digits = base64.b64encode(bytes(before) + secret)[first:last]
        forms |= {digits, digits.replace(b"+", b"-").replace(b"/", b"_")}
    return sorted(forms)


def found_in(data, secrets=()):
    """Whether the word, or one of the other secrets, is in the bytes in any form."""
    return any(form in data for secret in (WORD.encode(), *secrets) for form in forms_of(secret))


def sweep(folder, secrets=(), but=()):
    """Searches every file below `folder`, apart from those in `but`. Returns the paths with a finding."""
    findings, files, size = [], 0, 0
    for path in _files(folder):
        if path in but:
            continue
        files += 1
        size += os.path.getsize(path)
        if _is_core(path) or _file_holds(path, secrets):
            findings.append(path)
    _record({"what": "files", "where": folder, "count": files, "bytes": size, "findings": findings})
    return findings


def sweep_text(what, *texts):
    """Searches what a program printed."""
    bad = [what for text in texts if found_in((text or "").encode())]
    _record({"what": "output", "where": what, "count": len(texts), "bytes": sum(len(text or "") for text in texts),
             "findings": bad})
    return bad


def watch_processes():
    """From now on the command line, environment and open files of every program below this process are looked at."""
    if LEDGER and not _Watch.running:
        _Watch.running = True
        watch = _Watch()
        watch.start()
        atexit.register(watch.end)


class _Watch(threading.Thread):
    running = False

    def __init__(self):
        super().__init__(daemon=True)
        self._ended = threading.Event()
        self._looks, self._processes, self._findings = 0, set(), []

    def run(self):
        while not self._ended.wait(LOOK_EVERY_S):
            for pid in _below(os.getpid()):
                self._look(pid)

    def end(self):
        self._ended.set()
        self.join()
        _record({"what": "/proc", "where": f"{self._looks} looks", "count": len(self._processes), "bytes": 0,
                 "findings": self._findings})

    def _look(self, pid):
        name = _read(f"/proc/{pid}/comm")
        if name.strip() not in (b"haulier", b"credentials_pro"):
            return
        self._looks += 1
        self._processes.add(pid)
        for part in ("cmdline", "environ"):
            if found_in(_read(f"/proc/{pid}/{part}")):
                self._findings.append(f"/proc/{pid}/{part}")
        if any(found_in(target) for target in _open_files(pid)):
            self._findings.append(f"/proc/{pid}/fd")


def _below(pid):
    for child in _read(f"/proc/{pid}/task/{pid}/children").split():
        yield int(child)
        yield from _below(int(child))


def _open_files(pid):
    try:
        names = os.listdir(f"/proc/{pid}/fd")
    except OSError:
        return
    for name in names:
        try:
            yield os.fsencode(os.readlink(f"/proc/{pid}/fd/{name}"))
        except OSError:
            continue


def _read(path):
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError:
        return b""


def _files(folder):
    for parent, _, names in os.walk(folder):
        for name in sorted(names):
            path = os.path.join(parent, name)
            if os.path.isfile(path) and not os.path.islink(path):
                yield path


def _is_core(path):
    name = os.path.basename(path)
    if name != "core" and not name.startswith("core."):
        return False
    with open(path, "rb") as file:
        return file.read(4) == b"\x7fELF"


def _file_holds(path, secrets):
    overlap = 4 * max(len(secret) for secret in (WORD.encode(), *secrets))
    tail = b""
    with open(path, "rb") as file:
        while piece := file.read(PIECE_BYTES):
            if found_in(tail + piece, secrets):
                return True
            tail = piece[-overlap:]
    return False


def _record(entry):
    if LEDGER:
        os.makedirs(LEDGER, exist_ok=True)
        with open(os.path.join(LEDGER, f"{os.getpid()}.jsonl"), "a", encoding="utf-8") as file:
            file.write(json.dumps(entry) + "\n")
