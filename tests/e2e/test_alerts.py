"""What a person must do soon is said in time: in the log, in `auth status`, in the run report, and in the audit log."""
import datetime
import os
import subprocess
import tempfile
import unittest

import workspace
from workspace import ALICE

PROBE = os.environ.get("HAULIER_PROBE", os.path.join(workspace.BUILD, "tests", "integration", "credentials_probe"))


class Alerts(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="haulier-rig-")
        cls.addClassCleanup(folder.cleanup)
        cls.rig = workspace.start_rig(folder.name, with_passwords=False)
        cls.addClassCleanup(cls.rig.stop)
        cls.rig.load(ALICE, os.path.join(workspace.sample_mail("tiny"), "mail"))

    def setUp(self):
        self.work = self.enterContext(workspace.Workspace())
        self.work.environment.update(HAULIER_USER=ALICE, HAULIER_IMAP_HOST=self.rig.oauth.host,
                                     HAULIER_DATABASE=self.work.database)

    def sign_in(self, *options):
        self.work.login_by_browser(ALICE, self.rig.browser(ALICE), self.rig.authorization.issuer, self.rig.oauth.host,
                                   self.rig.ca_file, options)

    def run_with(self, *settings):
        outcome = self.work.run("imap_to_sqlite.yaml", settings=workspace.imap_settings(self.rig.oauth, self.rig, *settings))
        self.assertEqual(outcome.code, 0, outcome.words())
        return outcome

    def test_a_client_secret_that_ends_soon_is_told_everywhere(self):
        end = (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=3)).strftime("%Y-%m-%d")
        self.sign_in("--client-secret-expires", end)
        words = f"{ALICE}: the client secret ends at {end}T00:00:00Z"
        outcome = self.run_with()
        self.assertIn(words, outcome.err)
        self.assertEqual(sum(warning.startswith(words) for warning in outcome.report["warnings"]), 1)
        status = self.work.command("auth", "status")
        self.assertEqual(status.returncode, 0)
        self.assertIn(words, status.stderr)
        self.assertIn(f"client secret until {end}T00:00:00Z (it was told at the sign-in)", status.stdout)
        outcome = self.run_with("auth.expiry_warning=1h")
        self.assertNotIn(words, outcome.err)
        self.assertEqual([warning for warning in outcome.report["warnings"] if "client secret" in warning], [])

    def test_a_refresh_is_a_line_of_the_audit_log_and_nothing_of_it_is_a_secret(self):
        self.sign_in()
        environment = self.work.environment
        subprocess.run([PROBE, "expire", environment["HAULIER_VAULT"], environment["HAULIER_VAULT_KEY_FILE"], ALICE, "-"],
                       input="\n", text=True, check=True, capture_output=True)
        audit = os.path.join(self.work.folder, "audit.jsonl")
        self.run_with(f"audit.file={audit}")
        lines = [line for line in workspace.read_text(audit).splitlines() if "credential_refresh" in line]
        self.assertEqual(len(lines), 1)
        self.assertIn(ALICE, lines[0])
        self.assertIn('"ok"', lines[0])


if __name__ == "__main__":
    unittest.main()
