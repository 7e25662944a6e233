"""A small account that makes the program do all it can: each kind of mail, one message in two mailboxes, one content in
two messages, an attachment of several MiB; then what changes on the server, and a message that the database refuses."""
import os
import random
import sqlite3
import tempfile

import workspace  # noqa: F401, sets the path of sample_mail
from sample_mail import compose, damage, store

CHINESE = "项目资料"
KIB = 1024
# Mailbox: kinds and sizes. "again" is the first message once more; two of one kind and size have the same attachments.
FIRST = {
    "INBOX": (("plain", 3 * KIB), ("alternative", 9 * KIB), ("mixed", 3200 * KIB), ("nested", 6 * KIB),
              ("related", 20 * KIB), ("invitation", 5 * KIB), ("damaged", 8 * KIB)),
    CHINESE: (("mixed", 90 * KIB), ("again", 0), ("signed", 6 * KIB), ("related", 20 * KIB), ("html_only", 5 * KIB)),
}
NEW = {
    "INBOX": (("mixed", 40 * KIB), ("refused", 0), ("bounce", 2 * KIB)),
    CHINESE: (("again", 0), ("related", 20 * KIB)),
}
EXPUNGED = {"INBOX": (2, 3), CHINESE: (4,)}
FLAGGED = {"INBOX": (1, 5), CHINESE: (2,)}
AGAIN = ("plain", 1, 3 * KIB)  # kind, number and size of the first one
REFUSED = "the database refuses this one"


def load(rig, account):
    """Fills the account with FIRST."""
    with tempfile.TemporaryDirectory(prefix="haulier-mail-") as folder:
        mailboxes = store.Maildirs(folder)
        for number, (mailbox, raw) in enumerate(_messages(FIRST, account)):
            mailboxes.add(mailbox, number, raw, _when(number))
        rig.load(account, folder)


def change(rig, account):
    """New messages, expunged ones, changed flags; in both mailboxes."""
    for mailbox, raw in _messages(NEW, account, number=100):
        rig.append(account, mailbox, raw)
    for mailbox, uids in EXPUNGED.items():
        rig.expunge(account, mailbox, uids)
    for mailbox, uids in FLAGGED.items():
        rig.add_flags(account, mailbox, uids, "\\Flagged")


def refuse(database):
    """Makes the database refuse REFUSED, so that it ends in quarantine."""
    connection = sqlite3.connect(database)
    with connection:
        connection.execute(f"CREATE TRIGGER refuse BEFORE INSERT ON emails WHEN NEW.subject = '{REFUSED}' "
                           "BEGIN SELECT RAISE(ABORT, 'refused by the test'); END")
    connection.close()


def _messages(plan, account, number=1):
    """Yields (mailbox, bytes) of the plan."""
    for mailbox, mails in plan.items():
        for kind, size in mails:
            yield mailbox, _make(account, kind, number, size) if kind != "again" else _make(account, *AGAIN)
            number += 1


def _make(account, kind, number, size):
    if kind == "refused":
        return f"From: <{account}>\r\nSubject: {REFUSED}\r\n\r\nSo be it.\r\n".encode()
    writer, chance = compose.Writer(account), random.Random(f"resume {kind} {size}")
    if kind == "damaged":
        return damage.damaged(writer, chance, number, size, _when(number)).raw
    return getattr(writer, kind)(chance, number, size, _when(number)).raw


def _when(number):
    return 1_700_000_000 + number * 3600
