"""A MariaDB server of its own, with passwords, in a folder, on a free loopback port."""
import os
import shutil
import subprocess

from . import processes

PASSWORD = "database horse"


class MySQL:
    """Up from construction to stop(). User `haulier` with PASSWORD has all rights to the database `mail`."""

    def __init__(self, folder, settings=("innodb-flush-log-at-trx-commit=2", "innodb-flush-method=nosync")):
        self.settings = [f"--{setting}" for setting in settings]
        self.folder = os.path.abspath(folder)
        os.makedirs(self.folder, exist_ok=True)
        self.host, self.port, self.process = "127.0.0.1", processes.free_port(), None
        self.log_path = os.path.join(self.folder, "log")
        # MariaDB runs as root only when told so.
        self._as_user = ["--user=root"] if os.geteuid() == 0 else []
        self._run("mariadb-install-db", "--no-defaults", f"--datadir={self._data}", "--skip-test-db",
                  "--auth-root-authentication-method=normal", "--innodb-flush-method=nosync", *self._as_user)
        self.start()
        self.query(f"CREATE USER haulier@127.0.0.1 IDENTIFIED BY '{PASSWORD}'", database="mysql")
        self.query("CREATE DATABASE mail CHARACTER SET utf8mb4; GRANT ALL ON mail.* TO haulier@127.0.0.1",
                   database="mysql")

    @property
    def _data(self):
        return os.path.join(self.folder, "data")

    @property
    def socket(self):
        return os.path.join(self.folder, "socket")

    def start(self):
        self.process = processes.start(
            [program("mariadbd"), "--no-defaults", f"--datadir={self._data}", f"--socket={self.socket}",
             f"--port={self.port}", f"--bind-address={self.host}", "--skip-name-resolve",
             *self.settings, *self._as_user],
            self.log_path, cwd="/")
        self._run("mariadb-admin", "--no-defaults", f"--socket={self.socket}", "--user=root", "--wait=60", "ping")

    def kill(self):
        """As after a crash: nothing is written any more."""
        if self.process:
            self.process.kill()
            self.process.wait()
            self.process = None

    stop = kill

    def query(self, sql, database="mail"):
        """The rows as lists of texts."""
        done = subprocess.run([program("mariadb"), "--no-defaults", f"--socket={self.socket}", "--user=root",
                               f"--database={database}", "--default-character-set=utf8mb4", "--batch",
                               "--skip-column-names", "--execute", sql],
                              capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"{sql}: {done.stderr}")
        return [line.split("\t") for line in done.stdout.splitlines()]

    def value(self, sql):
        return self.query(sql)[0][0]

    def _run(self, name, *arguments):
        done = subprocess.run([program(name), *arguments], cwd="/", capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"{name}: {done.stdout}{done.stderr}{processes.log_tail(self.log_path)}")


def program(name):
    found = shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")
    if not found:
        raise RuntimeError(f"{name} is missing; run: scripts/setup test")
    return found
