"""A loopback TCP proxy that can stop in the middle of a transfer, so that tests need no timing to be in the middle."""
import selectors
import socket
import struct
import threading

CHUNK = 16 * 1024


class Proxy:
    """Forwards to (target_host, target_port). hold_after(N) lets N more bytes of the server through and then stands still: `held` is
    set and nothing moves until release() or cut(). Threads: one that accepts and one per connection."""

    def __init__(self, target_host, target_port, host="127.0.0.1"):
        self._target = (target_host, target_port)
        self._listener = socket.create_server((host, 0))
        self.port = self._listener.getsockname()[1]
        self.held = threading.Event()
        self._go = threading.Event()
        self._go.set()
        self._lock = threading.Lock()
        self._left = None  # bytes of the server that may pass before standing still; None: no limit
        self._pairs = set()
        self._silent = set()
        self._reset = set()
        self.connections = 0
        self.passed = 0  # bytes of the server, over all connections
        threading.Thread(target=self._accept, daemon=True).start()

    def hold_after(self, server_bytes):
        with self._lock:
            self._left = server_bytes
            self.held.clear()

    def release(self):
        with self._lock:
            self._left = None
        self._go.set()

    def cut(self):
        """Closes every connection now; new ones pass without limit."""
        with self._lock:
            pairs, self._pairs = self._pairs, set()
            self._left = None
        for pair in pairs:
            for side in pair:
                _close(side)
        self._go.set()

    def reset(self):
        """Ends every connection by RST, as a firewall that forgot them; new ones pass."""
        with self._lock:
            pairs, self._pairs = self._pairs, set()
            self._reset |= pairs
        for _, server in pairs:
            _wake(server)

    def fall_silent(self):
        """Every connection stays open, and nothing more comes through; new ones pass."""
        with self._lock:
            self._silent |= self._pairs

    def stop(self):
        _close(self._listener)
        self.cut()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def _accept(self):
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            try:
                server = socket.create_connection(self._target, timeout=5)
                server.settimeout(None)
            except OSError:
                client.close()
                continue
            with self._lock:
                self._pairs.add((client, server))
                self.connections += 1
            threading.Thread(target=self._pump, args=(client, server), daemon=True).start()

    def _pump(self, client, server):
        with selectors.DefaultSelector() as selector:
            try:
                selector.register(client, selectors.EVENT_READ, server)
                selector.register(server, selectors.EVENT_READ, client)
                while True:
                    for key, _ in selector.select():
                        data = key.fileobj.recv(CHUNK)
                        if not data:
                            return
                        if (client, server) in self._silent:
                            continue
                        if key.fileobj is server:
                            self._wait_for_leave(len(data))
                            with self._lock:
                                self.passed += len(data)
                        key.data.sendall(data)
            except (OSError, ValueError):
                return
            finally:
                with self._lock:
                    self._pairs.discard((client, server))
                    self._silent.discard((client, server))
                    if (client, server) in self._reset:
                        self._reset.discard((client, server))
                        # Closed without lingering and without a FIN before it: that sends RST.
                        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                        client.close()
                _close(client)
                _close(server)

    def _wait_for_leave(self, count):
        with self._lock:
            if self._left is None:
                return
            self._left -= count
            if self._left > 0:
                return
            self._go.clear()
            self.held.set()
        self._go.wait()


def _wake(side):
    try:
        side.shutdown(socket.SHUT_RD)
    except OSError:
        pass


def _close(side):
    try:
        side.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass
    side.close()
