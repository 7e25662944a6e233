"""Mail over IMAP into PostgreSQL; see into_server.py."""
import unittest

from into_server import IntoServer
from rig.postgresql import PostgreSQL


class IntoPostgreSQL(IntoServer, unittest.TestCase):
    engine, sink = PostgreSQL, "postgresql"
    hash_of_content = "encode(sha256(content), 'hex')"
    new_password = "ALTER ROLE haulier PASSWORD 'another'"
    refusal = "password authentication failed"


if __name__ == "__main__":
    unittest.main()
