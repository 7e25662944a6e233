"""OAuth2 while the pipeline runs: a token that expires in the middle, a withdrawn grant, an issuer that stumbles."""
import os
import tempfile
import time
import unittest

import workspace
from rig import Proxy
from workspace import ALICE

TOKEN_LIFE_S = 5


class Tokens(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="haulier-rig-")
        self.addCleanup(folder.cleanup)
        self.mail = workspace.sample_mail("tiny")
        self.rig = workspace.start_rig(folder.name, with_passwords=False, access_token_ttl_s=TOKEN_LIFE_S)
        self.addCleanup(self.rig.stop)
        self.rig.load(ALICE, os.path.join(self.mail, "mail"))
        self.work = self.enterContext(workspace.Workspace())
        self.work.environment.update(HAULIER_USER=ALICE, HAULIER_IMAP_HOST=self.rig.oauth.host,
                                     HAULIER_DATABASE=self.work.database)
        self.work.login_by_browser(ALICE, self.rig.browser(ALICE), self.rig.authorization.issuer, self.rig.oauth.host,
                                   self.rig.ca_file)

    def settings(self, *more):
        return workspace.imap_settings(self.rig.oauth, self.rig, "source.imap.batch={messages: 10}", *more)

    def refreshes(self):
        return self.rig.authorization.counts()["token_requests"].get("refresh_token", 0)

    def test_token_that_expires_during_the_run_is_refreshed(self):
        with Proxy(self.rig.oauth.host, self.rig.oauth.port) as proxy:
            proxy.hold_after(600_000)
            process, report = self.work.start(
                "imap_to_sqlite.yaml", settings=self.settings(f"source.imap.port={proxy.port}", "retry.first_wait=20ms"))
            self.assertTrue(proxy.held.wait(60), "the run never got to its 600,000th byte")
            before = self.refreshes()
            # A wait that is about time itself: the token's life.
            time.sleep(TOKEN_LIFE_S + 0.5)
            proxy.cut()
            outcome = self.work.finish(process, report)
            self.assertEqual(outcome.code, 0, outcome.words())
            self.assertGreaterEqual(proxy.connections, 2)
        self.assertGreater(self.refreshes(), before)
        self.assertEqual(self.work.value("SELECT count(*) FROM email_locations"),
                         workspace.manifest(self.mail)["totals"]["places"])

    def test_withdrawn_grant_ends_with_77_and_says_what_to_do(self):
        self.rig.authorization.revoke(ALICE)
        outcome = self.work.run("imap_to_sqlite.yaml", settings=self.settings(workspace.SHORT_RETRY))
        self.assertEqual(outcome.code, 77, outcome.words())
        self.assertIn(f"haulier auth login {ALICE}", outcome.err)
        # The same command as before brings it back.
        self.work.login_by_browser(ALICE, self.rig.browser(ALICE), self.rig.authorization.issuer, self.rig.oauth.host,
                                   self.rig.ca_file)
        outcome = self.work.run("imap_to_sqlite.yaml", settings=self.settings())
        self.assertEqual(outcome.code, 0, outcome.words())

    def test_stumbling_issuer_is_asked_again(self):
        time.sleep(TOKEN_LIFE_S + 0.5)
        self.rig.authorization.set(fail_token_requests={
            "count": 2, "status": 503, "retry_after_s": 0, "body": '{"error":"temporarily_unavailable"}'})
        outcome = self.work.run("imap_to_sqlite.yaml", settings=self.settings("retry.first_wait=20ms"))
        self.assertEqual(outcome.code, 0, outcome.words())
        self.assertEqual(self.rig.authorization.counts()["live"]["fail_token_requests"]["count"], 0)

    def test_refused_consent_ends_with_77(self):
        with self.assertRaises(workspace.LoginFailed) as caught:
            self.work.login_by_browser(ALICE, self.rig.browser(ALICE, answer="deny"), self.rig.authorization.issuer,
                                       self.rig.oauth.host, self.rig.ca_file)
        self.assertEqual(caught.exception.code, 77, str(caught.exception))

    def test_no_secret_is_in_any_output(self):
        outcome = self.work.run("imap_to_sqlite.yaml", "--log-level", "debug", settings=self.settings())
        self.assertEqual(outcome.code, 0, outcome.words())
        for text in (outcome.out, outcome.err, workspace.read_text(os.path.join(self.work.folder, "report.json"))):
            self.assertNotIn(workspace.PASSWORD, text)
            self.assertNotRegex(text, r"(?i)bearer [A-Za-z0-9_-]{20,}")


if __name__ == "__main__":
    unittest.main()
