"""Records sessions of the built program with real servers as tests/data/imap/recorded_*.trace.

    HAULIER_BUILD=build/test python3 tests/replay/record.py [NAME ...]
    HAULIER_UPDATE_GOLDEN=1 build/test/tests/replay/replay_imap

Each scenario below gets servers of its own. Accounts, dates and UIDVALIDITY are fixed, so that a recording made again
differs only where the program or the server does, or in how far the program's next command overtook the server.
"""
import contextlib
import json
import os
import sqlite3
import sys
import tempfile

import trace_file

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.path.abspath(os.environ.get("HAULIER_BUILD", os.path.join(ROOT, "build", "test")))
DATA = os.path.join(ROOT, "tests", "data", "imap")
sys.path[:0] = [os.path.join(ROOT, "tests", "integration"), os.path.join(ROOT, "scripts")]

from rig import Account, Recorder, Rig  # noqa: E402
from rig.haulier_program import HaulierProgram  # noqa: E402
from sample_mail import store  # noqa: E402

from other_servers import USER, OtherServer  # noqa: E402

ME, PASSWORD = "me@example.org", "secret"  # what the replay's host hands out
CHINESE = "项目资料"
FIRST_DATE = 1_720_000_000


def mail(subject, body):
    return f"From: <you@example.org>\r\nSubject: {subject}\r\n\r\n".encode() + body


INBOX = (mail("one", b"plain\r\n"), mail("two", b"a line that looks like a tag\r\na1 OK done\r\n* BYE\r\n)\r\n"),
         mail("three", "原文\r\n".encode("gb18030")), mail("four", b""))
PROJECT = (mail("=?utf-8?B?6aG555uu?=", "你好\r\n".encode()), mail("last line without end", b"the end"))
NEW = (mail("five", b"new\r\n"),)


class Scenario:
    """Servers with one account, a program that is signed in there, and what they said to each other."""

    def __init__(self, password=PASSWORD, mechanisms=None, with_oauth=False):
        self.stack = contextlib.ExitStack()
        folder = self.stack.enter_context(tempfile.TemporaryDirectory(prefix="haulier-record-"))
        extra = f"auth_mechanisms = {mechanisms}\n" if mechanisms else ""
        self.rig = self.stack.enter_context(Rig(os.path.join(folder, "rig"), [Account(ME, password)], with_oauth=with_oauth,
                                                with_passwords=not with_oauth, extra=extra))
        self.program = HaulierProgram(BUILD, os.path.join(folder, "program"))
        self.database = os.path.join(folder, "mail.db")
        if with_oauth:
            self.program.login_by_browser(ME, self.rig.browser(ME), self.rig.authorization.issuer, self.rig.imap.host,
                                          self.rig.ca_file)
        else:
            self.program.login_by_password(ME, PASSWORD, self.rig.imap.host)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stack.close()

    def store(self, mailboxes, first=0):
        """Mail by mailbox, with fixed dates and flags."""
        with tempfile.TemporaryDirectory(prefix="haulier-record-") as folder:
            maildirs = store.Maildirs(folder)
            for mailbox, mails in mailboxes.items():
                for number, raw in enumerate(mails, first):
                    maildirs.add(mailbox, number, raw, FIRST_DATE + number * 3600)
            self.rig.load(ME, folder)

    def number(self, **uidvalidity):
        for mailbox, value in uidvalidity.items():
            self.rig.imap.doveadm("mailbox", "update", "-u", ME, "--uid-validity", str(value), mailbox)

    def run(self, config, expect=0, **recorder):
        """One run through a recorder; returns the conversations."""
        with Recorder(self.rig.authority, self.rig.imap, **recorder) as front:
            source = {**config, "host": front.host, "port": front.port,
                      "tls": {**config.get("tls", {}), "ca_file": self.rig.ca_file}}
            path = os.path.join(self.program.folder, "pipeline.yaml")
            with open(path, "w", encoding="utf-8") as file:
                json.dump({"haulier": 1, "name": "recorded", "source": {"imap": source},
                           "transforms": [{"normalize_mime": {}}, {"extract_attachments": {}}],
                           "sinks": [{"sqlite": {"path": self.database}}],
                           "retry": {"attempts": 1}}, file)
            done = self.program.command("run", path)
        if done.returncode != expect:
            raise RuntimeError(f"the run ended with {done.returncode}: {done.stderr}")
        return front.conversations

    def states(self):
        """Header lines of what is remembered; the last look at everything was when the replay's clock begins."""
        with contextlib.closing(sqlite3.connect(self.database)) as connection:
            rows = connection.execute("SELECT mailbox, state FROM email_sync_status ORDER BY mailbox").fetchall()
        for mailbox, state in rows:
            text = json.dumps({**json.loads(state), "reconciled_us": 1_700_000_000_000_000}, separators=(",", ":"))
            yield f"state {mailbox}: {text}"


