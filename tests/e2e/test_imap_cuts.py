"""A conversation that ends behind any byte, on Dovecot, Cyrus and Courier: the next run brings the same database."""
import unittest

import cut_story
import imap_servers
import workspace
from cut_story import CutStory, sample

ALICE, BOB = "alice", "bob"
MAIL = {
    "INBOX": (b"Subject: one\r\n\r\nplain\r\n", b"Subject: two\r\n\r\na1 OK done\r\n* BYE\r\n)\r\n",
              "Subject: 三\r\n\r\n原文\r\n".encode("gb18030"), b"Subject: four\r\n\r\nno end of line",
              b"Subject: five\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\ntext\r\n--b\r\n"
              b"Content-Disposition: attachment; filename=a.txt\r\n\r\ncontent\r\n--b--\r\n"),
    "项目资料": (b"Subject: one\r\n\r\nplain\r\n", b"Subject: seven\r\n\r\n\r\n", b"Subject: eight\r\n\r\n8\r\n",
                 b"Subject: nine\r\n\r\n9\r\n"),
    "Archive/R&D": (b"Subject: ten\r\n\r\n10\r\n", b"Subject: eleven\r\n\r\n11\r\n", b"Subject: twelve\r\n\r\n12\r\n"),
}
FIRST_DATE = 1_720_000_000


class Cuts:
    """`first` is the first run of an account; `second` finds new, expunged and re-flagged messages and a mailbox with
    another name. `kind` is the server."""

    @classmethod
    def setUpClass(cls):
        cls.server = imap_servers.MailServer(cls.kind, (ALICE, BOB))
        cls.addClassCleanup(cls.server.stop)
        for account in (ALICE, BOB):
            with cls.server.writer(account) as writer:
                for mailbox, mails in MAIL.items():
                    if mailbox != "INBOX":
                        writer.create(mailbox)
                    for number, raw in enumerate(mails):
                        writer.append(mailbox, raw, "\\Seen" if number % 2 else "", FIRST_DATE + number * 3600)
        cls.first = CutStory(cls.server, ALICE, cls.signed_in(ALICE))
        cls.second = CutStory(cls.server, BOB, cls.changed(cls.signed_in(BOB)))

    @classmethod
    def signed_in(cls, account):
        return cls.server.sign_in(cls.enterClassContext(workspace.Workspace()), account)

    @classmethod
    def changed(cls, work):
        """Where the second run begins: everything is stored, then the mail changes."""
        outcome = work.run("imap_to_sqlite.yaml", settings=cls.server.settings(None, *cut_story.SETTINGS))
        if outcome.code != 0:
            raise AssertionError(outcome.words())
        with cls.server.writer(BOB) as writer:
            writer.append("INBOX", b"Subject: new\r\n\r\nnew\r\n", when=FIRST_DATE)
            writer.append("项目资料", b"Subject: newer\r\n\r\nnewer\r\n", when=FIRST_DATE)
            writer.expunge("INBOX", [2])
            writer.rename("Archive/R&D", "Archive/Q&A")
            writer.add_flags("INBOX", [3], "\\Flagged")
            writer.add_flags("项目资料", [1], "\\Answered")
        return work

    def test_first_run_ends_behind_a_byte_of_the_server(self):
        self.check(self.first, "server_bytes", self.first.size["S"], 80)

    def test_first_run_ends_behind_a_byte_of_the_client(self):
        self.check(self.first, "client_bytes", self.first.size["C"], 20)

    def test_run_with_changes_ends_behind_a_byte_of_the_server(self):
        self.check(self.second, "server_bytes", self.second.size["S"], 40)

    def test_run_with_changes_ends_behind_a_byte_of_the_client(self):
        self.check(self.second, "client_bytes", self.second.size["C"], 12)

    def test_first_run_ends_inside_tls(self):
        self.check(self.first, "server_bytes", self.first.encrypted_size["S"], 12, encrypted=True)

    def check(self, story, side, size, count, **more):
        offsets = sample(size, count)
        places = [{side: offset, "politely": offset % 2 == 0, **more} for offset in offsets]
        cut, wrong = story.cut_each(places)
        print(f"\n{self.kind}: {side} {offsets}: {cut} of {len(places)} cut", flush=True)
        self.assertEqual(wrong[:3], [], f"{len(wrong)} of {len(places)}")
        # A server's last words may come when the client has left.
        self.assertGreaterEqual(cut, 0.8 * len(places))


class OnDovecot(Cuts, unittest.TestCase):
    kind = "dovecot"


class OnCyrus(Cuts, unittest.TestCase):
    kind = "cyrus"


class OnCourier(Cuts, unittest.TestCase):
    kind = "courier"


if __name__ == "__main__":
    unittest.main()
