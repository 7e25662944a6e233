"""Somebody else's mail program: changes a mailbox by IMAP while the program under test may only read it."""
import base64
import datetime
import imaplib
import re
import ssl

imaplib._MAXLINE = 64 << 20  # one line lists the UIDs of a whole mailbox


class MailWriter:
    """One connection to `server` (host, port, separator, prefix). Mailboxes are named by UTF-8 paths with "/" between the
    levels, whatever the server's separator is. Every method raises RuntimeError with the server's words when it says NO."""

    def __init__(self, server, ca_file, account, password):
        self._separator, self._prefix = server.separator, server.prefix
        self._imap = imaplib.IMAP4_SSL(server.host, server.port, ssl_context=ssl.create_default_context(cafile=ca_file))
        self._selected = None
        _check(self._imap.login(account, password))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        try:
            self._imap.logout()
        except (imaplib.IMAP4.error, OSError):
            pass

    def shown(self, mailbox):
        """The name as a program sees it."""
        return mailbox if mailbox == "INBOX" else self._prefix + mailbox.replace("/", self._separator)

    def create(self, mailbox):
        _check(self._imap.create(self._wire(mailbox)))

    def delete(self, mailbox):
        self._leave()
        _check(self._imap.delete(self._wire(mailbox)))

    def rename(self, mailbox, other):
        self._leave()
        _check(self._imap.rename(self._wire(mailbox), self._wire(other)))

    def append(self, mailbox, raw, flags="", when=None):
        """`when`: seconds since 1970 in UTC."""
        date = imaplib.Time2Internaldate(datetime.datetime.fromtimestamp(when, datetime.timezone.utc)) if when is not None else None
        _check(self._imap.append(self._wire(mailbox), f"({flags})", date, raw))

    def uids(self, mailbox):
        self._select(mailbox)
        return [int(uid) for uid in _check(self._imap.uid("SEARCH", "ALL"))[0].split()]

    def add_flags(self, mailbox, uids, flags):
        self._select(mailbox)
        _check(self._imap.uid("STORE", _set(uids), "+FLAGS.SILENT", f"({flags})"))

    def expunge(self, mailbox, uids):
        self.add_flags(mailbox, uids, "\\Deleted")
        _check(self._imap.expunge())

    def copy(self, mailbox, uids, other):
        self._select(mailbox)
        _check(self._imap.uid("COPY", _set(uids), self._wire(other)))

    def move(self, mailbox, uids, other):
        """COPY and EXPUNGE: Courier has no MOVE."""
        self.copy(mailbox, uids, other)
        self.expunge(mailbox, uids)

    def uidvalidity(self, mailbox):
        text = _check(self._imap.status(self._wire(mailbox), "(UIDVALIDITY)"))[0]
        return int(re.search(rb"UIDVALIDITY (\d+)", text)[1])

    def _select(self, mailbox):
        if self._selected != mailbox:
            _check(self._imap.select(self._wire(mailbox)))
            self._selected = mailbox

    def _leave(self):
        if self._selected:
            _check(self._imap.close())
            self._selected = None

    def _wire(self, mailbox):
        return '"' + modified_utf7(self.shown(mailbox)).replace("\\", "\\\\").replace('"', '\\"') + '"'


def modified_utf7(text):
    """RFC 3501 section 5.1.3."""
    out = []
    for plain, other in re.findall(r"([\x20-\x7e]+)|([^\x20-\x7e]+)", text):
        if plain:
            out.append(plain.replace("&", "&-"))
        else:
            out.append("&" + base64.b64encode(other.encode("utf-16-be")).decode().rstrip("=").replace("/", ",") + "-")
    return "".join(out)


def _set(uids):
    return ",".join(map(str, uids))


def _check(answer):
    condition, data = answer
    if condition != "OK":
        raise RuntimeError(f"the server refuses: {data!r}")
    return data
