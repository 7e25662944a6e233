"""haulier doctor: each fault on the way is found at its step, with its exit code, and the transcript gives nothing away."""
import base64
import json
import os
import stat
import subprocess
import tempfile
import unittest

import workspace
from rig import CertificateAuthority, canary, hostile
from rig.hostile import HostileFront
from workspace import ALICE, PASSWORD

# What the sample mail and its mailboxes are made of, and what must not be in a transcript.
PRIVATE_MAILBOX = "Kündigung Müller"
SECRET_SUBJECT = "Gehaltsliste-Quartal"
LADDER = ["credential", "dns", "tcp", "tls", "greeting", "capabilities", "sign-in", "capabilities after", "id", "mailboxes",
          "examine", "limits", "quota"]


class DoctorCase(unittest.TestCase):
    server_settings = ""  # further lines of Dovecot's

    @classmethod
    def setUpClass(cls):
        cls.rig_folder = tempfile.TemporaryDirectory(prefix="haulier-rig-")
        cls.addClassCleanup(cls.rig_folder.cleanup)
        cls.rig = workspace.start_rig(cls.rig_folder.name, with_oauth=False, extra=cls.server_settings)
        cls.addClassCleanup(cls.rig.stop)
        mail = f"Subject: {SECRET_SUBJECT}\r\nFrom: <karl@example.test>\r\n\r\n{canary.WORD}\r\n".encode()
        for mailbox in ("INBOX", "Sent", PRIVATE_MAILBOX):
            if mailbox != "INBOX":
                cls.rig.create_mailbox(ALICE, mailbox)
            cls.rig.append(ALICE, mailbox, mail)

    def setUp(self):
        self.server = self.rig.passwords
        self.work = self.enterContext(workspace.Workspace())
        self.work.environment.update(HAULIER_USER=ALICE, HAULIER_IMAP_HOST=self.server.host,
                                     HAULIER_DATABASE=self.work.database)
        self.transcript = os.path.join(self.work.folder, "talk.txt")

    def doctor(self, *more, host=None, port=None, tls=None):
        """(exit code, {step: finding}) of the finished program."""
        settings = (f"source.imap.host={host or self.server.host}", f"source.imap.port={port or self.server.port}",
                    f"source.imap.tls={tls or '{mode: implicit, ca_file: ' + self.rig.ca_file + '}'}",
                    "source.imap.timeouts={connect: 3s, response: 3s, stall: 3s}", *more)
        options = [word for setting in settings for word in ("--set", setting)]
        done = self.work.command("doctor", os.path.join(workspace.PIPELINES, "imap_to_sqlite.yaml"), "--json",
                                 "--transcript", self.transcript, *options)
        self.assertNotIn("terminate called", done.stderr)
        told = json.loads(done.stdout)
        self.assertEqual(told["exit_code"], done.returncode, done.stdout + done.stderr)
        steps = {}
        for finding in told["findings"]:
            steps.setdefault(finding["step"], finding)
            wants_remedy = finding["verdict"] in ("WARN", "FAIL")
            self.assertEqual(bool(finding["remedy"]), wants_remedy, finding)
        return done.returncode, steps

    def check(self, steps, **expected):
        got = {step.replace(" ", "_").replace("-", "_"): finding for step, finding in steps.items()}
        for step, verdict in expected.items():
            self.assertEqual(got[step]["verdict"], verdict, got[step])

    def sign_in(self, password=PASSWORD, host=None):
        self.work.login_by_password(ALICE, password, host or self.server.host)

    def self_made(self, name, *arguments, kind=("ec", "-pkeyopt", "ec_paramgen_curve:P-256")):
        """A certificate that signs itself, and its key."""
        certificate, key = (os.path.join(self.work.folder, f"{name}.{end}") for end in ("pem", "key"))
        subprocess.run(["openssl", "req", "-x509", "-newkey", *kind, "-nodes", "-keyout", key, "-out", certificate,
                        "-subj", f"/CN={name}", *arguments], check=True, capture_output=True, stdin=subprocess.DEVNULL)
        return certificate, key


