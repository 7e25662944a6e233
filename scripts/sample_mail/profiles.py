"""Which mail a profile holds: mailboxes, number of messages, sizes and kinds."""
import dataclasses
import math
import random

from . import compose, damage

ACCOUNT = "alice@example.test"
MIB = 1024 * 1024

# (kind, weight) by target size, as real mailboxes mix them.
SMALL = (("plain", 38), ("alternative", 26), ("html_only", 5), ("mixed", 8), ("related", 4), ("nested", 5),
         ("invitation", 3), ("bounce", 3), ("signed", 2), ("damaged", 6))
LARGE = (("mixed", 75), ("alternative", 10), ("related", 10), ("nested", 5))


def real_size(chance):
    """Median 20 KB, 99th percentile 300 KB; one in 500 has 5-12 MB."""
    if chance.random() < 0.002:
        return chance.randrange(5 * MIB, 12 * MIB)
    return max(800, min(4 * MIB, int(math.exp(chance.gauss(math.log(20_000), 1.164)))))


def real(writer, chance, number, when):
    size = real_size(chance)
    table = SMALL if size < 60_000 else LARGE
    kind = chance.choices([name for name, _ in table], weights=[weight for _, weight in table])[0]
    return _make(writer, kind, chance, number, size, when)


def sound(writer, chance, number, when):
    """As real mail, without what a server would refuse to take by APPEND."""
    size = min(real_size(chance), 200_000)
    kind = chance.choice([name for name, _ in SMALL if name != "damaged"])
    return _make(writer, kind, chance, number, size, when)


def small(writer, chance, number, when):
    """70 % text of 2-8 KB, 30 % text with HTML of 4-14 KB: 7 KB on average."""
    if chance.random() < 0.7:
        return writer.plain(chance, number, chance.randrange(2000, 8000), when)
    return writer.alternative(chance, number, chance.randrange(4000, 13_000), when)


def mixed(writer, chance, number, when):
    """The benchmark's mixed mailbox: 2 % of the messages carry 5-24 MB, which is most of the bytes."""
    way = number % 100
    if way < 70:
        return writer.plain(chance, number, chance.randrange(2000, 8000), when)
    if way < 90:
        return writer.alternative(chance, number, chance.randrange(10_000, 60_000), when)
    if way < 98:
        return writer.mixed(chance, number, int(math.exp(chance.uniform(math.log(100_000), math.log(2 * MIB)))), when)
    return writer.mixed(chance, number, int(chance.triangular(5 * MIB, 23 * MIB, 5 * MIB)), when)


def huge(writer, chance, number, when):
    return writer.mixed(chance, number, 94 * MIB, when)


def _make(writer, kind, chance, number, size, when):
    if kind == "damaged":
        return damage.damaged(writer, chance, number, size, when)
    return getattr(writer, kind)(chance, number, size, when)


@dataclasses.dataclass(frozen=True)
class Profile:
    make: object  # one of the functions above
    mailboxes: tuple  # (name, number of messages)
    copies: float = 0.0  # share of the messages that lie in a second mailbox too
    summary: str = ""

    def messages(self, seed):
        """Yields (mailbox, number, Message, time) in the order of the mailboxes; the same for the same seed."""
        writer, number, earlier = compose.Writer(ACCOUNT), 0, []
        for mailbox, count in self.mailboxes:
            for _ in range(count):
                chance = random.Random(f"{seed} {number}")
                when = 1_700_000_000 + number * 3600
                if earlier and mailbox != self.mailboxes[0][0] and chance.random() < self.copies:
                    message = chance.choice(earlier)
                else:
                    message = self.make(writer, chance, number, when)
                    if self.copies and len(message.raw) < 100_000 and len(earlier) < 200:
                        earlier.append(message)
                yield mailbox, number, message, when
                number += 1


PROFILES = {
    "sample": Profile(real, (("INBOX", 300), ("Sent", 100), ("Archive/2024", 100), ("项目资料", 100)), 0.03,
                      "600 messages as in real mail, for a first look"),
    "e2e2000": Profile(real, (("INBOX", 1000), ("Sent", 300), ("Archive/2024", 250), ("项目资料", 200), ("R&D", 150),
                              ("Рассылки", 100)), 0.03, "2,000 messages as in real mail, for the end-to-end test"),
    "tiny": Profile(real, (("INBOX", 40), ("项目资料", 20)), 0.05, "60 messages, for quick tests"),
    "servers": Profile(sound, (("INBOX", 30), ("Sent", 10), ("Archive/2024", 8), ("Archive/2024/合同", 6), ("项目资料", 12),
                               ("R&D", 6)), 0.1, "72 messages that every IMAP server takes"),
    "poll50": Profile(small, tuple([("INBOX", 10)] + [(f"Folder {n:02}", 10) for n in range(1, 50)]),
                      summary="500 small messages in 50 mailboxes, to poll"),
    "ten2000": Profile(small, tuple([("INBOX", 200)] + [(f"Folder {n:02}", 200) for n in range(1, 10)]),
                       summary="2,000 small messages in 10 mailboxes"),
    "small10k": Profile(small, (("INBOX", 10_000),), summary="10,000 small messages, 70 MB (benchmark)"),
    "real300": Profile(real, (("INBOX", 6000),), summary="6,000 messages as in real mail, 300 MB (benchmark)"),
    "mixed2k": Profile(mixed, (("INBOX", 2000),), summary="2,000 messages, 600 MB, some of 5-24 MB (benchmark)"),
    "huge": Profile(huge, (("INBOX", 3),), summary="3 messages of 100 MB (benchmark)"),
    "many50": Profile(small, tuple([("INBOX", 100)] + [(f"Folder {n:02}", 100) for n in range(1, 50)]),
                      summary="5,000 small messages in 50 mailboxes (benchmark)"),
}