def config(user=ME, oauth2=False, **more):
    """The source's config as the trace's header has it."""
    account = {"user": user, **({"name": ME} if user != ME else {}), **({"auth": {"oauth2": {}}} if oauth2 else {})}
    return {"host": "imap.example.org", "accounts": [account], **more}


def with_mail(scenario):
    scenario.store({"INBOX": INBOX, CHINESE: PROJECT})
    scenario.number(**{"INBOX": 7, CHINESE: 8})
    return scenario


def with_few(scenario, messages=1):
    scenario.store({"INBOX": INBOX[:messages]})
    scenario.number(INBOX=7)
    return scenario


def first_sync_by_password():
    """Dovecot, first run, signed in with a password (PLAIN); one mailbox has a Chinese name, one body is GB18030."""
    with with_mail(Scenario()) as scenario:
        return config(), (), scenario.run(config())


def first_sync_by_xoauth2():
    """Dovecot, first run with a token by XOAUTH2, in batches of one message."""
    small = config(oauth2=True, batch={"messages": 1})
    with with_few(Scenario(mechanisms="xoauth2 plain", with_oauth=True), messages=2) as scenario:
        return small, (), scenario.run(small)


def first_sync_by_oauthbearer():
    """Dovecot, first run with a token by OAUTHBEARER."""
    token = config(oauth2=True)
    with with_few(Scenario(mechanisms="oauthbearer plain", with_oauth=True)) as scenario:
        return token, (), scenario.run(token)


def changes():
    """Dovecot announces CONDSTORE and QRESYNC: one message new, one gone, one flag changed, a mailbox without any change."""
    with with_mail(Scenario()) as scenario:
        scenario.run(config())
        states = tuple(scenario.states())
        scenario.store({"INBOX": NEW}, first=len(INBOX))
        scenario.rig.expunge(ME, "INBOX", [2])
        scenario.rig.add_flags(ME, "INBOX", [3], "\\Flagged")
        return config(), states, scenario.run(config())


def nothing_new():
    """Dovecot, a second run at once: STATUS tells that there is nothing to do."""
    with with_mail(Scenario()) as scenario:
        scenario.run(config())
        return config(), tuple(scenario.states()), scenario.run(config())


def login_refused():
    """Dovecot refuses the password."""
    with Scenario(password="another") as scenario:
        return config(), (), scenario.run(config(), expect=77)


def oauthbearer_refused():
    """The token is somebody else's: Dovecot refuses with a continuation, and a fresh token once more."""
    stranger = config(user="you@example.org", oauth2=True)
    with Scenario(mechanisms="oauthbearer plain", with_oauth=True) as scenario:
        return stranger, (), scenario.run(stranger, expect=77)


def xoauth2_refused():
    """The same with XOAUTH2, whose answer to the continuation is an empty line."""
    stranger = config(user="you@example.org", oauth2=True)
    with Scenario(mechanisms="xoauth2 plain", with_oauth=True) as scenario:
        return stranger, (), scenario.run(stranger, expect=77)


def starttls():
    """Dovecot's other port: STARTTLS, then capabilities asked for again."""
    upgraded = config(tls={"mode": "starttls"})
    with with_few(Scenario()) as scenario:
        return upgraded, (), scenario.run(upgraded, starttls=True)


