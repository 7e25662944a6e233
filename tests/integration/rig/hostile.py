"""A front before a real IMAP server that behaves until a chosen phase, and then does what no server should.

The phase is `handshake`, before TLS, or is recognised by what the server says: `greeting` (its first line), `login` (its answer to the sign-in),
`capability`, `list`, `examine` and `fetch` (the first line of that answer). Everything before passes unchanged, so what a
client has stored by then is real.
"""
import re
import socket
import ssl
import threading
import time

LITERAL = re.compile(rb"\{(\d+)\}\r\n$")
SIGN_IN = re.compile(rb"^(\S+) (?:LOGIN|AUTHENTICATE) ", re.IGNORECASE)
FIRST_LINES = {
    "list": re.compile(rb"^\* (LIST|XLIST) "),
    "examine": re.compile(rb"^\* (FLAGS |\d+ EXISTS)"),
    "fetch": re.compile(rb"^\* \d+ FETCH .*BODY\[\](<0>)? \{", re.DOTALL),
    "capability": re.compile(rb"^\* CAPABILITY "),
}
FLOOD_PIECE = 64 * 1024


class HostileFront:
    """Listens on a free port with a certificate of `authority`, forwards to `target` (host, port) over TLS.

    `fault(line)` is a generator of the bytes sent instead of `line`; it may end, and then the connection is closed, or
    the conversation goes on when it returned True. The first `after` lines of the phase pass, in the first
    connection that gets so far; the later ones find the fault at once.
    """

    def __init__(self, authority, target, phase, fault, after=0, drop_capabilities=False):
        self._target, self._phase, self._fault, self._after = target, phase, fault, after
        # A greeting and a sign-in that tell the capabilities would leave nothing to ask for.
        self._drop_capabilities = drop_capabilities or phase == "capability"
        self._trust = ssl.create_default_context(cafile=authority.ca_file)
        certificate, key = authority.issue("hostile")
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(certificate, key)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.reached = 0
        self._stopped = threading.Event()
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._stopped.set()
        try:
            self._listener.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self._listener.close()

    def _accept(self):
        while True:
            try:
                plain, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(plain,), daemon=True).start()

    def _serve(self, plain):
        try:
            if self._phase == "handshake":
                with plain:
                    self.reached += 1
                    self._play(plain, b"")
                return
            with self._context.wrap_socket(plain, server_side=True) as client, \
                    socket.create_connection(self._target) as inner, \
                    self._trust.wrap_socket(inner, server_hostname=self._target[0]) as server:
                tags = []
                back = threading.Thread(target=self._client_to_server, args=(client, server, tags), daemon=True)
                back.start()
                try:
                    self._server_to_client(client, server, tags)
                finally:
                    # close() alone would wait for the other thread's file.
                    client.shutdown(socket.SHUT_RDWR)
        except (OSError, ValueError):
            pass

    def _client_to_server(self, client, server, tags):
        try:
            for line in client.makefile("rb"):
                sign_in = SIGN_IN.match(line)
                if sign_in:
                    tags.append(sign_in[1])
                server.sendall(line)
        except (OSError, ValueError):
            pass
        finally:
            try:
                server.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def _server_to_client(self, client, server, tags):
        lines, seen, first = server.makefile("rb"), 0, True
        while True:
            line = lines.readline()
            if not line:
                return
            if self._is_phase(line, tags, first):
                seen += 1
                if seen > self._after or self.reached:
                    self.reached += 1
                    if not self._play(client, line):
                        return
            first = False
            if self._drop_capabilities:
                line = re.sub(rb" \[CAPABILITY [^]]*\]", b"", line)
            self._pass(client, lines, line)

    def _is_phase(self, line, tags, first):
        if self._phase == "greeting":
            return first
        if self._phase == "login":
            return bool(tags) and line.startswith(tags[0] + b" ")
        return bool(FIRST_LINES[self._phase].match(line))

    def _pass(self, client, lines, line):
        client.sendall(line)
        literal = LITERAL.search(line)
        while literal:
            client.sendall(lines.read(int(literal[1])))
            line = lines.readline()
            client.sendall(line)
            literal = LITERAL.search(line)

    def _play(self, client, line):
        """Returns whether the conversation goes on behind the fault."""
        fault = self._fault(line)
        while not self._stopped.is_set():
            try:
                client.sendall(next(fault))
            except StopIteration as end:
                return end.value
        return False


# The faults. Each gets the line that the real server sent.

def trickle(line):
    """One byte at a time, and never the end of it."""
    for byte in line.rstrip(b"\r\n"):
        yield bytes([byte])
        time.sleep(0.1)
    while True:
        yield b" "
        time.sleep(0.1)


def slow_record(_):
    """A TLS record of 16 KiB that takes half an hour."""
    yield b"\x16\x03\x03\x40\x00\x02"
    while True:
        time.sleep(0.1)
        yield b"\x00"


def silence(_):
    """Nothing more, with the connection held open."""
    while True:
        yield b""
        time.sleep(0.05)


def closing(_):
    return False
    yield


def huge_literal(_):
    """4 GiB are announced, and they begin to come."""
    yield b"* 1 FETCH (UID 1 BODY[] {4294967296}\r\n"
    while True:
        yield b"x" * FLOOD_PIECE


def huge_name(_):
    """4 GiB where a mailbox name is due."""
    yield b'* LIST () "/" {4294967296}\r\n'
    while True:
        yield b"x" * FLOOD_PIECE


def nesting(_):
    """10,000 parentheses in every place that can hold a list; the real answer follows."""
    deep = b"(" * 10_000
    yield b"* LIST " + deep + b")" * 10_000 + b' "/" INBOX\r\n'
    yield b"* 1 FETCH (UID 1 BODYSTRUCTURE " + deep + b")" * 10_000 + b")\r\n"
    yield b"* 1 FETCH (UID 1 FLAGS " + deep + b"\r\n"
    yield b"* STATUS INBOX " + deep + b"\r\n"
    yield b"* NAMESPACE " + deep + b" NIL NIL\r\n"
    yield b"* ID " + deep + b"\r\n"
    return True


def endless_line(_):
    yield b"* OK "
    while True:
        yield b"x" * FLOOD_PIECE


def endless_responses(_):
    """Untagged answers that nobody asked for, as fast as they go."""
    number = 0
    while True:
        piece = []
        for number in range(number + 1, number + 500):
            piece.append(b"* OK [ALERT] %d\r\n* %d EXISTS\r\n* %d FETCH (UID %d FLAGS (flag%d))\r\n"
                         b'* LIST () "/" "box%d"\r\n* STATUS "box%d" (MESSAGES 1)\r\n* VANISHED %d\r\n'
                         b"* SEARCH %d\r\n* X-NOISE\r\n" % ((number,) * 9))
        yield b"".join(piece)


def slow_talk(_):
    """More than a KiB each second, and never an answer."""
    while True:
        yield b"* OK still there " + b"." * 400 + b"\r\n"
        time.sleep(0.1)
