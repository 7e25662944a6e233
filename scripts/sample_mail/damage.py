"""Mails as broken programs write them. Only their raw bytes are promised by the manifest: nothing may be lost."""
import re

from . import text
from .compose import Message

CRLF = b"\r\n"


def no_ids(message, chance):
    return re.sub(rb"(?m)^(Message-ID|Date): [^\r]*\r\n", b"", message)


def unclosed_boundary(message, chance):
    return message[:message.rindex(b"\r\n--")] + CRLF if b"\r\n--=_" in message else message + b"--=_never\r\n"


def cut_off(message, chance):
    return message[:len(message) * 2 // 3]


def header_junk(message, chance):
    return message.replace(b"To: ", b"this line is no header at all\r\nX-Space : before the colon\r\nTo: ", 1)


def unknown_charset(message, chance):
    return re.sub(rb"charset=[^\r;]+", b"charset=x-no-such-charset", message)


def bad_base64(message, chance):
    return message + b"Content-Transfer-Encoding: base64\r\n\r\nAAAA*not base64*\x80\xff===AA\r\n"


def bad_quoted_printable(message, chance):
    return message.replace(b"=", b"=G", 5) + b"=\r\n=4\r\n"


def long_line(message, chance):
    return message + b"x" * 5000 + CRLF


def header_only(message, chance):
    return message[:message.index(b"\r\n\r\n") + 2]


def eight_bit_everywhere(message, chance):
    wild = bytes(byte for byte in chance.randbytes(600) if byte not in (0, 10, 13))
    return b"Subject: " + wild[:120] + b"\r\nFrom: " + wild[120:200] + CRLF + CRLF + wild + CRLF


def deep_nesting(message, chance):
    opening = b"".join(b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n' % (n, n) for n in range(60))
    return b"Subject: sixty levels\r\nMIME-Version: 1.0\r\n" + opening + b"\r\nbottom\r\n"


def same_boundary_twice(message, chance):
    inner = b'Content-Type: multipart/mixed; boundary="same"\r\n\r\n--same\r\n\r\ninner\r\n--same--\r\n'
    return b'Subject: same boundary\r\nContent-Type: multipart/mixed; boundary="same"\r\n\r\n--same\r\n' + inner + b"--same--\r\n"


def old_date(message, chance):
    return re.sub(rb"(?m)^Date: [^\r]*", b"Date: 32 Foo 19103 25:61 XYZ", message)


def broken_encoded_words(message, chance):
    subject = text.encoded_words("Привет, 世界", "utf-8")[:-3]
    return re.sub(rb"(?m)^Subject: [^\r]*", lambda _: b"Subject: " + subject + b" =?utf-8?X?zz?= =?bogus", message)


ALL = (no_ids, unclosed_boundary, cut_off, header_junk, unknown_charset, bad_base64, bad_quoted_printable, long_line,
       header_only, eight_bit_everywhere, deep_nesting, same_boundary_twice, old_date, broken_encoded_words)


def damaged(writer, chance, number, size, when):
    """One mail with one kind of damage."""
    whole = writer.mixed(chance, number, min(size, 60_000), when) if chance.random() < 0.5 \
        else writer.alternative(chance, number, min(size, 60_000), when)
    breakage = ALL[number % len(ALL)] if chance.random() < 0.8 else chance.choice(ALL)
    return Message(breakage(whole.raw, chance), f"damaged_{breakage.__name__}", None, None, None)
