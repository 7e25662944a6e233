"""For record.py: sessions with Cyrus and Courier, whose mail is put there and changed by IMAP, as another mail program would.

Their UIDVALIDITY, session and mailbox ids are new each time; in the traces they are fixed."""
import contextlib
import json
import os
import re
import sqlite3
import tempfile

from rig import Courier, Cyrus, MailWriter, Recorder
from rig.certificates import CertificateAuthority
from rig.haulier_program import HaulierProgram

USER = "me"
UIDVALIDITY = 7  # of what store() makes; then one more
IDS = ((re.compile(r"SESSIONID=<[^>]*>"), "SESSIONID=<1>"), (re.compile(r'\* ID \("name" "Cyrus.*\)'), '* ID ("name" "Cyrus IMAPD")'),
       (re.compile(r"\([0-9.]+ (secs? \d+ calls|sec)\)"), r"(0.001 \1)"), (re.compile(r"(MAILBOXID \()[^)]*"), r"\g<1>mailbox"))


class OtherServer:
    """A server with one account, and a program that is signed in there."""

    def __init__(self, kind, build, name, password, first_date):
        self._stack = contextlib.ExitStack()
        folder = self._stack.enter_context(tempfile.TemporaryDirectory(prefix="haulier-record-"))
        self._authority = CertificateAuthority(os.path.join(folder, "certificates"))
        self.server = {"cyrus": Cyrus, "courier": Courier}[kind](folder, self._authority, {USER: password})
        self._stack.callback(self.server.stop)
        self.writer = self._stack.enter_context(MailWriter(self.server, self._authority.ca_file, USER, password))
        self.program = HaulierProgram(build, os.path.join(folder, "program"))
        self.program.login_by_password(name, password, self.server.host)
        self._database, self._first_date = os.path.join(folder, "mail.db"), first_date
        self._uidvalidities = {}  # here -> in the trace

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._stack.close()

    def store(self, mailboxes, first=0):
        for mailbox, mails in mailboxes.items():
            with contextlib.suppress(RuntimeError):  # it is there already
                self.writer.create(mailbox)
            for number, raw in enumerate(mails, first):
                self.writer.append(mailbox, raw, "\\Seen" if number % 3 else "", self._first_date + number * 3600)
            self._uidvalidities.setdefault(self.writer.uidvalidity(mailbox), UIDVALIDITY)

    def rename(self, mailbox, other):
        self.writer.rename(mailbox, other)
        self._uidvalidities.setdefault(self.writer.uidvalidity(other), UIDVALIDITY + 1)

    def run(self, config):
        """One run through a recorder; returns the conversations."""
        with Recorder(self._authority, self.server) as front:
            source = {**config, "host": front.host, "port": front.port, "tls": {"ca_file": self._authority.ca_file}}
            path = os.path.join(self.program.folder, "pipeline.yaml")
            with open(path, "w", encoding="utf-8") as file:
                json.dump({"haulier": 1, "name": "recorded", "source": {"imap": source},
                           "transforms": [{"normalize_mime": {}}, {"extract_attachments": {}}],
                           "sinks": [{"sqlite": {"path": self._database}}], "retry": {"attempts": 1}}, file)
            done = self.program.command("run", path)
        if done.returncode != 0:
            raise RuntimeError(f"the run ended with {done.returncode}: {done.stderr}")
        return front.conversations

    def states(self):
        """Header lines of what is remembered; the last look at everything was when the replay's clock begins."""
        with contextlib.closing(sqlite3.connect(self._database)) as connection:
            rows = connection.execute("SELECT mailbox, state FROM email_sync_status ORDER BY mailbox").fetchall()
        begin = 1_700_000_000_000_000
        for mailbox, state in rows:
            fixed = {key: begin if key in ("reconciled_us", "flags_checked_us") else part for key, part in json.loads(state).items()}
            yield f"state {mailbox}: {json.dumps(fixed, separators=(',', ':'))}"

    def fixed(self, text):
        """The trace without what is new each time."""
        for old, new in self._uidvalidities.items():
            text = re.sub(rf"\b{old}\b", str(new), text)
        for pattern, new in IDS:
            text = pattern.sub(new, text)
        return text
