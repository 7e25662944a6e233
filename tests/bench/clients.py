"""The programs that are measured: each knows how to fetch the whole mailbox once, from scratch."""
import dataclasses
import json
import os
import shutil
import subprocess

import server_cpu


@dataclasses.dataclass
class Measurement:
    wall_s: float
    client_cpu_s: float
    server_cpu_s: float
    peak_rss_bytes: int


class Client:
    """One way to fetch the mailbox. prepare() is not measured; command() is the measured process."""

    def __init__(self, name, folder):
        self.name = name
        self.folder = os.path.join(folder, name.replace(" ", "-"))
        self.environment = dict(os.environ)

    def prepare(self):
        shutil.rmtree(self.folder, ignore_errors=True)
        os.makedirs(self.folder)

    def command(self):
        raise NotImplementedError

    def measure(self, tools, server, anew=True):
        """`anew`: from nothing; else on what the last run left."""
        if anew:
            self.prepare()
        os.sync()  # the writes of the client before must not be paid by this one
        result = os.path.join(self.folder, "measured.json")
        before = server_cpu.settled_cpu_seconds(server.pid, _is_session)
        done = subprocess.run([os.path.join(tools, "bench_measure"), result, *self.command()], cwd=self.folder,
                              env=self.environment, stdin=subprocess.DEVNULL, capture_output=True, text=True)
        after = server_cpu.settled_cpu_seconds(server.pid, _is_session)
        if done.returncode != 0:
            raise RuntimeError(f"{self.name} ended with {done.returncode}: {done.stdout[-500:]}{done.stderr[-1500:]}")
        with open(result) as file:
            figures = json.load(file)
        return Measurement(figures["wall_s"], figures["user_s"] + figures["system_s"], after - before, figures["peak_rss_bytes"])


class Drain(Client):
    def __init__(self, folder, tools, server, rig, account):
        super().__init__("drain", folder)
        self._command = [os.path.join(tools, "bench_drain"), server.host, str(server.port), rig.ca_file, account.name,
                         account.password, "INBOX"]

    def command(self):
        return self._command


class Mbsync(Client):
    CONFIG = """\
FSync {fsync}

IMAPAccount rig
Host {host}
Port {port}
User {user}
Pass {password}
SSLType IMAPS
CertificateFile {ca_file}
SystemCertificates no
AuthMechs LOGIN
DisableExtension COMPRESS=DEFLATE

IMAPStore far
Account rig

MaildirStore near
Path {folder}/mail/
Inbox {folder}/mail/INBOX
SubFolders Verbatim

Channel all
Far :far:
Near :near:
Patterns {patterns}
Sync Pull
Create Near
SyncState *
"""

    def __init__(self, folder, server, rig, account, fsync, patterns="INBOX"):
        super().__init__("mbsync fsync" if fsync else "mbsync", folder)
        # mbsync compares the certificate with names only, not with addresses.
        self._values = dict(fsync="yes" if fsync else "no", host="localhost", port=server.port, user=account.name,
                            password=account.password, ca_file=rig.ca_file, folder=self.folder, patterns=patterns)

    def prepare(self):
        super().prepare()
        os.makedirs(os.path.join(self.folder, "mail"))
        with open(os.open(os.path.join(self.folder, "mbsyncrc"), os.O_WRONLY | os.O_CREAT, 0o600), "w") as file:
            file.write(self.CONFIG.format(**self._values))

    def command(self):
        return ["mbsync", "-q", "-c", os.path.join(self.folder, "mbsyncrc"), "all"]


class Haulier(Client):
    def __init__(self, folder, program, pipeline, settings):
        super().__init__("haulier", folder)
        self._program, self._pipeline, self._settings = program, pipeline, settings
        self.database = os.path.join(self.folder, "mail.db")
        self.report = os.path.join(self.folder, "report.json")
        self.environment = {**program.environment, "HAULIER_DATABASE": self.database,
                            "XDG_STATE_HOME": os.path.join(self.folder, "state")}

    def command(self):
        options = [word for setting in self._settings for word in ("--set", setting)]
        return [self._program.binary, "run", self._pipeline, "--quiet", "--report", self.report, *options]


def _is_session(name):
    return name == "imap"