class Healthy(DoctorCase):
    def test_everything_passes_and_every_step_is_told(self):
        self.sign_in()
        code, steps = self.doctor()
        self.assertEqual(code, 0, steps)
        for step in ["config", "plugins", "clock", "memory", "spill", "sink", "guarantee", *LADDER]:
            self.assertEqual(steps[step]["verdict"], "PASS", steps[step])
        self.assertIn("TLSv1.3", steps["tls"]["words"])
        self.assertIn("Dovecot", steps["id"]["words"])
        self.assertIn("3 mailboxes", steps["mailboxes"]["words"])
        self.assertIn("read-only", steps["examine"]["words"])
        self.assertIn("QRESYNC", steps["examine"]["words"])
        self.assertFalse(os.path.exists(self.work.database), "doctor writes nothing")

    def test_transcript_is_private_and_gives_nothing_away(self):
        self.sign_in()
        code, _ = self.doctor()
        self.assertEqual(code, 0)
        self.assertEqual(stat.S_IMODE(os.stat(self.transcript).st_mode), 0o600)
        text = workspace.read_text(self.transcript)
        for line in ("C: ", "S: * OK", "AUTHENTICATE PLAIN ***", "CAPABILITY", "EXAMINE", "UIDVALIDITY", "* LIST"):
            self.assertIn(line, text)
        self.assertFalse(canary.found_in(text.encode(), secrets=(PASSWORD.encode(), ALICE.encode())), text)
        for private in (PASSWORD, ALICE, ALICE.split("@")[0], "Müller", "M&APw-ller", "ndigung", SECRET_SUBJECT, "karl",
                        "example.test"):
            self.assertNotIn(private, text)

    def test_starttls_is_walked_the_same_way(self):
        self.sign_in()
        code, steps = self.doctor(port=self.server.starttls_port,
                                  tls=f"{{mode: starttls, ca_file: {self.rig.ca_file}}}")
        self.assertEqual(code, 0, steps)
        self.check(steps, tls="PASS", sign_in="PASS", examine="PASS")
        self.assertIn("# TLS begins", workspace.read_text(self.transcript))

    def test_name_that_matches_nothing_is_a_warning(self):
        self.sign_in()
        code, steps = self.doctor('source.imap.mailboxes={include: [INBOX, Gesendet]}')
        self.assertEqual(code, 0)
        self.check(steps, mailboxes="WARN")
        self.assertIn("Gesendet", steps["mailboxes"]["words"])

    def test_no_mailbox_at_all_is_a_fault_of_the_config(self):
        self.sign_in()
        code, steps = self.doctor('source.imap.mailboxes={include: [Gesendet]}')
        self.assertEqual(code, 78)
        self.check(steps, mailboxes="FAIL", examine="PASS")

    def test_text_form_ends_with_a_summary(self):
        self.sign_in()
        done = self.work.command("doctor", os.path.join(workspace.PIPELINES, "imap_to_sqlite.yaml"), "--set",
                                 f"source.imap.port={self.server.port}", "--set",
                                 f"source.imap.tls={{ca_file: {self.rig.ca_file}}}")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertRegex(done.stdout, r"(?m)^PASS  sign-in ")
        self.assertIn("0 FAIL", done.stdout.splitlines()[-1])


class Quota(DoctorCase):
    server_settings = """
mail_plugins = quota
protocol imap {
  mail_plugins = $mail_plugins imap_quota
}
plugin {
  quota = count:User quota
  quota_rule = *:storage=64K
  quota_vsizes = yes
}
"""

    def test_mailbox_that_is_nearly_full_is_a_warning(self):
        self.sign_in()
        code, steps = self.doctor()
        self.assertEqual(code, 0)
        self.check(steps, quota="PASS")
        self.assertIn("storage", steps["quota"]["words"].lower())
        self.rig.append(ALICE, "Sent", b"Subject: big\r\n\r\n" + b"x" * 78 * 800)
        code, steps = self.doctor()
        self.assertEqual(code, 0)
        self.check(steps, limits="PASS", quota="WARN")


