"""What the sign-in tests share: the built program with one account's pipeline, keys of applications, a raw refresh."""
import base64
import contextlib
import json
import os
import pty
import signal
import ssl
import subprocess
import threading
import urllib.parse
import urllib.request

from rig import canary
from rig.authorization_server import PUBLIC_CLIENT_ID
from rig.haulier_program import HaulierProgram

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.path.abspath(os.environ.get("HAULIER_BUILD", os.path.join(ROOT, "build", "test")))
JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"

PIPELINE = """\
haulier: 1
name: sign_in
source:
  imap:
    host: {host}
    port: {port}
    tls: {{ mode: implicit, ca_file: {ca_file} }}
    accounts: [ {{ user: {account} }} ]
    reconnects: 1
    {source}
sinks:
  - jsonl: {{ path: {folder}/mail.jsonl }}
retry: {{ attempts: 2, first_wait: 20ms, max_wait: 50ms }}
"""


class SignIn(HaulierProgram):
    """The program in `folder`, and short ways to name the rig's servers to it."""

    def __init__(self, folder, rig):
        super().__init__(BUILD, os.path.join(folder, "program"))
        # What a test gives the program in files stays out of the folder that is searched for secrets.
        self._given = os.path.join(folder, "given")
        os.makedirs(self._given, exist_ok=True)
        self._rig = rig

    def write(self, name, text):
        """A private file; returns its path."""
        path = os.path.join(self._given, name)
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(text)
        return path

    def server(self):
        return ["--host", self._rig.oauth.host, "--ca-file", self._rig.ca_file]

    def client(self, scope="mail offline_access"):
        return [*self.server(), "--client-id", PUBLIC_CLIENT_ID, "--scope", scope]

    def by_issuer(self, scope="mail offline_access"):
        return [*self.client(scope), "--issuer", self._rig.authorization.issuer]

    def login(self, account, *options, on_url=None):
        """haulier auth login. `on_url` gets the address the program prints; what it returns is typed in as a line."""
        if on_url is None:
            return self.command("auth", "login", account, *options)
        command = [self.binary, "auth", "login", account, *options]
        with subprocess.Popen(command, env=self.environment, cwd=self.folder, stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
            guard = threading.Timer(60, process.kill)  # a program that hangs would hang us at readline()
            guard.start()
            try:
                url = process.stdout.readline().strip()
                answer = on_url(url) if url else None
                typed = answer + "\n" if isinstance(answer, str) else None
                out, err = process.communicate(typed)
            finally:
                guard.cancel()
                if process.poll() is None:
                    process.kill()
        canary.sweep_text("haulier auth login", url, out, err)
        return subprocess.CompletedProcess(command, process.returncode, url + "\n" + out, err)

    def command(self, *arguments, **options):
        done = super().command(*arguments, **options)
        canary.sweep_text("haulier " + " ".join(arguments[:2]), done.stdout, done.stderr)
        return done

    def pipeline(self, account, server, host=None, source=""):
        return self.write("pipeline.yaml", PIPELINE.format(
            host=host or server.host, port=server.port, ca_file=self._rig.ca_file, account=account, source=source,
            folder=self.folder))

    def connect(self, account, server, **options):
        """haulier validate --connect: signs in to the mailbox and lists it."""
        return self.command("validate", self.pipeline(account, server, **options), "--connect")

    def run(self, account, server, **options):
        return self.command("run", self.pipeline(account, server, **options))

    def status(self):
        return json.loads(self.command("auth", "status", "--json").stdout)

    def accounts(self):
        return [account["account"] for account in self.status()["accounts"]]


class ApplicationKeys:
    """Secret, keys and certificate of the applications that the authorization server is told about."""

    def __init__(self, folder):
        os.makedirs(folder)
        self.key_file = os.path.join(folder, "application.key")
        self.certificate_file = os.path.join(folder, "application.pem")
        self.other_key_file = os.path.join(folder, "other.key")
        self.secret_file = os.path.join(folder, "secret")
        _openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", self.key_file, "-out", self.certificate_file,
                 "-days", "30", "-subj", "/CN=application")
        _openssl("genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", self.other_key_file)
        with open(self.secret_file, "w") as file:
            file.write("application secret with some length\n")
        for path in (self.key_file, self.other_key_file, self.secret_file):
            os.chmod(path, 0o600)

    def authorization_extra(self, mailbox):
        """For Rig(authorization_extra=...): two applications and a service account that may read `mailbox`."""
        only = {"grant_types": ["client_credentials"], "response_types": [], "redirect_uris": [], "scope": "mail"}
        jwk = {**_public_jwk(self.key_file), "use": "sig"}
        return {
            "clients": [
                {"client_id": "app-secret", "client_secret": "application secret with some length",
                 "token_endpoint_auth_method": "client_secret_basic", **only},
                {"client_id": "app-key", "token_endpoint_auth_method": "private_key_jwt", "jwks": {"keys": [jwk]}, **only},
            ],
            "application_mailboxes": {"app-secret": mailbox, "app-key": mailbox},
            "service_accounts": {"robot": {"jwk": {**jwk, "alg": "RS256"}, "accounts": [mailbox]}},
        }


def _openssl(*arguments):
    done = subprocess.run(["openssl", *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"openssl {arguments[0]} failed: {done.stderr.strip()}")
    return done.stdout


def _public_jwk(key_file):
    modulus = _openssl("rsa", "-in", key_file, "-noout", "-modulus").strip().split("=")[1]
    number = base64.urlsafe_b64encode(bytes.fromhex(modulus)).decode().rstrip("=")
    return {"kty": "RSA", "n": number, "e": "AQAB"}


def jwt_part(token, index):
    text = token.split(".")[index]
    return json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))


def refresh(rig, refresh_token):
    """Uses a refresh token as a thief would; raises urllib's HTTPError when the server refuses."""
    form = urllib.parse.urlencode({"grant_type": "refresh_token", "client_id": PUBLIC_CLIENT_ID,
                                   "refresh_token": refresh_token}).encode()
    context = ssl.create_default_context(cafile=rig.ca_file)
    with contextlib.closing(urllib.request.urlopen(rig.authorization.issuer + "/token", form, 10, context=context)) as answer:
        return json.load(answer)


def at_a_terminal(program, arguments, prompt, typed):
    """Runs the program at a terminal of its own, types when it has asked. Returns (everything on the screen, exit code)."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(program.folder)
        os.execve(program.binary, [program.binary, *arguments], program.environment)
    guard = threading.Timer(60, os.kill, (pid, signal.SIGKILL))
    guard.start()
    screen = b""
    try:
        with contextlib.suppress(OSError):  # how a terminal says that its program is gone
            while piece := os.read(terminal, 4096):
                screen += piece
                if typed and prompt in screen:
                    os.write(terminal, typed)
                    typed = b""
    finally:
        guard.cancel()
        os.close(terminal)
    return screen.decode(errors="replace"), os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
