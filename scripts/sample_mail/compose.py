"""Whole messages: each function here is one kind of mail that real mailboxes hold."""
import dataclasses
import email.utils
import hashlib

from . import attachments, text

CRLF = b"\r\n"
LANGUAGES = {  # language: charsets and body encodings its mailers use
    "english": (("us-ascii", "7bit"), ("utf-8", "quoted-printable"), ("utf-8", "8bit")),
    "german": (("utf-8", "quoted-printable"), ("iso-8859-1", "quoted-printable"), ("windows-1252", "8bit")),
    "french": (("utf-8", "quoted-printable"), ("iso-8859-15", "8bit")),
    "russian": (("koi8-r", "8bit"), ("koi8-r", "base64"), ("windows-1251", "quoted-printable"), ("utf-8", "base64")),
    "chinese": (("gb18030", "base64"), ("gb2312", "8bit"), ("gbk", "quoted-printable"), ("utf-8", "base64")),
    "japanese": (("iso-2022-jp", "7bit"), ("utf-8", "base64"), ("shift_jis", "base64")),
}
PEOPLE = (("Anna Example", "english"), ("Jürgen Größe", "german"), ("Élodie Été", "french"), ("Иван Петров", "russian"),
          ("张伟", "chinese"), ("山田太郎", "japanese"))


@dataclasses.dataclass
class Message:
    """`subject` is what a reader must show, None where the message does not say it clearly. `attachments` is None for
    damaged mails, of which only the raw bytes are promised."""
    raw: bytes
    kind: str
    subject: str | None
    message_id: str | None
    attachments: list | None


