"""A PostgreSQL server of its own, with passwords, in a folder, on a free loopback port."""
import glob
import os
import pwd
import shutil
import signal

from . import processes
from .database_server import PASSWORD, DatabaseServer


class PostgreSQL(DatabaseServer):
    crash = signal.SIGQUIT
    known_table = "SELECT count(*) FROM pg_tables WHERE tablename = '{}'"

    # `settings`: of the server, NAME=VALUE each.
    def __init__(self, folder, settings=("fsync=off",)):
        self.settings = [word for setting in settings for word in ("-c", setting)]
        super().__init__(folder)
        self._as_user = {}
        self.owner = os.geteuid(), os.getegid()  # of its files
        # PostgreSQL refuses to run as root.
        if os.geteuid() == 0:
            user = pwd.getpwnam("postgres")
            self.owner = user.pw_uid, user.pw_gid
            self._as_user = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
            os.chown(self.folder, *self.owner)
        self._run(program("initdb"), "-D", self.data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C",
                  "--no-sync", **self._as_user)
        with open(os.path.join(self.data, "pg_hba.conf"), "w", encoding="ascii") as file:
            file.write("local all all trust\nhost all all 127.0.0.1/32 scram-sha-256\n")
        self.start()
        self.administer(f"CREATE ROLE haulier LOGIN PASSWORD '{PASSWORD}'")
        self.administer("CREATE DATABASE mail OWNER haulier")

    def start(self):
        self.process = processes.start([program("postgres"), "-D", self.data, "-k", self.folder, "-p", str(self.port),
                                        "-c", f"listen_addresses={self.host}", *self.settings],
                                       self.log_path, cwd="/", **self._as_user)
        self._run(program("pg_isready"), "-h", self.folder, "-p", str(self.port), "-t", "30", tries=3000, **self._as_user)

    def query(self, sql, database="mail"):
        return self._asked([program("psql"), "-h", self.folder, "-p", str(self.port), "-U", "postgres", "-d", database,
                            "-v", "ON_ERROR_STOP=1", "-qAtF", "\x1f", "-c", sql], sql, "\x1f")

    def administer(self, sql):
        return self.query(sql, database="postgres")


def program(name):
    found = sorted(glob.glob(f"/usr/lib/postgresql/*/bin/{name}"))
    found = found[-1] if found else shutil.which(name)
    if not found:
        raise RuntimeError(f"{name} is missing; run: scripts/setup test")
    return found
