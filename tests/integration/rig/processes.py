"""Child processes that never outlive the rig: stopped by pid, and killed by the kernel when the rig dies."""
import ctypes
import os
import random
import signal
import socket
import ssl
import subprocess
import time

PR_SET_PDEATHSIG = 1


def free_port(host="127.0.0.1"):
    """A loopback port nobody listens on now, outside of those the kernel gives to clients, which another test may be. Servers
    that can bind port 0 themselves should do that instead."""
    for _ in range(100):
        with socket.socket() as probe:
            try:
                probe.bind((host, random.randrange(10_000, 32_000)))
            except OSError:
                continue
            return probe.getsockname()[1]
    raise RuntimeError(f"no free port on {host}")


def _die_with_parent():
    # Its own process group, so that Ctrl-C at the terminal reaches the rig first and servers are stopped in order.
    os.setpgid(0, 0)
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def start(command, log_path, **options):
    """Starts `command` with stderr in `log_path`; stdout too unless the caller asks for a pipe."""
    log = open(log_path, "ab")
    options.setdefault("stdout", log)
    try:
        return subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=log, preexec_fn=_die_with_parent, **options)
    finally:
        log.close()


def terminate(process):
    if process.poll() is None:
        process.terminate()


def stop(process, grace_s=5.0):
    terminate(process)
    if process.poll() is None:
        try:
            process.wait(grace_s)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    if process.stdout:
        process.stdout.close()


def wait_for_greeting(host, port, ca_file, process, log_path, limit_s=20.0):
    """Returns when the IMAP server greets over TLS; raises with the end of its log when it died or stayed silent."""
    context = ssl.create_default_context(cafile=ca_file)
    end = time.monotonic() + limit_s
    while time.monotonic() < end:
        if process.poll() is not None:
            raise RuntimeError(f"{process.args[0]} ended with code {process.returncode}: {log_tail(log_path)}")
        try:
            with socket.create_connection((host, port), timeout=5) as plain:
                with context.wrap_socket(plain, server_hostname=host) as connection:
                    if connection.recv(4) == b"* OK":
                        return
        except OSError:
            time.sleep(0.02)
    raise RuntimeError(f"{process.args[0]} did not greet on {host}:{port} within {limit_s:.0f} s: {log_tail(log_path)}")


def log_tail(path, lines=8):
    try:
        with open(path, errors="replace") as log:
            return "".join(log.readlines()[-lines:]).strip()
    except OSError:
        return "(no log)"
