"""Secrets stay where they belong: a whole run with the loudest settings leaves none behind, and the search can find one."""
import base64
import os
import resource
import signal
import subprocess
import tempfile
import unittest
import urllib.parse

from rig import canary
from rig.vault_rig import ACCOUNT, VaultRig

BUILD = os.environ.get("HAULIER_BUILD", "")
PROBE = os.environ.get("HAULIER_PROBE", os.path.join(BUILD, "tests", "integration", "credentials_probe"))


class TheSearch(unittest.TestCase):
    def test_finds_every_form_wherever_it_stands(self):
        secret = f"ya29.{canary.WORD}/tail+"
        for before in ("", "a", "ab", "user=me\1auth=Bearer "):
            for text in (before + secret, base64.b64encode((before + secret).encode()).decode(),
                         base64.urlsafe_b64encode((before + secret).encode()).decode(), urllib.parse.quote(before + secret),
                         (before + secret).encode().hex()):
                self.assertTrue(canary.found_in(f"<{text}>".encode()), text)
        self.assertFalse(canary.found_in(b"hlrCanary is only a part of it"))

    def test_finds_a_planted_file_also_across_two_pieces_and_a_core(self):
        with tempfile.TemporaryDirectory() as folder:
            ledger, canary.LEDGER = canary.LEDGER, None  # these are not findings of the run
            try:
                self.assertEqual(canary.sweep(folder), [])
                paths = [os.path.join(folder, name) for name in ("core.1", "log")]
                with open(paths[0], "wb") as file:
                    file.write(b"\x7fELF")
                with open(paths[1], "wb") as file:
                    file.write(bytes(canary.PIECE_BYTES - 3) + canary.WORD.encode())
                self.assertEqual(canary.sweep(folder), paths)
            finally:
                canary.LEDGER = ledger


class NothingLeaks(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.rig = VaultRig(BUILD, PROBE)
        cls.addClassCleanup(cls.rig.stop)

    def dumps_core(self, what):
        """Aborts a probe after its first answer with core dumps allowed; whether the kernel wrote one."""
        with tempfile.TemporaryDirectory() as folder:
            command = [PROBE, what, self.rig.vault, self.rig.program.environment["HAULIER_VAULT_KEY_FILE"], ACCOUNT,
                       "imap.example.test"]
            process = subprocess.Popen(
                command, cwd=folder, env=self.rig.program.environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CORE, (resource.RLIM_INFINITY,) * 2))
            process.stdin.write(b"\n")
            process.stdin.flush()
            self.assertIn(b"ok ", process.stdout.readline())
            with open(f"/proc/{process.pid}/limits", encoding="utf-8") as file:
                limit = next(line.split()[4] for line in file if line.startswith("Max core file size"))
            process.send_signal(signal.SIGABRT)
            _, status = os.waitpid(process.pid, 0)
            process.returncode = -signal.SIGABRT
            process.stdin.close()
            process.stdout.close()
            return limit, os.WCOREDUMP(status) or bool(os.listdir(folder))

    def test_no_core_is_written_while_the_vault_is_open(self):
        self.assertEqual(self.dumps_core("use"), ("0", False))

    def test_no_command_prints_a_secret(self):
        for arguments in (("auth", "status"), ("auth", "status", "--json"), ("auth", "status", ACCOUNT, "--log-level", "debug"),
                          ("auth", "rekey", "--json"), ("auth", "status", "--vault-key-file", "/nonexistent")):
            done = self.rig.program.command(*arguments)
            self.assertEqual(canary.sweep_text(" ".join(arguments), done.stdout, done.stderr), [])
        key = os.path.join(self.rig.program.folder, "keys", "vault.key")
        with open(key, "rb") as file:
            self.assertEqual(canary.sweep(self.rig.program.folder, secrets=(file.read(),), but=(key,)), [])
        self.assertTrue(os.listdir(canary.LEDGER), "nothing would reach the check at the end")


if __name__ == "__main__":
    unittest.main()
