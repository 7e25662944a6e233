"""A front before Dovecot that behaves like NetEase's servers: ID after log-in, or no mailbox opens.

Dovecot cannot demand ID, so this one refuses SELECT and EXAMINE until it saw an ID behind the log-in, on every
connection, in the words that imap.163.com uses. Everything else goes through unchanged.
"""
import re
import socket
import ssl
import threading

REFUSAL = b"%s NO %s Unsafe Login. Please contact kefu@188.com for help\r\n"
COMMAND = re.compile(rb"^(\S+) (\S+)")
LITERAL = re.compile(rb"\{(\d+)\+?\}\r\n$")


class IdDemanding:
    """Listens on a free port with a certificate of `authority`, forwards to `target` (a rig.dovecot.Dovecot)."""

    def __init__(self, authority, target, host="127.0.0.1"):
        self._target = target
        self._trust = ssl.create_default_context(cafile=authority.ca_file)
        certificate, key = authority.issue("id-demanding")
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(certificate, key)
        self._listener = socket.create_server((host, 0))
        self.host, self.port = host, self._listener.getsockname()[1]
        self.refused = 0
        self.ids = []
        threading.Thread(target=self._accept, daemon=True).start()

    def stop(self):
        # close() alone does not wake accept().
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
            with self._context.wrap_socket(plain, server_side=True) as client, \
                    socket.create_connection((self._target.host, self._target.port)) as inner, \
                    self._trust.wrap_socket(inner, server_hostname=self._target.host) as server:
                conversation = _Conversation(self, client, server)
                back = threading.Thread(target=conversation.server_to_client, daemon=True)
                back.start()
                conversation.client_to_server()
                server.shutdown(socket.SHUT_RDWR)
                back.join(5)
        except OSError:
            pass


class _Conversation:
    """One connection. Two threads: one per direction; `_client` is written by both, under the lock."""

    def __init__(self, front, client, server):
        self._front, self._client, self._server = front, client, server
        self._lock = threading.Lock()
        self._login_tag = None
        self._logged_in = threading.Event()
        self._identified = False

    def client_to_server(self):
        lines = self._client.makefile("rb")
        while True:
            line = lines.readline()
            if not line:
                return
            command = COMMAND.match(line)
            # A line without a tag and a word is an answer to a SASL challenge.
            if command and self._is_refused(*command.groups(), line):
                continue
            self._server.sendall(line)
            literal = LITERAL.search(line)
            while literal:
                self._server.sendall(lines.read(int(literal[1])))
                line = lines.readline()
                self._server.sendall(line)
                literal = LITERAL.search(line)

    def _is_refused(self, tag, verb, line):
        verb = verb.upper()
        if verb in (b"LOGIN", b"AUTHENTICATE"):
            self._login_tag = tag
        elif verb == b"ID" and self._logged_in.is_set():
            self._identified = b"(" in line
            self._front.ids.append(line.decode(errors="replace"))
        elif verb in (b"SELECT", b"EXAMINE") and not self._identified:
            self._front.refused += 1
            with self._lock:
                self._client.sendall(REFUSAL % (tag, verb))
            return True
        return False

    def server_to_client(self):
        # Only lines outside literals begin with the tag, and no mail is this unlucky in a test: lines are enough here.
        try:
            for line in self._server.makefile("rb"):
                if self._login_tag and line.startswith(self._login_tag + b" OK"):
                    self._logged_in.set()
                with self._lock:
                    self._client.sendall(line)
        except OSError:
            pass
