"""One of the three IMAP servers with an account, behind one face; and what a test wants to know of a database."""
import os
import tempfile
import unittest

import workspace
from rig import Account, Courier, Cyrus, MailWriter, Rig
from rig.certificates import CertificateAuthority
from workspace import PASSWORD

ACCOUNT = "alice"
KINDS = ("dovecot", "cyrus", "courier")


class MailServer:
    """Up from construction to stop(): `server` is the process (host, port), the rest is what everybody needs with it."""

    def __init__(self, kind, accounts=(ACCOUNT,)):
        self.kind = kind
        self._folder = shared_folder("haulier-rig-")
        self._rig = None
        passwords = {account: PASSWORD for account in accounts}
        try:
            self._start(passwords)
        except PermissionError as reason:
            self._folder.cleanup()
            print(f"\n{kind}: left out: {reason}", flush=True)
            raise unittest.SkipTest(str(reason)) from None

    def _start(self, passwords):
        if self.kind == "dovecot":
            self._rig = Rig(self._folder.name, [Account(*entry) for entry in passwords.items()], with_oauth=False)
            self.authority, self.server = self._rig.authority, self._rig.passwords
            return
        self.authority = CertificateAuthority(os.path.join(self._folder.name, "certificates"))
        self.server = (Cyrus if self.kind == "cyrus" else Courier)(self._folder.name, self.authority, passwords)

    def stop(self):
        (self._rig or self.server).stop()
        self._folder.cleanup()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    @property
    def ca_file(self):
        return self.authority.ca_file

    def writer(self, account=ACCOUNT):
        return MailWriter(self.server, self.ca_file, account, PASSWORD)

    def fill(self, mails, account=ACCOUNT):
        """Puts many messages into INBOX without IMAP, in their order; `mails` yields bytes."""
        if self.kind == "dovecot":
            with shared_folder("haulier-mail-") as folder:
                write_maildir(folder, mails)
                self._rig.load(account, folder)
            return
        folder = self.server.mail_folder(account)
        if self.kind == "courier":
            write_maildir(folder, mails)
            self.server.adopt(folder)
            # EXAMINE keeps nothing: until somebody selects the mailbox, its UIDVALIDITY is a new one each time.
            with self.writer(account) as writer:
                writer.uids("INBOX")
            return
        for number, raw in enumerate(mails, 1):
            with open(os.path.join(folder, f"{number}."), "wb") as file:
                file.write(raw)
        self.server.reindex(account)

    def settings(self, port=None, *more):
        return (f"source.imap.host={self.server.host}", f"source.imap.port={port or self.server.port}",
                f"source.imap.tls={{mode: implicit, ca_file: {self.ca_file}}}", *more)

    def sign_in(self, work, account=ACCOUNT):
        """Makes a Workspace one that reads this account."""
        work.environment.update(HAULIER_USER=account, HAULIER_IMAP_HOST=self.server.host, HAULIER_DATABASE=work.database)
        work.login_by_password(account, PASSWORD, self.server.host)
        return work


def shared_folder(prefix):
    """One that the owner of the mail can reach: the rig need not make a copy."""
    folder = tempfile.TemporaryDirectory(prefix=prefix, dir=workspace.IN_MEMORY)
    os.chmod(folder.name, 0o755)
    return folder


def load(writer, profile):
    """Puts a profile's mail there by APPEND; returns {mailbox: [message of the manifest]}."""
    folder = workspace.sample_mail(profile)
    mailboxes = workspace.manifest(folder)["mailboxes"]
    for mailbox, messages in mailboxes.items():
        if mailbox != "INBOX":
            writer.create(mailbox)
        for message in messages:
            with open(os.path.join(folder, message["file"]), "rb") as file:
                writer.append(mailbox, file.read(), flags_of(message), message["internal_date"])
    return mailboxes


def write_maildir(folder, mails):
    """The names sort as the messages come."""
    for part in ("cur", "new", "tmp"):
        os.makedirs(os.path.join(folder, part), exist_ok=True)
    for number, raw in enumerate(mails):
        with open(os.path.join(folder, "cur", f"{1_700_000_000 + number}.M{number:06}.sample,S={len(raw)}:2,"), "wb") as file:
            file.write(raw)


def flags_of(message):
    """Maildir's letters as IMAP's words."""
    words = {"S": "\\Seen", "F": "\\Flagged", "R": "\\Answered"}
    return " ".join(words[letter] for letter in message["flags"])


def places(work):
    """{(mailbox, uidvalidity, uid): row}"""
    rows = work.rows("SELECT l.mailbox, l.uidvalidity, l.uid, l.flags, l.vanished_at, e.raw_sha256, e.raw_size, e.subject, "
                     "e.id AS email FROM email_locations l JOIN emails e ON e.id = l.email_id")
    return {(row["mailbox"], row["uidvalidity"], row["uid"]): row for row in rows}


def live(work, mailbox=None):
    """{(mailbox, uid): SHA-256} of what is there now."""
    return {(row["mailbox"], row["uid"]): row["raw_sha256"] for row in places(work).values()
            if row["vanished_at"] is None and mailbox in (None, row["mailbox"])}
