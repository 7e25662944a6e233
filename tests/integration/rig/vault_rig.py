"""A vault with one signed-in account, the authorization server it signed in at, and probes that use it."""
import os
import subprocess
import tempfile
import threading

from . import canary
from .authorization_server import AuthorizationServer
from .browser import Browser
from .certificates import CertificateAuthority
from .haulier_program import HaulierProgram

ACCOUNT = "alice@example.test"
PASSWORD = f"correct horse {canary.WORD}"
HOST = "imap.example.test"
ANSWER_LIMIT_S = 60


class VaultRig:
    """Everything in a folder of its own, from construction to stop(); no mail server."""

    def __init__(self, build, probe):
        self._folder = tempfile.TemporaryDirectory(prefix="haulier-vault-")
        self.folder = self._folder.name
        self._probe = probe
        authority = CertificateAuthority(os.path.join(self.folder, "certificates"))
        self.ca_file = authority.ca_file
        self.authorization = AuthorizationServer(os.path.join(self.folder, "server"), authority, {ACCOUNT: PASSWORD})
        self.program = HaulierProgram(build, os.path.join(self.folder, "program"))
        self.vault = self.program.environment["HAULIER_VAULT"]
        self.sign_in()

    def stop(self):
        self.authorization.stop()
        self.program.sweep()
        self._folder.cleanup()

    def sign_in(self):
        self.program.login_by_browser(ACCOUNT, Browser(self.ca_file, ACCOUNT, PASSWORD), self.authorization.issuer, HOST,
                                      self.ca_file)

    def probe(self, what, wrap=(), **environment):
        return Probe([*wrap, self._probe, what, self.vault, self.program.environment["HAULIER_VAULT_KEY_FILE"], ACCOUNT, HOST],
                     {**self.program.environment, **environment})

    def expire(self):
        """The stored access token is at its end; returns its fingerprint."""
        return self._once("expire")

    def use(self, **environment):
        """Asks for access in a process of its own: its answer, or None when it was killed."""
        return self._once("use", **environment)

    def _once(self, what, **environment):
        with self.probe(what, **environment) as probe:
            probe.ask()
            return probe.answer()

    def refreshes(self):
        """(refreshes that were granted, all requests at the token endpoint)"""
        counts = self.authorization.counts()["token_requests"]
        return counts.get("refresh_token", 0), counts.get("total", 0)


class Probe:
    """One process of credentials_probe; see there for what it answers. A context manager."""

    def __init__(self, command, environment):
        self._process = subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                         stderr=subprocess.PIPE, text=True, bufsize=1)
        # One that hangs would hang us at readline().
        self._guard = threading.Timer(ANSWER_LIMIT_S, self._process.kill)
        self._guard.start()
        self.returncode = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._process.stdin.close()
        self._process.wait()
        self._guard.cancel()
        self.returncode = self._process.returncode
        self.words = self._process.stderr.read()
        self._process.stdout.close()
        self._process.stderr.close()

    def ask(self):
        self._process.stdin.write("\n")
        self._process.stdin.flush()

    def answer(self):
        return self._process.stdout.readline().strip() or None
