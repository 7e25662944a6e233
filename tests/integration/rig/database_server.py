"""What the database servers of the tests have in common: a folder, a free loopback port, a start, an end as after a crash."""
import os
import signal
import subprocess

from . import processes

# Of the user haulier.
PASSWORD = "database horse"


class DatabaseServer:
    """Up from construction to stop(). The user `haulier` with PASSWORD has all rights to the database `mail`."""
    crash = signal.SIGKILL
    # SQL: how many tables have this name.
    known_table = None

    def __init__(self, folder):
        self.folder = os.path.abspath(folder)
        os.makedirs(self.folder, exist_ok=True)
        self.host, self.port, self.process = "127.0.0.1", processes.free_port(), None
        self.log_path = os.path.join(self.folder, "log")

    @property
    def data(self):
        return os.path.join(self.folder, "data")

    def kill(self):
        """As after a crash: nothing is written any more."""
        if self.process:
            self.process.send_signal(self.crash)
            self.process.wait()
            self.process = None

    def stop(self):
        self.kill()

    def query(self, sql, database="mail"):
        """The rows as lists of texts."""
        raise NotImplementedError

    def value(self, sql):
        return self.query(sql)[0][0]

    def count(self, table):
        """Rows of a table, 0 when it is not there yet."""
        if self.value(self.known_table.format(table)) == "0":
            return 0
        return int(self.value(f"SELECT count(*) FROM {table}"))

    def _asked(self, command, sql, separator):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"{sql}: {done.stderr}")
        return [line.split(separator) for line in done.stdout.splitlines()]

    def _run(self, *command, tries=1, **as_user):
        for left in range(tries - 1, -1, -1):
            done = subprocess.run(command, cwd="/", capture_output=True, text=True, check=False, **as_user)
            if done.returncode == 0:
                return
            if left == 0 or self.process and self.process.poll() is not None:
                raise RuntimeError(f"{command[0]}: {done.stdout}{done.stderr}{processes.log_tail(self.log_path)}")
