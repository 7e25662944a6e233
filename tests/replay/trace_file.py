"""Writes what rig.Recorder noted as a trace (the format is in trace.hpp), without what differs from one time to the next:
tags, tokens, ports and times."""
import base64
import re

TOKEN = re.compile(rb"auth=Bearer [^\x01]*")
PLACE = re.compile(rb"host=[^\x01]*\x01port=[^\x01]*")
SECONDS = re.compile(rb"\([0-9. +]+ secs\)")
LITERAL = re.compile(rb"\{(\d+)\}\r\n$")
CORRELATOR = re.compile(rb'\(TAG "([^"]*)"\)')
ISSUER = re.compile(rb"^\+ (eyJ\S+)\r\n$")  # a refusal as JSON, with the address of the authorization server
SASL = re.compile(rb"^(?:\S+ AUTHENTICATE \S+ )?([A-Za-z0-9+/]{8,}={0,2})\r\n$")


def text_of(conversations, headers):
    """The file: `headers` are the lines without their "# "."""
    parts = ["\n".join(_Connection(notes).lines()) for notes in conversations]
    return "".join(f"# {line}\n" for line in headers) + "\n-- connection\n".join(parts) + "\n"


class _Connection:
    def __init__(self, notes):
        self._notes = _whole_responses(notes)
        self._tags = {}
        self._out = []

    def lines(self):
        literal, continues = 0, False  # octets of a server's literal still to come; the client goes on with a line
        for side, line in self._notes:
            if side == "cut":
                self._out.append("-- cut")
            elif side == "C":
                self._client(line, continues)
                continues = line.endswith(b"}\r\n")
            elif literal:
                self._raw_or_line("S", line, line.split(b" ")[0].decode("latin-1") in self._tags.values())
                literal = _after(line, literal)
            else:
                continues = line.startswith(b"+")
                self._server(line)
                literal = _announced(line)
        return self._out

    def _client(self, line, continues):
        line = _without_token(line)
        if continues:
            self._out.append("C| " + line.rstrip(b"\r\n").decode())
            return
        tag, rest = line.split(b" ", 1)
        symbol = self._tags.setdefault(tag, f"a{len(self._tags) + 1}")
        self._out.append(f"C: {symbol} {rest.rstrip().decode()}")

    def _server(self, line):
        tag = line.split(b" ")[0]
        if tag in self._tags:
            line = self._tags[tag].encode() + line[len(tag):]
        line = ISSUER.sub(_without_port, line)
        line = SECONDS.sub(b"(0.001 + 0.000 secs)", line)
        line = CORRELATOR.sub(lambda found: b'(TAG "%s")' % self._tags.get(found[1], "?").encode(), line)
        self._raw_or_line("S", line, False)

    def _raw_or_line(self, side, line, must_be_raw):
        text = line.decode(errors="replace")
        is_text = line.endswith(b"\r\n") and text[:-2].isprintable() and "\ufffd" not in text
        if is_text and not must_be_raw:
            self._out.append(f"{side}: {text[:-2]}")
        else:
            self._out.append(f"{side}| " + "".join(_escaped(byte) for byte in line))


def _whole_responses(notes):
    """The same, but a client's line that came in the middle of a response stands behind it, and nothing comes behind LOGOUT:
    the program does not wait for the answer, so sometimes there is none."""
    out, waiting, literal = [], [], 0
    for side, line in notes:
        if out and out[-1][0] == "C" and out[-1][1].endswith(b" LOGOUT\r\n"):
            break
        if side == "C" and literal:
            waiting.append((side, line))
            continue
        out.append((side, line))
        if side == "S":
            literal = _after(line, literal) if literal else _announced(line)
            if not literal:
                out += waiting
                waiting = []
    return out + waiting


def _announced(line):
    found = LITERAL.search(line)
    return int(found[1]) if found else 0


def _after(line, literal):
    """What is left of a literal behind this line; the end of a literal and the rest of its response share a line, and the
    rest may announce the next one."""
    return literal - len(line) if len(line) <= literal else _announced(line)


def _without_token(line):
    """Tokens are the word `secret`, and the server of OAUTHBEARER is that of the config."""
    found = SASL.match(line)
    if not found:
        return line
    plain = base64.b64decode(found[1])
    if b"auth=Bearer " not in plain:
        return line
    plain = PLACE.sub(b"host=imap.example.org\x01port=993", TOKEN.sub(b"auth=Bearer secret", plain))
    return line[:found.start(1)] + base64.b64encode(plain) + b"\r\n"


def _without_port(found):
    plain = re.sub(rb"https://[^/]*", b"https://sign-in.example.org", base64.b64decode(found[1]))
    return b"+ " + base64.b64encode(plain) + b"\r\n"


def _escaped(byte):
    return chr(byte) if 32 <= byte < 127 and byte != 92 else f"\\x{byte:02X}"
