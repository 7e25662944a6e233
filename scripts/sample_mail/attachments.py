"""Attachment bodies cut from one big pseudo-random buffer whose base64 form is made once."""
import binascii
import dataclasses
import functools
import hashlib
import random
import urllib.parse

from . import text

LINE = 57  # bytes that make one base64 line of 76 characters
POOL_BYTES = LINE * 600_000  # 34 MB
SHARED = 40  # contents that come again and again, as logos and price lists do

KINDS = (
    ("application/pdf", "pdf", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"),
    ("image/png", "png", b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"),
    ("image/jpeg", "jpg", b"\xff\xd8\xff\xe0\x00\x10JFIF\x00"),
    ("application/zip", "zip", b"PK\x03\x04\x14\x00\x00\x00"),
    ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", "docx", b"PK\x03\x04\x14\x00\x06\x00"),
    ("application/octet-stream", "bin", b""),
)
STEMS = (("invoice 2024", "english"), ("price list", "english"), ("合同扫描件", "chinese"), ("报价单", "chinese"),
         ("見積書", "japanese"), ("договор", "russian"), ("Rechnung für März", "german"), ("reçu d'été", "french"))


@dataclasses.dataclass(frozen=True)
class Content:
    media_type: str
    suffix: str
    data: bytes
    encoded: bytes  # base64 lines with CRLF
    sha256: str


@functools.cache
def _pool():
    data = random.Random("attachment pool").randbytes(POOL_BYTES)
    encoded = binascii.b2a_base64(data, newline=False)
    lines = [encoded[at:at + 76] for at in range(0, len(encoded), 76)]
    return memoryview(data), memoryview(b"\r\n".join(lines) + b"\r\n")


def content(chance, size):
    """New content of about `size` bytes: a magic number, then a slice of the pool."""
    media_type, suffix, magic = chance.choice(KINDS)
    data, encoded = _pool()
    # The first line carries the magic number; the last is shorter than the others in most files, so that padding
    # appears as in real mail.
    head = (magic + chance.randbytes(LINE))[:LINE]
    tail = chance.randbytes(chance.randrange(1, LINE))
    plain, coded = [head], [text.base64_lines(head)]
    left = max(1, size // LINE)
    while left > 0:
        lines = min(left, POOL_BYTES // LINE // 2)
        start = chance.randrange(0, POOL_BYTES // LINE - lines)
        plain.append(data[start * LINE:(start + lines) * LINE])
        coded.append(encoded[start * 78:(start + lines) * 78])
        left -= lines
    plain.append(tail)
    coded.append(text.base64_lines(tail))
    body = b"".join(plain)
    return Content(media_type, suffix, body, b"".join(coded), hashlib.sha256(body).hexdigest())


@functools.cache
def shared(number):
    chance = random.Random(f"shared attachment {number}")
    return content(chance, chance.choice((600, 3000, 15_000, 60_000)))


def file_name(chance, suffix):
    stem, language = chance.choice(STEMS)
    return f"{stem} {chance.randrange(1000)}.{suffix}", language


def disposition_parameters(chance, name, language):
    """(Content-Type parameter, Content-Disposition parameter) that carry `name`, in one of the ways mailers write it."""
    if name.isascii():
        return b'; name="%s"' % name.encode(), b'; filename="%s"' % name.encode()
    way = chance.choice(("2231", "2231-continued", "2047", "2047-name-only", "raw"))
    utf8 = name.encode()
    if way == "2231":
        return b"", b"; filename*=UTF-8''" + urllib.parse.quote(utf8).encode()
    if way == "2231-continued":
        return b"", _continued(name)
    charset = {"chinese": "gb2312", "japanese": "iso-2022-jp", "russian": "koi8-r"}.get(language, "utf-8")
    word = text.encoded_words(name, charset)
    if way == "2047":
        return b';\r\n name="' + word + b'"', b';\r\n filename="' + word + b'"'
    if way == "2047-name-only":
        return b';\r\n name="' + word + b'"', b""
    return b"", b';\r\n filename="' + utf8 + b'"'


def _continued(name):
    """RFC 2231 section 4.1, cut at characters: filename*0*=utf-8''...; filename*1*=..."""
    pieces = [urllib.parse.quote(name[at:at + 5].encode()) for at in range(0, len(name), 5)]
    return b"".join(b";\r\n filename*%d*=%s%s" % (number, b"utf-8''" if number == 0 else b"", piece.encode())
                    for number, piece in enumerate(pieces))
