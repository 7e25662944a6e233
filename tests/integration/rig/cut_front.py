"""A front before an IMAP server that ends the connection behind a chosen byte of the conversation.

Unless it is told to look at TLS from outside, it ends the client's TLS and begins its own, so that what it counts is the
protocol itself: a TLS record arrives whole or not at all, and would hide most of the places where a conversation can end.
"""
import selectors
import socket
import ssl
import threading

from .recorder import receive_available

PATIENCE_S = 10  # for a client that does not notice the end


class CutFront:
    """Listens on a free port and forwards to `target` (host, port). The client gets exactly `server_bytes` bytes, or the server
    `client_bytes`, counted over all connections, and then both connections end: with TLS's own farewell when `politely`.
    `seen` counts what went through by side ("S", "C"), `was_cut` says whether the end was made here."""

    def __init__(self, authority, target, server_bytes=None, client_bytes=None, politely=False, encrypted=False,
                 host="127.0.0.1"):
        self._target, self._politely, self._encrypted = target, politely, encrypted
        self._left = {"S": server_bytes, "C": client_bytes}
        self.seen = {"S": 0, "C": 0}
        self.was_cut = False
        self._trust = ssl.create_default_context(cafile=authority.ca_file)
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(*authority.issue("cut-front"))
        self._listener = socket.create_server((host, 0))
        self.host, self.port = host, self._listener.getsockname()[1]
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        # close() alone does not wake accept().
        try:
            self._listener.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self._listener.close()
        for thread in self._threads:
            thread.join(PATIENCE_S)

    def _accept(self):
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            thread = threading.Thread(target=self._serve, args=(client,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, client):
        server = socket.create_connection((self._target.host, self._target.port))
        for side in (client, server):
            side.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            if not self._encrypted:
                server = self._trust.wrap_socket(server, server_hostname=self._target.host)
                client = self._context.wrap_socket(client, server_side=True)
            self._relay(client, server)
        except OSError:
            pass
        finally:
            client.close()
            server.close()

    def _relay(self, client, server):
        with selectors.DefaultSelector() as selector:
            selector.register(client, selectors.EVENT_READ, ("C", server))
            selector.register(server, selectors.EVENT_READ, ("S", client))
            while True:
                if self._is_used_up():
                    return self._cut(client)
                for key, _ in selector.select():
                    side, other = key.data
                    data = receive_available(key.fileobj)
                    if data == b"":
                        return
                    if data and not self._is_used_up():
                        self._forward(side, data, other)

    def _forward(self, side, data, other):
        if self._left[side] is not None:
            data = data[:self._left[side]]
            self._left[side] -= len(data)
        self.seen[side] += len(data)
        other.sendall(data)

    def _is_used_up(self):
        return 0 in self._left.values()

    def _cut(self, client):
        """What was sent must arrive, so the end is a FIN, and what the client still says is read: a close with unread bytes
        would be a reset, which overtakes them."""
        self.was_cut = True
        client.settimeout(PATIENCE_S)
        if self._politely and not self._encrypted:
            try:
                client = client.unwrap()
            except OSError:
                return
        socket.socket.shutdown(client, socket.SHUT_WR)
        while socket.socket.recv(client, 64 * 1024):
            pass
