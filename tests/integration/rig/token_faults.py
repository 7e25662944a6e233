"""A TLS front before the authorization server that spoils chosen answers, and keeps what was asked."""
import dataclasses
import http.client
import http.server
import json
import socket
import ssl
import threading
import time
import urllib.parse


@dataclasses.dataclass(frozen=True)
class Asked:
    path: str
    form: dict
    at_s: float  # monotonic


class TokenFaults:
    """Forwards everything to the real server at `target_port`. fail() spoils the next requests of a path, one fault each:
    dict(status=, headers=, body=) answers instead of the server; "hang" never answers; "swallow" lets the server answer and
    keeps that to itself. rewrite(path, name=value) changes members of the JSON that comes back. One thread per request."""

    def __init__(self, authority, target_port, host="127.0.0.1"):
        certificate, key = authority.issue("token-faults")
        self.asked = []
        self.arrived = threading.Condition()
        self._faults = {}
        self._rewrites = {}
        self._over = threading.Event()
        self._target = (host, target_port)
        self._trust = ssl.create_default_context(cafile=authority.ca_file)
        self._server = http.server.ThreadingHTTPServer((host, 0), self._handler())
        self._server.daemon_threads = True
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        # The handshake belongs to the request's thread: a client that stalls must not hold up the others.
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True, do_handshake_on_connect=False)
        self.url = f"https://{host}:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def fail(self, path, *faults):
        self._faults.setdefault(path, []).extend(faults)

    def rewrite(self, path, **members):
        self._rewrites[path] = members

    def clear(self):
        self._faults.clear()
        self._rewrites.clear()
        with self.arrived:
            self.asked.clear()

    def wait_for(self, path, count=1, limit_s=30):
        """Returns when `path` was asked for `count` times."""
        with self.arrived:
            if not self.arrived.wait_for(lambda: len(self.forms(path)) >= count, limit_s):
                raise TimeoutError(f"{path} was asked for {len(self.forms(path))} times")

    def forms(self, path):
        return [asked for asked in self.asked if asked.path == path]

    def stop(self):
        self._over.set()
        self._server.shutdown()
        self._server.server_close()

    def _answer(self, method, path, headers, body):
        """(status, headers, body) for the client, or None for a connection that just ends."""
        faults = self._faults.get(path.split("?")[0])
        fault = faults.pop(0) if faults else None
        if fault == "hang":
            self._over.wait()
            return None
        if isinstance(fault, dict):
            return fault.get("status", 200), fault.get("headers", {}), fault.get("body", "").encode()
        status, headers, text = self._forward(method, path, headers, body)
        if fault == "swallow":
            return None
        members = self._rewrites.get(path)
        if members and status == 200:
            text = json.dumps({**json.loads(text), **members}).encode()
        return status, headers, text

    def _forward(self, method, path, headers, body):
        connection = http.client.HTTPSConnection(*self._target, context=self._trust, timeout=30)
        try:
            kept = {name: value for name, value in headers.items() if name.lower() in ("authorization", "content-type", "accept")}
            connection.request(method, path, body, kept)
            response = connection.getresponse()
            return response.status, {"Content-Type": response.getheader("content-type", "")}, response.read()
        finally:
            connection.close()

    def _note(self, path, body):
        with self.arrived:
            form = dict(urllib.parse.parse_qsl(body.decode(errors="replace")))
            self.asked.append(Asked(path, form, time.monotonic()))
            self.arrived.notify_all()

    def _handler(front):
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                front._note(self.path, body)
                answer = front._answer(self.command, self.path, self.headers, body)
                self.close_connection = True
                if answer is None:
                    self.connection.shutdown(socket.SHUT_RDWR)
                    return
                status, headers, text = answer
                self.send_response(status)
                for name, value in {"Content-Length": str(len(text)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(text)

            do_GET = do_POST

            def log_message(self, *_):
                pass

        return Handler