class Faults(DoctorCase):
    def test_nobody_listens(self):
        self.sign_in()
        code, steps = self.doctor(port=1)
        self.assertEqual(code, 75)
        self.check(steps, credential="PASS", dns="PASS", tcp="FAIL", tls="SKIP", greeting="SKIP", sign_in="SKIP",
                   limits="SKIP", sink="PASS")

    def test_name_without_address(self):
        self.sign_in(host="nowhere.invalid")
        code, steps = self.doctor(host="nowhere.invalid")
        self.assertEqual(code, 75)
        self.check(steps, dns="FAIL", tcp="SKIP", tls="SKIP", greeting="SKIP")

    def test_wrong_password(self):
        self.sign_in(f"wrong {canary.WORD}")
        code, steps = self.doctor()
        self.assertEqual(code, 77)
        self.check(steps, credential="PASS", tls="PASS", greeting="PASS", capabilities="PASS", sign_in="FAIL",
                   mailboxes="SKIP", examine="SKIP")
        self.assertIn("haulier auth login", steps["sign-in"]["remedy"])
        text = workspace.read_text(self.transcript)
        self.assertIn("NO [AUTHENTICATIONFAILED]", text)
        self.assertFalse(canary.found_in(text.encode()), text)

    def test_no_credential_hides_nothing_else(self):
        code, steps = self.doctor()
        self.assertEqual(code, 77)
        self.check(steps, credential="FAIL", dns="PASS", tcp="PASS", tls="PASS", greeting="PASS", capabilities="PASS",
                   sign_in="SKIP", mailboxes="SKIP")

    def test_server_that_says_the_secret_back(self):
        self.sign_in()
        sasl = base64.b64encode(f"\0{ALICE}\0{PASSWORD}".encode()).decode()

        def parrot(line):
            tag = line.split()[0].decode()
            yield f"* NO [ALERT] you sent {PASSWORD}\r\n* BYE-BYE {PASSWORD} {sasl}\r\n".encode()
            yield f'* LIST () "/" "{PASSWORD}"\r\n* ID ("name" "{PASSWORD}")\r\n'.encode()
            yield f"{tag} NO [AUTHENTICATIONFAILED] {ALICE} has not {PASSWORD} {sasl} {PASSWORD.encode().hex()}\r\n".encode()
            return True

        with self.front("login", parrot) as front:
            code, steps = self.doctor(port=front.port)
        self.assertEqual(code, 77)
        self.check(steps, sign_in="FAIL")
        text = workspace.read_text(self.transcript) + json.dumps(steps)
        self.assertFalse(canary.found_in(text.encode()), text)

    def test_server_that_stops_anywhere_is_found_at_its_step(self):
        self.sign_in()
        for phase, step in (("greeting", "greeting"), ("capability", "capabilities"), ("login", "sign_in"),
                            ("list", "mailboxes"), ("examine", "examine")):
            for fault, expected in ((hostile.silence, 75), (hostile.closing, 75), (hostile.trickle, 75),
                                    (hostile.endless_line, 76), (hostile.endless_responses, 76)):
                if (phase, fault) == ("greeting", hostile.endless_responses):
                    step = "capabilities"  # its first line is a greeting
                with self.subTest(phase=phase, fault=fault.__name__), self.front(phase, fault) as front:
                    code, steps = self.doctor("source.imap.max_answer=16MiB", "source.imap.max_message=4MiB",
                                              "source.imap.timeouts={connect: 2s, response: 1s, stall: 1s}", port=front.port)
                    self.assertEqual(code, expected, steps)
                    self.check(steps, tls="PASS", **{step: "FAIL"})
                    self.assertIn("failed", steps["limits"]["words"])

    def test_server_that_hangs_up_at_once_may_be_back_later(self):
        self.sign_in()
        for fault in (hostile.closing, hostile.slow_record):
            with self.subTest(fault=fault.__name__), self.front("handshake", fault) as front:
                code, steps = self.doctor(port=front.port)
                self.assertEqual(code, 75, steps)
                self.check(steps, tcp="PASS", tls="FAIL", greeting="SKIP")

    def front(self, phase, fault):
        return HostileFront(self.rig.authority, (self.server.host, self.server.port), phase, fault)

    def test_certificate_of_a_stranger(self):
        stranger = CertificateAuthority(os.path.join(self.work.folder, "stranger"), "Stranger")
        self.sign_in()
        code, steps = self.doctor(tls=f"{{ca_file: {stranger.ca_file}}}")
        self.assertEqual(code, 76)
        self.check(steps, tls="FAIL", greeting="SKIP", sign_in="SKIP")
        self.assertIn("tls.ca_file", steps["tls"]["remedy"])
        self.assertNotIn("AUTHENTICATE", workspace.read_text(self.transcript))

    def test_self_signed_certificate(self):
        certificate, key = self.self_made("127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1")
        self.sign_in()
        with TlsListener(certificate, key) as listener:
            code, steps = self.doctor(port=listener.port)
        self.assertEqual(code, 76)
        self.check(steps, tls="FAIL", greeting="SKIP")
        self.assertIn("self-signed", steps["tls"]["words"].replace("self signed", "self-signed"))

    def test_certificate_for_another_name(self):
        authority = self.rig.authority
        certificate, key = authority.issue("elsewhere", ("mail.elsewhere.example",))
        self.sign_in()
        with TlsListener(certificate, key) as listener:
            code, steps = self.doctor(port=listener.port)
        self.assertEqual(code, 76)
        self.check(steps, tls="FAIL", greeting="SKIP")
        self.assertIn("mail.elsewhere.example", steps["tls"]["remedy"])

    def test_certificate_that_has_ended(self):
        certificate, key = self.rig.authority.issue("ended", days=0)
        self.sign_in()
        with TlsListener(certificate, key) as listener:
            code, steps = self.doctor(port=listener.port)
        self.assertEqual(code, 76)
        self.check(steps, tls="FAIL", greeting="SKIP")
        self.assertIn("renewed", steps["tls"]["remedy"])

    def test_server_that_refuses_modern_suites(self):
        certificate, key = self.self_made("old", kind=("rsa:2048",))
        self.sign_in()
        with TlsListener(certificate, key, "-tls1_2", "-cipher", "AES128-SHA") as listener:
            code, steps = self.doctor(port=listener.port)
        self.assertEqual(code, 76)
        self.check(steps, tls="FAIL")
        self.assertIn("profile: default", steps["tls"]["remedy"])

    def test_port_that_speaks_no_tls(self):
        self.sign_in()
        code, steps = self.doctor(port=self.server.starttls_port)
        self.assertEqual(code, 76)
        self.check(steps, tcp="PASS", tls="FAIL", greeting="SKIP")
        self.assertIn("tls.mode", steps["tls"]["remedy"])

    def test_sink_folder_that_is_not_there(self):
        self.sign_in()
        self.work.environment["HAULIER_DATABASE"] = os.path.join(self.work.folder, "no", "such", "mail.db")
        code, steps = self.doctor()
        self.assertEqual(code, 74)
        self.check(steps, sink_space="FAIL", tls="PASS", sign_in="PASS", examine="PASS")

    def test_pipeline_file_with_a_fault_still_gets_the_rest(self):
        code, steps = self.doctor("source.imap.hots=x")
        self.assertEqual(code, 78)
        self.check(steps, config="FAIL", clock="PASS", source="SKIP")


