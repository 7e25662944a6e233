"""A database server whose disk gets full: exit code 74, what was committed is there, and the next run goes on when there is
room. SQLite's full disk is in test_bad_input."""
import os
import subprocess
import tempfile
import unittest

import store_story

MESSAGES = 2500  # more than 16 MiB of rows in either server


class FullDisk:
    """Beside unittest.TestCase."""
    engine_name = None

    def test_full_disk_stops_the_run_and_loses_nothing(self):
        folder = tempfile.TemporaryDirectory(prefix="haulier-disk-")
        self.addCleanup(folder.cleanup)
        os.chmod(folder.name, 0o755)  # PostgreSQL may run as another user
        mail = os.path.join(folder.name, "mail")
        # MariaDB 10.11 may end itself when its disk gets full, with long values nearly always.
        store_story.write_mail(mail, [("plain", 2)] * MESSAGES)
        self.engine = store_story.Engine(self.engine_name, folder.name)
        self.addCleanup(self.engine.stop)
        place, disk = self.place_on_small_disk()
        with store_story.Run(mail, place) as run:
            full = run.run()
            subprocess.run(["mount", "-o", "remount,size=200m", disk], check=True)
            ended = self.ended_itself()
            stored = place.count("email_locations")
            again = run.run()
        if ended:
            print(f"\n{self.engine_name}: the server ended itself when its disk was full", flush=True)
        # It may end before it has said why.
        self.assertIn(full.code, (74, 75) if ended else (74,), full.words())
        if full.code == 74:
            self.assertIn("make room on the server's disk", full.err)
        self.assertEqual(again.code, 0, again.words())
        self.assertLess(0, stored)
        self.assertLess(stored, MESSAGES)
        self.assertEqual(place.count("email_locations"), MESSAGES)
        self.assertEqual(place.count("emails"), MESSAGES)
        self.assertEqual(place.count("quarantine"), 0)

    def ended_itself(self):
        """Whether the server has; it is up again afterwards."""
        server = self.engine.server
        if server.process.poll() is None:
            return False
        server.start()
        return True

    def mount(self, folder):
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16m,mode=777", "none", folder], capture_output=True,
                              text=True, check=False)
        if done.returncode != 0:
            self.skipTest("this machine does not allow a small file system: " + done.stderr)
        # Before the server is stopped, which still has files there.
        self.addCleanup(subprocess.run, ["umount", "-l", folder], check=True)


class FullDiskOfPostgreSQL(FullDisk, unittest.TestCase):
    engine_name = "postgresql"

    def place_on_small_disk(self):
        server = self.engine.server
        disk = os.path.join(server.folder, "small")
        os.mkdir(disk)
        self.mount(disk)
        space = os.path.join(disk, "space")
        os.mkdir(space)
        os.chown(space, *server.owner)
        place = self.engine.place()
        server.administer(f"CREATE TABLESPACE small LOCATION '{space}'")
        server.administer(f"ALTER DATABASE {place.name} SET TABLESPACE small")
        return place, disk


class FullDiskOfMariaDB(FullDisk, unittest.TestCase):
    engine_name = "mysql"

    def place_on_small_disk(self):
        place = self.engine.place()
        disk = os.path.join(self.engine.server.data, place.name)
        self.mount(disk)
        return place, disk


if __name__ == "__main__":
    unittest.main()
