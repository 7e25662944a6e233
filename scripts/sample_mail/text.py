"""Text in several languages, cut from pools that are made once: writing words one by one would take minutes."""
import binascii
import quopri
import random

CRLF = b"\r\n"

WORDS = {
    "english": "the report shows that our delivery to the harbour was late again because customs asked for two more "
               "papers please send them before Friday noon and let me know whether the price still holds for all "
               "containers we agreed on last month best regards from the office in Hamburg".split(),
    "german": "die Lieferung für nächste Woche wurde geprüft und größtenteils bestätigt bitte überweisen Sie den "
              "Betrag auf unser Konto in Zürich mit freundlichen Grüßen außerdem möchten wir Ihnen für Ihre "
              "Rückmeldung danken".split(),
    "french": "votre commande a été expédiée hier à Genève la facture est jointe à ce courrier merci de vérifier "
              "les références et le délai où le colis sera prêt être très contents élève".split(),
    "russian": "отчёт о доставке груза за прошлый месяц готов просим подтвердить сумму и срок оплаты спасибо за "
               "сотрудничество с уважением отдел закупок пришлите договор и счёт до пятницы".split(),
    "chinese": "项目 资料 已经 上传 请 查收 附件 合同 发票 会议 时间 改为 周五 下午 三点 谢谢 配合 客户 要求 修改 报价 数据 更新 完成 北京 上海 办公室".split(),
    "japanese": "お世話 になって おります 資料 を 添付 いたします ご確認 ください 会議 は 金曜日 の 午後 三時 から です よろしく お願い いたします 東京 支店 見積書 納期".split(),
}
JOINED = ("chinese", "japanese")  # written without spaces
POOL_LINES = 6000


class TextPool:
    """Lines of one language in one charset: as they are, quoted-printable, and as HTML paragraphs."""

    def __init__(self, language, charset):
        words, chance = WORDS[language], random.Random(f"text {language}")
        space = "" if language in JOINED else " "
        count = 18 if language in JOINED else 11
        lines = [space.join(chance.choices(words, k=count)) for _ in range(POOL_LINES)]
        self.plain = [line.encode(charset) for line in lines]
        self._quoted, self._charset, self._lines = None, charset, lines

    @property
    def quoted(self):
        if self._quoted is None:
            self._quoted = [quoted_printable(line) for line in self.plain]
        return self._quoted

    def html_lines(self):
        return [b'<p style=3D"margin:0">' + line + b"</p>" for line in self.quoted]

    def take(self, chance, size, lines=None):
        """About `size` bytes of consecutive lines joined by CRLF, ending with CRLF."""
        lines = self.plain if lines is None else lines
        taken, at, total = [], chance.randrange(len(lines)), 0
        while total < size:
            line = lines[at % len(lines)]
            taken.append(line)
            total += len(line) + 2
            at += 1
        return CRLF.join(taken) + CRLF

    def words(self, chance, count):
        """A short decoded phrase for subjects and names."""
        line = chance.choice(self._lines)
        return line[:count].strip()


_pools = {}


def pool(language, charset):
    if (language, charset) not in _pools:
        _pools[language, charset] = TextPool(language, charset)
    return _pools[language, charset]


def quoted_printable(line):
    """One line as quoted-printable with soft breaks and CRLF inside."""
    return quopri.encodestring(line, quotetabs=False).replace(b"\n", CRLF)


def base64_lines(data):
    """Base64 in lines of 76, each with CRLF."""
    return b"".join(binascii.b2a_base64(data[at:at + 57], newline=False) + CRLF for at in range(0, len(data), 57))


def encoded_words(text, charset, encoding="B", first_width=60):
    """RFC 2047: as many encoded-words as needed, never cutting a character, folded lines."""
    words, chunk = [], ""
    for character in text:
        if chunk and len(_encoded_word(chunk + character, charset, encoding)) > first_width:
            words.append(_encoded_word(chunk, charset, encoding))
            chunk = ""
        chunk += character
    words.append(_encoded_word(chunk, charset, encoding))
    return b"\r\n ".join(words)


def _encoded_word(text, charset, encoding):
    data = text.encode(charset)
    if encoding == "B":
        body = binascii.b2a_base64(data, newline=False)
    else:
        body = b"".join(bytes([byte]) if chr(byte).isalnum() and byte < 128 else b"=%02X" % byte for byte in data)
    return b"=?" + charset.encode() + b"?" + encoding.encode() + b"?" + body + b"?="
