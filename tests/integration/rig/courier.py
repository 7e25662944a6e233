"""Courier IMAP 5.0 in the foreground. Its programs look at /etc/courier and /run/courier only, so they run in a mount
namespace of their own in which these two are folders of the rig; that takes root."""
import os
import shutil
import subprocess
import tempfile
import time

from . import processes, unpacked

HOST = "127.0.0.1"
MAIL_OWNER = "nobody"  # Courier refuses mail of root
PASSWORD_DAEMON = "/usr/lib/courier/courier-authlib/authdaemond"
# Everything that follows runs with $1 as /etc/courier and $2 as /run/courier.
INSIDE = 'mount --bind "$1" /etc/courier && mount --bind "$2" /run/courier && shift 2 && exec "$@"'

# What the package's own imapd and imapd-ssl files say, but for the limits on connections.
ENVIRONMENT = {
    "IMAP_CAPABILITY": "IMAP4rev1 UIDPLUS CHILDREN NAMESPACE THREAD=ORDEREDSUBJECT THREAD=REFERENCES SORT QUOTA IDLE",
    "IMAP_CAPABILITY_TLS": "IMAP4rev1 UIDPLUS CHILDREN NAMESPACE THREAD=ORDEREDSUBJECT THREAD=REFERENCES SORT QUOTA IDLE "
                           "AUTH=PLAIN",
    "IMAP_KEYWORDS": "1", "IMAP_ACL": "1", "IMAP_IDLE_TIMEOUT": "60", "IMAP_MAILBOX_SANITY_CHECK": "1",
    "IMAP_DISABLETHREADSORT": "0", "IMAP_CHECK_ALL_FOLDERS": "0", "IMAP_OBSOLETE_CLIENT": "0", "IMAP_USELOCKS": "1",
    "IMAP_ENHANCEDIDLE": "0", "IMAP_TRASHFOLDERNAME": "Trash", "IMAP_MOVE_EXPUNGE_TO_TRASH": "0", "IMAP_TLS": "1",
    "TLS_VERIFYPEER": "NONE", "TLS_CERTFILE": "/etc/courier/imapd.pem",
}


class Courier:
    """Up from construction to stop(). `accounts` maps each name to its password."""

    name = "courier"
    separator = "."
    prefix = "INBOX."  # of every mailbox but INBOX

    def __init__(self, folder, authority, accounts, host=HOST):
        self._need_root()
        packages = (unpacked.find("courier-imap", "usr/lib/courier/courier/imaplogin"),
                    unpacked.find("courier-imap", "usr/bin/imapd"))
        if not os.path.exists(PASSWORD_DAEMON):
            raise FileNotFoundError("courier-authdaemon is not installed; run: scripts/setup test")
        os.makedirs(folder, exist_ok=True)
        self.host, self.port = host, processes.free_port(host)
        self.ca_file = authority.ca_file
        self.log_path = os.path.join(folder, "courier.log")
        self._run = tempfile.mkdtemp(prefix="hlr-")
        os.chmod(self._run, 0o755)
        self.mail = os.path.join(self._run, "mail")
        self._etc, self._sockets = os.path.join(self._run, "etc"), os.path.join(self._run, "run")
        self._imaplogin, self._imapd = (shutil.copy(path, self._run) for path in packages)
        self._write_files(authority, accounts)
        self._passwords = self._process = None
        self.start()

    @property
    def pid(self):
        return self._process.pid

    def start(self):
        self._passwords = processes.start(self._inside(PASSWORD_DAEMON), self.log_path)
        self._await_socket()
        command = self._inside("/usr/sbin/couriertcpd", f"-address={self.host}", "-maxprocs=60", "-maxperip=60", "-nodnslookup",
                               "-noidentlookup", str(self.port), "/usr/bin/couriertls", "-server", "-tcpd", "-user=courier",
                               self._imaplogin, self._imapd, "Maildir")
        self._process = processes.start(command, self.log_path, env={**os.environ, **ENVIRONMENT})
        try:
            processes.wait_for_greeting(self.host, self.port, self.ca_file, self._process, self.log_path)
        except RuntimeError:
            self.halt()
            raise

    def terminate(self):
        for process in (self._process, self._passwords):
            if process:
                processes.terminate(process)

    def halt(self):
        self.terminate()
        for process in (self._process, self._passwords):
            if process:
                processes.stop(process)

    def stop(self):
        self.halt()
        shutil.rmtree(self._run, ignore_errors=True)

    def mail_folder(self, account):
        """The account's Maildir (Maildir++: other mailboxes are `.Name` inside it)."""
        return os.path.join(self.mail, account, "Maildir")

    def adopt(self, path):
        """Gives what was put into mail_folder() to the owner of the mail."""
        subprocess.run(["chown", "-R", f"{MAIL_OWNER}:", path], check=True)

    @staticmethod
    def _need_root():
        if os.geteuid() != 0:
            raise PermissionError("Courier needs root: it sees /etc/courier and /run/courier only in a mount namespace, and "
                                  "changes to the owner of the mail")
        done = subprocess.run(["unshare", "-m", "--propagation", "private", "true"], capture_output=True, text=True)
        if done.returncode != 0:
            raise PermissionError(f"Courier needs a mount namespace: {done.stderr.strip()}")

    def _inside(self, *command):
        return ["unshare", "-m", "--propagation", "private", "sh", "-c", INSIDE, "courier", self._etc, self._sockets, *command]

    def _await_socket(self):
        end = time.monotonic() + 20
        while not os.path.exists(os.path.join(self._sockets, "authdaemon", "socket")):
            if self._passwords.poll() is not None or time.monotonic() > end:
                raise RuntimeError(f"authdaemond did not start: {processes.log_tail(self.log_path)}")
            time.sleep(0.02)

    def _write_files(self, authority, accounts):
        for path in (self._etc, self._sockets, os.path.join(self._sockets, "authdaemon"), self.mail):
            os.mkdir(path)
        with open(os.path.join(self._etc, "authdaemonrc"), "w") as file:
            file.write('authmodulelist="authuserdb"\nauthmodulelistorig="authuserdb"\ndaemons=2\n'
                       "authdaemonvar=/run/courier/authdaemon\nDEBUG_LOGIN=0\nDEFAULTOPTIONS=\"\"\n")
        certificate, key = authority.issue("courier")
        with open(os.path.join(self._etc, "imapd.pem"), "wb") as file:
            for path in (key, certificate):
                with open(path, "rb") as part:
                    shutil.copyfileobj(part, file)
        self._write_accounts(accounts)
        for path in (self._sockets, os.path.join(self._sockets, "authdaemon"), os.path.join(self._etc, "imapd.pem")):
            shutil.chown(path, "courier", "courier")

    def _write_accounts(self, accounts):
        import pwd
        owner = pwd.getpwnam(MAIL_OWNER)
        lines = []
        for account, password in accounts.items():
            home = os.path.join(self.mail, account)
            for part in ("cur", "new", "tmp"):
                os.makedirs(os.path.join(home, "Maildir", part))
            hashed = subprocess.run(["openssl", "passwd", "-1", "-stdin"], input=password + "\n", capture_output=True, text=True,
                                    check=True).stdout.strip()
            lines.append(f"{account}\tuid={owner.pw_uid}|gid={owner.pw_gid}|home={home}|systempw={hashed}\n")
        self.adopt(self.mail)
        path = os.path.join(self._etc, "userdb")
        with open(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), "w") as file:
            file.writelines(lines)
        done = subprocess.run(self._inside("/usr/sbin/makeuserdb"), capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError(f"makeuserdb failed: {done.stderr.strip()}")