class OAuth(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="haulier-rig-")
        self.addCleanup(folder.cleanup)
        self.rig = workspace.start_rig(folder.name, with_passwords=False)
        self.addCleanup(self.rig.stop)
        self.work = self.enterContext(workspace.Workspace())
        self.work.environment.update(HAULIER_USER=ALICE, HAULIER_IMAP_HOST=self.rig.oauth.host,
                                     HAULIER_DATABASE=self.work.database)
        self.work.login_by_browser(ALICE, self.rig.browser(ALICE), self.rig.authorization.issuer, self.rig.oauth.host,
                                   self.rig.ca_file)

    def test_token_is_used_told_and_not_shown(self):
        code, steps, talk = self.doctor()
        self.assertEqual(code, 0, steps)
        self.assertRegex(steps["credential"]["words"], r"access token .* good for \d+ h \d+ min")
        self.assertRegex(steps["sign-in"]["words"], "^by (OAUTHBEARER|XOAUTH2)")
        self.assertRegex(talk, r"AUTHENTICATE (OAUTHBEARER|XOAUTH2) \*\*\*")
        self.rig.authorization.revoke(ALICE)
        code, steps, talk = self.doctor()
        self.assertEqual(code, 77, steps)
        self.assertEqual(steps["sign-in"]["verdict"], "FAIL")
        self.assertIn("haulier auth login", steps["sign-in"]["remedy"])

    def doctor(self):
        path = os.path.join(self.work.folder, "talk.txt")
        options = [word for setting in workspace.imap_settings(self.rig.oauth, self.rig) for word in ("--set", setting)]
        done = self.work.command("doctor", os.path.join(workspace.PIPELINES, "imap_to_sqlite.yaml"), "--json",
                                 "--transcript", path, *options)
        talk = workspace.read_text(path)
        self.assertFalse(canary.found_in((done.stdout + done.stderr + talk).encode()), talk)
        steps = {finding["step"]: finding for finding in json.loads(done.stdout)["findings"]}
        return done.returncode, steps, talk


