"""The rows of one pipeline as each kind of sink holds them, in one form: equal for sinks that hold the same."""
import contextlib
import json
import sqlite3

# Table: the columns that are compared. No text with line breaks: its length stands for it.
TABLES = {
    "emails": ("id", "raw_sha256", "raw_size", "message_id", "thread_key", "attachment_count", "part_count", "text#"),
    "email_details": ("email_id", "word_count", "max_depth"),
    "nested_emails": ("email_id", "parent_email_id", "part_path", "depth"),
    "email_locations": ("account", "mailbox", "uidvalidity", "uid", "email_id", "flags@", "vanished_at?"),
    "attachments": ("email_id", "part_path", "filename_safe", "media_type", "size", "sha256"),
    "attachment_contents": ("sha256", "size"),
    "quarantine": ("partition", "origin"),
}


def _sql(table, quote, length):
    def term(column):
        name = column.rstrip("#@?")
        quoted = f"{quote}{name}{quote}"
        if column.endswith("#"):
            return f"coalesce({length}({quoted}), 0)"
        if column.endswith("?"):
            return f"CASE WHEN {quoted} IS NULL THEN 0 ELSE 1 END"
        return quoted
    return f"SELECT {', '.join(map(term, TABLES[table]))} FROM {quote}{table}{quote}"


def _row(table, values):
    return tuple(json.dumps(json.loads(value)) if column.endswith("@") and isinstance(value, str)
                 else "" if value in (None, "NULL") else str(value)
                 for column, value in zip(TABLES[table], values, strict=True))


def of_sqlite(path):
    with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        return {table: sorted(_row(table, row) for row in connection.execute(_sql(table, '"', "length")))
                for table in TABLES}


def of_postgresql(server):
    return {table: sorted(_row(table, row) for row in server.query(_sql(table, '"', "length"))) for table in TABLES}


def of_mysql(server):
    # The client writes a backslash twice.
    return {table: sorted(_row(table, [value.replace("\\\\", "\\") for value in row])
                          for row in server.query(_sql(table, "`", "char_length"))) for table in TABLES}


def of_jsonl(path):
    """The lines replayed: (rows, number of lines)."""
    keys = {"emails": ("id",), "email_details": ("email_id",), "nested_emails": ("email_id",),
            "email_locations": ("account", "mailbox", "uidvalidity", "uid"), "attachments": ("email_id", "part_path"),
            "attachment_contents": ("sha256",), "quarantine": ("partition", "origin")}
    held = {table: {} for table in TABLES}
    lines = 0
    with open(path, encoding="utf-8") as file:
        for line in file:
            record = json.loads(line)
            lines += 1
            rows = held[record["stream"]]
            key = tuple(record[name] for name in keys[record["stream"]])
            if record["op"] == "upsert":
                rows[key] = record
            elif record["op"] == "update" and key in rows:
                rows[key] = {**rows[key], **record}
            elif record["op"] == "delete":
                rows.pop(key, None)
    return {table: sorted(_row(table, [_told(row, column) for column in TABLES[table]]) for row in rows.values())
            for table, rows in held.items()}, lines


def _told(row, column):
    value = row[column.rstrip("#@?")]
    if column.endswith("#"):
        return len(value or "")
    if column.endswith("?"):
        return int(value is not None)
    return json.dumps(value) if column.endswith("@") else value
