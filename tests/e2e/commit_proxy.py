"""A loopback proxy in front of a database server that loses one COMMIT, or the answer to it, and closes that connection."""
import selectors
import socket
import threading


class CommitProxy:
    """`number` counts the COMMITs of all connections from 1; `lost` is "question" or "answer". `done` when it happened. Threads:
    one that accepts and one per connection."""

    def __init__(self, server_port, number, lost):
        self._server_port, self._left, self._lost = server_port, number, lost
        self.done = False
        self._lock = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]

    def __enter__(self):
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self):
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._relay, args=(client,), daemon=True).start()

    def _is_ours(self, data):
        if not data.rstrip(b"\0").endswith(b"COMMIT"):
            return False
        with self._lock:
            self._left -= 1
            return self._left == 0

    def _relay(self, client):
        with client, socket.create_connection(("127.0.0.1", self._server_port)) as server, \
                selectors.DefaultSelector() as ready:
            ready.register(client, selectors.EVENT_READ, server)
            ready.register(server, selectors.EVENT_READ, client)
            swallow = False
            while True:
                for key, _ in ready.select():
                    data = _received(key.fileobj)
                    if not data:
                        return
                    if key.fileobj is client and self._is_ours(data):
                        self.done = True
                        if self._lost == "question":
                            return
                        swallow = True
                    elif key.fileobj is server and swallow:
                        return
                    key.data.sendall(data)


def _received(side):
    try:
        return side.recv(64 * 1024)
    except OSError:
        return b""