class Writer:
    """Makes the messages of one account; `chance` is a random.Random that belongs to the one message being made."""

    def __init__(self, account):
        self.account = account
        self.recent_ids = []

    def plain(self, chance, number, size, when):
        language = _language(chance)
        charset, encoding = chance.choice(LANGUAGES[language])
        headers, subject = self._headers(chance, number, when, language)
        body = _text_part(chance, language, charset, encoding, size)
        return self._message("plain", headers, body, subject, [])

    def alternative(self, chance, number, size, when):
        language = _language(chance)
        headers, subject = self._headers(chance, number, when, language)
        boundary = _boundary(chance)
        body = _multipart("alternative", boundary, _alternatives(chance, language, size))
        return self._message("alternative", headers, body, subject, [])

    def html_only(self, chance, number, size, when):
        headers, subject = self._headers(chance, number, when, "french")
        return self._message("html_only", headers, _html_part(chance, "french", "windows-1252", size), subject, [])

    def mixed(self, chance, number, size, when):
        language = _language(chance)
        headers, subject = self._headers(chance, number, when, language)
        charset, encoding = chance.choice(LANGUAGES[language])
        count = 1 if size > 2_000_000 else chance.choice((1, 1, 1, 2, 3))
        parts, rows = [_text_part(chance, language, charset, encoding, min(4000, size // 4 + 200))], []
        for _ in range(count):
            part, row = _attachment(chance, size * 3 // 4 // count)
            parts.append(part)
            rows.append(row)
        return self._message("mixed", headers, _multipart("mixed", _boundary(chance), parts), subject, rows)

    def related(self, chance, number, size, when):
        headers, subject = self._headers(chance, number, when, "english")
        image = attachments.shared(chance.randrange(attachments.SHARED)) if chance.random() < 0.5 \
            else attachments.content(chance, size // 2)
        cid = b"image%d@example.test" % number
        body = text.pool("english", "utf-8")
        html = (b"Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
                b'<html><body><img src=3D"cid:' + cid + b'"/>\r\n'
                + body.take(chance, min(size // 3, 30_000), _html_lines("english", "utf-8")) + b"</body></html>\r\n")
        picture = (b"Content-Type: image/png; name=logo.png\r\nContent-ID: <" + cid + b">\r\n"
                   b"Content-Disposition: inline; filename=logo.png\r\nContent-Transfer-Encoding: base64\r\n\r\n"
                   + image.encoded)
        row = _row("logo.png", "inline", "image/png", image)
        return self._message("related", headers, _multipart("related", _boundary(chance), [html, picture]), subject, [row])

    def nested(self, chance, number, size, when):
        inner = self.plain(chance, number + 5_000_000, size // 2, when - 3600).raw
        headers, subject = self._headers(chance, number, when, "english", prefix="Fwd: ")
        intro = _text_part(chance, "english", "us-ascii", "7bit", 300)
        # A body with bytes above 127 makes its wrapper 8bit too (RFC 2045 section 6.4).
        label = b"7bit" if inner.isascii() else b"8bit"
        part = (b"Content-Type: message/rfc822\r\nContent-Disposition: attachment; filename=forwarded.eml\r\n"
                b"Content-Transfer-Encoding: " + label + CRLF + CRLF + inner)
        row = {"filename": "forwarded.eml", "role": "nested_message", "media_type": "message/rfc822",
               "sha256": hashlib.sha256(inner).hexdigest(), "size": len(inner)}
        # The line end before the boundary belongs to the boundary, so the part needs one more to keep its own.
        return self._message("nested", headers, _multipart("mixed", _boundary(chance), [intro, part + CRLF]), subject, [row])

    def invitation(self, chance, number, size, when):
        headers, subject = self._headers(chance, number, when, "german")
        lines = (b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\nUID:%d@example.test\r\n"
                 b"DTSTART:20240510T090000Z\r\nSUMMARY:Review\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n" % number)
        calendar = (b"Content-Type: text/calendar; method=REQUEST; charset=utf-8\r\n"
                    b"Content-Transfer-Encoding: base64\r\n\r\n" + text.base64_lines(lines))
        parts = [*_alternatives(chance, "german", min(size, 20_000)), calendar]
        return self._message("invitation", headers, _multipart("alternative", _boundary(chance), parts), subject, None)

    def bounce(self, chance, number, size, when):
        headers, subject = self._headers(chance, number, when, "english", prefix="Undelivered: ")
        explanation = _text_part(chance, "english", "us-ascii", "7bit", min(size, 1500))
        status = (b"Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example.test\r\n\r\n"
                  b"Final-Recipient: rfc822; nobody@example.test\r\nAction: failed\r\nStatus: 5.1.1\r\n")
        original = b"Content-Type: text/rfc822-headers\r\n\r\nFrom: <a@example.test>\r\nSubject: original\r\n"
        body = _multipart("report; report-type=delivery-status", _boundary(chance), [explanation, status, original])
        return self._message("bounce", headers + b"Auto-Submitted: auto-replied\r\n", body, subject, None)

    def signed(self, chance, number, size, when):
        headers, subject = self._headers(chance, number, when, "english")
        signature = attachments.content(chance, 2500)
        parts = [_text_part(chance, "english", "us-ascii", "7bit", min(size, 30_000)),
                 b"Content-Type: application/pkcs7-signature; name=smime.p7s\r\nContent-Transfer-Encoding: base64\r\n"
                 b"Content-Disposition: attachment; filename=smime.p7s\r\n\r\n" + signature.encoded]
        kind = 'signed; protocol="application/pkcs7-signature"; micalg=sha-256'
        return self._message("signed", headers, _multipart(kind, _boundary(chance), parts), subject, None)

    def _message(self, kind, headers, body, subject, rows):
        raw = headers + b"MIME-Version: 1.0\r\n" + body
        start = raw.index(b"Message-ID: <") + 13
        return Message(raw, kind, subject, raw[start:raw.index(b">", start)].decode(), rows)

    def _headers(self, chance, number, when, language, prefix=""):
        """Trace headers, addresses, subject, date, ids. Returns (bytes, decoded subject or None)."""
        name, name_language = chance.choice(PEOPLE)
        sender = b"person%d@example.test" % chance.randrange(300)
        message_id = "%d.%x@mail.example.test" % (number, chance.getrandbits(64))
        date = email.utils.formatdate(when).replace("-0000", "+0200").encode()
        raw_subject, subject = _subject(chance, language, prefix)
        lines = [
            b"Return-Path: <" + sender + b">",
            b"Received: from mx%d.example.test ([192.0.2.%d]) by mail.example.test with ESMTPS id %x;\r\n\t%s"
            % (number % 7, number % 250, number, date),
            b"Authentication-Results: mail.example.test; spf=pass smtp.mailfrom=example.test; dkim=pass",
            b"From: " + _person(chance, name, name_language) + b" <" + sender + b">",
            b"To: <" + self.account.encode() + b">",
            b"Subject: " + raw_subject,
            b"Date: " + date,
            b"Message-ID: <" + message_id.encode() + b">",
        ]
        if self.recent_ids and chance.random() < 0.3:
            parent = chance.choice(self.recent_ids).encode()
            lines += [b"In-Reply-To: <" + parent + b">", b"References: <" + parent + b">"]
        if chance.random() < 0.1:
            lines.append(b"List-Id: Harbour news <news.example.test>")
        self.recent_ids = (self.recent_ids + [message_id])[-20:]
        return CRLF.join(lines) + CRLF, subject


def _language(chance):
    return chance.choices(list(LANGUAGES), weights=(40, 12, 8, 12, 18, 10))[0]


def _boundary(chance):
    return b"=_%032x" % chance.getrandbits(128)


def _subject(chance, language, prefix):
    phrase = prefix + text.pool(language, "utf-8").words(chance, chance.randrange(8, 60))
    if phrase.isascii():
        return phrase.encode(), phrase
    charset = {"chinese": "gb2312", "japanese": "iso-2022-jp", "russian": "koi8-r"}.get(language, "iso-8859-1")
    way = chance.choice(("utf-8 B", "utf-8 Q", "own B", "raw utf-8", "raw own"))
    if way == "raw utf-8":
        return phrase.encode(), phrase
    if way == "raw own":  # no label: what a reader shows is a guess
        return phrase.encode(charset if charset != "iso-2022-jp" else "euc-jp"), None
    if way == "own B":
        return text.encoded_words(phrase, charset), phrase
    return text.encoded_words(phrase, "utf-8", way[-1]), phrase


def _person(chance, name, language):
    if name.isascii():
        return b'"' + name.encode() + b'"'
    if chance.random() < 0.2:
        return b'"' + name.encode() + b'"'
    charset = {"chinese": "gbk", "japanese": "iso-2022-jp", "russian": "koi8-r"}.get(language, "utf-8")
    return text.encoded_words(name, charset)


def _text_part(chance, language, charset, encoding, size):
    lines = text.pool(language, charset)
    head = b"Content-Type: text/plain; charset=%s\r\nContent-Transfer-Encoding: %s\r\n\r\n" % (
        charset.encode(), encoding.encode())
    if encoding == "quoted-printable":
        return head + lines.take(chance, size, lines.quoted)
    if encoding == "base64":
        return head + text.base64_lines(lines.take(chance, size * 3 // 4))
    return head + lines.take(chance, size)


def _html_part(chance, language, charset, size):
    lines = text.pool(language, charset)
    return (b"Content-Type: text/html; charset=%s\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
            b"<html><head><style>p { margin: 0 }</style></head><body>\r\n" % charset.encode()
            + lines.take(chance, size, _html_lines(language, charset)) + b"</body></html>\r\n")


_html_pools = {}


def _html_lines(language, charset):
    if (language, charset) not in _html_pools:
        _html_pools[language, charset] = text.pool(language, charset).html_lines()
    return _html_pools[language, charset]


def _alternatives(chance, language, size):
    return [_text_part(chance, language, "utf-8", "quoted-printable", size // 4),
            _html_part(chance, language, "utf-8", size * 3 // 4)]


def _multipart(kind, boundary, parts):
    opening = b"Content-Type: multipart/" + kind.encode() + b';\r\n boundary="' + boundary + b'"\r\n\r\n'
    return opening + b"".join(b"--" + boundary + CRLF + part + (b"" if part.endswith(CRLF) else CRLF)
                              for part in parts) + b"--" + boundary + b"--\r\n"


def _attachment(chance, size):
    if chance.random() < 0.25 and size < 200_000:
        item = attachments.shared(chance.randrange(attachments.SHARED))
    else:
        item = attachments.content(chance, size)
    name, language = attachments.file_name(chance, item.suffix)
    in_type, in_disposition = attachments.disposition_parameters(chance, name, language)
    head = (b"Content-Type: " + item.media_type.encode() + in_type + CRLF + b"Content-Disposition: attachment"
            + in_disposition + CRLF + b"Content-Transfer-Encoding: base64\r\n\r\n")
    return head + item.encoded, _row(name, "attachment", item.media_type, item)


def _row(name, role, media_type, item):
    return {"filename": name, "role": role, "media_type": media_type, "sha256": item.sha256, "size": len(item.data)}
