"""Mail to erase: messages that share a content, and one with a message inside."""
SECRET = "zanzibarquokka"
SHARED = b"the bytes that two messages share " * 40


def mail(subject, text, attachment=SHARED, inside=None):
    """A message with an attachment, and perhaps a whole message inside it."""
    parts = [b"Content-Type: text/plain\r\n\r\n" + text.encode() + b"\r\n",
             b"Content-Type: application/octet-stream\r\nContent-Disposition: attachment; filename=a.bin\r\n\r\n" + attachment]
    if inside:
        parts.append(b"Content-Type: message/rfc822\r\n\r\n" + inside)
    body = b"".join(b"--x\r\n" + part + b"\r\n" for part in parts) + b"--x--\r\n"
    return (f"From: <a@example.test>\r\nMessage-ID: <{subject}@example.test>\r\nSubject: {subject}\r\nMIME-Version: 1.0\r\n"
            "Content-Type: multipart/mixed; boundary=x\r\n\r\n").encode() + body


def messages():
    """"gone" has a message inside and a content that "stays" has as well; "own" has contents of its own."""
    yield mail("gone", f"text {SECRET}", inside=mail("nested", f"inside {SECRET}"))
    yield mail("stays", "text")
    yield mail("own", f"text {SECRET}", SECRET.encode() * 1000)
    for number in range(6):
        yield mail(f"plain{number}", "text", b"small")
