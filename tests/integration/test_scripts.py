"""The scripts that other tests lean on: the sample mail keeps its promises, the layer check finds what it must."""
import hashlib
import os
import subprocess
import sys
import tempfile
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "scripts"))

from sample_mail import store  # noqa: E402


class SampleMail(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = folder.name
        cls.manifest = store.write("e2e2000", "1", os.path.join(cls.folder, "one"))

    def test_sizes_are_those_of_real_mail(self):
        totals = self.manifest["totals"]
        self.assertEqual(totals["places"], 2000)
        self.assertAlmostEqual(totals["median_bytes"], 20_000, delta=3_000)
        self.assertAlmostEqual(totals["p99_bytes"], 300_000, delta=100_000)
        self.assertGreater(totals["largest_bytes"], 5_000_000)

    def test_files_are_what_the_manifest_says(self):
        for messages in self.manifest["mailboxes"].values():
            for message in messages[:20]:
                with open(os.path.join(self.folder, "one", message["file"]), "rb") as file:
                    self.assertEqual(hashlib.sha256(file.read()).hexdigest(), message["sha256"])

    def test_contents_come_again(self):
        totals = self.manifest["totals"]
        self.assertLess(totals["attachment_contents"], totals["attachments"])
        self.assertLess(totals["messages"], totals["places"])

    def test_same_seed_same_mail_other_seed_other_mail(self):
        again = store.write("tiny", "1", os.path.join(self.folder, "again"))
        more = store.write("tiny", "1", os.path.join(self.folder, "more"))
        other = store.write("tiny", "2", os.path.join(self.folder, "other"))
        self.assertEqual(again["mailboxes"], more["mailboxes"])
        self.assertNotEqual(again["mailboxes"], other["mailboxes"])


class Layers(unittest.TestCase):
    def check(self, path, line):
        """What the layer check says about a tree that holds one file with one line."""
        with tempfile.TemporaryDirectory() as root:
            for folder in ("scripts", "framework", "plugins", os.path.dirname(path)):
                os.makedirs(os.path.join(root, folder), exist_ok=True)
            with open(os.path.join(ROOT, "scripts", "check_layers")) as source, \
                    open(os.path.join(root, "scripts", "check_layers"), "w") as copy:
                copy.write(source.read())
            with open(os.path.join(root, path), "w") as file:
                file.write("\n" + line + "\n")
            done = subprocess.run([sys.executable, os.path.join(root, "scripts", "check_layers")], capture_output=True, text=True)
            return done.returncode, done.stdout

    def test_wrong_includes_are_named_with_their_line(self):
        for path, line in (("framework/abi/include/haulier/abi/a.h", "#include <string>"),
                           ("framework/sdk/include/haulier/a.hpp", "#include <Poco/Path.h>"),
                           ("framework/host/a.cpp", "#include <sqlite3.h>"),
                           ("plugins/sources/imap/proto/a.cpp", "#include <sys/socket.h>"),
                           ("plugins/sources/imap/sync/a.cpp", "#include <chrono>"),
                           ("plugins/sinks/sqlite/a.cpp", "#include <prometheus/registry.h>")):
            code, words = self.check(path, line)
            self.assertEqual(code, 1, line)
            self.assertTrue(words.startswith(f"{path}:2: "), words)

    def test_right_includes_pass(self):
        for path, line in (("framework/abi/include/haulier/abi/a.h", "#include <stdint.h>"),
                           ("framework/host/a.cpp", "#include <yaml-cpp/yaml.h>"),
                           ("plugins/sources/imap/proto/a.cpp", "#include <vector>"),
                           ("plugins/sinks/sqlite/a.cpp", "#include <sqlite3.h>")):
            self.assertEqual(self.check(path, line), (0, ""), line)


if __name__ == "__main__":
    unittest.main()
