"""Writes a profile to disk as Maildirs, .eml files or mbox files, with a manifest of what a reader must find."""
import fcntl
import hashlib
import json
import os
import re
import shutil

from . import profiles

MANIFEST_VERSION = 1
FLAG_SETS = ("S", "S", "S", "", "FS", "RS")  # Maildir letters: seen, flagged, replied


class Maildirs:
    """One tree of Maildirs with UTF-8 folder names (Dovecot calls it LAYOUT=fs:UTF-8); INBOX is the root."""

    def __init__(self, folder):
        self._folder = folder
        self._made = set()

    def add(self, mailbox, number, raw, when):
        place = self._folder if mailbox == "INBOX" else os.path.join(self._folder, mailbox)
        if place not in self._made:
            for name in ("cur", "new", "tmp"):
                os.makedirs(os.path.join(place, name), exist_ok=True)
            self._made.add(place)
        flags = FLAG_SETS[number % len(FLAG_SETS)]
        path = os.path.join(place, "cur", f"{when}.M{number:06}.sample,S={len(raw)}:2,{flags}")
        _write(path, raw, when)
        return path, flags

    def close(self):
        pass


class EmlFiles:
    """One folder per mailbox, one .eml file per message."""

    def __init__(self, folder):
        self._folder = folder

    def add(self, mailbox, number, raw, when):
        place = os.path.join(self._folder, mailbox)
        os.makedirs(place, exist_ok=True)
        path = os.path.join(place, f"{number:06}.eml")
        _write(path, raw, when)
        return path, ""

    def close(self):
        pass


class MboxFiles:
    """One mbox file per mailbox, LF line ends, mboxrd quoting of "From " lines."""

    def __init__(self, folder):
        self._folder = folder
        self._open = {}

    def add(self, mailbox, number, raw, when):
        path = os.path.join(self._folder, mailbox + ".mbox")
        if mailbox not in self._open:
            os.makedirs(os.path.dirname(path), exist_ok=True)
            self._open[mailbox] = open(path, "wb")
        stamp = b"Mon Jan  1 00:00:00 2024"
        quoted = re.sub(rb"(?m)^(>*From )", rb">\1", raw)
        self._open[mailbox].write(b"From sender@example.test " + stamp + b"\n" + quoted
                                  + (b"\n" if quoted.endswith(b"\n") else b"\n\n"))
        return path, ""

    def close(self):
        for file in self._open.values():
            file.close()


FORMATS = {"maildir": Maildirs, "eml": EmlFiles, "mbox": MboxFiles}


def write(profile_name, seed, folder, form="maildir", line_ends="crlf"):
    """Writes the mail below `folder`/mail and `folder`/manifest.json; returns the manifest."""
    profile = profiles.PROFILES[profile_name]
    mail = os.path.join(folder, "mail")
    os.makedirs(mail, exist_ok=True)
    store = FORMATS[form](mail)
    mailboxes, known = {}, {}
    for mailbox, number, message, when in profile.messages(seed):
        raw = message.raw
        if form == "mbox" or line_ends == "lf":
            raw = raw.replace(b"\r\n", b"\n")
        if form == "mbox" and not raw.endswith(b"\n"):
            raw += b"\n"  # an mbox cannot hold a last line without its end
        path, flags = store.add(mailbox, number, raw, when)
        entry = known.get(id(message))
        if entry is None:
            entry = {"sha256": hashlib.sha256(raw).hexdigest(), "size": len(raw), "kind": message.kind,
                     "subject": message.subject, "message_id": message.message_id, "attachments": message.attachments}
            if profile.copies:
                known[id(message)] = entry
                entry["_message"] = message  # keeps the id alive
        place = {"file": os.path.relpath(path, folder), "internal_date": when, "flags": flags}
        mailboxes.setdefault(mailbox, []).append(place | {key: entry[key] for key in entry if key != "_message"})
    store.close()
    manifest = {"manifest_version": MANIFEST_VERSION, "profile": profile_name, "seed": seed, "format": form,
                "line_ends": "lf" if form == "mbox" else line_ends, "account": profiles.ACCOUNT,
                "mailboxes": mailboxes, "totals": _totals(mailboxes)}
    temporary = os.path.join(folder, "manifest.json.new")
    with open(temporary, "w", encoding="utf-8") as file:
        json.dump(manifest, file, ensure_ascii=False, indent=1)
    os.replace(temporary, os.path.join(folder, "manifest.json"))
    return manifest


def write_once(profile_name, folder, form="maildir", line_ends="crlf"):
    """Like write(), but only when `folder` does not hold the mail of this very generator; returns (manifest, is new).
    Two processes that want the same folder make it once."""
    os.makedirs(os.path.dirname(os.path.abspath(folder)), exist_ok=True)
    with open(folder + ".lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        stamp, version = os.path.join(folder, "generator"), _generator_version()
        try:
            with open(stamp) as file:
                is_new = file.read() != version
        except OSError:
            is_new = True
        if is_new:
            shutil.rmtree(folder, ignore_errors=True)
            write(profile_name, "1", folder, form, line_ends)
            with open(stamp, "w") as file:
                file.write(version)
    with open(os.path.join(folder, "manifest.json"), encoding="utf-8") as file:
        return json.load(file), is_new


def _generator_version():
    here, digest = os.path.dirname(os.path.abspath(__file__)), hashlib.sha256()
    for name in sorted(os.listdir(here)):
        if name.endswith(".py"):
            with open(os.path.join(here, name), "rb") as file:
                digest.update(file.read())
    return digest.hexdigest()


def _totals(mailboxes):
    places = [message for messages in mailboxes.values() for message in messages]
    distinct = {message["sha256"]: message for message in places}
    rows = [row for message in distinct.values() for row in message["attachments"] or ()]
    sizes = sorted(message["size"] for message in places)
    return {
        "places": len(places), "messages": len(distinct), "bytes": sum(sizes), "median_bytes": sizes[len(sizes) // 2],
        "p99_bytes": sizes[len(sizes) * 99 // 100], "largest_bytes": sizes[-1], "attachments": len(rows),
        "attachment_contents": len({row["sha256"] for row in rows}),
        "damaged": sum(message["attachments"] is None and message["kind"].startswith("damaged") for message in distinct.values()),
    }


def _write(path, raw, when):
    with open(path, "wb") as file:
        file.write(raw)
    os.utime(path, (when, when))
