#!/usr/bin/python3
"""Compares the MIME reader with the expected files of public corpora, with Python's email and with GMime.

  HAULIER_CORPUS=FOLDER tests/corpus/compare.py MIME_DUMP [GMIME_DUMP] [--list=ORACLE, FIELD or CLASS]

Prints how many agree per oracle and field. differences.tsv explains differences; what it does not name is printed as
"not looked at", and only a difference that it calls ours makes the run fail. --list= prints the differing files.
"""
import email
import email.header
import email.policy
import email.utils
import fnmatch
import hashlib
import json
import os
import re
import subprocess
import sys

SKIPPED = 77
FOLDER = os.environ.get("HAULIER_CORPUS", "")
MAIL = (".eml", ".msg", ".txt", ".tnef", "")


def mails():
    for root, folders, files in os.walk(FOLDER):
        folders.sort()
        for name in sorted(files):
            if os.path.splitext(name)[1].lower() in MAIL or re.search(r"\.\d+$|^msg_", name):
                yield os.path.join(root, name)


def dump(program, paths):
    out = subprocess.run([program], input="\n".join(paths) + "\n", capture_output=True, check=True, text=True,
                         errors="replace").stdout
    return {row["file"]: row for row in map(json.loads, filter(None, out.split("\n")))}


def words(text):
    return " ".join((text or "").split())


def leaves(part):
    """Without the messages that email makes of the blocks of a delivery report: for everybody else it is one part."""
    if not part.is_multipart() or part.get_content_type() == "message/delivery-status":
        yield part
        return
    for child in part.get_payload():
        yield from leaves(child)


def python_row(path):
    """What email makes of a file, as its users do it: the compat32 parser, headers decoded one by one."""
    with open(path, "rb") as file:
        message = email.message_from_binary_file(file)

    def decoded(value):
        return words(str(email.header.make_header(email.header.decode_header(value))))
    row = {"subject": decoded(message["subject"] or ""), "leaves": []}
    for name in ("from", "to"):
        row[name] = [[decoded(n), a] for n, a in email.utils.getaddresses([str(v) for v in message.get_all(name, [])])]
    row["message_id"] = words(message["message-id"]).strip("<>")
    try:
        row["date"] = int(email.utils.parsedate_to_datetime(str(message["date"])).timestamp())
    except (TypeError, ValueError, IndexError, OverflowError):
        pass
    for part in leaves(message):
        if part.get_content_type() == "message/delivery-status" and part.is_multipart():
            content = b"".join(block.as_bytes() for block in part.get_payload())
        else:
            content = part.get_payload(decode=True) or b""
        content = re.sub(rb"[\r\n]", b"", content)
        row["leaves"].append([part.get_content_type(), hashlib.sha256(content).hexdigest()[:16]])
    return row


def value(row, field):
    if field in ("subject", "message_id"):
        return words(row.get(field))
    if field in ("from", "to"):
        return [address for _, address in row.get(field, []) if address]
    if field == "types":
        return [leaf[0] for leaf in row.get("leaves", [])]
    if field == "contents":
        return [leaf[1] for leaf in row.get("leaves", [])]
    return row.get(field)


FIELDS = ("subject", "message_id", "from", "to", "date", "types", "contents")


class Report:
    def __init__(self, explained):
        self.explained = explained  # (oracle, field, pattern, class, why)
        self.counts = {}
        self.differing = []

    def add(self, oracle, field, path, ours, theirs):
        name = os.path.relpath(path, FOLDER)
        outcome = "agree"
        if ours != theirs:
            outcome = "not looked at"
            for row in self.explained:
                if row[0] == oracle and row[1] in (field, "*") and fnmatch.fnmatch(name, row[2]):
                    outcome = row[3]
                    break
            self.differing.append((oracle, field, name, outcome, ours, theirs))
        counts = self.counts.setdefault((oracle, field), {})
        counts[outcome] = counts.get(outcome, 0) + 1

    def show(self):
        for (oracle, field), counts in self.counts.items():
            total = sum(counts.values())
            rest = ", ".join(f"{n} {outcome}" for outcome, n in sorted(counts.items()) if outcome != "agree")
            print(f"{oracle:12} {field:12} {counts.get('agree', 0):5} of {total:5} agree" + (f"; {rest}" if rest else ""))