class Files(unittest.TestCase):
    def test_mail_on_disk_is_counted(self):
        with workspace.Workspace() as work:
            mail = os.path.join(workspace.sample_mail("tiny"), "mail")
            work.environment.update(HAULIER_MAIL=mail, HAULIER_DATABASE=work.database)
            pipeline = os.path.join(work.folder, "p.yaml")
            with open(pipeline, "w", encoding="utf-8") as file:
                file.write(f"haulier: 1\nname: x\nsource:\n  mail_files: {{ path: {mail} }}\nsinks:\n  - jsonl: "
                           "{ path: out.jsonl }\n")
            done = work.command("doctor", pipeline, "--json")
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            steps = {finding["step"]: finding for finding in json.loads(done.stdout)["findings"]}
            self.assertEqual(steps["messages"]["verdict"], "PASS")
            self.assertRegex(steps["messages"]["words"], r"^[1-9]\d* message files")
            done = work.command("doctor", pipeline, "--json", "--set", "source.mail_files.path=/nowhere/mail")
            self.assertEqual(done.returncode, 78)
            self.assertFalse(os.path.exists(os.path.join(work.folder, "out.jsonl")))


class TlsListener:
    """openssl s_server on a free port: it shakes hands and says nothing."""

    def __init__(self, certificate, key, *arguments):
        self._command = ["openssl", "s_server", "-quiet", "-cert", certificate, "-key", key, "-accept", "127.0.0.1:0",
                         *arguments]

    def __enter__(self):
        command = [word for word in self._command if word != "-quiet"]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                         stderr=subprocess.STDOUT, text=True)
        for line in self._process.stdout:
            if line.startswith("ACCEPT"):
                self.port = int(line.rsplit(":", 1)[1])
                return self
        raise RuntimeError("openssl s_server did not start")

    def __exit__(self, *_):
        self._process.kill()
        self._process.communicate()


if __name__ == "__main__":
    unittest.main()