def names():
    """Names that need modified UTF-7 or quoting, one that cannot be selected, one that is left out."""
    chosen = config(mailboxes={"exclude": ["Junk"]})
    with Scenario() as scenario:
        for number, name in enumerate(('R&D "1"', "back\\slash", "Entwürfe/2024", "Junk"), 11):
            scenario.store({name: PROJECT[:1]})
            scenario.number(**{name: number})
        scenario.number(INBOX=7)
        return chosen, (), scenario.run(chosen)


def cut_in_body():
    """The connection ends in the middle of a message; the next one goes on behind what is complete."""
    inbox = config(mailboxes={"include": ["INBOX"]})
    with with_mail(Scenario()) as scenario:
        return inbox, (), scenario.run(inbox, cut_after=b"a line that looks")


def renamed():
    """Dovecot: a mailbox has another name. Its places go when EXAMINE, too, says that it is gone."""
    with with_mail(Scenario()) as scenario:
        scenario.run(config())
        states = tuple(scenario.states())
        scenario.rig.imap.doveadm("mailbox", "rename", "-u", ME, CHINESE, "Archive")
        return config(), states, scenario.run(config())


def other(kind, change=None):
    """A first sync, or with `change` the run after it, on another server: a scenario's result, and what to do with its text."""
    source = config(user=USER)
    with OtherServer(kind, BUILD, ME, PASSWORD, FIRST_DATE) as scenario:
        scenario.store({"INBOX": INBOX, CHINESE: PROJECT})
        conversations, states = scenario.run(source), ()
        if change:
            states = tuple(scenario.states())
            change(scenario)
            conversations = scenario.run(source)
        return source, states, conversations, scenario.fixed


def change_some(scenario):
    scenario.store({"INBOX": NEW}, first=len(INBOX))
    scenario.writer.expunge("INBOX", [2])
    scenario.writer.add_flags("INBOX", [3], "\\Flagged")


def rename(scenario):
    scenario.rename(CHINESE, "Archive")


def cyrus_first_sync():
    """Cyrus 3.6, first run: LIST-STATUS, server ids (EMAILID), a mailbox with a Chinese name."""
    return other("cyrus")


def cyrus_changes():
    """Cyrus 3.6 with QRESYNC: one message new, one gone, one flag changed, a mailbox without any change."""
    return other("cyrus", change_some)


def cyrus_renamed():
    """Cyrus 3.6: a mailbox has another name; EMAILID says that its messages are stored."""
    return other("cyrus", rename)


def courier_first_sync():
    """Courier 5.0, first run: no LIST-STATUS, no UIDNEXT in EXAMINE, everything below "INBOX."."""
    return other("courier")


def courier_changes():
    """Courier 5.0, the plain path: one message new, one gone, one flag changed, a mailbox without any change."""
    return other("courier", change_some)


def courier_renamed():
    """Courier 5.0: a mailbox has another name, and the server has no ids: its messages are fetched again."""
    return other("courier", rename)


SCENARIOS = (first_sync_by_password, first_sync_by_xoauth2, first_sync_by_oauthbearer, changes, nothing_new, login_refused,
             oauthbearer_refused, xoauth2_refused, starttls, names, cut_in_body, renamed,
             cyrus_first_sync, cyrus_changes, cyrus_renamed, courier_first_sync, courier_changes, courier_renamed)


def main(chosen):
    for scenario in SCENARIOS:
        if chosen and scenario.__name__ not in chosen:
            continue
        source, states, conversations, *fixed = scenario()
        headers = [f"Recorded by tests/replay/record.py: {scenario.__doc__}",
                   "config: " + json.dumps(source, separators=(",", ":")), *states]
        path = os.path.join(DATA, f"recorded_{scenario.__name__}.trace")
        with open(path, "w", encoding="utf-8") as file:
            text = trace_file.text_of(conversations, headers)
            file.write(fixed[0](text) if fixed else text)
        print(f"{os.path.relpath(path, ROOT)}: {os.path.getsize(path)} bytes", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
