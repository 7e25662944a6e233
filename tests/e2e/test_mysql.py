"""Mail over IMAP into MariaDB; see into_server.py."""
import unittest

from into_server import IntoServer
from rig.mysql import MySQL


class IntoMySQL(IntoServer, unittest.TestCase):
    engine, sink = MySQL, "mysql"
    hash_of_content = "sha2(content, 256)"
    new_password = "ALTER USER haulier@127.0.0.1 IDENTIFIED BY 'another'"
    refusal = "Access denied"


if __name__ == "__main__":
    unittest.main()
