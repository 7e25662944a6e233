"""A TLS front before Dovecot that writes down who said what, in the order in which it went through.

It ends the client's TLS and begins its own, so what it sees is the protocol itself, log-in included (Dovecot's rawlog
begins after it). Lines go on whole. A server's line is noted before the client sees it, so a client's line is never noted
before what it answers: whoever plays the notes back in this order gives a client all that it had heard.
"""
import re
import selectors
import socket
import ssl
import threading

CHUNK = 64 * 1024
STARTTLS = re.compile(rb"^\S+ STARTTLS\r\n$", re.IGNORECASE)


class Recorder:
    """Listens on a free port with a certificate of `authority`, forwards to `target` (a rig.dovecot.Dovecot): with implicit
    TLS, or with `starttls` to its other port. The connection in which the server first says `cut_after` ends there.

    `conversations` has one list per connection: (side, line), where side is "C", "S", or "cut" for the end made here."""

    def __init__(self, authority, target, starttls=False, cut_after=None, host="127.0.0.1"):
        self._target, self._starttls, self._cut_after = target, starttls, cut_after
        self._trust = ssl.create_default_context(cafile=authority.ca_file)
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(*authority.issue("recorder"))
        self._listener = socket.create_server((host, 0))
        self.host, self.port = host, self._listener.getsockname()[1]
        self.conversations = []
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        # close() alone does not wake accept().
        try:
            self._listener.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self._listener.close()

    def _accept(self):
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            notes = []
            self.conversations.append(notes)
            threading.Thread(target=self._serve, args=(client, notes), daemon=True).start()

    def _serve(self, client, notes):
        port = self._target.starttls_port if self._starttls else self._target.port
        server = socket.create_connection((self._target.host, port))
        try:
            if self._starttls and not self._relay(client, server, notes, until_starttls=True):
                return
            server = self._trust.wrap_socket(server, server_hostname=self._target.host)
            client = self._context.wrap_socket(client, server_side=True)
            self._relay(client, server, notes)
        except OSError:
            pass
        finally:
            client.close()
            server.close()

    def _relay(self, client, server, notes, until_starttls=False):
        """Moves lines until one side goes away (False), or until STARTTLS was asked for and answered (True)."""
        left, asked = {client: b"", server: b""}, False
        with selectors.DefaultSelector() as selector:
            selector.register(client, selectors.EVENT_READ)
            selector.register(server, selectors.EVENT_READ)
            while True:
                for key, _ in selector.select():
                    source = key.fileobj
                    data = receive_available(source)
                    if data == b"":
                        return False
                    *lines, left[source] = (left[source] + (data or b"")).split(b"\n")
                    side = "S" if source is server else "C"
                    if side == "S" and self._cuts(lines, client, notes):
                        return False
                    notes += [(side, line + b"\n") for line in lines]
                    # Together, as they came: Dovecot answers commands that it finds together in another order.
                    (client if side == "S" else server).sendall(b"".join(line + b"\n" for line in lines))
                    if until_starttls and asked and side == "S" and lines:
                        return True
                    asked = asked or any(STARTTLS.match(line + b"\n") for line in lines)

    def _cuts(self, lines, client, notes):
        at = next((n for n, line in enumerate(lines) if self._cut_after is not None and self._cut_after in line), None)
        if at is None:
            return False
        last = lines[at][:lines[at].index(self._cut_after) + len(self._cut_after)]
        self._cut_after = None
        notes += [("S", line + b"\n") for line in lines[:at]] + [("S", last), ("cut", b"")]
        client.sendall(b"".join(line + b"\n" for line in lines[:at]) + last)
        return True


def receive_available(source):
    """What is there now, b"" at the end, None when what came was only for TLS itself (a session ticket, say)."""
    source.setblocking(False)
    try:
        data = source.recv(CHUNK)
        while data and isinstance(source, ssl.SSLSocket) and source.pending():  # select() does not see these
            data += source.recv(CHUNK)
        return data
    except (ssl.SSLWantReadError, BlockingIOError):
        return None
    finally:
        source.setblocking(True)
