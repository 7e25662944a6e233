"""The rig: a certificate authority, an authorization server and Dovecot instances around one mail store."""
import dataclasses
import os
import shutil
import subprocess
import tempfile

from . import authorization_server, dovecot
from .authorization_server import AuthorizationServer
from .browser import Browser
from .certificates import CertificateAuthority


class MissingProgram(RuntimeError):
    """Something the rig needs is not installed; the message names it and the command that installs it."""


@dataclasses.dataclass(frozen=True)
class Account:
    name: str
    password: str


class Rig:
    """Servers for some accounts, up from construction to stop(); also a context manager.

    `oauth` is the Dovecot that takes tokens and passwords, `passwords` the one that takes passwords only; both serve
    the same mail. Without an authorization server (`with_oauth=False`, or no node) `oauth` is None.
    """

    def __init__(self, folder, accounts, with_oauth=True, with_passwords=True, access_token_ttl_s=3600, extra="",
                 authorization_extra=None):
        _check_programs(with_oauth)
        self.folder = os.path.abspath(folder)
        os.makedirs(self.folder, exist_ok=True)
        self.accounts = {account.name: account for account in accounts}
        self.authority = CertificateAuthority(os.path.join(self.folder, "certificates"))
        self.ca_file = self.authority.ca_file
        self.authorization = self.oauth = self.passwords = self._own_mail = None
        self.mail = self._make_mail_folder()
        secrets = {account.name: account.password for account in accounts}
        try:
            if with_oauth:
                self.authorization = AuthorizationServer(self.folder, self.authority, secrets, access_token_ttl_s,
                                                         extra=authorization_extra)
                self.oauth = dovecot.Dovecot(self.folder, self.mail, self.authority, secrets, self.authorization,
                                             "dovecot-oauth", extra=extra)
            if with_passwords:
                self.passwords = dovecot.Dovecot(self.folder, self.mail, self.authority, secrets,
                                                 name="dovecot-passwords", extra=extra)
        except BaseException:
            self.stop()
            raise

    @property
    def imap(self):
        """Any running instance, for work on the mail itself."""
        return self.oauth or self.passwords

    def stop(self):
        running = [server for server in (self.passwords, self.oauth, self.authorization) if server]
        for server in running:
            server.terminate()  # all at once: Dovecot takes a second to say goodbye
        for server in running:
            server.stop()
        self.passwords = self.oauth = self.authorization = None
        if self._own_mail:
            shutil.rmtree(self._own_mail, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def browser(self, account, answer="allow", password=None):
        secret = password if password is not None else self.accounts[account].password
        return Browser(self.ca_file, account, secret, answer)

    # Mail. Mailbox names are given as UTF-8; UIDs follow the order of the files.

    def load(self, account, maildir):
        """Loads a tree of Maildirs (layout fs, UTF-8 names), as scripts/generate_mail writes it."""
        path = os.path.abspath(maildir)
        with tempfile.TemporaryDirectory(prefix="hlr-load-") as staged:
            if os.geteuid() == 0 and not _others_can_reach(path):
                # doveadm reads as the mail's owner, who cannot look into a checkout below /root.
                os.chmod(staged, 0o755)
                path = shutil.copytree(path, os.path.join(staged, "mail"))
                os.chmod(path, 0o755)
            source = f"maildir:{path}:LAYOUT=fs:UTF-8:INDEX=MEMORY:CONTROL={self._scratch()}"
            self.imap.doveadm("import", "-u", account, source, "", "ALL")

    def is_loaded(self, account):
        return os.path.isdir(os.path.join(self.mail, account, "mailboxes"))

    def forget_mail(self, account):
        shutil.rmtree(os.path.join(self.mail, account), ignore_errors=True)

    def append(self, account, mailbox, raw):
        self.imap.doveadm("save", "-u", account, "-m", mailbox, data=raw)

    def create_mailbox(self, account, mailbox):
        self.imap.doveadm("mailbox", "create", "-u", account, mailbox)

    def expunge(self, account, mailbox, uids):
        self.imap.doveadm("expunge", "-u", account, "mailbox", mailbox, "uid", _set(uids))

    def add_flags(self, account, mailbox, uids, flags):
        self.imap.doveadm("flags", "add", "-u", account, flags, "mailbox", mailbox, "uid", _set(uids))

    def count(self, account, mailbox):
        text = self.imap.doveadm("mailbox", "status", "-u", account, "messages", mailbox)
        return int(text.rsplit("messages=", 1)[1].split()[0])

    def uids(self, account, mailbox):
        text = self.imap.doveadm("search", "-u", account, "mailbox", mailbox, "ALL")
        return sorted(int(line.split()[1]) for line in text.splitlines())

    def _scratch(self):
        path = os.path.join(self.mail, ".scratch")
        os.makedirs(path, exist_ok=True)
        self._give_to_mail_owner(path)
        return path

    def _make_mail_folder(self):
        """Inside the rig's folder, unless the mail's owner cannot reach it there (a checkout below /root, say)."""
        path = os.path.join(self.folder, "mail")
        os.makedirs(path, exist_ok=True)
        if os.geteuid() == 0 and not _others_can_reach(path):
            os.rmdir(path) if not os.listdir(path) else None
            path = self._own_mail = tempfile.mkdtemp(prefix="hlr-mail-")
        self._give_to_mail_owner(path)
        return path

    @staticmethod
    def _give_to_mail_owner(path):
        if os.geteuid() == 0:
            shutil.chown(path, *dovecot.mail_owner())


def _others_can_reach(path):
    while path != "/":
        if not os.stat(path).st_mode & 0o001:
            return False
        path = os.path.dirname(path)
    return True


def _set(uids):
    return ",".join(map(str, uids))


def _check_programs(with_oauth):
    try:
        dovecot.find_dovecot()
    except FileNotFoundError as error:
        raise MissingProgram(f"{error}; run: scripts/setup run") from error
    if shutil.which("openssl") is None:
        raise MissingProgram("openssl is not installed; run: scripts/setup run")
    if with_oauth and not authorization_server.is_installed():
        raise MissingProgram("the authorization server is not installed (node and npm); run: scripts/setup run")


def node_version():
    """(major, minor, ...) of the node on PATH, or None."""
    try:
        text = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return None
    return tuple(int(part) for part in text.strip().lstrip("v").split("."))
