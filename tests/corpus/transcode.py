#!/usr/bin/python3
"""Re-encodes the texts of open mails into twelve charsets, with the right label, a wrong one and none.

  HAULIER_CORPUS=FOLDER tests/corpus/transcode.py MIME_DUMP

Prints the share that the MIME reader recovers exactly, of bodies and of subjects. Fails when a right label gives less than
all, or a missing one less than 97 % of the bodies of more than 200 bytes.
"""
import os
import subprocess
import sys
import tempfile
import unicodedata

import compare

LATIN = ("LATIN",)
CJK = ("CJK",)
# Python's codec, label in the mail, a wrong label that is known, scripts that people write in it
CHARSETS = (("gb18030", "gb2312", "iso-8859-1", CJK), ("big5hkscs", "big5", "iso-8859-1", CJK),
            ("cp932", "shift_jis", "iso-8859-1", ("HIRAGANA", "KATAKANA")),
            ("euc_jp", "euc-jp", "iso-8859-1", ("HIRAGANA", "KATAKANA")),
            ("iso2022_jp", "iso-2022-jp", "us-ascii", ("HIRAGANA", "KATAKANA")),
            ("cp949", "euc-kr", "iso-8859-1", ("HANGUL",)), ("koi8_r", "koi8-r", "utf-8", ("CYRILLIC",)),
            ("cp1251", "windows-1251", "utf-8", ("CYRILLIC",)), ("cp1252", "iso-8859-1", "utf-8", LATIN),
            ("cp1250", "windows-1250", "utf-8", LATIN), ("cp874", "windows-874", "utf-8", ("THAI",)),
            ("utf-8", "utf-8", "iso-8859-1", ("LATIN", "CJK", "CYRILLIC", "HIRAGANA", "HANGUL", "THAI", "GREEK")))
LONG = 200


def fits(text, codec, scripts):
    """Whether somebody would write the text in the charset: it holds all of it, and half of what is not ASCII is its script."""
    try:
        if text.encode(codec).decode(codec) != text:
            return False
    except UnicodeError:
        return False
    letters = [c for c in text if ord(c) >= 0x80 and c.isalpha()]
    if not letters:
        return False
    # Western text is not written in the Central European charset.
    if codec == "cp1250" and not any(c not in "ŠšŽž" and not fits_western(c) for c in letters):
        return False
    own = sum(1 for c in letters if unicodedata.name(c, "").startswith(scripts))
    return own * 2 > len(letters)


def fits_western(character):
    try:
        character.encode("cp1252")
        return True
    except UnicodeError:
        return False


def texts(rows):
    """Bodies without anything that a reader may rightly change, and subjects, each once."""
    bodies, subjects = set(), set()
    for row in rows:
        text = row["text"]
        if row["text_source"] != "none" and not text.isascii() and "\ufffd" not in text and "\x1b" not in text:
            body = "".join(c for c in text[:4000] if c == "\n" or c >= " ")
            body = "\n".join(line.strip() for line in body.split("\n")).strip("\n")
            if not body.startswith(("begin ", "=ybegin")):
                bodies.add(body)
        subject = " ".join(row["subject"].split())
        if not subject.isascii() and "\ufffd" not in subject and "=?" not in subject:
            subjects.add(subject)
    return sorted(bodies), sorted(subjects)


def mail(body, subject, label):
    head = b"From: a@example.org\nSubject: " + subject + b"\nMIME-Version: 1.0\nContent-Type: text/plain"
    if label:
        head += b"; charset=" + label.encode()
    return head + b"\nContent-Transfer-Encoding: 8bit\n\n" + body + b"\n"


def read_all(program, mails, folder):
    paths = []
    for number, raw in enumerate(mails):
        paths.append(os.path.join(folder, f"{number}.eml"))
        with open(paths[-1], "wb") as file:
            file.write(raw)
    rows = compare.dump(program, paths)
    return [rows[path] for path in paths]


def share(right, total):
    return f"{right:4} of {total:4}" if total else "   -        "


def measure(program, bodies, subjects, charset, folder):
    """(label, right bodies, long right, long bodies) for right, wrong and no label; and subjects without a label."""
    codec, right, wrong, scripts = charset
    bodies = [text for text in bodies if fits(text, codec, scripts)]
    subjects = [text for text in subjects if fits(text, codec, scripts)]
    results = []
    for label in (right, wrong, ""):
        rows = read_all(program, [mail(text.encode(codec), b"x", label) for text in bodies], folder)
        hits = [row["text"].strip("\n") == text for row, text in zip(rows, bodies)]
        long = [hit for hit, text in zip(hits, bodies) if len(text.encode(codec)) > LONG]
        results.append((sum(hits), sum(long), len(long)))
    # A raw subject in a mail whose body says what the charset is.
    rows = read_all(program, [mail(b"x", text.encode(codec), right) for text in subjects], folder)
    heads = sum(row["subject"] == text for row, text in zip(rows, subjects))
    return len(bodies), results, heads, len(subjects)


def main():
    if not os.path.isdir(compare.FOLDER):
        print("skipped: HAULIER_CORPUS names no folder")
        return compare.SKIPPED
    program = sys.argv[1]
    rows = compare.dump(program, [path for path in compare.mails() if not path.endswith(".tnef")])
    bodies, subjects = texts(rows.values())
    print(f"{len(bodies)} bodies and {len(subjects)} subjects beyond ASCII")
    print(f"{'charset':12} {'right label':12} {'wrong label':12} {'no label':12} {'no label, > 200 bytes':22} raw subject, body's label")
    failed, unlabelled, recovered = False, 0, 0
    with tempfile.TemporaryDirectory(prefix="haulier-transcode-") as folder:
        for charset in CHARSETS:
            total, ((right, _, _), (wrong, _, _), (none, long, longs)), heads, head_total = measure(
                program, bodies, subjects, charset, folder)
            print(f"{charset[0]:12} {share(right, total)} {share(wrong, total)} {share(none, total)} "
                  f"{share(long, longs):22} {share(heads, head_total)}")
            failed = failed or right != total
            unlabelled, recovered = unlabelled + longs, recovered + long
    print(f"no label, more than {LONG} bytes, all charsets: {100 * recovered / max(1, unlabelled):.1f} % of {unlabelled}")
    return 1 if failed or recovered * 100 < unlabelled * 97 else 0


if __name__ == "__main__":
    sys.exit(main())
