"""Cyrus IMAP 3.6 in the foreground, with everything it writes in a folder of its own."""
import os
import shutil
import subprocess
import tempfile

from . import processes, unpacked
from .mail_writer import MailWriter

HOST = "127.0.0.1"
PROGRAMS = "/usr/lib/cyrus/bin"

IMAPD = """\
configdirectory: {run}/conf
partition-default: {mail}
defaultpartition: default
proc_path: {run}/proc
mboxname_lockpath: {run}/lock
idlesocket: {run}/idle
lmtpsocket: {run}/lmtp
notifysocket: {run}/notify
cyrus_user: {user}
servername: localhost
admins: {admin}
allowplaintext: yes
altnamespace: yes
unixhierarchysep: yes
virtdomains: off
sasl_pwcheck_method: auxprop
sasl_auxprop_plugin: sasldb
sasl_sasldb_path: {run}/sasldb2
sasl_mech_list: PLAIN LOGIN
sasl_auto_transition: no
tls_server_cert: {run}/certificate.pem
tls_server_key: {run}/key.pem
tls_versions: tls1_2 tls1_3
maxlogins_per_user: 0
delete_mode: immediate
duplicatesuppression: 0
munge8bit: no
reject8bit: no
improved_mboxlist_sort: yes
"""

SERVICES = """\
START {{
}}
SERVICES {{
  imaps cmd="{imapd} -s -C {config}" listen="{host}:{port}" prefork=2 maxchild=60
}}
EVENTS {{
}}
"""
ADMIN = "admin"


class Cyrus:
    """Up from construction to stop(). `accounts` maps each name to its password; INBOX is there at the first log-in."""

    name = "cyrus"
    separator = "/"
    prefix = ""  # of every mailbox but INBOX

    def __init__(self, folder, authority, accounts, host=HOST):
        imapd = unpacked.find("cyrus-imapd", "usr/lib/cyrus/bin/imapd")
        if not os.path.exists(os.path.join(PROGRAMS, "master")):
            raise FileNotFoundError("cyrus-common is not installed; run: scripts/setup test")
        os.makedirs(folder, exist_ok=True)
        self.host, self.port = host, processes.free_port(host)
        self.ca_file = authority.ca_file
        self.log_path = os.path.join(folder, "cyrus.log")
        self.pid = None
        # Unix socket paths end at 107 bytes, so this cannot live deep inside the state folder.
        self._run = tempfile.mkdtemp(prefix="hlr-")
        os.chmod(self._run, 0o755)
        self.mail = os.path.join(self._run, "mail")
        self._config = os.path.join(self._run, "imapd.conf")
        self._user = "cyrus" if os.geteuid() == 0 else _own_name()
        self._write_files(authority, imapd)
        for account, password in {**accounts, ADMIN: ADMIN}.items():
            self._add_account(account, password)
        self._give_away()
        self.as_owner(os.path.join(PROGRAMS, "ctl_mboxlist"), "-C", self._config, "-d")
        self._process = None
        self.start()
        self.create_accounts(accounts)

    def start(self):
        command = [os.path.join(PROGRAMS, "master"), "-C", self._config, "-M", os.path.join(self._run, "cyrus.conf"),
                   "-p", os.path.join(self._run, "pid"), "-D"]
        self._process = processes.start(command, self.log_path, env={**os.environ, "CYRUS_USER": self._user})
        self.pid = self._process.pid
        try:
            processes.wait_for_greeting(self.host, self.port, self.ca_file, self._process, self.log_path)
        except RuntimeError:
            processes.stop(self._process)
            raise

    def create_accounts(self, accounts):
        """Only an administrator makes an INBOX here."""
        with MailWriter(self, self.ca_file, ADMIN, ADMIN) as writer:
            for account in accounts:
                writer.create(f"user/{account}")

    def terminate(self):
        processes.terminate(self._process)

    def halt(self):
        processes.stop(self._process)

    def stop(self):
        self.halt()
        shutil.rmtree(self._run, ignore_errors=True)

    def as_owner(self, *command):
        """Runs one of Cyrus's own programs as the user that owns the mail; raises with its words when it fails."""
        switch = {"user": "cyrus", "group": "mail", "extra_groups": []} if os.geteuid() == 0 else {}
        done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, **switch,
                              env={**os.environ, "CYRUS_USER": self._user}, cwd="/")
        if done.returncode != 0:
            raise RuntimeError(f"{os.path.basename(command[0])} failed: {done.stderr.strip()}")
        return done.stdout

    def reindex(self, account):
        """Makes the mailbox's index from its files (`1.`, `2.`, ... in mail_folder())."""
        self._give_away()
        self.as_owner(os.path.join(PROGRAMS, "reconstruct"), "-C", self._config, "-G", "-R", f"user/{account}")

    def mail_folder(self, account):
        """The folder of the account's INBOX, which must exist."""
        return self.as_owner(os.path.join(PROGRAMS, "mbpath"), "-C", self._config, f"user/{account}").split("\n")[0].strip()

    def _write_files(self, authority, imapd):
        for name in ("conf", "mail", "proc", "lock"):
            os.mkdir(os.path.join(self._run, name))
        certificate, key = authority.issue("cyrus")
        shutil.copy(certificate, os.path.join(self._run, "certificate.pem"))
        shutil.copy(key, os.path.join(self._run, "key.pem"))
        # Below a folder that the mail's owner may not enter (a checkout of root's), it could not be started.
        own_imapd = shutil.copy(imapd, os.path.join(self._run, "imapd"))
        with open(self._config, "w") as file:
            file.write(IMAPD.format(run=self._run, mail=self.mail, user=self._user, admin=ADMIN))
        with open(os.path.join(self._run, "cyrus.conf"), "w") as file:
            file.write(SERVICES.format(imapd=own_imapd, config=self._config, host=self.host, port=self.port))

    def _add_account(self, account, password):
        command = ["saslpasswd2", "-p", "-f", os.path.join(self._run, "sasldb2"), "-u", "localhost", "-c", account]
        done = subprocess.run(command, input=password, capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError(f"saslpasswd2 failed: {done.stderr.strip()}")

    def _give_away(self):
        if os.geteuid() != 0:
            return
        for place, folders, files in os.walk(self._run):
            for name in (*folders, *files):
                shutil.chown(os.path.join(place, name), "cyrus", "mail")


def _own_name():
    import pwd
    return pwd.getpwuid(os.geteuid()).pw_name
