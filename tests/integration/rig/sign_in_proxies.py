"""Proxies of Debian that want a user and a password: tinyproxy (HTTP CONNECT) and microsocks (SOCKS5)."""
import os
import shutil
import socket
import time

from . import processes

HOST = "127.0.0.1"
CONFIG = """Port {port}
Listen {host}
Timeout 600
MaxClients 20
Allow {host}
BasicAuth {user} {password}
ConnectPort {to_port}
LogLevel Connect
"""


class SignInProxy:
    """Up from construction to stop(). `kind` is that of source.imap.proxy.type."""

    def __init__(self, kind, folder, user, password, to_port):
        self.kind, self.host, self.port = kind, HOST, processes.free_port(HOST)
        self.log_path = os.path.join(folder, f"{kind}_proxy.log")
        program = "tinyproxy" if kind == "http" else "microsocks"
        if not shutil.which(program):
            raise FileNotFoundError(f"{program} is not installed; run: scripts/setup test")
        if kind == "http":
            config = os.path.join(folder, "tinyproxy.conf")
            with open(config, "w", encoding="utf-8") as file:
                file.write(CONFIG.format(host=HOST, port=self.port, user=user, password=password, to_port=to_port))
            command = [program, "-d", "-c", config]
        else:
            command = [program, "-i", HOST, "-p", str(self.port), "-u", user, "-P", password]
        self._process = processes.start(command, self.log_path)
        self._await_listener()

    def _await_listener(self, limit_s=20.0):
        end = time.monotonic() + limit_s
        while self._process.poll() is None and time.monotonic() < end:
            try:
                socket.create_connection((self.host, self.port), timeout=5).close()
                return
            except OSError:
                time.sleep(0.02)
        self.stop()
        raise RuntimeError(f"the proxy does not listen: {processes.log_tail(self.log_path)}")

    def stop(self):
        processes.stop(self._process)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()
