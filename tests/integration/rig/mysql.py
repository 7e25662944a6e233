"""A MariaDB server of its own, with passwords, in a folder, on a free loopback port."""
import os
import shutil

from . import processes
from .database_server import PASSWORD, DatabaseServer


class MySQL(DatabaseServer):
    known_table = "SELECT count(*) FROM information_schema.tables WHERE table_schema = 'mail' AND table_name = '{}'"

    # `settings`: of the server, NAME=VALUE each.
    def __init__(self, folder, settings=("innodb-flush-log-at-trx-commit=2", "innodb-flush-method=nosync")):
        self.settings = [f"--{setting}" for setting in settings]
        super().__init__(folder)
        # MariaDB runs as root only when told so.
        self._as_user = ["--user=root"] if os.geteuid() == 0 else []
        # Of its own: a server that starts clears away what others have in a shared one.
        self._tmpdir = f"--tmpdir={self.folder}"
        self._run(program("mariadb-install-db"), "--no-defaults", f"--datadir={self.data}", "--skip-test-db",
                  "--auth-root-authentication-method=normal", "--innodb-flush-method=nosync", self._tmpdir, *self._as_user)
        self.start()
        self.administer(f"CREATE USER haulier@127.0.0.1 IDENTIFIED BY '{PASSWORD}'; "
                        "CREATE DATABASE mail CHARACTER SET utf8mb4; GRANT ALL ON mail.* TO haulier@127.0.0.1")

    @property
    def socket(self):
        return os.path.join(self.folder, "socket")

    def start(self):
        self.process = processes.start(
            [program("mariadbd"), "--no-defaults", f"--datadir={self.data}", f"--socket={self.socket}",
             f"--port={self.port}", f"--bind-address={self.host}", "--skip-name-resolve",
             *self.settings, self._tmpdir, *self._as_user],
            self.log_path, cwd="/")
        self._run(program("mariadb-admin"), "--no-defaults", f"--socket={self.socket}", "--user=root", "--wait=60", "ping")

    def query(self, sql, database="mail"):
        return self._asked([program("mariadb"), "--no-defaults", f"--socket={self.socket}", "--user=root",
                            f"--database={database}", "--default-character-set=utf8mb4", "--batch",
                            "--skip-column-names", "--execute", sql], sql, "\t")

    def dump(self, database, path):
        """All of it as SQL, into a file."""
        self._run(program("mariadb-dump"), "--no-defaults", f"--socket={self.socket}", "--user=root", "--hex-blob",
                  f"--result-file={path}", database)

    def administer(self, sql):
        return self.query(sql, database="mysql")


def program(name):
    found = shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")
    if not found:
        raise RuntimeError(f"{name} is missing; run: scripts/setup test")
    return found