def mail_parser_row(path):
    """The expected JSON of stalwartlabs/mail-parser: subject, first sender and texts."""
    with open(path, encoding="utf-8") as file:
        message = json.load(file)
    parts = message["parts"]
    row = {"subject": "", "from": [], "types": []}
    for header in parts[0]["headers"]:
        content = header["value"]
        if header["name"] == "subject" and "Text" in content:
            row["subject"] = row["subject"] or words(content["Text"])
        if header["name"] == "from" and isinstance(content, dict) and "Address" in content:
            kind, items = next(iter(content["Address"].items()))
            lists = [items] if kind == "List" else [group["addresses"] for group in items]
            row["from"] = [a["address"] for one in lists for a in one if a["address"]]
    texts = [parts[i]["body"]["Text"] for i in message["text_body"] if "Text" in parts[i]["body"]]
    row["text"] = words(" ".join(texts)) if texts else None
    htmls = [parts[i]["body"]["Html"] for i in message["html_body"] if "Html" in parts[i]["body"]]
    row["html"] = words(" ".join(htmls)) if htmls else None
    return row


def mime4j_shape(path):
    """By its tags alone: the files hold bytes that no XML parser takes. The outermost message is the mail itself."""
    with open(path, encoding="latin-1") as file:
        tags = re.findall(r"<(/?)(message|multipart|body)(?=[\s>/])[^>]*?(/?)>", file.read())
    out = ""
    for closing, tag, empty in tags[1:-1]:
        if tag == "body":
            out += "" if closing else "b"
        elif closing:
            out += ")"
        else:
            out += ("m(" if tag == "multipart" else "r(") + (")" if empty else "")
    return out


def expected_files(report, ours):
    for path, row in ours.items():
        stem = os.path.splitext(path)[0]
        if "mail-parser/resources/eml" in path and os.path.exists(stem + ".json"):
            theirs = mail_parser_row(stem + ".json")
            report.add("mail-parser", "subject", path, words(row["subject"]), theirs["subject"])
            report.add("mail-parser", "from", path, value(row, "from"), theirs["from"])
            if theirs["text"] is not None and row["text_source"] == "plain":
                report.add("mail-parser", "text", path, words(row["text"]), theirs["text"])
            if theirs["html"] is not None and row["html"]:
                report.add("mail-parser", "html", path, words(row["html"]), theirs["html"])
        if "james-mime4j" in path and os.path.exists(stem + ".xml"):
            report.add("mime4j", "shape", path, row["shape"], mime4j_shape(stem + ".xml"))
        if path.endswith(".tnef") and os.path.exists(stem + ".list"):
            with open(stem + ".list", encoding="utf-8", errors="replace") as file:
                names = sorted(filter(None, file.read().split("\n")))
            # MimeKit writes the message's own body as a file, too.
            names = [name for name in names if not name.startswith("body.")]
            report.add("MimeKit", "tnef", path, sorted(filter(None, row["files"])), names)


def main():
    arguments = [a for a in sys.argv[1:] if not a.startswith("--")]
    listed = [a[len("--list="):] for a in sys.argv[1:] if a.startswith("--list=")]
    if not FOLDER or not os.path.isdir(FOLDER):
        print("skipped: HAULIER_CORPUS names no folder")
        return SKIPPED
    here = os.path.dirname(os.path.abspath(__file__))
    with open(os.path.join(here, "differences.tsv"), encoding="utf-8") as file:
        explained = [line.rstrip("\n").split("\t") for line in file if line.strip() and not line.startswith("#")]
    paths = list(mails())
    report = Report(explained)
    ours = dump(arguments[0], paths)
    expected_files(report, ours)
    oracles = {"python": {}}
    refused = 0
    for path in paths:
        if path.endswith(".tnef"):
            continue
        try:
            oracles["python"][path] = python_row(path)
        except Exception:  # the oracle fails on what it was made for: counted, not compared
            refused += 1
    if len(arguments) > 1:
        oracles["gmime"] = dump(arguments[1], [path for path in paths if not path.endswith(".tnef")])
        missing = len([p for p in paths if not p.endswith(".tnef")]) - len(oracles["gmime"])
        print(f"gmime gives no message for {missing} files")
    print(f"{len(paths)} files; python's email throws on {refused}")
    for oracle, rows in oracles.items():
        for path, row in rows.items():
            for field in FIELDS:
                report.add(oracle, field, path, value(ours[path], field), value(row, field))
    report.show()
    for oracle, field, name, outcome, mine, theirs in report.differing:
        if any(wanted in (oracle, field, outcome) for wanted in listed):
            print(f"{oracle}\t{field}\t{name}\t{outcome}\n  ours   {str(mine)[:300]}\n  theirs {str(theirs)[:300]}")
    return 1 if any(row[3] == "ours" for row in report.differing) else 0


if __name__ == "__main__":
    sys.exit(main())
