"""Seeds of the fuzz targets, made from the test data: what a parser is fed with in the unit tests, in the bytes it reads.

A recorded conversation (`*.trace`, see tests/replay/trace.hpp) becomes what the server sent on each connection, and each
of its responses alone. Its tags become those a session in its own words would use: a7 -> h7. Any other file is a seed as
it is, but for README.md and what a test expects (`*.expected`).
"""
import os
import re
import shutil


def write(sources, folder):
    """Fills `folder`, which is emptied first, from files and folders; returns how many seeds there are."""
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    for source in sources:
        for path in _files(source):
            name = os.path.basename(path)
            with open(path, "rb") as file:
                data = file.read()
            seeds = of_trace(data.decode("utf-8")) if name.endswith(".trace") else [data]
            for number, seed in enumerate(seeds):
                with open(os.path.join(folder, f"{name}.{number}"), "wb") as file:
                    file.write(seed)
    return len(os.listdir(folder))


def of_trace(text):
    """The server's bytes of each connection, then each response once."""
    streams = [b""]
    for line in text.splitlines():
        kind, words = line[:2], line[3:]
        if line == "-- connection":
            streams.append(b"")
        elif kind == "S:":
            streams[-1] += re.sub(r"^a(\d+) ", r"h\1 ", words).encode() + b"\r\n"
        elif kind == "S|":
            streams[-1] += _unescaped(words)
    return streams + list(dict.fromkeys(response for stream in streams for response in responses(stream)))


def responses(stream):
    """Lines, each with the literals that its {N} announces."""
    found, begin, at = [], 0, 0
    while (end := stream.find(b"\r\n", at)) != -1:
        literal = re.search(rb"\{(\d+)\}$", stream[at:end])
        at = end + 2
        if literal:
            at += int(literal[1])
        else:
            found.append(stream[begin:at])
            begin = at
    return found + ([stream[begin:]] if begin < len(stream) else [])


def _unescaped(text):
    return re.sub(rb"\\x([0-9A-Fa-f]{2})", lambda digits: bytes([int(digits[1], 16)]), text.encode())


def _files(source):
    if not os.path.isdir(source):
        return [source]
    names = sorted(name for name in os.listdir(source) if name != "README.md" and not name.endswith(".expected"))
    return [path for path in (os.path.join(source, name) for name in names) if os.path.isfile(path)]
