"""Cyrus and Courier of the rig: they refuse, they are what the tests take them for, and nothing of them is left."""
import glob
import imaplib
import os
import ssl
import tempfile
import unittest

from rig import Courier, Cyrus
from rig.certificates import CertificateAuthority


class OtherServers(unittest.TestCase):
    def start(self, kind):
        folder = tempfile.TemporaryDirectory(prefix="haulier-rig-")
        self.addCleanup(folder.cleanup)
        authority = CertificateAuthority(os.path.join(folder.name, "certificates"))
        try:
            server = kind(folder.name, authority, {"alice": "one secret"})
        except PermissionError as reason:
            self.skipTest(str(reason))
        self.addCleanup(server.stop)
        return server

    @staticmethod
    def connect(server):
        return imaplib.IMAP4_SSL(server.host, server.port, ssl_context=ssl.create_default_context(cafile=server.ca_file))

    def capabilities(self, server):
        with self.connect(server) as connection:
            connection.login("alice", "one secret")
            return connection.capability()[1][0].decode().split()

    def check_refusal(self, server):
        for user, password in (("alice", "another"), ("bob", "one secret")):
            with self.connect(server) as connection, self.assertRaises(imaplib.IMAP4.error):
                connection.login(user, password)

    def check_end(self, server):
        place = server.mail.removesuffix("/mail")
        running = self.users_of(place)
        self.assertTrue(running)
        server.stop()
        self.assertEqual(self.users_of(place) & running, set())
        self.assertFalse(os.path.exists(place))

    @staticmethod
    def users_of(place):
        """Processes whose command line names the folder."""
        found = set()
        for path in glob.glob("/proc/[0-9]*/cmdline"):
            try:
                with open(path, "rb") as file:
                    if place.encode() in file.read():
                        found.add(path)
            except OSError:
                pass
        return found

    def test_cyrus_has_qresync_and_ids(self):
        server = self.start(Cyrus)
        self.assertLessEqual({"CONDSTORE", "QRESYNC", "LIST-STATUS", "OBJECTID", "ESEARCH"}, set(self.capabilities(server)))
        self.check_refusal(server)
        self.check_end(server)

    def test_courier_has_none_of_it(self):
        server = self.start(Courier)
        self.assertFalse({"CONDSTORE", "QRESYNC", "LIST-STATUS", "OBJECTID", "ESEARCH"} & set(self.capabilities(server)))
        with self.connect(server) as connection:
            connection.login("alice", "one secret")
            connection.select("INBOX", readonly=True)
            self.assertEqual(connection.response("UIDNEXT")[1], [None])
        self.check_refusal(server)
        self.check_end(server)


if __name__ == "__main__":
    unittest.main()
