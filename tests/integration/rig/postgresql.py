"""A PostgreSQL server of its own, with passwords, in a folder, on a free loopback port."""
import glob
import os
import pwd
import shutil
import subprocess

from . import processes

PASSWORD = "database horse"


class PostgreSQL:
    """Up from construction to stop(). Role `haulier` with PASSWORD owns the database `mail`. `settings`: NAME=VALUE each."""

    def __init__(self, folder, settings=("fsync=off",)):
        self.settings = [word for setting in settings for word in ("-c", setting)]
        self.folder = os.path.abspath(folder)
        os.makedirs(self.folder, exist_ok=True)
        self.host, self.port, self.process = "127.0.0.1", processes.free_port(), None
        self.log_path = os.path.join(self.folder, "log")
        self._as_user = {}
        # PostgreSQL refuses to run as root.
        if os.geteuid() == 0:
            user = pwd.getpwnam("postgres")
            self._as_user = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
            os.chown(self.folder, user.pw_uid, user.pw_gid)
        self._run("initdb", "-D", self._data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
        with open(os.path.join(self._data, "pg_hba.conf"), "w", encoding="ascii") as file:
            file.write("local all all trust\nhost all all 127.0.0.1/32 scram-sha-256\n")
        self.start()
        self.query(f"CREATE ROLE haulier LOGIN PASSWORD '{PASSWORD}'", database="postgres")
        self.query("CREATE DATABASE mail OWNER haulier", database="postgres")

    @property
    def _data(self):
        return os.path.join(self.folder, "data")

    def start(self):
        self.process = processes.start([program("postgres"), "-D", self._data, "-k", self.folder, "-p", str(self.port),
                                        "-c", f"listen_addresses={self.host}", *self.settings],
                                       self.log_path, cwd="/", **self._as_user)
        self._run("pg_isready", "-h", self.folder, "-p", str(self.port), "-t", "30", tries=3000)

    def kill(self):
        """As after a crash: nothing is written any more."""
        if self.process:
            self.process.send_signal(processes.signal.SIGQUIT)
            self.process.wait()
            self.process = None

    stop = kill

    def query(self, sql, database="mail"):
        """The rows as lists of texts."""
        done = subprocess.run([program("psql"), "-h", self.folder, "-p", str(self.port), "-U", "postgres", "-d", database,
                               "-v", "ON_ERROR_STOP=1", "-qAtF", "\x1f", "-c", sql], capture_output=True, text=True,
                              check=False)
        if done.returncode != 0:
            raise RuntimeError(f"{sql}: {done.stderr}")
        return [line.split("\x1f") for line in done.stdout.splitlines()]

    def value(self, sql):
        return self.query(sql)[0][0]

    def _run(self, name, *arguments, tries=1):
        for left in range(tries - 1, -1, -1):
            done = subprocess.run([program(name), *arguments], cwd="/", capture_output=True, text=True, check=False,
                                  **self._as_user)
            if done.returncode == 0:
                return
            if left == 0 or self.process and self.process.poll() is not None:
                raise RuntimeError(f"{name}: {done.stdout}{done.stderr}{processes.log_tail(self.log_path)}")


def program(name):
    found = sorted(glob.glob(f"/usr/lib/postgresql/*/bin/{name}"))
    found = found[-1] if found else shutil.which(name)
    if not found:
        raise RuntimeError(f"{name} is missing; run: scripts/setup test")
    return found
