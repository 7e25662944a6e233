"""The built haulier program, with a vault and state of its own, as a person would use it."""
import os
import subprocess
import threading

from . import canary
from .authorization_server import PUBLIC_CLIENT_ID

BINARY_PLACES = ("haulier", "bin/haulier", "framework/host/haulier")


class HaulierProgram:
    """`build` is a build folder of this tree; everything the program writes goes below `folder`."""

    def __init__(self, build, folder):
        self.folder = folder
        self.binary = find_binary(build)
        os.makedirs(folder, exist_ok=True)
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("HAULIER_")},
            "HOME": folder, "XDG_STATE_HOME": os.path.join(folder, "state"), "XDG_DATA_HOME": os.path.join(folder, "data"),
            "XDG_CONFIG_HOME": os.path.join(folder, "config"), "HAULIER_VAULT": os.path.join(folder, "tokens.vault"),
            "HAULIER_VAULT_KEY_FILE": os.path.join(folder, "keys", "vault.key"), "NO_COLOR": "1", "LC_ALL": "C.UTF-8",
        }
        self._make_vault_key()
        canary.watch_processes()

    def login_by_browser(self, account, browser, issuer, host, ca_file, options=()):
        """`haulier auth login`: reads the address it prints and lets `browser` follow it. Returns what the page said."""
        command = [self.binary, "auth", "login", account, "--issuer", issuer, "--client-id", PUBLIC_CLIENT_ID, "--scope",
                   "mail offline_access", "--host", host, "--ca-file", ca_file, "--no-browser", *options]
        process = subprocess.Popen(command, env=self.environment, cwd=self.folder, stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        # A program that hangs would hang us at readline().
        guard = threading.Timer(60, process.kill)
        guard.start()
        try:
            url = process.stdout.readline().strip()
            page = browser.authorize(url) if url else None
            out, err = process.communicate()
        finally:
            guard.cancel()
            if process.poll() is None:
                process.kill()
                process.wait()
        canary.sweep_text("haulier auth login", out, err)
        if process.returncode != 0:
            raise LoginFailed(process.returncode, f"{out}{err}".strip())
        return page

    def login_by_password(self, account, password, host):
        """Stores an app password, given in a file of its own."""
        path = os.path.join(self.folder, "password")
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(password + "\n")
        done = self.command("auth", "login", account, "--app-password", "--password-file", path, "--host", host)
        os.unlink(path)
        if done.returncode != 0:
            raise LoginFailed(done.returncode, f"{done.stdout}{done.stderr}".strip())

    def command(self, *arguments, env=None, timeout_s=60):
        """Any other command: the finished process with its texts."""
        done = subprocess.run([self.binary, *arguments], env={**self.environment, **(env or {})}, cwd=self.folder,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=timeout_s)
        canary.sweep_text("haulier " + " ".join(arguments[:2]), done.stdout, done.stderr)
        return done

    def sweep(self):
        """Looks for secrets in everything the program has written; what is found goes to the canary's ledger."""
        key = self.environment["HAULIER_VAULT_KEY_FILE"]
        with open(key, "rb") as file:
            return canary.sweep(self.folder, secrets=(file.read(),), but=(key,))

    def _make_vault_key(self):
        path = self.environment["HAULIER_VAULT_KEY_FILE"]
        if os.path.exists(path):
            return
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(os.urandom(32))


class LoginFailed(RuntimeError):
    def __init__(self, code, words):
        super().__init__(f"haulier auth login ended with {code}: {words}")
        self.code = code
        self.words = words


def find_binary(build):
    for place in BINARY_PLACES:
        path = os.path.join(build, place)
        if os.path.isfile(path) and os.access(path, os.X_OK):
            return path
    raise FileNotFoundError(f"there is no haulier program in {build}; build it first")
